"""From pairs in turns to findings: which look decides a measure, and which cases need more pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.analysis.trial.measures import ALONE_MEASURES
from bench.gate.judgement.findings import CaseMeasure, GateReason, MeasureVerdict, Tolerances
from bench.gate.judgement.looks import (
    Look,
    choose_look,
    last_look,
    look_sizes,
    min_pairs_to_fail,
    visible_in_looks,
)
from bench.gate.judgement.measure_values import MeasureValues, StageJournals
from bench.gate.judgement.stage_verdicts import SecondStage, Verdict, make_finding
from bench.gate.judgement.turn_values import TurnValues, collect_turn_values, count_pairs
from bench.gate.judgement.two_stages import MIN_SCREEN_PAIRS, confirmed


@dataclass(frozen=True)
class TurnsLook:
    """One measure of one case in turns: its values, how many pairs ran in stage 1, and its looks.

    `strongest` fails it, if any look does; where none does, `last` says what is known of it.
    """

    values: TurnValues
    num_first_run: int
    strongest: Look
    last: Look

    @property
    def num_first(self) -> int:
        """How many pairs of stage 1 have values."""
        return self.values.num_among(self.num_first_run)

    @property
    def visible(self) -> float | None:
        """What slowdown nine of ten checks would have failed, by the spread among stage 1's pairs, as a logarithm."""
        return visible_in_looks(self.values.pairs.first(self.num_first), self.last.margin)

    def judge_open(self, num_tests: int) -> Verdict:
        """Return the verdict where no look fails it among all tests of the check."""
        num_pairs = len(self.last.pairs)
        if num_pairs < MIN_SCREEN_PAIRS:
            return "inconclusive", GateReason.TOO_FEW, {"needs": MIN_SCREEN_PAIRS, "has": num_pairs}
        if self.last.pairs.effect() is None:
            return "inconclusive", GateReason.ONE_SLOT, {"has": num_pairs}
        if not self.last.is_worse:
            return "ok", None, {}
        needs = min_pairs_to_fail(num_tests)
        if num_pairs < needs:
            lacking = {"needs": needs - self.num_first, "has": num_pairs - self.num_first}
            return "inconclusive", GateReason.TOO_FEW_TO_CONFIRM, lacking
        return "inconclusive", GateReason.NOT_SURE, {"has": num_pairs}


def judge_turns(key: CaseMeasure, label: str, seen: TurnsLook, second: SecondStage) -> MeasureVerdict:
    """Return the verdict on one measure in turns; `second` holds the tests of the whole check."""
    has_failed = key in second.confirmed
    verdict: Verdict = ("regression", None, {}) if has_failed else seen.judge_open(second.num_tests)
    look = seen.strongest if has_failed else seen.last
    num_pairs, test = len(look.pairs), look.test()
    told = MeasureValues(key.measure, seen.values.base[:num_pairs], seen.values.head[:num_pairs])
    found = make_finding(key, label, told, test, verdict)
    visible, deviation = seen.visible, look.pairs.residual_deviation()
    return replace(
        found,
        stage="confirm" if num_pairs > seen.num_first else "screen",
        p_value=second.p_value(key, test),
        visible=None if visible is None else math.expm1(visible),
        in_turns=True,
        spread=None if deviation is None else math.expm1(deviation),
    )


def look_at_turns(stages: Sequence[StageJournals], tolerances: Tolerances) -> dict[CaseMeasure, TurnsLook]:
    """Return the looks at each measure in turns.

    Args:
        stages: the journals of stage 1 and of the pairs that came after.
        tolerances: by how much each measure may become worse.
    """
    first = count_pairs(stages[0])
    found: dict[CaseMeasure, TurnsLook] = {}
    for key, values in collect_turn_values(stages).items():
        num_first_run = first.get(key.case_id, 0)
        looks = _make_looks(values, num_first_run, tolerances.margin(key.measure, in_turns=True))
        found[key] = TurnsLook(values, num_first_run, choose_look(looks), looks[-1])
    return found


def _make_looks(values: TurnValues, num_first_run: int, margin: float) -> list[Look]:
    """Return the looks as planned by the pairs that ran: no pair that shared no turn adds one, or moves another's."""
    sizes = map(values.num_among, look_sizes(num_first_run, values.num_run))
    # Without any pair there is nothing to look at; the last look is then at all there are.
    return [Look(values.pairs.first(size), margin) for size in sizes if size] or [Look(values.pairs, margin)]


def without_turns(
    values: Mapping[CaseMeasure, MeasureValues], in_turns: Mapping[CaseMeasure, TurnsLook]
) -> dict[CaseMeasure, MeasureValues]:
    """Return the measures that pairs in turns do not tell."""
    told = {CaseMeasure(key.case_id, measure) for key in in_turns for measure in ALONE_MEASURES}
    return {key: seen for key, seen in values.items() if key not in told}


def find_open(looks: Mapping[CaseMeasure, TurnsLook], num_tests: int, num_fresh: int) -> frozenset[str]:
    """Return the cases, by their ids, that need more pairs: nothing has failed yet, and something still may.

    Args:
        looks: all measures in turns.
        num_tests: of the whole check, those that turns do not tell among them.
        num_fresh: how many pairs may be added to stage 1's.
    """
    failed = {key.case_id for key in confirmed({key: one.strongest for key, one in looks.items()}, num_tests)}
    return frozenset(
        key.case_id
        for key, one in looks.items()
        if key.case_id not in failed
        and one.last.is_worse
        and one.values.num_run < last_look(one.num_first_run, num_fresh)
    )
