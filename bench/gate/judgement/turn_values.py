"""What pairs in turns measure: the typical step and the throughput of turns that followed each other."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis.statistics.interval import trimmed_mean
from bench.analysis.statistics.slot_pairs import SlotPairs, signs_of
from bench.analysis.statistics.turn_ratio import TRIMMED_SHARE, TurnSeries, TurnsRatio, ratio_in_turns
from bench.analysis.trial.measures import TURN_MEASURES, Measure
from bench.analysis.trial.throughput import steady_throughput
from bench.analysis.trial.turn_series import collect_turns
from bench.gate.judgement.findings import CaseMeasure
from bench.gate.judgement.measure_values import StageJournals
from bench.store.records import Journal


@dataclass(frozen=True)
class TurnValues:
    """One measure of one case in turns; `base` and `head` are each side's own figures, `pairs` their comparison.

    `places` says which of the `num_run` pairs that ran, from 0, these are: the others shared no turn.
    """

    measure: Measure
    base: tuple[float, ...]
    head: tuple[float, ...]
    pairs: SlotPairs
    places: tuple[int, ...]
    num_run: int

    def num_among(self, num_run: int) -> int:
        """Return how many pairs are here of the first so many that ran."""
        return bisect_left(self.places, num_run)


def collect_turn_values(stages: Sequence[StageJournals]) -> dict[CaseMeasure, TurnValues]:
    """Return the measures in turns of each case all of whose pairs of stage 1 ran in turns, over all stages, in order.

    Stage 1 settles what turns tell: of a case that goes on back to back, the pairs in turns stay what speaks of speed.
    A pair that shared no turn has no values; a case without any, or whose times are not reported, is not here.
    """
    first = _pairs_by_case(stages[:1])
    found: dict[CaseMeasure, TurnValues] = {}
    for case_id, pairs in _pairs_by_case(stages).items():
        screened = first.get(case_id)
        if screened and all(journal.start.in_turns for pair in screened for journal in pair):
            found |= _values_of(case_id, pairs)
    return found


def count_pairs(stage: StageJournals) -> dict[str, int]:
    """Return how many pairs of each case ran, by its id, whether or not they shared a turn."""
    return {case_id: len(pairs) for case_id, pairs in _pairs_by_case([stage]).items()}


def _pairs_by_case(stages: Sequence[StageJournals]) -> dict[str, list[tuple[Journal, Journal]]]:
    base, head = (_by_case(stages, side) for side in ("base", "head"))
    return {
        case_id: [(base[case_id][seed], journals[seed]) for seed in sorted(journals) if seed in base.get(case_id, {})]
        for case_id, journals in head.items()
    }


def _by_case(stages: Sequence[StageJournals], side: str) -> dict[str, dict[int, Journal]]:
    found: dict[str, dict[int, Journal]] = {}
    for journal in (journal for stage in stages for journal in getattr(stage, side)):
        if journal.status == "ok":
            found.setdefault(journal.start.case.case_id, {})[journal.start.seed] = journal
    return found


def _values_of(case_id: str, pairs: Sequence[tuple[Journal, Journal]]) -> Mapping[CaseMeasure, TurnValues]:
    ratios_of = {place: ratio for place, pair in enumerate(pairs) if (ratio := _ratio(*pair)) is not None}
    compared = [(*pairs[place], ratio) for place, ratio in ratios_of.items()]
    if not compared or not compared[0][0].start.case.reports_times:
        return {}
    signs = signs_of([head.start.in_turns.slot for _, head, _ in compared if head.start.in_turns])
    ratios = [ratio for _, _, ratio in compared]

    def values(measure: Measure, costs: Sequence[float], *, is_limited: bool) -> TurnValues:
        base = tuple(_figure(measure, journal) for journal, _, _ in compared)
        head = tuple(_figure(measure, journal) for _, journal, _ in compared)
        told = SlotPairs(signs * np.log(costs), signs, is_limited)
        return TurnValues(measure, base, head, told, tuple(ratios_of), len(pairs))

    throughput, typical = TURN_MEASURES
    return {
        CaseMeasure(case_id, throughput): values(throughput, [one.of_sums for one in ratios], is_limited=False),
        CaseMeasure(case_id, typical): values(typical, [one.typical for one in ratios], is_limited=True),
    }


def _ratio(base: Journal, head: Journal) -> TurnsRatio | None:
    return ratio_in_turns(collect_turns(base.epochs), collect_turns(head.epochs))


def _figure(measure: Measure, journal: Journal) -> float:
    """Return a side's own figure of a trial that shared turns: it has some, and a steady throughput."""
    case, epochs = journal.start.case, journal.epochs
    if measure == "throughput":
        return steady_throughput(case, epochs) or math.nan
    return case.batch_size * typical_example_s(collect_turns(epochs))


def typical_example_s(turns: TurnSeries) -> float:
    """Return the trimmed mean of the turns' seconds per example, on a logarithmic scale."""
    turns_s = zip(turns.seconds, turns.examples, strict=True)
    costs = [math.log(seconds / examples) for seconds, examples in turns_s if seconds > 0 and examples > 0]
    return math.exp(float(trimmed_mean(costs, TRIMMED_SHARE)))
