"""Ids and fingerprints: a run's own, and those that its record, its journals and its files must agree on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC

from bench.host.environment import Environment
from bench.host.fingerprint import fingerprint
from bench.plan.case import Trial
from bench.store.records import Journal
from bench.store.run_folder import RUN_FILE, TRIALS_FOLDER, LoadedRun
from bench.validate.flaws import Flaw, FlawCode

# Of a run's id: the time's letters, and its four digits with their dash.
_TIME_LETTERS, _TOKEN_LETTERS = 16, 5


def check_record(run: LoadedRun) -> Iterator[Flaw]:
    """Yield what is wrong with a run's id, its folder's name and its environment."""
    record = run.record
    if run.folder.name != record.run_id:
        yield Flaw(FlawCode.FOLDER_NAME, "", {"expected": record.run_id, "received": run.folder.name})
    told = {
        "time": (f"{record.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}", record.run_id[:_TIME_LETTERS]),
        "suite": (record.suite.name, record.run_id[_TIME_LETTERS + 1 : -_TOKEN_LETTERS]),
    }
    for part, (expected, received) in told.items():
        if expected != received:
            yield Flaw(FlawCode.RUN_ID, RUN_FILE, {"part": part, "expected": expected, "received": received})
    yield from _check_fingerprint(record.environment, RUN_FILE)


def check_files(run: LoadedRun, ceilings: Mapping[str, object]) -> Iterator[Flaw]:
    """Yield each journal that no trial of the record has, or that holds no whole line, and ceilings of no machine."""
    planned = {f"{trial.file_stem}.jsonl" for trial in run.record.suite.trials}
    read = {journal.source for journal in run.journals}
    for path in sorted((run.folder / TRIALS_FOLDER).glob("*.jsonl")):
        where = f"{TRIALS_FOLDER}/{path.name}"
        if path.name not in planned:
            yield Flaw(FlawCode.STRAY, where)
        elif path.name not in read and not any(problem.startswith(f"{where}:") for problem in run.set_aside):
            yield Flaw(FlawCode.TORN, where, {"why": "no line of it is whole"})
    for other in sorted(ceilings.keys() - machines_of(run)):
        yield Flaw(FlawCode.CEILINGS, "ceilings.json", {"received": other})


def machines_of(run: LoadedRun) -> dict[str, None]:
    """Return the fingerprints that a run's record and journals have, each once and in order."""
    own = run.record.environment.fingerprint
    return dict.fromkeys([own, *(journal.start.environment.fingerprint for journal in run.journals)])


def check_trial(run: LoadedRun, trial: Trial, journal: Journal, where: str) -> Iterator[Flaw]:
    """Yield where a journal's start differs from the trial that the run's record planned.

    A trial of a merged run was trained by another, elsewhere and in another order.
    """
    start = journal.start
    names = [name for name in type(start.case).model_fields if getattr(start.case, name) != getattr(trial.case, name)]
    if names:
        yield Flaw(FlawCode.OTHER_CASE, where, {"names": ", ".join(names)})
    is_own = trial.of_run is None
    differing = [
        *(["seed"] if start.seed != trial.seed else []),
        *(["index"] if is_own and start.index != trial.index else []),
    ]
    if differing:
        yield Flaw(FlawCode.OTHER_TRIAL, where, {"names": ", ".join(differing)})
    yield from _check_fingerprint(start.environment, where)
    expected, received = run.record.environment.fingerprint, start.environment.fingerprint
    if is_own and received != expected:
        yield Flaw(FlawCode.OTHER_MACHINE, where, {"expected": expected, "received": received})
    yield from _check_turns(journal, where)


def _check_turns(journal: Journal, where: str) -> Iterator[Flaw]:
    start = journal.start
    if start.in_turns is None:
        return
    slot, trials = start.in_turns.slot, start.in_turns.trials
    expected = f"{start.run_id}/{start.trial_id}"
    received = trials[slot] if slot < len(trials) else "no trial"
    if received != expected:
        yield Flaw(FlawCode.IN_TURNS, where, {"expected": expected, "received": received})


def _check_fingerprint(environment: Environment, where: str) -> Iterator[Flaw]:
    expected = fingerprint(environment)
    if environment.fingerprint != expected:
        data = {"expected": expected, "received": environment.fingerprint}
        yield Flaw(FlawCode.FINGERPRINT, where, data)
