"""A worker that trains nothing: it writes the journal that its trial's `model` asks for, and ends as told.

Standard library alone, as `quick_worker.py`, so that it starts in milliseconds; the guards are the real ones, so the
parent meets the real protocol at once.
"""

# ruff: noqa: E402 - it is started with -I, so that it has no path but its own

import contextlib
import json
import os
import signal
import site
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "faults")]

import quick_worker

from bench.run.worker.guards import install_guards


def main():
    spec = json.load(sys.stdin.buffer)
    start = spec["start"]
    install_guards(parent_pid=start["pid"])
    behaviour = start["case"]["model"].removeprefix("fake:")
    if behaviour == "silent":
        os._exit(7)
    if behaviour == "once":
        behaviour = "sleep" if is_first_attempt(start["trial_id"]) else "ok"
    start["pid"] = os.getpid()
    write(spec, start)
    for number in range(1, start["case"]["epochs"] + 1):
        write(spec, quick_worker.epoch(number, start["seed"], start["case"]["batch_size"]))
        if number == 2:
            misbehave(behaviour, spec)
    write(spec, END | (DIVERGED if behaviour == "diverged" else {}))


def is_first_attempt(trial_id):
    """Tell it before the first line is written: whoever reads a line may kill this process at once."""
    try:
        (Path(os.environ["FAKE_WORKER_FOLDER"]) / trial_id).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def write(spec, event):
    """Write a line to the journal and copy it to the parent."""
    line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
    with Path(spec["journal"]).open("ab") as journal:
        journal.write(line)
    os.write(spec["event_fd"], line)


def misbehave(behaviour, spec):
    BEHAVIOURS.get(behaviour, lambda _: None)(spec)


def abort(_spec):
    print("about to abort", flush=True)
    os.abort()


def hang(_spec):
    os.fork()  # a child of the worker's own must not outlive it either
    time.sleep(600)


def tear(spec):
    with Path(spec["journal"]).open("ab") as file:
        file.write(b'{"schema":1,"event":"epo')
    os._exit(1)


def run_short(spec):
    """End as `oom` where others are in the same memory."""
    if spec["turns"] is not None:
        run_out(spec, shares_memory=True)


def run_out(spec, *, shares_memory=False):
    """End as `oom`, and say so as a worker does."""
    site.main()
    from bench.run.worker.failure import describe_failure  # noqa: PLC0415 - no other trial needs what this imports

    status, error = describe_failure(MemoryError("no memory"), shares_memory=shares_memory)
    write(spec, {**END, "status": status, "error": error.model_dump()})
    os._exit(0)


def meet(spec):
    """Wait until another trial is here at the same time: a pipe opens when somebody holds its other end."""
    pipe = Path(os.environ["FAKE_WORKER_FOLDER"]) / "pipe"
    with contextlib.suppress(FileExistsError):
        os.mkfifo(pipe)
    pipe.open("rb" if spec["start"]["seed"] == 0 else "wb").close()


BEHAVIOURS = {
    "abort": abort,
    "segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "killed": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "hang": hang,
    "sleep": lambda _: time.sleep(600),
    "meet": meet,
    "large": run_short,
    "limited": run_out,
    "torn": tear,
}
END = {"schema": 1, "event": "end", "status": "ok", "num_epochs": 3, "total_s": 4.5, "error": None}
DIVERGED = {"status": "diverged", "error": {"type": "Diverged", "message": "loss not finite", "output_tail": ""}}

if __name__ == "__main__":
    main()
