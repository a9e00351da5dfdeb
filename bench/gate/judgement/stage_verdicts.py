"""The verdict on a measure by the gate's two stages: what the first flags, and what fresh values say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench.analysis.statistics.change import MIN_FOR_A_PAIRED_RANGE
from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.sample_size import more_for_distance
from bench.analysis.trial.measures import Measure, average_measure
from bench.gate.judgement.findings import CaseMeasure, GateReason, GateVerdict, MeasureVerdict, Shown, Tolerances
from bench.gate.judgement.measure_values import MeasureValues
from bench.gate.judgement.two_stages import (
    CONFIRM_ALPHA,
    MIN_SCREEN_PAIRS,
    Test,
    adjusted_p_values,
    confirmed,
    min_fresh,
)

Verdict = tuple[GateVerdict, GateReason | None, Mapping[str, int | None]]


def run_tests(values: Mapping[CaseMeasure, MeasureValues], tolerances: Tolerances) -> dict[CaseMeasure, Test]:
    """Return the test of each measure."""
    return {key: seen.test(tolerances.margin(key.measure)) for key, seen in values.items()}


def flagged_keys(tests: Mapping[CaseMeasure, Test]) -> frozenset[CaseMeasure]:
    """Return what stage 1 asks to be measured afresh."""
    return frozenset(key for key, test in tests.items() if test.is_flagged)


@dataclass(frozen=True)
class SecondStage:
    """Stage 2: the fresh values of what was flagged with their tests, and the values and tests that decide.

    `tests` holds those of the pairs in turns as well: Holm's procedure is over all.

    Where the fresh values are worse as well, both stages decide together. Elsewhere they decide alone: the mean of both
    is drawn up by what was flagged by chance.
    """

    fresh: Mapping[CaseMeasure, MeasureValues]
    both: Mapping[CaseMeasure, MeasureValues]
    fresh_tests: Mapping[CaseMeasure, Test]
    tests: Mapping[CaseMeasure, Test]
    num_tests: int

    def p_value(self, key: CaseMeasure, test: Test | None = None) -> float | None:
        """Return the p-value of the values that decide, Holm's where they are of both stages; `test` in its place."""
        adjusted = adjusted_p_values(self.tests if test is None else {**self.tests, key: test}, self.num_tests)
        return adjusted[key] if key in adjusted else self.fresh_tests[key].p_value

    @property
    def confirmed(self) -> frozenset[CaseMeasure]:
        """What fails."""
        return confirmed(self.tests, self.num_tests)


def second_stage(
    screened: Mapping[CaseMeasure, MeasureValues],
    fresh: Mapping[CaseMeasure, MeasureValues],
    in_turns: Mapping[CaseMeasure, Test],
    tolerances: Tolerances,
) -> SecondStage:
    """Return what decides of the flagged measures, `fresh`, beside those that pairs in turns tell."""
    fresh_tests = run_tests(fresh, tolerances)
    both = {key: screened[key].joined(later) for key, later in fresh.items() if fresh_tests[key].is_worse}
    tests = {**run_tests(both, tolerances), **in_turns}
    return SecondStage(fresh, both, fresh_tests, tests, len(screened) + len(in_turns))


def judge_stages(
    key: CaseMeasure, label: str, seen: MeasureValues, first: Test, second: SecondStage | None
) -> MeasureVerdict:
    """Return the verdict on one measure; `second` is None where stage 1 did not flag it."""
    verdict = _judge_unflagged(seen, first) if second is None else _judge_flagged(key, seen, second)
    screened = make_finding(key, label, seen, first, verdict)
    if second is None or key not in second.fresh:
        return screened
    values, test = {**second.fresh, **second.both}[key], {**second.fresh_tests, **second.tests}[key]
    decided = make_finding(key, label, values, test, verdict)
    # What a check sees is what its stage 1 flags: stage 2 is never asked about the rest.
    return replace(decided, stage="confirm", p_value=second.p_value(key), visible=screened.visible)


def _judge_unflagged(seen: MeasureValues, test: Test) -> Verdict:
    if test.effect is None:
        return "inconclusive", GateReason.NO_FIGURE, {"base": len(seen.base), "head": len(seen.head)}
    needs = MIN_SCREEN_PAIRS
    if seen.num_values < needs:
        return "inconclusive", GateReason.TOO_FEW, {"needs": needs, "has": seen.num_values}
    return _judge_not_worse(seen, test)


def _judge_not_worse(values: MeasureValues, test: Test) -> Verdict:
    """Judge what no stage holds for worse: it is ok, but for an accuracy, which must show that it has not dropped."""
    if values.measure != "final_val_accuracy":
        return "ok", None, {}
    if halves_the_errors(values):
        return "implausible", GateReason.HALF_THE_ERRORS, {}
    high = None if test.effect is None else test.effect.high
    if high is not None and high < test.margin:
        return "ok", None, {}
    return "inconclusive", GateReason.NOT_SHOWN, _more_to_show(values, test)


def halves_the_errors(accuracies: MeasureValues) -> bool:
    """Tell whether the head surely makes less than half of the base's errors, as where test data leaked into training.

    It is the test of "worse": the accuracy at which half of the base's errors are gone, against the head's.
    """
    half = tuple((1 + value) / 2 for value in accuracies.base)
    test = replace(accuracies, base=accuracies.head, head=half).test(0.0)
    return test.is_beyond and test.p_value is not None and test.p_value <= CONFIRM_ALPHA


def _more_to_show(values: MeasureValues, test: Test) -> dict[str, int | None]:
    """Return how many more pairs bring the interval to one side of the margin, with the range; None: cannot be told.

    One bound is in question, so it is the distance from the mean to the margin that counts, not that to minus it.
    """
    if not values.is_paired or test.effect is None:
        return {"more": None}
    if test.effect.kind == "none":
        return {"more": MIN_FOR_A_PAIRED_RANGE - test.effect.n}  # of equal ones: no plan, but what is lacking
    plan = more_for_distance(values.worsening(), abs(test.margin - test.effect.value))
    return {"more": None} if plan is None else {"more": plan.number, "more_low": plan.low, "more_high": plan.high}


def _judge_flagged(key: CaseMeasure, seen: MeasureValues, second: SecondStage) -> Verdict:
    fresh = second.fresh.get(key)
    screened, num_base = (seen.num_values, None) if seen.is_paired else (len(seen.head), len(seen.base))
    needs, has = min_fresh(screened, second.num_tests, num_base), 0
    if fresh is not None:
        has = fresh.num_values if fresh.is_paired else len(fresh.head)
    if fresh is None or has < needs:
        return "inconclusive", GateReason.TOO_FEW_TO_CONFIRM, {"needs": needs, "has": has}
    if key not in second.both:
        return _judge_not_worse(fresh, second.fresh_tests[key])
    is_confirmed = key in second.confirmed
    return ("regression", None, {}) if is_confirmed else ("inconclusive", GateReason.NOT_CONFIRMED, {})


def make_finding(key: CaseMeasure, label: str, values: MeasureValues, test: Test, verdict: Verdict) -> MeasureVerdict:
    """Return the verdict with its figures, as stage 1 has them."""
    outcome, reason, data = verdict
    visible = values.visible(test.margin)
    return MeasureVerdict(
        key=key,
        label=label,
        stage="screen",
        base=average_measure(key.measure, values.base),
        head=average_measure(key.measure, values.head),
        num_base=len(values.base),
        num_head=len(values.head),
        worse=None if test.effect is None else _as_share(key.measure, test.effect),
        p_value=test.p_value,
        visible=visible if visible is None or key.measure == "final_val_accuracy" else math.expm1(visible),
        shown=_shown(test),
        outcome=outcome,
        reason=reason,
        data=data,
    )


def _shown(test: Test) -> Shown | None:
    """Return what the interval shows of the head beyond that nothing was flagged; None where it shows nothing."""
    effect = test.effect
    if effect is None or effect.low is None or effect.high is None or effect.high >= test.margin:
        return None
    return "equivalent" if effect.low > -test.margin else "no worse"


def _as_share(measure: Measure, effect: Interval) -> Interval:
    """Return a worsening as people read it: a share of the cost, or accuracy as it is."""
    if measure == "final_val_accuracy":
        return effect
    low, high = (None if bound is None else math.expm1(bound) for bound in (effect.low, effect.high))
    return replace(effect, value=math.expm1(effect.value), low=low, high=high)
