"""One metric over many runs of one machine, for a drift too slow for any two of them to show."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bench.analysis.case_labels import case_labels
from bench.analysis.run_journals import RunJournals, planned_cases
from bench.analysis.statistics.interval import CONFIDENCE, Interval, summarize_rates, summarize_values
from bench.analysis.trial.measures import TIMES, TRIAL_MEASURES, VERDICTS, Measure, average
from bench.analysis.trial.time_to_target import time_to_target
from bench.analysis.trial.trial_summary import TrialSummary, summarize_trial
from bench.analysis.trial.turn_series import shared_turns
from bench.compare.change_points import find_change_points, min_values
from bench.compare.history_types import (
    CaseHistory,
    History,
    HistoryLevel,
    HistoryPoint,
    LeftOut,
    LeftOutReason,
    LevelChange,
)
from bench.host.fingerprint import explain_difference
from bench.plan.case import Case
from bench.store.records import Journal

# What grows with training tells something only after the same number of epochs.
_OF_A_BUDGET = frozenset({"peak_rss_bytes", "peak_device_bytes", "final_val_accuracy"})

# The gate judges the steady throughput alone: the wait for an iterator is no change of the code.
_MEASURES: Mapping[Measure, Callable[[TrialSummary], float | None]] = {
    **TRIAL_MEASURES,
    "fit_throughput": lambda trial: trial.fit_throughput,
}


@dataclass(frozen=True)
class _Wanted:
    """What a point is of, and what its run must share with the latest run that has the case."""

    measure: Measure
    target: float | None
    budget: int
    latest: Journal | None


@dataclass(frozen=True)
class _RunCases:
    """One run: its planned cases with the journals of those trials that have ended."""

    run_id: str
    created_at: datetime
    by_case: Mapping[str, Sequence[Journal]]


def build_history(runs: Sequence[RunJournals], measure: Measure, target: float | None = None) -> History:
    """Return a metric's history over the runs of the latest one's machine, change points found in each case.

    The share of false change points is held at 5 % over all cases together (Bonferroni).

    Args:
        runs: at least one with a trial that started, in any order.
        measure: the metric.
        target: the validation accuracy that `train_s_to_target` is to; the latest run's lowest one where None.
    """
    ordered = sorted(runs, key=lambda run: (run.record.created_at, run.record.run_id))
    latest = next(run for run in reversed(ordered) if run.journals)
    environment = latest.journals[-1].start.environment
    kept = [_of_machine(run, environment.fingerprint) for run in ordered]
    same = [run for run in kept if run.journals]
    cases = planned_cases(reversed(same))
    labels = case_labels(cases)
    alpha = (1 - CONFIDENCE) / len(cases)
    reached = _target(latest, target) if measure == "train_s_to_target" else None
    grouped = [_group(run) for run in same]
    return History(
        measure=measure,
        target=reached,
        fingerprint=environment.fingerprint,
        machine=environment.cpu_model or environment.machine,
        num_runs=len(same),
        alpha=alpha,
        cases=tuple(_case_history(case, labels[case.case_id], grouped, measure, reached, alpha) for case in cases),
        left_out=tuple(_why_other(run) for run, left in zip(ordered, kept, strict=True) if not left.journals),
    )


def _of_machine(run: RunJournals, fingerprint: str) -> RunJournals:
    own = (journal for journal in run.journals if journal.start.environment.fingerprint == fingerprint)
    return RunJournals(run.record, tuple(own))


def _why_other(run: RunJournals) -> LeftOut:
    fingerprints = dict.fromkeys(journal.start.environment.fingerprint for journal in run.journals)
    if not fingerprints:
        return LeftOut(run.record.run_id, LeftOutReason.NOT_STARTED, {})
    return LeftOut(run.record.run_id, LeftOutReason.OTHER_MACHINE, {"fingerprints": ", ".join(fingerprints)})


def _target(latest: RunJournals, target: float | None) -> float | None:
    return min(latest.record.suite.targets, default=None) if target is None else target


def _case_history(
    case: Case, label: str, runs: Sequence[_RunCases], measure: Measure, target: float | None, alpha: float
) -> CaseHistory:
    having = [run for run in runs if case.case_id in run.by_case]
    latest = next((run.by_case[case.case_id] for run in reversed(having) if run.by_case[case.case_id]), ())
    wanted = _Wanted(measure, target, case.epochs, _typical(latest))
    points: list[HistoryPoint] = []
    left_out: list[LeftOut] = []
    for run in having:
        journals = run.by_case[case.case_id]
        found = _find_mean(journals, wanted)
        if isinstance(found, Interval):
            points.append(HistoryPoint(run.run_id, run.created_at, found, _is_bound(journals, wanted)))
        else:
            left_out.append(LeftOut(run.run_id, *found))
    levels, changes = _find_levels(points, measure, alpha)
    return CaseHistory(case.case_id, label, tuple(points), levels, changes, min_values(alpha), tuple(left_out))


def _group(run: RunJournals) -> _RunCases:
    """Return a run's trials that have ended by case; making an id formats and hashes, so each case's is made once."""
    cases = {trial.case for trial in run.record.suite.trials} | {journal.start.case for journal in run.journals}
    ids = {case: case.case_id for case in cases}
    by_case: dict[str, list[Journal]] = {case_id: [] for case_id in ids.values()}
    for journal in run.journals:
        if journal.status != "running":
            by_case[ids[journal.start.case]].append(journal)
    return _RunCases(run.record.run_id, run.record.created_at, by_case)


def _find_mean(
    journals: Sequence[Journal], wanted: _Wanted
) -> Interval | tuple[LeftOutReason, Mapping[str, int | str]]:
    """Return one run's mean, or why it has none that compares with the others."""
    is_accuracy = wanted.measure == "final_val_accuracy"
    if wanted.measure in TIMES and not all(journal.start.case.reports_times for journal in journals):
        return LeftOutReason.DETERMINISTIC, {}
    alone = [journal for journal in journals if is_accuracy or not journal.start.concurrent]
    if len(alone) < len(journals) and not alone:
        return LeftOutReason.BESIDE_OTHERS, {}
    reasons = [_why_unlike(journal, wanted) for journal in alone]
    alone = [journal for journal, why in zip(alone, reasons, strict=True) if why is None]
    if reasons and not alone:
        return next(why for why in reasons if why)
    budgets = {journal.start.case.epochs for journal in alone}
    if wanted.measure in _OF_A_BUDGET and budgets - {wanted.budget}:
        return LeftOutReason.OTHER_BUDGET, {"budget": max(budgets - {wanted.budget}), "expected": wanted.budget}
    if wanted.measure == "train_s_to_target":
        values, num_hits = _times_to_target(alone, wanted.target)
        if num_hits < len(alone):
            return LeftOutReason.NOT_ALL_HIT, {"hits": num_hits, "trials": len(alone)}
    else:
        values = _values(alone, wanted)
    mean = summarize_values(values) if is_accuracy else summarize_rates([value for value in values if value > 0])
    return mean or (LeftOutReason.NO_FIGURE, {})


def _typical(journals: Sequence[Journal]) -> Journal | None:
    """Return the last of most: of a group that memory cut, or of a resumed one, some may have trained alone."""
    in_turns = 2 * sum(map(shared_turns, journals)) > len(journals)
    return next((journal for journal in reversed(journals) if shared_turns(journal) == in_turns), None)


def _why_unlike(journal: Journal, wanted: _Wanted) -> tuple[LeftOutReason, Mapping[str, int | str]] | None:
    """Return what keeps a trial from being compared with the latest run's; a time depends on more than an accuracy."""
    if wanted.latest is None:
        return None
    start, latest = journal.start, wanted.latest.start
    if start.data.sha256 != latest.data.sha256:
        return LeftOutReason.OTHER_DATA, {}
    if wanted.measure not in TIMES:
        return None
    if differs := explain_difference(start.environment, latest.environment):
        words = "; ".join(f"{name} {theirs}, the latest run's is {ours}" for name, theirs, ours in differs)
        return LeftOutReason.OTHER_SETTINGS, {"differs": words}
    return (LeftOutReason.OTHER_TURNS, {}) if shared_turns(journal) != shared_turns(wanted.latest) else None


def _times_to_target(journals: Sequence[Journal], target: float | None) -> tuple[list[float], int]:
    """Return the training seconds of the trials that reached the target, and how many did: a miss has no time."""
    times = [] if target is None else [time_to_target(journal, target) for journal in journals]
    hits = [time.train_s for time in times if time.outcome == "hit"]
    return hits, len(hits)


def _is_bound(journals: Sequence[Journal], wanted: _Wanted) -> bool:
    """Tell whether a run's time to the target is known to be no more than so much, since a trial's is."""
    if wanted.measure != "train_s_to_target" or wanted.target is None:
        return False
    return any(time_to_target(journal, wanted.target).is_bound for journal in journals if not journal.start.concurrent)


def _values(journals: Sequence[Journal], wanted: _Wanted) -> list[float]:
    trials = [summarize_trial(journal) for journal in journals]
    if wanted.measure in _OF_A_BUDGET:
        trials = [trial for trial in trials if trial.num_epochs >= wanted.budget]
    figures = map(_MEASURES[wanted.measure], trials)
    return [figure for figure in figures if figure is not None]


def _find_levels(
    points: Sequence[HistoryPoint], measure: Measure, alpha: float
) -> tuple[tuple[HistoryLevel, ...], tuple[LevelChange, ...]]:
    """Cut a case's points at its change points; of rates, times and sizes the logarithms are looked at.

    Upper bounds are in no level: where they change, an epoch or the validation has changed, and maybe nothing else.
    """
    is_accuracy = measure == "final_val_accuracy"
    places = [place for place, point in enumerate(points) if not point.is_bound]
    means = [points[place].mean.value for place in places]
    found = find_change_points(means if is_accuracy else [math.log(mean) for mean in means], alpha)
    bounds = [0, *(point.index for point in found), len(places)]
    levels = tuple(
        HistoryLevel(places[first], places[end - 1], average(means[first:end], is_accuracy=is_accuracy))
        for first, end in pairwise(bounds)
        if end > first
    )
    changes = tuple(
        _level_change(points[after.first], after.first, point.p_value, before.mean, after.mean, measure)
        for point, (before, after) in zip(found, pairwise(levels), strict=True)
    )
    return levels, changes


def _level_change(
    first: HistoryPoint, index: int, p_value: float, before: float, after: float, measure: Measure
) -> LevelChange:
    return LevelChange(
        index=index,
        run_id=first.run_id,
        created_at=first.created_at,
        before=before,
        after=after,
        effect=after - before if measure == "final_val_accuracy" else after / before,
        p_value=p_value,
        verdict=VERDICTS[measure][after < before],
    )
