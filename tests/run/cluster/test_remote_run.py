"""Runs on other hosts, with a real dask cluster of processes on this machine; a host is a dask worker's name here."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import ExitStack

import psutil
import pytest

from bench.errors import ClusterLostError, DataError
from bench.host.capture import capture_environment
from bench.host.lock import measurement_lock
from bench.plan.case import Case
from bench.run.cluster.dask_executor import open_executors
from bench.run.cluster.remote_host import Assignment, HostOptions, RemoteOptions
from bench.run.session.open_session import Session
from bench.run.session.planning import Plan
from bench.run.session.run_session import run_session
from bench.run.session.signals import Interrupted, interruptible
from bench.run.trial.trial import Limits
from bench.store.journal import read_journal
from bench.store.run_folder import journal_path, load_run
from tests.run.conftest import FAKE

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("test_remote_run")]  # one cluster for all


class Watcher:
    """Keeps what it is told, in order, and calls what a test gave it."""

    tick_s = None

    def __init__(self, on_event=lambda _: None, on_wait=lambda _: None):
        self.told = []
        self.waited = []
        self._on_event = on_event
        self._on_wait = on_wait

    def run_started(self, run_id, trials, num_done):
        pass

    def waiting(self, message):
        self.waited.append(message)
        self._on_wait(message)

    def trial_started(self, trial):
        self.told.append(("start", trial.seed))

    def event(self, trial, event):
        self.told.append((f"epoch {event.epoch}", trial.seed))
        self._on_event(event)

    def trial_ended(self, trial, end):
        self.told.append((end.status, trial.seed))

    def between_trials(self):
        pass


@pytest.fixture
def open_run(tmp_path, make_run, make_journal, write_run):
    """Return what opens a run of one fake behaviour: `session, executor = open_run(cluster, "ok", seeds=(0, 1))`.

    `by_name` False has the workers' hosts be what they are: this one machine.
    """
    data = make_journal("lstm").start.data
    with ExitStack() as opened:

        def start(cluster, behaviour, seeds=(0,), by_name=True, **options):
            case = Case(model=f"fake:{behaviour}", epochs=3)
            record = make_run([case], seeds=seeds)
            folder = write_run(tmp_path / record.run_id, record)
            host = HostOptions(worker_command=FAKE, lock_folder=tmp_path, allow_concurrent=options.pop("beside", False))
            host_of = (lambda worker: worker.name) if by_name else None
            opening = open_executors(cluster.address, options=RemoteOptions(host=host, **options), host_of=host_of)
            executor = opened.enter_context(opening)[0]
            for worker in executor.workers:
                # The fake worker loads no data set.
                executor._data[worker.id] = {case: data}
            return Session(folder, record, Plan(record.suite, {case: data})), executor

        yield start


def kill(process):
    process.kill()
    process.wait()


def journal_of(session, seed=0):
    trial = next(trial for trial in session.record.suite.trials if trial.seed == seed)
    return read_journal(journal_path(session.folder, trial.trial_id))


def attempts_of(session):
    return [read_journal(path) for path in sorted((session.folder / "trials" / "attempts").iterdir())]


def test_a_trial_on_another_host_leaves_the_journal_of_its_own_worker(open_run, two_hosts):
    session, executor = open_run(two_hosts, "ok")
    watcher = Watcher()
    ends = run_session(session, watcher, executor=executor)
    assert [end.status for end in ends] == ["ok"]
    assert watcher.told == [("start", 0), ("epoch 1", 0), ("epoch 2", 0), ("epoch 3", 0), ("ok", 0)]
    start = journal_of(session).start
    assert start.environment.fingerprint == capture_environment().fingerprint
    assert start.pid not in (os.getpid(), two_hosts.workers["a"].pid)
    assert start.concurrent is False
    assert load_run(session.folder).set_aside == ()


def test_two_hosts_run_two_trials_at_the_same_time(open_run, two_hosts):
    """Each trial waits for the other one: one after the other they would never end."""
    session, executor = open_run(two_hosts, "meet", seeds=(0, 1), beside=True)
    assert [end.status for end in run_session(session, Watcher(), executor=executor)] == ["ok", "ok"]


def test_two_dask_workers_of_one_host_take_turns(open_run, two_hosts):
    session, executor = open_run(two_hosts, "ok", seeds=(0, 1, 2), by_name=False)
    watcher = Watcher()
    assert len(executor.workers) == 2
    run_session(session, watcher, executor=executor)
    assert [what for what in watcher.told if not what[0].startswith("epoch")] == [
        ("start", 0),
        ("ok", 0),
        ("start", 1),
        ("ok", 1),
        ("start", 2),
        ("ok", 2),
    ]


def test_a_trial_waits_for_its_hosts_own_lock(open_run, two_hosts, tmp_path):
    session, executor = open_run(two_hosts, "ok")
    with ExitStack() as held:
        held.enter_context(measurement_lock("another-run", on_wait=pytest.fail, folder=tmp_path))
        watcher = Watcher(on_wait=lambda _: held.close())
        assert [end.status for end in run_session(session, watcher, executor=executor)] == ["ok"]
    assert len(watcher.waited) == 1
    assert watcher.waited[0].startswith(f"host a: another measurement (pid {os.getpid()}, run another-run, since ")


def test_a_killed_host_costs_its_trial_one_attempt_and_the_run_goes_on(open_run, dask_cluster):
    for name in ("a", "b"):
        dask_cluster.add_worker(name)
    session, executor = open_run(dask_cluster, "once", seeds=(0,))
    watcher = Watcher(
        on_event=lambda event: event.epoch == 2 and not watcher.waited and kill(dask_cluster.workers["a"])
    )
    assert [end.status for end in run_session(session, watcher, executor=executor)] == ["ok"]
    (lost,) = attempts_of(session)
    assert (lost.status, lost.end.error.type, len(lost.epochs)) == ("killed", "WorkerLost", 2)
    assert lost.end.error.message == "dask worker a on host a was lost"
    assert len(journal_of(session).epochs) == 3
    assert watcher.waited == [
        f"dask worker a on host a was lost; {lost.trial_id} is repeated (attempt 2 of 3)",
    ]
    assert_gone(lost.start.pid)


def test_a_trial_that_lost_its_last_attempt_is_killed(open_run, dask_cluster):
    dask_cluster.add_worker("a")
    session, executor = open_run(dask_cluster, "sleep", max_attempts=1)
    watcher = Watcher(on_event=lambda event: event.epoch == 2 and kill(dask_cluster.workers["a"]))
    assert [end.status for end in run_session(session, watcher, executor=executor)] == ["killed"]
    assert journal_of(session).end.error.type == "WorkerLost"
    assert watcher.told[-1] == ("killed", 0)


def test_without_any_host_left_the_run_ends_and_what_was_written_is_kept(open_run, dask_cluster):
    dask_cluster.add_worker("a")
    session, executor = open_run(dask_cluster, "sleep", patience_s=0.5)
    watcher = Watcher(on_event=lambda event: event.epoch == 2 and kill(dask_cluster.workers["a"]))
    with pytest.raises(ClusterLostError, match=r"no dask worker at dask://\S+ is left .*1 trials are to do.*--resume"):
        run_session(session, watcher, executor=executor)
    assert (journal_of(session).status, len(journal_of(session).epochs)) == ("killed", 2)
    assert watcher.told[-1] == ("killed", 0)


def test_a_lost_scheduler_ends_the_run_and_the_trial_on_the_host(open_run, dask_cluster):
    dask_cluster.add_worker("a")
    session, executor = open_run(dask_cluster, "sleep")
    watcher = Watcher(on_event=lambda event: event.epoch == 2 and kill(dask_cluster.scheduler))
    with pytest.raises(ClusterLostError, match=r"the dask scheduler at .* is gone"):
        run_session(session, watcher, executor=executor)
    journal = journal_of(session)
    assert (journal.status, journal.end.error.type) == ("killed", "ClusterLost")
    assert_gone(journal.start.pid)


def test_an_interrupt_ends_the_trials_on_their_hosts_and_leaves_the_hosts(open_run, two_hosts):
    session, executor = open_run(two_hosts, "sleep", seeds=(0, 1, 2))
    watcher = Watcher(on_event=lambda event: event.epoch == 2 and os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted), interruptible():
        run_session(session, watcher, executor=executor)
    assert [journal_of(session, seed).end.error.type for seed in (0, 1)] == ["SIGINT", "SIGINT"]
    assert max(len(journal_of(session, seed).epochs) for seed in (0, 1)) == 2
    assert [journal.status for journal in load_run(session.folder).journals] == ["interrupted", "interrupted"]
    for worker in two_hosts.workers.values():
        assert worker.poll() is None
        assert psutil.Process(worker.pid).children(recursive=True) == []


def test_a_trial_ends_when_its_user_is_killed(two_hosts, tmp_path, make_journal):
    """Nobody cancels anything then: dask drops what a client that is gone had asked for, and the host sees that."""
    start = make_journal(Case(model="fake:sleep", epochs=3)).start
    options = HostOptions(worker_command=FAKE, lock_folder=tmp_path)
    assignment = Assignment(key="k", topic="t", worker_id="", start=start, limits=Limits(), options=options)
    script = textwrap.dedent(
        f"""
        import sys
        from distributed import Client
        from bench.run.cluster.remote_host import Assignment, describe_host, train, HostReport
        client = Client({two_hosts.address.replace("dask", "tcp")!r})
        client.subscribe_topic("t", lambda event: print(event[1]["text"], flush=True))
        assignment = Assignment.model_validate_json(sys.stdin.readline())
        address, report = min(client.run(describe_host).items())
        worker_id = HostReport.model_validate_json(report).worker_id
        assignment = assignment.model_copy(update={{"worker_id": worker_id}})
        client.submit(train, assignment.model_dump_json(), key=assignment.key, workers=[address]).result()
        """
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        user.stdin.write(assignment.model_dump_json() + "\n")
        user.stdin.flush()
        pid = json.loads(user.stdout.readline())["pid"]
        while json.loads(user.stdout.readline()).get("epoch") != 2:
            pass
        user.kill()
    assert_gone(pid)
    assert {worker.poll() for worker in two_hosts.workers.values()} == {None}


def assert_gone(pid):
    gone, alive = psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=15)
    assert alive == [], gone


def test_a_host_with_other_data_is_refused_by_name(open_run, two_hosts, make_journal):
    _, executor = open_run(two_hosts, "ok")
    case = Case(model="lstm", epochs=1, train_size=100, test_size=50)
    info = make_journal(case).start.data
    other = info.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(
        DataError, match=r"host a: data set mnist is not the one .*sha256: 0{64} here, [0-9a-f]{64} there"
    ):
        executor.check_data({case: other})
