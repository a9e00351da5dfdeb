"""One run summarized: every figure of a report, computed once. The types are in `bench.analysis.summary_types`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.analysis.case_contrasts import compare_cases, headlines
from bench.analysis.case_labels import case_labels
from bench.analysis.case_summary import summarize_case
from bench.analysis.cautions import find_cautions
from bench.analysis.run_journals import RunJournals, one_a_trial, planned_cases
from bench.analysis.summary_types import Failure, RunSummary
from bench.analysis.targets import choose_targets, largest_class_accuracy
from bench.analysis.tuned_summary import summarize_tuned
from bench.store.records import Journal, RunRecord
from bench.store.run_folder import LoadedRun


def summarize_loaded(run: LoadedRun, targets: Sequence[float] | None = None) -> RunSummary:
    """Return the figures of a run as it was read back, with what was set aside or superseded; see `summarize_run`."""
    return summarize_run(run.record, run.journals, targets, set_aside=run.set_aside, superseded=run.superseded)


def summarize_run(
    run: RunRecord,
    journals: Sequence[Journal],
    targets: Sequence[float] | None = None,
    set_aside: Sequence[str] = (),
    superseded: Sequence[Journal] = (),
) -> RunSummary:
    """Summarize a run from its journals.

    Args:
        run: the run as it was planned.
        journals: its trials' journals; of several of one trial, as a merged run may have, the first counts.
        set_aside: for each journal that is damaged, what its reader said of it.
        superseded: journals of earlier attempts at trials that were trained again.
        targets: validation accuracies between 0 and 1, the first being what headlines are about, or None for the
            suite's; see `choose_targets`.
    """
    journals, num_repeated = one_a_trial(journals)
    if num_repeated:
        set_aside = (
            *set_aside,
            f"{num_repeated} trials from other machines, of the same cases and seeds: see `bench hardware`",
        )
    journals = sorted(journals, key=lambda journal: (journal.start.index, journal.trial_id))
    chosen = choose_targets(targets, run.suite.targets, journals)
    planned = {case.case_id: case for case in planned_cases([RunJournals(run, tuple(journals))])}
    labels = case_labels(planned.values())
    by_case = _by_case(journals)
    seeds = _planned_seeds(run)
    cases = tuple(
        summarize_case(
            case, labels[case_id], seeds.get(case_id, ()), by_case.get(case_id, ()), chosen.wanted, chosen.sweep
        )
        for case_id, case in planned.items()
    )
    comparisons = compare_cases(cases, by_case, chosen.wanted)
    answers = headlines(cases, comparisons)
    started = {journal.trial_id for journal in journals}
    return RunSummary(
        run_id=run.run_id,
        created_at=run.created_at,
        version=run.version,
        command=run.command,
        suite=run.suite.name,
        description=run.suite.description,
        environment=run.environment,
        concurrent=any(journal.start.concurrent for journal in journals),
        targets=chosen.wanted,
        num_planned=len(run.suite.trials),
        num_by_status=Counter(journal.status for journal in journals),
        total_s=_total_s(journals),
        cases=cases,
        headlines=answers,
        comparisons=comparisons,
        failures=tuple(_failure(journal, labels) for journal in journals if journal.status not in ("ok", "running")),
        set_aside=tuple(set_aside),
        superseded=tuple(
            replace(_failure(journal, labels), trial_id=journal.source.removesuffix(".jsonl"))
            for journal in superseded
            if journal.start.case.case_id in labels
        ),
        missing=tuple(trial.trial_id for trial in run.suite.trials if trial.trial_id not in started),
        cautions=find_cautions(run, cases, comparisons, journals),
        not_run=run.suite.not_run,
        running=tuple(journal.trial_id for journal in journals if journal.status == "running"),
        tuned=summarize_tuned(run.suite.tuned, cases, answers, by_case),
        majority=largest_class_accuracy(journals),
        primary_target=chosen.primary,
    )


def _planned_seeds(run: RunRecord) -> dict[str, list[int]]:
    seeds: defaultdict[str, list[int]] = defaultdict(list)
    for trial in run.suite.trials:
        seeds[trial.case.case_id].append(trial.seed)
    return dict(seeds)


def _by_case(journals: Sequence[Journal]) -> dict[str, list[Journal]]:
    groups: defaultdict[str, list[Journal]] = defaultdict(list)
    for journal in journals:
        groups[journal.start.case.case_id].append(journal)
    return dict(groups)


def _total_s(journals: Sequence[Journal]) -> float | None:
    """Return the seconds that the ended trials took together; None where none is known."""
    known = [journal.end.total_s for journal in journals if journal.end and journal.end.total_s is not None]
    return math.fsum(known) if known else None


def _failure(journal: Journal, labels: Mapping[str, str]) -> Failure:
    error = journal.end.error if journal.end else None
    return Failure(
        trial_id=journal.trial_id,
        label=labels[journal.start.case.case_id],
        status=journal.status,
        num_epochs=len(journal.epochs),
        type=error.type if error else None,
        message=error.message if error else None,
        output_tail=error.output_tail if error else "",
    )
