"""One case over its seeds: every figure of a report's row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bench.analysis.accuracy_curves import summarize_curve, summarize_ledger
from bench.analysis.equal_seeds import distinct_seeds
from bench.analysis.statistics.interval import Interval, summarize_rates, summarize_values
from bench.analysis.summary_types import CaseSummary, Family
from bench.analysis.trial.ledger import mean_ledger
from bench.analysis.trial.step_times import mean_step_s
from bench.analysis.trial.time_to_target import TARGET_SWEEP, Climbs
from bench.analysis.trial.trial_summary import summarize_trial
from bench.analysis.trial.validations import validation_s
from bench.networks.registry import builtin_models
from bench.plan.case import Case
from bench.store.records import Journal, Resolved

T = TypeVar("T")
_SINGLE_PRECISION = 1e-6  # in which an optimizer keeps its rate; a step's decay is ten times as much


def summarize_case(
    case: Case,
    label: str,
    seeds: Sequence[int],
    journals: Sequence[Journal],
    targets: Sequence[float],
    sweep: Sequence[float] = TARGET_SWEEP,
) -> CaseSummary:
    """Summarize one case; trials that computed the same to the last bit count as one for its accuracies and targets.

    Args:
        case: the case with its epoch budget.
        label: its short name within the run.
        seeds: those that the suite plans; one without a journal is missing.
        journals: the case's own.
        targets: validation accuracies for `targets`.
        sweep: those for `sweep`.
    """
    first_built = next((journal for journal in journals if journal.built), None)
    built = first_built.built if first_built else None
    trials = tuple(summarize_trial(journal) for journal in journals)
    timed = journals if case.reports_times else ()
    distinct = distinct_seeds(journals)
    climbs = Climbs(distinct, case.epochs)
    counted = set(map(id, distinct))  # not by equality: that would read every epoch once more
    ran_budget = [
        trial
        for journal, trial in zip(journals, trials, strict=True)
        if id(journal) in counted and trial.num_epochs >= case.epochs
    ]
    return CaseSummary(
        case_id=case.case_id,
        label=label,
        case=case,
        family=family_of(case.model),
        seeds=tuple(seeds),
        num_by_status=Counter(journal.status for journal in journals),
        data=journals[0].start.data if journals else None,
        num_params=built.num_params if built else None,
        flops_per_example=built.flops_per_example if built else None,
        layers=built.layers if built else (),
        resolved=_resolved(first_built) if first_built else None,
        throughput=_over_rates(trials, lambda trial: trial.throughput),
        fit_throughput=_over_rates(trials, lambda trial: trial.fit_throughput),
        achieved_flops_per_s=_over_rates(trials, lambda trial: trial.achieved_flops_per_s),
        first_step_s=_over(trials, lambda trial: trial.first_step_s),
        steady_epoch_s=_over_rates(trials, lambda trial: trial.steady_epoch_s),
        fit_epoch_s=_over_rates(trials, lambda trial: trial.fit_epoch_s),
        epoch_val_s=_over(timed, lambda journal: _mean(validation_s(epoch) for epoch in journal.epochs)),
        seconds=mean_ledger([trial.ledger for trial in trials if trial.total_s is not None]),
        step_p50_s=_over(timed, lambda journal: mean_step_s(journal, lambda calls: calls.p50)),
        step_p95_s=_over(timed, lambda journal: mean_step_s(journal, lambda calls: calls.p95)),
        peak_rss_bytes=_over(trials, lambda trial: trial.peak_rss_bytes),
        peak_device_bytes=_over(trials, lambda trial: trial.peak_device_bytes),
        final_val_accuracy=_over(ran_budget, lambda trial: trial.final_val_accuracy),
        curve=summarize_curve(distinct),
        ledger=summarize_ledger(timed),
        targets=tuple(climbs.summarize(target) for target in targets),
        trials=trials,
        sweep=tuple(climbs.summarize(target) for target in sweep),
        steps=climbs.steps(),
        balanced_accuracy=_over(distinct, lambda journal: balanced_accuracy(_recalls(journal))),
        recalls=_mean_recalls(distinct),
    )


def _recalls(journal: Journal) -> tuple[float | None, ...]:
    return journal.end.recalls if journal.end else ()


def balanced_accuracy(recalls: Sequence[float | None]) -> float | None:
    """Return the mean recall of the classes that have examples, which no class dominates; None of no class.

    Brodersen, Ong, Stephan, Buhmann, The balanced accuracy and its posterior distribution, ICPR 2010.
    """
    return _mean(recall for recall in recalls if recall is not None)


def _mean_recalls(journals: Sequence[Journal]) -> tuple[float | None, ...]:
    """Return each class's recall at the end of the budget, the mean over the trials that tell it."""
    told = [recalls for journal in journals if (recalls := _recalls(journal))]
    return tuple(_mean(recall for recall in of_class if recall is not None) for of_class in zip(*told, strict=False))


def _resolved(journal: Journal) -> Resolved | None:
    """Return a trial's effective settings.

    Older journals do not hold the first rate and its decay: then they are those asked for, if the rate that the
    optimizer had after the first epoch follows from them, and else unknown.
    """
    resolved = journal.resolved
    if resolved is None or resolved.learning_rate is not None or not journal.epochs:
        return resolved
    case, epoch = journal.start.case, journal.epochs[0]
    after = case.first_rate / (1 + case.decay * epoch.num_steps)
    if epoch.learning_rate is None or not math.isclose(epoch.learning_rate, after, rel_tol=_SINGLE_PRECISION):
        return resolved
    return resolved.model_copy(update={"learning_rate": case.first_rate, "decay": case.decay})


def family_of(model: str) -> Family:
    """Return the model's family; a model from outside the registry is of another one."""
    spec = builtin_models().get(model)
    return spec.family if spec else "other"


def _over(items: Iterable[T], figure: Callable[[T], float | None]) -> Interval | None:
    values = [value for value in map(figure, items) if value is not None]
    return summarize_values(values)


def _over_rates(items: Iterable[T], figure: Callable[[T], float | None]) -> Interval | None:
    """Summarize what comparisons take ratios of; a rate or time that is not above 0 is no figure."""
    return summarize_rates([value for value in map(figure, items) if value is not None and value > 0])


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return math.fsum(found) / len(found) if found else None
