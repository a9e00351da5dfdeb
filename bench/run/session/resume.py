"""What `--resume` does: checks that an earlier run can be finished here as it was begun, and decides what is left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.data.dataset import DataInfo
from bench.errors import ConfigError, DataError, StoreError
from bench.host.environment import Environment
from bench.host.fingerprint import explain_difference
from bench.networks.source_files import find_source_file, hash_file
from bench.plan.backends import check_backend
from bench.plan.case import Case, Trial
from bench.run.session.open_session import Session
from bench.run.session.planning import Plan, check_data, check_variables
from bench.run.session.run_trials import is_short_beside_others
from bench.store.records import Journal, ResolvedSuite, RunRecord
from bench.store.run_folder import journal_path, load_journal, load_run, move_to_attempts, read_record

_RUN_SETTINGS = ("targets", "timeout_s", "memory_limit_bytes")
_MAX_SHOWN = 5


def resume_session(
    folder: Path, environment: Environment, asked: Plan | None, retry_failed: bool, in_turns: bool | None = None
) -> Session:
    """Open an earlier run to finish it on the same machine with the same settings.

    Whether what is left takes turns is no such setting: each trial's journal says whether it did, and one that ran out
    of memory beside others is to be tried alone. The run's file stays as it is.

    Args:
        folder: the run's folder.
        environment: this machine now.
        asked: what the command line asks for besides, or None; it must be what the run was started with.
        retry_failed: repeat trials that failed, too.
        in_turns: whether what is left takes turns; as the run was begun where None.

    Raises:
        ConfigError: where the machine, the plan or a network's code differ, with the differences, or a backend is gone.
        DataError: where the data set changed.
    """
    record = read_record(folder)
    if any(trial.of_run for trial in record.suite.trials):
        raise ConfigError(f"--resume: {record.run_id} was merged from other runs; finish those, and merge them again")
    check_variables(environment.variables)
    difference = explain_difference(record.environment, environment)
    if difference:
        shown = "; ".join(f"{field}: {before} then, {now} now" for field, before, now in difference)
        raise ConfigError(
            f"--resume: timings of two machines or settings cannot be mixed in one run ({shown}); start a new run"
        )
    if asked:
        _check_same_plan(record.suite, asked.suite)
    for backend in {trial.case.backend for trial in record.suite.trials}:
        check_backend(backend)
    data = check_data([trial.case for trial in record.suite.trials])
    _check_same_data(folder, data)
    check_same_networks(folder, record, retry_failed)
    if in_turns is not None:
        record = record.model_copy(update={"suite": record.suite.model_copy(update={"in_turns": in_turns})})
    return Session(folder, record, Plan(record.suite, data), retry_failed, environment)


def select_trials(folder: Path, record: RunRecord, retry_failed: bool) -> list[Trial]:
    """Return the trials of a run that are still to do, and move earlier attempts at them out of the way.

    A trial is done when its journal ended `ok`, or, unless `retry_failed`, in any way but `killed`, `interrupted`, and
    out of memory beside others, which leaves it a try alone.

    Raises:
        StoreError: where a journal is damaged: it is neither overwritten nor counted, so the user decides; or where a
            worker of an earlier start still runs.
    """
    todo = [trial for trial in record.suite.trials if not _is_done(folder, record, trial, retry_failed)]
    for trial in todo:
        if journal_path(folder, trial.trial_id).exists():
            move_to_attempts(folder, trial.trial_id)
    return todo


def _is_done(folder: Path, record: RunRecord, trial: Trial, retry_failed: bool) -> bool:
    try:
        journal = load_journal(folder, trial.trial_id, record.run_id)
    except StoreError as error:
        raise StoreError(f"{error}; move that file out of the run's folder to have its trial repeated") from None
    if journal is None:
        return False
    if journal.status == "running":
        raise StoreError(
            f"{trial.trial_id}: its worker, process {journal.start.pid}, still runs; wait until it ends, or end it"
        )
    return _is_kept(journal, retry_failed)


def _check_same_plan(before: ResolvedSuite, now: ResolvedSuite) -> None:
    """Refuse to finish a run under another plan; its trials would not be comparable with those that ended."""
    fields = [name for name in _RUN_SETTINGS if getattr(before, name) != getattr(now, name)]
    old = {trial.trial_id: trial for trial in before.trials}
    new = {trial.trial_id: trial for trial in now.trials}
    differences = [f"{name}: {getattr(before, name)} then, {getattr(now, name)} now" for name in fields]
    differences += [f"{trial_id} is no longer asked for" for trial_id in old if trial_id not in new]
    differences += [f"{trial_id} is new" for trial_id in new if trial_id not in old]
    differences += [f"{key}: other settings" for key in old if key in new and old[key].case != new[key].case]
    if differences:
        hidden = len(differences) - _MAX_SHOWN
        shown = "; ".join(differences[:_MAX_SHOWN]) + (f"; and {hidden} more" if hidden > 0 else "")
        raise ConfigError(f"--resume: the run was started with another plan ({shown}); leave suite and flags out")


def _check_same_data(folder: Path, data: Mapping[Case, DataInfo]) -> None:
    """Refuse to train the rest of a run on other data than the trials before; a damaged journal tells nothing."""
    for journal in load_run(folder).journals:
        before, now = journal.start.data, data.get(journal.start.case)
        if now is not None and not before.is_same_as(now):
            raise DataError(
                f"--resume: data set {before.name} changed since {journal.trial_id} trained on it ({before} then, "
                f"{now} now): bring the old one back, or start a new run"
            )


def check_same_networks(folder: Path, record: RunRecord, retry_failed: bool) -> None:
    """Refuse to train further seeds of a network whose code changed since the trials that count: they would be two.

    Raises:
        ConfigError: naming the files.
    """
    kept = [journal for journal in load_run(folder).journals if _is_kept(journal, retry_failed)]
    names = {journal.trial_id for journal in kept}
    left = {trial.case.model for trial in record.suite.trials if trial.trial_id not in names}
    for journal in kept:
        if journal.built is None or journal.start.case.model not in left:
            continue
        before = journal.built.source_files
        changed = [name for name, sha in before.items() if hash_file(find_source_file(name, Path.cwd())) != sha]
        if changed:
            raise ConfigError(
                f"--resume: {', '.join(changed[:_MAX_SHOWN])} changed since {journal.trial_id} trained, and the trials "
                f"that are left would be of another network under the name {journal.start.case.model}; bring the old "
                "code back, or start a new run"
            )


def _is_kept(journal: Journal, retry_failed: bool) -> bool:
    """Tell whether a trial's journal counts; one whose worker still runs does, and is refused later, under the lock."""
    if journal.status in ("ok", "running"):
        return True
    is_cut_short = journal.status in ("killed", "interrupted") or is_short_beside_others(journal.end)
    return not (is_cut_short or retry_failed)
