"""Two runs against each other, case by case: what became faster, slower, larger or better from A to B.

Two separate runs are no back-to-back pairs: their times are compared unpaired, and a drift of the machine between them
cannot be told from a change. Accuracies of one seed are paired, for the same seed starts from the same weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.case_labels import case_labels
from bench.analysis.equal_seeds import repeated_seeds
from bench.analysis.run_journals import RunJournals, planned_cases
from bench.analysis.statistics.change import Change, Direction, judge_difference, judge_ratio
from bench.analysis.trial.measures import TIMES, VERDICTS, ChangeVerdict, Measure, average_measure
from bench.analysis.trial.time_to_target import TargetTime, time_to_target
from bench.analysis.trial.trial_summary import TrialSummary, summarize_trial
from bench.analysis.trial.turn_series import shared_turns
from bench.compare.two_runs_types import (
    CaseChange,
    ComparisonCaution,
    MachineDifference,
    MeasureChange,
    NotComparable,
    RunChange,
)
from bench.host.environment import Environment
from bench.host.fingerprint import explain_difference, have_comparable_times
from bench.plan.case import Case
from bench.store.records import Journal


@dataclass(frozen=True)
class _Sides:
    """One case's trials in both runs, those that still run left out, and the two bands."""

    a: tuple[Journal, ...]
    b: tuple[Journal, ...]
    budgets: tuple[int, int]
    max_change: float
    max_accuracy_change: float

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that both sides have, in order."""
        return tuple(sorted({j.start.seed for j in self.a} & {j.start.seed for j in self.b}))


def find_machine_difference(a: RunJournals, b: RunJournals) -> MachineDifference | None:
    """Return how machines or settings of two runs differ, over all trials that started; None where times compare."""
    machines_a, machines_b = _machines(a), _machines(b)
    first = machines_a[0]
    others = (*machines_b, *machines_a)
    other = next((machine for machine in others if not have_comparable_times(first, machine)), None)
    if other is None:
        return None
    a_has, b_has = (tuple(dict.fromkeys(one.fingerprint for one in machines)) for machines in (machines_a, machines_b))
    return MachineDifference(a_has, b_has, tuple(explain_difference(first, other)))


def _machines(run: RunJournals) -> list[Environment]:
    return [journal.start.environment for journal in run.journals] or [run.record.environment]


def compare_runs(a: RunJournals, b: RunJournals, max_change: float, max_accuracy_change: float) -> RunChange:
    """Compare every case that both runs have, in A's order.

    Args:
        a: the baseline.
        b: what is compared with it.
        max_change: the share by which a time, rate or size may change and still count as equivalent.
        max_accuracy_change: likewise of the final validation accuracy, absolute.
    """
    cases_a, cases_b = ({case.case_id: case for case in planned_cases([run])} for run in (a, b))
    labels = case_labels((*cases_a.values(), *cases_b.values()))
    targets = sorted({*a.record.suite.targets, *b.record.suite.targets})
    shared = [case_id for case_id in cases_a if case_id in cases_b]
    compared = []
    for case_id in shared:
        budgets = (cases_a[case_id].epochs, cases_b[case_id].epochs)
        sides = _Sides(_ended(a, case_id), _ended(b, case_id), budgets, max_change, max_accuracy_change)
        compared.append(_compare_case(cases_a[case_id], labels[case_id], sides, targets))
    return RunChange(
        run_a=a.record.run_id,
        run_b=b.record.run_id,
        max_change=max_change,
        max_accuracy_change=max_accuracy_change,
        machines=find_machine_difference(a, b),
        cases=tuple(compared),
        only_a=tuple(case_id for case_id in cases_a if case_id not in cases_b),
        only_b=tuple(case_id for case_id in cases_b if case_id not in cases_a),
    )


def _ended(run: RunJournals, case_id: str) -> tuple[Journal, ...]:
    found = (journal for journal in run.journals if journal.start.case.case_id == case_id)
    return tuple(journal for journal in found if journal.status != "running")


def _compare_case(case: Case, label: str, sides: _Sides, targets: Sequence[float]) -> CaseChange:
    rows = [
        _compare_trials("fit_throughput", sides, lambda trial: trial.fit_throughput),
        _compare_trials("throughput", sides, lambda trial: trial.throughput),
        _compare_trials("first_step_s", sides, lambda trial: trial.first_step_s),
        *(_compare_target(target, sides) for target in targets),
        _compare_at_budget("peak_rss_bytes", sides, lambda trial: trial.peak_rss_bytes),
        _compare_at_budget("peak_device_bytes", sides, lambda trial: trial.peak_device_bytes),
        _compare_accuracy(sides),
    ]
    if not case.reports_times:
        rows = [_without_times(row, sides) for row in rows]
    return CaseChange(
        case_id=case.case_id,
        label=label,
        num_trials=(len(sides.a), len(sides.b)),
        num_not_ok=(_count_not_ok(sides.a), _count_not_ok(sides.b)),
        # A machine without a GPU has no device memory: a row that says so tells nothing.
        rows=tuple(row for row in rows if row.measure != "peak_device_bytes" or row.num_a or row.num_b),
    )


def _without_times(row: MeasureChange, sides: _Sides) -> MeasureChange:
    if row.measure not in TIMES:
        return row
    return _row(row.measure, sides, target=row.target, why=NotComparable.DETERMINISTIC)


def _count_not_ok(journals: Sequence[Journal]) -> int:
    return sum(journal.status != "ok" for journal in journals)


def _compare_trials(measure: Measure, sides: _Sides, figure: Callable[[TrialSummary], float | None]) -> MeasureChange:
    # A ratio needs values above 0: a clock that saw no time pass has given no figure.
    a, b = ([value for j in side if (value := figure(summarize_trial(j)))] for side in (sides.a, sides.b))
    return _ratio_row(measure, sides, a, b)


def _compare_at_budget(
    measure: Measure, sides: _Sides, figure: Callable[[TrialSummary], float | None]
) -> MeasureChange:
    """Compare what only a trial that trained its whole budget can tell, on budgets that are equal."""
    own, other = sides.budgets
    if own != other:
        return _row(measure, sides, why=NotComparable.BUDGETS_DIFFER, data={"a": own, "b": other})
    return _compare_trials(measure, sides, lambda trial: figure(trial) if trial.num_epochs >= own else None)


def _compare_target(target: float, sides: _Sides) -> MeasureChange:
    """Compare training seconds to a target: where some seeds missed it, what is left would flatter their side."""
    if not sides.seeds:
        return _row("train_s_to_target", sides, target=target, why=NotComparable.NO_COMMON_SEED)
    shared = frozenset(sides.seeds)
    times_a, times_b = (
        [time_to_target(journal, target) for journal in side if journal.start.seed in shared]
        for side in (sides.a, sides.b)
    )
    hits = [sum(time.outcome == "hit" for time in times) for times in (times_a, times_b)]
    if hits != [len(shared), len(shared)]:
        data = {"a": hits[0], "b": hits[1], "seeds": len(shared)}
        return _row("train_s_to_target", sides, target=target, why=NotComparable.NOT_ALL_HIT, data=data)
    # A trial whose clock saw no time pass has no ratio.
    times_a, times_b = ([time for time in times if time.train_s > 0] for times in (times_a, times_b))
    if not (_data_differ(sides) or _is_told_by_validations(times_a, times_b, sides.max_change)):
        return _row("train_s_to_target", sides, target=target, why=NotComparable.BETWEEN_VALIDATIONS)
    a, b = ([time.train_s for time in times] for times in (times_a, times_b))
    return _ratio_row("train_s_to_target", sides, a, b, target)


def _is_told_by_validations(a: Sequence[TargetTime], b: Sequence[TargetTime], max_change: float) -> bool:
    """Tell whether two sides are judged alike wherever between two validations each trial came to the target."""
    if not all(time.since_s for time in (*a, *b)):
        return False  # it may have come in no time, which has no ratio
    (latest_a, earliest_a), (latest_b, earliest_b) = (
        ([time.train_s for time in side], [time.earliest_s for time in side]) for side in (a, b)
    )
    ends = ((latest_a, latest_b), (latest_a, earliest_b), (earliest_a, latest_b))
    changes = [judge_ratio(of_a, of_b, max_change) for of_a, of_b in ends]
    return len({change and change.direction for change in changes}) == 1


def _ratio_row(
    measure: Measure, sides: _Sides, a: list[float], b: list[float], target: float | None = None
) -> MeasureChange:
    if _data_differ(sides):
        return _row(measure, sides, a, b, target=target, why=NotComparable.DATA_DIFFERS)
    change = judge_ratio(a, b, sides.max_change)
    why = None if change else NotComparable.NO_FIGURE
    return _row(measure, sides, a, b, change, target, why, {"a": len(a), "b": len(b)})


def _compare_accuracy(sides: _Sides) -> MeasureChange:
    own, other = sides.budgets
    if own != other:
        return _row("final_val_accuracy", sides, why=NotComparable.BUDGETS_DIFFER, data={"a": own, "b": other})
    if _data_differ(sides):
        return _row("final_val_accuracy", sides, why=NotComparable.DATA_DIFFERS)
    if sides.a and sides.b and not sides.seeds:
        return _row("final_val_accuracy", sides, why=NotComparable.NO_COMMON_SEED)
    final_a, final_b = (_final_accuracies(side, own) for side in (sides.a, sides.b))
    repeated = repeated_seeds([{j.start.seed: j for j in side} for side in (sides.a, sides.b)])
    seeds = sorted((final_a.keys() & final_b.keys()) - repeated)
    a, b = [final_a[seed] for seed in seeds], [final_b[seed] for seed in seeds]
    change = judge_difference(a, b, sides.max_accuracy_change)
    data = {"a": len(final_a), "b": len(final_b)}
    return _row("final_val_accuracy", sides, a, b, change, why=None if change else NotComparable.NO_FIGURE, data=data)


def _final_accuracies(journals: Sequence[Journal], budget: int) -> dict[int, float]:
    """Return each seed's last validation accuracy, of the trials that came to the end of their budget."""
    ended = (journal for journal in journals if len(journal.epochs) >= budget)
    finals = {journal.start.seed: journal.epochs[-1].val_accuracy for journal in ended}
    return {seed: value for seed, value in finals.items() if value is not None}


def _data_differ(sides: _Sides) -> bool:
    return len({journal.start.data.sha256 for journal in (*sides.a, *sides.b)}) > 1


def _row(
    measure: Measure,
    sides: _Sides,
    a: Sequence[float] = (),
    b: Sequence[float] = (),
    change: Change | None = None,
    target: float | None = None,
    why: NotComparable | None = None,
    data: Mapping[str, int] | None = None,
) -> MeasureChange:
    is_accuracy = measure == "final_val_accuracy"
    return MeasureChange(
        measure=measure,
        target=target,
        kind="difference" if is_accuracy else "ratio",
        pairing="paired by seed, not interleaved" if is_accuracy else "unpaired",
        a=average_measure(measure, a),
        b=average_measure(measure, b),
        num_a=len(a),
        num_b=len(b),
        effect=change.effect if change else None,
        p_value=change.p_value if change else None,
        verdict=_verdict(measure, change.direction) if change else "not comparable",
        needs=change.needs if change else None,
        num_more=change.num_more if change else None,
        labels=() if is_accuracy else _labels(sides),
        why=why,
        data=data or {} if why else {},
    )


def _verdict(measure: Measure, direction: Direction) -> ChangeVerdict:
    if direction == "up" or direction == "down":  # noqa: PLR1714 - mypy narrows this alone
        return VERDICTS[measure][direction == "down"]
    return direction


def _labels(sides: _Sides) -> tuple[ComparisonCaution, ...]:
    journals = (*sides.a, *sides.b)
    environments = [journal.start.environment for journal in journals]
    differ = any(not have_comparable_times(environments[0], other) for other in environments[1:])
    beside = any(journal.start.concurrent for journal in journals)
    in_turns = set(map(shared_turns, journals))
    return (
        *((ComparisonCaution.MACHINES_DIFFER,) if differ else ()),
        *((ComparisonCaution.CONCURRENT,) if beside else ()),
        *((ComparisonCaution.TURNS_DIFFER,) if len(in_turns) > 1 else ()),
    )
