"""Merges runs of one suite, from any machines, into one run folder whose trials keep their own environments.

Journals are copied byte for byte; the new record names for each the run that trained it. What `prove-gpu` saw stays
with its run, since a page of checks is one machine's.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from bench.errors import ConfigError, StoreError
from bench.plan.case import Trial
from bench.plan.expand import NotRun
from bench.store.ceilings_file import read_ceilings, write_ceilings
from bench.store.records import ResolvedSuite
from bench.store.run_folder import LoadedRun, journal_path, start_run


def merge_runs(runs: Sequence[LoadedRun], output: Path, command: Sequence[str]) -> Path:
    """Write a run folder that holds all trials of some runs, and return it.

    Of one trial from several machines each is kept; attempts before the last are not.

    Args:
        runs: of one suite, each once.
        output: the folder that holds runs.
        command: what asked for it, as the record keeps it.

    Raises:
        ConfigError: the runs are not of one suite, are tunings, or have a trial twice from one machine or a case of
            two budgets.
        StoreError: where the disk refuses.
    """
    _check_runs(runs)
    trials = _own_trials(runs)
    suite = _merge_suites([run.record.suite for run in runs], trials)
    folder, _ = start_run(output, suite, runs[0].record.environment, command)
    _copy_journals(runs, folder)
    for run in runs:
        for fingerprint, ceilings in read_ceilings(run.folder).items():
            write_ceilings(folder, fingerprint, ceilings)
    return folder


def _check_runs(runs: Sequence[LoadedRun]) -> None:
    names = sorted({run.record.suite.name for run in runs})
    if len(names) > 1:
        raise ConfigError(f"merge: expected runs of one suite, received {', '.join(names)}; merge each suite alone")
    if any(run.record.suite.searches for run in runs):
        raise ConfigError("merge: expected runs, received a tuning, whose trials depend on one machine")
    budgets: dict[str, int] = {}
    for case in (trial.case for run in runs for trial in run.record.suite.trials):
        if budgets.setdefault(case.case_id, case.epochs) != case.epochs:
            raise ConfigError(
                f"merge: {case.case_id} has {budgets[case.case_id]} epochs in one run and {case.epochs} in another; "
                "accuracies after different budgets have no mean, so merge runs of one budget"
            )
    origins: dict[tuple[str, str], str] = {}
    for run in runs:
        for journal in run.journals:
            machine = journal.start.environment.fingerprint
            other = origins.setdefault((journal.trial_id, machine), run.record.run_id)
            if other != run.record.run_id:
                raise ConfigError(
                    f"merge: {journal.trial_id} is of one machine in {other} and {run.record.run_id}, and a seed "
                    "twice is no further evidence; leave one out, or train other seeds (--seeds 5-9)"
                )


def _own_trials(runs: Sequence[LoadedRun]) -> tuple[Trial, ...]:
    """Return the trials of all runs, each with the run that trained it, in the order of the runs."""
    named = (
        trial.model_copy(update={"of_run": trial.of_run or run.record.run_id})
        for run in runs
        for trial in run.record.suite.trials
    )
    return tuple(trial.model_copy(update={"index": index}) for index, trial in enumerate(named))


def _merge_suites(suites: Sequence[ResolvedSuite], trials: tuple[Trial, ...]) -> ResolvedSuite:
    """Return a suite with all trials; a case that could not run on one machine counts where it ran on none."""
    trained = {trial.case.case_id for trial in trials}
    left: dict[str, NotRun] = {one.case.case_id: one for suite in suites for one in suite.not_run}
    timeouts = {suite.timeout_s for suite in suites}
    return suites[0].model_copy(
        update={
            "targets": tuple(sorted({target for suite in suites for target in suite.targets})),
            "timeout_s": timeouts.pop() if len(timeouts) == 1 else None,
            "trials": trials,
            "not_run": tuple(one for case_id, one in left.items() if case_id not in trained),
            "tuned": tuple(dict.fromkeys(chain.from_iterable(suite.tuned for suite in suites))),
            "in_turns": any(suite.in_turns for suite in suites),
        }
    )


def _copy_journals(runs: Sequence[LoadedRun], folder: Path) -> None:
    for run in runs:
        for before in run.record.suite.trials:
            trial = before.model_copy(update={"of_run": before.of_run or run.record.run_id})
            source = journal_path(run.folder, before.file_stem)
            try:
                if source.is_file():
                    shutil.copyfile(source, journal_path(folder, trial.file_stem))
            except OSError as error:
                raise StoreError(f"merge: cannot copy {source} to {folder}: {error.strerror or error}") from None
