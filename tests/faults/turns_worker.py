"""A quick worker that takes turns, `TURNS_AN_EPOCH` of 10 ms; the program of `quick_worker.py` but for that.

It appends each of its turns to the file `TURNS_LOG`, as `pid slot begin end` in monotonic seconds. `TURNS_FAULT` says
what it does in its turns of the second epoch: `kill`, `hang` or `stop` itself, `stop-other`, one that waits, `orphan`,
leave behind a process that holds all it has open, and die, or `linger`, work for half a second.
"""

# ruff: noqa: E402 - it is started with -I, so that it has no path but its own

import contextlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import quick_worker

from bench.run.worker.turn_protocol import Turns

TURN_S = 0.01
quiet = quick_worker.epoch


class Worker:
    """One worker's turns, and the epochs that it trains in them."""

    def __init__(self, channel):
        self.turns = Turns()
        if channel:
            self.turns = Turns(channel["slot"], {int(k): v for k, v in channel["peers"].items()}, channel["board_fd"])

    def epoch(self, number, seed, batch_size):
        self.numbers, waited_s = [], self.turns.waited_s
        for _ in range(int(os.environ["TURNS_AN_EPOCH"])):
            self.turns.pass_on()
            begin = time.monotonic()
            time.sleep(TURN_S)
            if number == 2:
                FAULTS[os.environ.get("TURNS_FAULT", "none")]()
            if not self.turns.is_alone:
                self.numbers.append(self.turns.number)
            note(os.getpid(), self.turns.slot, begin, time.monotonic())
        n = len(self.numbers)
        turns = {
            "numbers": self.numbers,
            "seconds": [TURN_S] * n,
            "steps": [1] * n,
            "examples": [batch_size] * n,
            "waited_s": self.turns.waited_s - waited_s,
            "gone": self.turns.gone,
        }
        fields = {"num_steps": max(10, n), "num_examples": max(10, n) * batch_size, "turns": turns}
        return {**quiet(number, seed, batch_size), **fields}


def note(*words):
    with Path(os.environ["TURNS_LOG"]).open("a") as file:
        file.write(" ".join(map(str, words)) + "\n")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def stop_other():
    lines = [line.split() for line in Path(os.environ["TURNS_LOG"]).read_text().splitlines()]
    other = next(int(pid) for pid, *_ in lines if int(pid) != os.getpid())
    with contextlib.suppress(ProcessLookupError):  # in a later turn it is gone
        os.kill(other, signal.SIGSTOP)


def orphan():
    pid = os.fork()
    if not pid:
        os.setsid()
        time.sleep(600)
    Path(os.environ["TURNS_LOG"]).with_suffix(".orphan").write_text(str(pid))
    die()


def linger():
    time.sleep(0.5)


FAULTS = {
    "none": lambda: None,
    "kill": die,
    "hang": lambda: time.sleep(600),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "stop-other": stop_other,
    "orphan": orphan,
    "linger": linger,
}


def cpu_s():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    """Run `quick_worker` with epochs in turns; what it spent on the processor after it arrived is its last word."""
    text = sys.stdin.buffer.read()
    worker = Worker(json.loads(text)["turns"])
    begin = []

    def epoch(number, seed, batch_size):
        if not begin:
            worker.turns.arrive()
            begin.append(cpu_s())
        return worker.epoch(number, seed, batch_size)

    quick_worker.epoch = epoch
    quick_worker.run(json.loads(text))
    note(os.getpid(), worker.turns.slot, "cpu", cpu_s() - begin[0])


if __name__ == "__main__":
    main()
