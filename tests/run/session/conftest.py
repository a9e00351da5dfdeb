"""Runs whose trials behave as named, and an observer that keeps what it is told."""

import pytest

from bench.plan.case import Case
from bench.run.session.run_trials import RunContext
from tests.run.conftest import FAKE


class Watcher:
    """Keeps what it is told, and calls `on_event` when a worker writes an epoch."""

    tick_s = None

    def __init__(self, on_event=lambda _: None):
        self.ended = []
        self.notes = []
        self.epochs = []
        self._on_event = on_event

    def note(self, message):
        self.notes.append(message)

    def trial_started(self, trial):
        pass

    def tick(self):
        raise AssertionError("no ticks were asked for")

    def event(self, trial, event):
        self.epochs.append((trial.case.model, event.epoch))
        self._on_event(event)

    def trial_ended(self, trial, end):
        self.ended.append((trial.case.model, end.status))

    def between_trials(self):
        pass


@pytest.fixture
def start(tmp_path, make_run, make_journal, write_run):
    """Return a factory of runs whose trials behave as named: `start("ok", "abort")`."""

    def make(*behaviours, timeout_s=None, watcher=None, in_turns=False, seeds=(0,)):
        cases = [Case(model=f"fake:{behaviour}", epochs=3) for behaviour in behaviours]
        record = make_run(cases, seeds=seeds)
        changes = {"timeout_s": timeout_s, "in_turns": in_turns}
        record = record.model_copy(update={"suite": record.suite.model_copy(update=changes)})
        write_run(tmp_path, record)
        data = dict.fromkeys(cases, make_journal("lstm").start.data)
        return RunContext(tmp_path, record, data, watcher or Watcher(), worker_command=FAKE)

    return make
