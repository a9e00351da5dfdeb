"""How the parent waits for workers: asleep, also beside one that exited while another is ended."""

import os
import subprocess
import sys
import time

import pytest

from bench.run.trial import watch
from bench.run.trial.watch import Group, Watch, wait_for_all
from bench.run.worker.guards import DUMP_SIGNAL

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="an exit is told by a descriptor")]

DEAF = f"import signal, time; signal.signal({int(DUMP_SIGNAL)}, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.fixture
def watch_over():
    """Return a factory of watches of a program in Python whose time is over after some seconds."""
    opened = []

    def start(code, seconds):
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE, start_new_session=True
        )
        events = os.pipe()
        begin = time.monotonic()
        made = Watch(Group(process), events[0], lambda _: None, lambda: seconds - (time.monotonic() - begin))
        opened.append((made, events))
        return made

    yield start
    for made, events in opened:
        made.group.kill()
        made.process.wait()
        made.process.stdout.close()
        made.close()
        for descriptor in events:
            os.close(descriptor)


def test_the_parent_sleeps_while_one_is_ended_and_another_has_exited(watch_over, monkeypatch):
    """The deaf one is given time to dump its stack, in which the short one's exit must not keep the parent awake."""
    monkeypatch.setattr(watch, "DUMP_GRACE_S", 1.2)
    deaf, short = watch_over(DEAF, 0.8), watch_over("import time; time.sleep(1.0)", 60.0)
    gone, used_s = [], time.process_time()
    wait_for_all([deaf, short], gone.append, lambda: None, None)
    assert gone == [deaf, short]
    assert deaf.timed_out
    assert not short.timed_out
    assert time.process_time() - used_s < watch.DUMP_GRACE_S / 4
