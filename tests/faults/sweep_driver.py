"""Runs one run folder to its end, killed with SIGKILL at random moments and resumed each time.

One process that has imported everything forks a child for each start: a start costs what resuming costs, not what
importing does. Moments are counted in what the run tells, not in seconds, so that they mean the same on a busy machine.
Usage: `sweep_driver.py FOLDER LOCKS WORKER SEED KILLS`; prints one JSON object.
"""

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

from bench.host import lock
from bench.host.capture import capture_environment
from bench.reports.terminal.run_view import QuietView
from bench.run.session.resume import resume_session
from bench.run.session.run_session import run_session


def main():
    folder, locks, worker, seed, num_kills = sys.argv[1:]
    lock.lock_folder = lambda: Path(locks)
    command = (sys.executable, "-I", "-S", worker)
    environment = capture_environment()
    begin = time.monotonic()
    session_s = start_up_s(Path(folder), environment)
    moments = random.Random(int(seed))  # noqa: S311 - moments that another run of this test meets again
    kills = []
    for number in range(int(num_kills)):
        pid, begun = start(Path(folder), environment, command)
        # One in four while the run is opened, the others at one of the first things that its trials tell.
        if number % 4:
            wait_for_bytes(begun, moments.randint(1, 5))
        kills.append(kill_after(pid, moments.uniform(0, 0.02 if number % 4 else session_s)))
        os.close(begun)
    status = os.waitpid(start(Path(folder), environment, command)[0], 0)[1]
    print(json.dumps({"kills": kills, "exit": os.waitstatus_to_exitcode(status), "wall_s": time.monotonic() - begin}))


def start_up_s(folder, environment):
    begin = time.monotonic()
    resume_session(folder, environment, None, retry_failed=False)
    return time.monotonic() - begin


class Beginning(QuietView):
    """Writes a byte when a trial begins, and one for each of its epochs."""

    def __init__(self, descriptor):
        super().__init__(sys.stderr)
        self._descriptor = descriptor

    def trial_started(self, trial):
        os.write(self._descriptor, trial.trial_id[:1].encode())

    def event(self, trial, event):  # noqa: ARG002
        os.write(self._descriptor, event.event[:1].encode())


def start(folder, environment, command):
    """Fork a child that resumes the run and ends with it; return it, and a pipe that tells when its trials begin."""
    begun, begin = os.pipe()
    pid = os.fork()
    if pid == 0:
        session = resume_session(folder, environment, None, retry_failed=False)
        run_session(session, Beginning(begin), allow_concurrent=False, worker_command=command)
        os._exit(0)
    os.close(begin)
    return pid, begun


def kill_after(pid, seconds):
    """Kill a child after a time, unless it ended before; return what it ended by."""
    descriptor = os.pidfd_open(pid)
    wait_for([descriptor], seconds)
    os.kill(pid, signal.SIGKILL)
    os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def wait_for_bytes(descriptor, count):
    """Wait for so many bytes, or for the end of who writes them."""
    while count > 0 and (chunk := os.read(descriptor, count)):
        count -= len(chunk)


def wait_for(descriptors, seconds):
    select.select(descriptors, [], [], seconds)


if __name__ == "__main__":
    main()
