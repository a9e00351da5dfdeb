"""A worker that trains nothing and starts in milliseconds: standard library alone, for sweeps of hundreds of trials.

It speaks the real protocol: its trial on standard input, journal lines in the real form with the real syncs, copies to
its parent, and the parent-death signal. Its figures depend on its trial alone, so two sweeps of one plan read the same.
`QUICK_WORKER_PAUSE_S` holds it up in each epoch, and `QUICK_WORKER_HANG_AT` for good in the epoch of that number.
"""

import ctypes
import json
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
QUIET = {"load_1m": None, "steal_s": None, "num_throttles": None, "canary": None}


def main():
    run(json.load(sys.stdin.buffer))


def run(spec):
    start = spec["start"]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != start["pid"]:
        os.kill(os.getpid(), signal.SIGKILL)
    start.update(pid=os.getpid(), start_ticks=start_ticks())
    with open(spec["journal"], "ab", buffering=0) as journal:  # noqa: PTH123 - pathlib would take as long as the trial
        for event in events(start):
            line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
            journal.write(line)
            if event["event"] in ("epoch", "end"):
                os.fsync(journal.fileno())
            os.write(spec["event_fd"], line)


def events(start):
    yield start
    case, seed = start["case"], start["seed"]
    for number in range(1, case["epochs"] + 1):
        hangs = os.environ.get("QUICK_WORKER_HANG_AT") == str(number)
        time.sleep(600 if hangs else float(os.environ.get("QUICK_WORKER_PAUSE_S", "0")))
        yield epoch(number, seed, case["batch_size"])
    yield {
        "schema": 1,
        "event": "end",
        "status": "ok",
        "num_epochs": case["epochs"],
        "total_s": 1.5 * case["epochs"],
        "error": None,
    }


def epoch(number, seed, batch_size):
    accuracy = 1 - 0.5 / (number + 1) - 0.0001 * (seed % 97)
    return {
        "schema": 1,
        "event": "epoch",
        "epoch": number,
        "num_examples": 10 * batch_size,
        "num_steps": 10,
        "train_s": 1.0 + 0.001 * (seed % 89),
        "first_step_s": 0.25 if number == 1 else None,
        "first_step_examples": batch_size if number == 1 else 0,
        "val_s": 0.25,
        "other_s": 0.0,
        "loss": 0.5 / number,
        "accuracy": accuracy,
        "val_loss": 0.5 / number,
        "val_accuracy": accuracy,
        "not_finite": [],
        "learning_rate": 0.001,
        "step_s": None,
        "peak_rss_bytes": 1_000_000,
        "peak_device_bytes": None,
        "noise": QUIET,
    }


def start_ticks():
    with open("/proc/self/stat", encoding="utf-8") as file:  # noqa: PTH123 - likewise
        return int(file.read().rpartition(")")[2].split()[19])


if __name__ == "__main__":
    main()
