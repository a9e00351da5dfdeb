"""What a worker may do to its parent, and how that ends: real processes, real signals, a real kernel."""

import os
import re
import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bench.host.probe import Probe
from bench.host.sensors.oom import count_oom_kills
from bench.run.trial import watch, worker_process
from bench.run.trial.worker_death import explain_exit
from bench.run.trial.worker_process import Job, WorkerStartError, run_workers

pytestmark = [pytest.mark.usefixtures("no_process_left"), pytest.mark.slow]
MIB = 1 << 20


@pytest.fixture
def work():
    """Return what runs a worker's code with `events`, its pipe, and returns how it ended and its lines."""

    def run(code, timeout_s=20.0, on_line=None):
        lines, exits = [], []
        program = "import os, signal, subprocess, sys, time\nevents = int(sys.stdin.buffer.read())\n"
        job = Job(
            (sys.executable, "-I", "-S", "-c", program + textwrap.dedent(code)),
            spec=lambda descriptor: str(descriptor).encode(),
            on_line=on_line or lines.append,
            timeout_s=timeout_s,
            on_exit=exits.append,
        )
        run_workers([job], on_tick=lambda: None, tick_s=None)
        (exit_,) = exits
        return exit_, lines

    return run


def test_a_grandchild_that_holds_the_pipes_open_keeps_nobody_waiting(work):
    """As a model's own data loader would, which outlives the worker and holds all that it inherited."""
    exit_, lines = work(
        """
        child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"], close_fds=False)
        os.set_inheritable(events, True)
        os.write(events, b"said\\n")
        """
    )
    assert (exit_.return_code, exit_.timed_out, lines) == (0, False, [b"said"])


def test_a_worker_that_closes_its_output_is_still_waited_for(work):
    exit_, lines = work(
        """
        os.close(1), os.close(2)
        time.sleep(0.3)
        os.write(events, b"late\\n")
        os.close(events)
        time.sleep(0.3)
        os._exit(3)
        """
    )
    assert (exit_.return_code, lines, exit_.output_tail) == (3, [b"late"], "")


def test_a_line_that_comes_in_pieces_is_one_line_and_half_a_line_is_none(work):
    _, lines = work(
        """
        for piece in (b"a", b"b", b"c\\nd", b"e\\n", b"f\\ng"):
            os.write(events, piece)
            time.sleep(0.02)
        """
    )
    assert lines == [b"abc", b"de", b"f"]


def test_a_line_without_an_end_costs_no_memory(work, peak_bytes):
    """16 MiB into the pipe for journal lines, and not one line break."""
    sizes = []

    def run():
        work(
            """
            for _ in range(16):
                os.write(events, b"x" * (1 << 20))
            os.write(events, b"\\nwhole\\n")
            """,
            on_line=lambda line: sizes.append(len(line)),
        )

    assert peak_bytes(run) < 4 * MIB
    assert sizes[-1] == len("whole")
    assert max(sizes) <= MIB + (1 << 16)


@pytest.fixture
def short_grace(monkeypatch):
    """Leave one whose time is over little time for a stack that nobody reads."""
    monkeypatch.setattr(watch, "DUMP_GRACE_S", 0.2)


@pytest.mark.usefixtures("short_grace")
def test_a_stopped_worker_times_out_and_is_killed(work):
    exit_, _ = work("os.kill(os.getpid(), signal.SIGSTOP)", timeout_s=0.5)
    assert (exit_.timed_out, exit_.return_code) == (True, -signal.SIGKILL)


@pytest.mark.usefixtures("short_grace")
def test_a_worker_that_ignores_every_polite_signal_times_out_and_is_killed(work):
    exit_, _ = work(
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(600)
        """,
        timeout_s=0.5,
    )
    assert exit_.timed_out


def test_a_flood_of_output_costs_the_parent_no_memory_and_its_end_is_kept(work, peak_bytes):
    """16 MiB, of which the parent holds the capped buffer's part at any time: a gigabyte would be no other matter."""
    tails = []

    def run():
        exit_, _ = work(
            """
            for _ in range(16):
                os.write(1, b"x" * (1 << 20))
            os.write(1, b"the last line\\n")
            """
        )
        tails.append(exit_.output_tail)

    assert peak_bytes(run) < MIB
    assert tails[0].endswith("x" * 100 + "the last line\n")


def test_where_the_system_has_no_exit_descriptor_the_exit_is_seen_all_the_same(work, monkeypatch):
    """Linux before 5.3, a sandbox that forbids the call, macOS."""

    def forbid(_pid):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(watch.os, "pidfd_open", forbid, raising=False)
    exit_, lines = work('os.write(events, b"said\\n"); os.close(events); os.close(1); os.close(2); os._exit(4)')
    assert (exit_.return_code, lines) == (4, [b"said"])


def test_a_clock_that_steps_back_ends_no_trial_early_and_none_late(work, monkeypatch):
    """Row 29: an hour back at every look at the wall clock; only the monotonic clock counts."""
    hours = iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: 1.8e9 - 3600.0 * next(hours))
    begin = time.monotonic()
    exit_, _ = work("time.sleep(600)", timeout_s=0.5)
    assert exit_.timed_out  # at all: by the wall clock its time would never be over
    assert time.monotonic() - begin >= 0.5


def test_the_modules_that_take_times_never_ask_the_wall_clock():
    folder = Path(worker_process.__file__).parents[1]
    names = ("worker/time_ledger", "worker/recorder", "worker/main", "worker/framework", "worker/turn_protocol",
             "worker/turn_book", "trial/worker_process", "trial/watch", "trial/turns_board")  # fmt: skip
    for name in names:
        text = (folder / f"{name}.py").read_text()
        assert "time.time(" not in text, name
        assert "datetime" not in text, name


def test_a_program_that_is_not_there_is_an_error_of_its_own():
    exits = []
    run_workers([Job(("/no/such/python",), lambda _: b"", exits.append, on_exit=exits.append)], lambda: None, None)
    (error,) = exits
    assert isinstance(error, WorkerStartError)
    assert "No such file or directory" in str(error)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit on one process's memory")
@pytest.mark.parametrize(
    ("give_up", "type_"),
    [
        ("kept = bytearray(1 << 30)", "MemoryLimit"),
        ('os.write(2, b"terminate called: std::bad_alloc\\n"); os.abort()', "MemoryLimit"),
    ],
    ids=["python", "c++"],
)
def test_a_worker_beyond_its_memory_limit_ends_as_oom(work, give_up, type_):
    exit_, _ = work(f"import resource; resource.setrlimit(resource.RLIMIT_DATA, (200 << 20, 200 << 20)); {give_up}")
    end = explain_exit(exit_, None, oom_kills=0, memory_limit_bytes=200 << 20)
    assert (end.status, end.error.type) == ("oom", type_)
    assert "memory limit of" in end.error.message


@pytest.fixture
def memory_group():
    """Return a control group of 64 MiB of memory; skips where none can be made, or its kills would not be counted."""
    own = re.findall(r"^0::/?(.*)$", Probe().text("/proc/self/cgroup") or "", re.MULTILINE)
    if any(Probe().exists(f"/sys/fs/cgroup/{group}/memory.events") for group in own):
        pytest.skip("kills are counted in the group of this process alone, and the one to be made is no part of that")
    roots = [Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")]
    limits = {"memory.limit_in_bytes", "memory.max"}
    for root in roots:
        group = root / f"rnn-or-cnn-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        limit = next((group / name for name in limits if (group / name).exists()), None)
        if limit is None:
            group.rmdir()
            continue
        limit.write_text(str(64 << 20))
        yield group
        group.rmdir()
        return
    pytest.skip("no control group with a memory limit can be made here")


def test_the_kernels_own_memory_kill_reads_as_oom(work, memory_group):
    """Row 5 with the real kernel: a worker in a group of 64 MiB takes 256."""
    before = count_oom_kills()
    exit_, _ = work(
        f"""
        open("{memory_group}/cgroup.procs", "w").write(str(os.getpid()))
        kept = [bytearray(1 << 20) for _ in range(256)]
        for block in kept:
            block[::4096] = b"x" * 256
        """
    )
    end = explain_exit(exit_, None, oom_kills=count_oom_kills() - before)
    assert (end.status, end.error.message) == ("oom", "the kernel killed the worker for lack of memory")
