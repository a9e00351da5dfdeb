"""From a check's journals to its findings: each measure of each case through the gate's two stages."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.analysis.case_labels import case_labels
from bench.analysis.statistics.change import MIN_FOR_A_PAIRED_RANGE
from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.sample_size import more_for_distance
from bench.analysis.trial.measures import SPEEDS, Measure, average_measure
from bench.analysis.trial.trial_summary import canaries
from bench.gate.check_folder import SideName
from bench.gate.judgement.findings import (
    CaseMeasure,
    GateReason,
    GateResult,
    GateVerdict,
    MeasureVerdict,
    Shown,
    Tolerances,
    TrialProblem,
)
from bench.gate.judgement.measure_values import MeasureValues, StageJournals, collect_values
from bench.gate.judgement.two_stages import (
    CONFIRM_ALPHA,
    MIN_SCREEN_PAIRS,
    Test,
    adjusted_p_values,
    confirmed,
    min_fresh,
)
from bench.host.sensors.noise import Canary
from bench.plan.case import Case
from bench.store.records import Journal

_TIMES: frozenset[Measure] = frozenset({*SPEEDS, "first_step_s"})
# How far the canary may move between a stored run and this check before times of the two no longer compare.
_MAX_CANARY_MOVE_PERCENT = 10
_Verdict = tuple[GateVerdict, GateReason | None, Mapping[str, int | None]]


def find_flagged(screen: StageJournals, tolerances: Tolerances, *, is_paired: bool = True) -> frozenset[CaseMeasure]:
    """Return what stage 1 asks to be measured afresh."""
    return _flagged(_test(collect_values(screen, is_paired=is_paired), tolerances))


def _test(values: Mapping[CaseMeasure, MeasureValues], tolerances: Tolerances) -> dict[CaseMeasure, Test]:
    return {key: seen.test(tolerances.margin(key.measure)) for key, seen in values.items()}


def _flagged(tests: Mapping[CaseMeasure, Test]) -> frozenset[CaseMeasure]:
    return frozenset(key for key, test in tests.items() if test.is_flagged)


def judge(
    screen: StageJournals, confirm: StageJournals, tolerances: Tolerances, *, is_paired: bool = True
) -> GateResult:
    """Return a check's findings.

    Args:
        screen: the journals of stage 1.
        confirm: those of stage 2, fresh trials of what stage 1 flagged; a stored baseline is the same in both.
        tolerances: by how much each measure may become worse.
        is_paired: whether the sides ran in pairs; a stored baseline's did not.
    """
    screened, fresh = (collect_values(sides, is_paired=is_paired) for sides in (screen, confirm))
    first = _test(screened, tolerances)
    flagged = _flagged(first)
    second = _second_stage(screened, {key: fresh[key] for key in sorted(flagged) if key in fresh}, tolerances)
    labels = case_labels(_cases(screen))
    findings = (
        _judge(key, labels[key.case_id], seen, first[key], second if key in flagged else None)
        for key, seen in screened.items()
    )
    percent = None if is_paired else _canary_percent(screen)
    return GateResult(
        findings=tuple(findings if percent is None else (_excuse(one, percent) for one in findings)),
        problems=find_problems((screen, confirm)),
        tolerances=tolerances,
        is_paired=is_paired,
        in_turns=is_paired and _all_in_turns((screen, confirm)),
    )


def _all_in_turns(stages: Iterable[StageJournals]) -> bool:
    return all(journal.start.in_turns for stage in stages for journal in (*stage.base, *stage.head))


def find_problems(stages: Iterable[StageJournals]) -> tuple[TrialProblem, ...]:
    """Return each trial that did not end ok, once."""
    found = (
        problem for stage in stages for problem in (*_problems("base", stage.base), *_problems("head", stage.head))
    )
    return tuple(dict.fromkeys(found))


def _problems(side: SideName, journals: Sequence[Journal]) -> list[TrialProblem]:
    failed = (journal for journal in journals if journal.status != "ok")
    return [TrialProblem(side, journal.trial_id, journal.status, _message(journal)) for journal in failed]


def halves_the_errors(accuracies: MeasureValues) -> bool:
    """Tell whether the head surely makes less than half of the base's errors, as where test data leaked into training.

    It is the test of "worse": the accuracy at which half of the base's errors are gone, against the head's.
    """
    half = tuple((1 + value) / 2 for value in accuracies.base)
    test = replace(accuracies, base=accuracies.head, head=half).test(0.0)
    return test.is_beyond and test.p_value is not None and test.p_value <= CONFIRM_ALPHA


@dataclass(frozen=True)
class _Second:
    """Stage 2: the fresh values of what was flagged with their tests, and the values and tests that decide.

    Where the fresh values are worse as well, both stages decide together. Elsewhere they decide alone: the mean of both
    is drawn up by what was flagged by chance.
    """

    fresh: Mapping[CaseMeasure, MeasureValues]
    both: Mapping[CaseMeasure, MeasureValues]
    fresh_tests: Mapping[CaseMeasure, Test]
    tests: Mapping[CaseMeasure, Test]
    num_tests: int

    def p_value(self, key: CaseMeasure) -> float | None:
        """Return the p-value of the values that decide, Holm's where they are of both stages."""
        return adjusted_p_values(self.tests, self.num_tests).get(key, self.fresh_tests[key].p_value)


def _second_stage(
    screened: Mapping[CaseMeasure, MeasureValues], fresh: Mapping[CaseMeasure, MeasureValues], tolerances: Tolerances
) -> _Second:
    fresh_tests = _test(fresh, tolerances)
    both = {key: screened[key].joined(later) for key, later in fresh.items() if fresh_tests[key].is_worse}
    return _Second(fresh, both, fresh_tests, _test(both, tolerances), len(screened))


def _judge(key: CaseMeasure, label: str, seen: MeasureValues, first: Test, second: _Second | None) -> MeasureVerdict:
    verdict = _judge_unflagged(seen, first) if second is None else _judge_flagged(key, seen, second)
    screened = _finding(key, label, seen, first, verdict)
    if second is None or key not in second.fresh:
        return screened
    values, test = {**second.fresh, **second.both}[key], {**second.fresh_tests, **second.tests}[key]
    decided = _finding(key, label, values, test, verdict)
    # What a check sees is what its stage 1 flags: stage 2 is never asked about the rest.
    return replace(decided, stage="confirm", p_value=second.p_value(key), visible=screened.visible)


def _judge_unflagged(seen: MeasureValues, test: Test) -> _Verdict:
    if test.effect is None:
        return "inconclusive", GateReason.NO_FIGURE, {"base": len(seen.base), "head": len(seen.head)}
    needs = MIN_SCREEN_PAIRS
    if seen.num_values < needs:
        return "inconclusive", GateReason.TOO_FEW, {"needs": needs, "has": seen.num_values}
    return _judge_not_worse(seen, test)


def _judge_not_worse(values: MeasureValues, test: Test) -> _Verdict:
    """Judge what no stage holds for worse: it is ok, but for an accuracy, which must show that it has not dropped."""
    if values.measure != "final_val_accuracy":
        return "ok", None, {}
    if halves_the_errors(values):
        return "implausible", GateReason.HALF_THE_ERRORS, {}
    high = None if test.effect is None else test.effect.high
    if high is not None and high < test.margin:
        return "ok", None, {}
    return "inconclusive", GateReason.NOT_SHOWN, _more_to_show(values, test)


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


def _judge_flagged(key: CaseMeasure, seen: MeasureValues, second: _Second) -> _Verdict:
    fresh = second.fresh.get(key)
    screened, num_base = (seen.num_values, None) if seen.is_paired else (len(seen.head), len(seen.base))
    needs, has = min_fresh(screened, second.num_tests, num_base), 0
    if fresh is not None:
        has = fresh.num_values if fresh.is_paired else len(fresh.head)
    if fresh is None or has < needs:
        return "inconclusive", GateReason.TOO_FEW_TO_CONFIRM, {"needs": needs, "has": has}
    if key not in second.both:
        return _judge_not_worse(fresh, second.fresh_tests[key])
    is_confirmed = key in confirmed(second.tests, second.num_tests)
    return ("regression", None, {}) if is_confirmed else ("inconclusive", GateReason.NOT_CONFIRMED, {})


def _excuse(finding: MeasureVerdict, percent: int) -> MeasureVerdict:
    """Return a finding of a machine that is no longer as it was: then a time tells of the machine."""
    if finding.key.measure not in _TIMES or abs(percent - 100) <= _MAX_CANARY_MOVE_PERCENT:
        return finding
    return replace(finding, outcome="inconclusive", reason=GateReason.MACHINE_MOVED, data={"percent": percent})


def _canary_percent(sides: StageJournals) -> int | None:
    """Return how long the head's canary takes in percent of the base's, by medians; the worse of its two parts."""
    base, head = ([reading for journal in side for reading in canaries(journal)] for side in (sides.base, sides.head))
    if not base or not head:
        return None
    parts: tuple[Callable[[Canary], float], ...] = (lambda one: one.gemm_s, lambda one: one.copy_s)
    ratios = [statistics.median(map(part, head)) / statistics.median(map(part, base)) for part in parts]
    return round(100 * max(ratios, key=lambda ratio: abs(math.log(ratio))))


def _finding(key: CaseMeasure, label: str, values: MeasureValues, test: Test, verdict: _Verdict) -> MeasureVerdict:
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


def _cases(sides: StageJournals) -> list[Case]:
    return list({journal.start.case.case_id: journal.start.case for journal in (*sides.head, *sides.base)}.values())


def _message(journal: Journal) -> str:
    return journal.end.error.message if journal.end and journal.end.error else "no end line"
