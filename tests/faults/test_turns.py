"""Workers that take turns, and what one of them may do to the others: real processes, real signals, real sockets."""

import errno
import itertools
import os
import signal
import sys
import time

import pytest

from bench.run.session.run_trials import RunContext, is_short_beside_others, run_together, run_trials
from bench.run.session.signals import Interrupted, interruptible
from bench.run.trial import trial as trial_module
from bench.run.trial import turns_board, watch
from bench.run.trial.trial import NoTurnsError
from bench.run.trial.worker_death import PARTNER_NOT_OK, complete_journal
from bench.store.journal import read_journal
from bench.store.run_folder import journal_path
from tests.faults.conftest import HERE

pytestmark = [pytest.mark.usefixtures("no_process_left"), pytest.mark.slow]

WORKER = (sys.executable, "-I", "-S", str(HERE / "turns_worker.py"))
SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")


class Watcher:
    """Keeps which trials started and how they ended, and calls `on_epoch` with each epoch."""

    tick_s = None

    def __init__(self, on_epoch=lambda _: None):
        self.told, self.ended, self.notes = [], [], []
        self.on_epoch = on_epoch

    def trial_started(self, trial):
        self.told.append(f"{trial.trial_id} started")

    def note(self, message):
        self.notes.append(message)

    def event(self, _trial, event):
        self.on_epoch(event)

    def trial_ended(self, trial, end):
        self.told.append(f"{trial.trial_id} {end.status}")
        self.ended.append((trial.trial_id, end.status))

    def between_trials(self):
        pass


class Group:
    """Trials that were run in turns; slot 0 is the first."""

    def __init__(self, members, log):
        self.journals = [read_journal(journal_path(context.folder, trial.trial_id)) for context, trial in members]
        self.ended = members[0][0].observer.ended
        lines = [line.split() for line in log.read_text().splitlines()]
        self.turns = sorted((float(b), float(e), int(slot)) for _, slot, b, e in lines if b != "cpu")
        self.cpu_s = {int(slot): float(e) for _, slot, b, e in lines if b == "cpu"}

    @property
    def statuses(self):
        return [journal.status for journal in self.journals]

    @property
    def order(self):
        return [slot for _, _, slot in self.turns]

    def num_epochs(self):
        return [len(journal.epochs) for journal in self.journals]


@pytest.fixture
def run(start_run, tmp_path, monkeypatch):
    """Return what runs trials in turns, one a fault: `run("kill", "none")`; `epochs` are one number or one each."""
    monkeypatch.setattr(watch, "DUMP_GRACE_S", 0.2)  # no stack is read here
    log = tmp_path / "turns.log"
    log.touch()

    def start(*faults, epochs=3, timeout_s=60.0, commands=None, on_epoch=lambda _: None, turns=3, is_pair=False):
        budgets = [epochs] * len(faults) if isinstance(epochs, int) else epochs
        session = start_run(num_seeds=len(faults), models=("cnn",), timeout_s=timeout_s)
        (data,) = session.plan.data.values()
        watcher = Watcher(on_epoch)
        members = []
        for slot, (fault, budget, trial) in enumerate(zip(faults, budgets, session.record.suite.trials, strict=True)):
            case = trial.case.model_copy(update={"epochs": budget})
            command = (commands or {}).get(slot, WORKER)
            variables = {"TURNS_LOG": str(log), "TURNS_FAULT": fault, "TURNS_AN_EPOCH": str(turns)}
            context = RunContext(
                session.folder, session.record, {case: data}, watcher, worker_command=command, environ=variables
            )
            members.append((context, trial.model_copy(update={"case": case})))
        start.members = members
        run_together(members, is_pair=is_pair)
        return Group(members, log)

    start.log = log
    return start


def assert_alone_in_their_turns(turns):
    assert all(end <= begin for (_, end, _), (begin, _, _) in itertools.pairwise(turns))


@pytest.mark.parametrize("num_workers", [2, 3])
def test_workers_take_turns_strictly_and_never_work_at_once(run, num_workers):
    group = run(*["none"] * num_workers)
    assert group.statuses == ["ok"] * num_workers
    assert group.order == [*range(num_workers)] * 9
    assert_alone_in_their_turns(group.turns)


def test_journals_say_who_took_turns_with_whom_and_their_turns_interleave(run):
    group = run("none", "none")
    first, second = group.journals
    trials = tuple(f"{one.start.run_id}/{one.trial_id}" for one in group.journals)
    assert [one.start.in_turns.slot for one in group.journals] == [0, 1]
    assert first.start.in_turns.trials == second.start.in_turns.trials == trials
    numbers = [[number for epoch in one.epochs for number in epoch.turns.numbers] for one in group.journals]
    assert numbers == [list(range(3, 21, 2)), list(range(4, 20, 2))]
    assert second.epochs[1].turns.waited_s >= 3 * 0.01
    assert second.epochs[2].turns.gone == (0,)  # which took the last turn that both had, and ended


@pytest.mark.parametrize("slot", [0, 1])
def test_one_that_is_killed_leaves_the_other_to_go_on_alone(run, slot):
    group = run(*["kill" if each == slot else "none" for each in (0, 1)])
    dead, alive = group.journals[slot], group.journals[1 - slot]
    assert (dead.status, len(dead.epochs), dead.end.error.type) == ("killed", 1, "SIGKILL")
    assert (alive.status, len(alive.epochs)) == ("ok", 3)
    assert alive.epochs[-1].turns.gone == (slot,)


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("fault", ["hang", "stop"])
def test_one_that_is_stuck_in_its_turn_is_ended_at_its_limit_and_the_other_goes_on(run, fault, slot):
    group = run(*[fault if each == slot else "none" for each in (0, 1)], timeout_s=1.0)
    stuck, alive = group.journals[slot], group.journals[1 - slot]
    assert (stuck.status, len(stuck.epochs)) == ("timeout", 1)
    assert (alive.status, len(alive.epochs), alive.epochs[-1].turns.gone) == ("ok", 3, (slot,))


def test_one_that_is_stopped_while_it_waits_is_the_one_that_is_ended(run):
    group = run("none", "stop-other", timeout_s=1.0)
    assert group.statuses == ["timeout", "ok"]


@pytest.fixture
def little_patience(monkeypatch):
    """Let workers wait for each other for a second and no longer."""
    monkeypatch.setattr(turns_board, "PATIENCE_S", 1.0)


@pytest.mark.usefixtures("little_patience")
@pytest.mark.parametrize("faults", [("none", "stop-other"), ("stop", "none"), ("none", "hang")])
def test_without_a_limit_one_for_which_the_others_wait_too_long_is_ended(run, faults):
    group = run(*faults, timeout_s=None)
    stuck = faults.index("hang") if "hang" in faults else 0
    assert (group.statuses[stuck], group.statuses[1 - stuck]) == ("timeout", "ok")
    assert "the others in turns waited for it" in group.journals[stuck].end.error.message


@pytest.mark.usefixtures("little_patience")
def test_without_a_limit_one_that_never_arrives_is_ended_and_the_other_begins(run):
    assert run("none", "none", timeout_s=None, commands={1: SLEEPER}).statuses == ["ok", "timeout"]


@pytest.mark.usefixtures("little_patience")
def test_the_last_one_left_has_all_the_time_that_it_wants(run):
    assert run("kill", "linger", timeout_s=None).statuses == ["killed", "ok"]


def test_one_that_never_arrives_is_ended_and_the_other_begins(run):
    group = run("none", "none", timeout_s=1.0, commands={1: SLEEPER})
    assert group.statuses == ["ok", "timeout"]


def test_the_seconds_that_one_waits_do_not_count_against_its_limit(run):
    """Each works for little more than a second and a half, and is there for more than three."""
    group = run("linger", "linger", timeout_s=2.5)
    assert group.statuses == ["ok", "ok"]
    assert group.turns[-1][1] - group.turns[0][0] > 2.5


def test_where_one_can_not_even_be_started_the_other_runs(run):
    group = run("none", "none", commands={1: ("/no/such/python",)})
    assert group.statuses == ["ok", "failed"]
    assert "no worker process could be started" in group.journals[1].end.error.message


@pytest.fixture
def no_sockets(monkeypatch):
    """Let the system refuse the sockets of a board, as where too many files are open."""

    def refuse():
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(turns_board.socket, "socketpair", refuse)


@pytest.mark.usefixtures("no_sockets")
def test_where_no_board_can_be_made_nothing_is_begun_and_the_caller_knows(run):
    with pytest.raises(NoTurnsError, match="Too many open files"):
        run("none", "kill", "none")
    (context, _), *_ = run.members
    assert (context.observer.told, list((context.folder / "trials").iterdir())) == ([], [])


@pytest.mark.usefixtures("no_sockets")
def test_where_no_board_can_be_made_the_trials_run_one_after_the_other_and_the_run_says_so(start_run):
    """As trials that were never to take turns: each is asked for time and room, announced, and begun by itself."""
    session = start_run(num_seeds=1, models=("cnn", "lstm"), in_turns=True)
    watcher = Watcher()
    context = RunContext(
        session.folder, session.record, session.plan.data, watcher, worker_command=(sys.executable, "-c", "exit(7)")
    )
    trials = session.record.suite.trials
    assert [end.status for end in run_trials(context, trials)] == ["failed", "failed"]
    assert watcher.notes[1:] == ["not in turns: 2 trials, one after the other (Too many open files)"]
    journals = [read_journal(journal_path(context.folder, trial.trial_id)) for trial in trials]
    assert [journal.start.in_turns for journal in journals] == [None, None]
    first, second = (trial.trial_id for trial in trials)
    assert watcher.told == [f"{first} started", f"{first} failed", f"{second} started", f"{second} failed"]


@pytest.mark.parametrize(("epochs", "is_shared"), [((3, 3), True), ((1, 3), False)])
def test_one_that_the_kernel_ends_shared_the_memory_only_while_another_was_there(run, monkeypatch, epochs, is_shared):
    monkeypatch.setattr(trial_module, "count_oom_kills", itertools.count().__next__)
    group = run("none", "kill", epochs=epochs)
    assert group.statuses == ["ok", "oom"]
    assert is_short_beside_others(group.journals[1].end) == is_shared


def test_one_of_three_that_dies_is_left_out_and_the_others_go_on_taking_turns(run):
    group = run("none", "kill", "none")
    assert group.statuses == ["ok", "killed", "ok"]
    rest = group.order[len(group.order) - group.order[::-1].index(1) :]
    assert sorted(set(rest)) == [0, 2]
    assert all(one != next_ for one, next_ in itertools.pairwise(rest))
    assert_alone_in_their_turns(group.turns)


def test_a_process_that_a_dead_worker_left_behind_keeps_nobody_waiting(run):
    """It leads a session of its own, out of reach, and holds the socket to the other worker."""
    group = run("orphan", "none")
    os.kill(int(run.log.with_suffix(".orphan").read_text()), signal.SIGKILL)
    assert group.statuses == ["killed", "ok"]


@pytest.mark.parametrize("epochs", [(1, 3), (3, 1)])
def test_the_shorter_budget_ends_and_the_other_goes_on_alone(run, epochs):
    group = run("none", "none", epochs=epochs)
    assert (group.statuses, group.num_epochs()) == (["ok", "ok"], list(epochs))
    longer = group.journals[epochs.index(3)]
    assert [len(epoch.turns.numbers) for epoch in longer.epochs][1:] == [0, 0]
    assert longer.epochs[-1].turns.gone == (epochs.index(1),)


def test_an_interruption_ends_both_and_keeps_their_epochs(run):
    def interrupt(event):
        if event.epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted), interruptible():
        run("none", "none", epochs=50, on_epoch=interrupt)
    group = Group(run.members, run.log)
    assert group.statuses == ["interrupted", "interrupted"]
    assert min(group.num_epochs()) >= 1
    assert [status for _, status in group.ended] == ["interrupted", "interrupted"]


def test_one_that_had_ended_when_the_run_is_interrupted_keeps_how_it_ended(run):
    """Written and told when it ends: the parent may be killed, too, before the other has trained for hours."""
    seen = []

    def interrupt(event):
        if event.epoch == 5:
            context, trial = run.members[0]
            journal = read_journal(journal_path(context.folder, trial.trial_id))
            seen.extend([journal.end.error.type, *context.observer.ended])
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted), interruptible():
        run("kill", "none", epochs=50, on_epoch=interrupt)
    group = Group(run.members, run.log)
    assert seen == ["SIGKILL", (run.members[0][1].trial_id, "killed")]
    assert group.statuses == ["killed", "interrupted"]
    assert [status for _, status in group.ended] == ["killed", "interrupted"]


def test_the_trials_of_a_full_disk_go_on_and_the_one_that_ended_has_its_end_when_there_is_room(run, monkeypatch):
    refused = iter([OSError(errno.ENOSPC, "No space left on device")])

    def complete_or_refuse(*told):
        for error in refused:
            raise error
        return complete_journal(*told)

    monkeypatch.setattr(trial_module, "complete_journal", complete_or_refuse)
    group = run("kill", "none")
    assert group.statuses == ["killed", "ok"]
    assert [status for _, status in group.ended] == ["ok", "killed"]


@pytest.mark.parametrize("slot", [0, 1])
def test_of_a_pair_the_first_that_does_not_end_ok_ends_the_other(run, slot):
    group = run(*["kill" if each == slot else "none" for each in (0, 1)], epochs=500, is_pair=True)
    dead, other = group.journals[slot], group.journals[1 - slot]
    assert (dead.status, other.status, other.end.error.type) == ("killed", "interrupted", PARTNER_NOT_OK)
    assert len(other.epochs) < 50


def test_a_pair_that_cannot_be_started_whole_trains_nothing(run):
    group = run("none", "none", epochs=500, is_pair=True, commands={1: ("/no/such/python",)})
    assert (group.statuses, group.order) == (["interrupted", "failed"], [])


def test_who_waits_costs_no_processor(run):
    """The second waits a second and a half for the first, which sleeps; all its life has nine turns of its own."""
    group = run("linger", "none")
    assert group.cpu_s[1] < 0.05


def test_the_parent_does_nothing_between_turns(run):
    """Of what it spends on an epoch's line, and a hundred turns that come before it, nothing is left a turn."""
    spent_s = []
    run("none", "none", on_epoch=lambda _: spent_s.append(time.process_time()), turns=50, epochs=2)
    assert len(spent_s) == 4
    assert (spent_s[-1] - spent_s[0]) / 100 < 0.0005
