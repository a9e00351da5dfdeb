"""A worker that trains nothing: it writes the journal that its trial's `model` asks for, and ends as told.

It reads the real specification and uses the real guards and journal, so the parent meets the real protocol at once.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from bench.run.worker.failure import describe_failure
from bench.run.worker.guards import install_guards
from bench.run.worker.spec import WorkerSpec
from bench.store.journal import JournalWriter
from bench.store.records import EndEvent, EpochEvent, TrialError

QUIET = {"load_1m": None, "steal_s": None, "num_throttles": None, "canary": None}


def epoch(number):
    return EpochEvent(
        epoch=number,
        num_examples=64,
        num_steps=2,
        train_s=1.0,
        first_step_s=None,
        first_step_examples=0,
        val_s=0.5,
        other_s=0.0,
        loss=0.5,
        accuracy=0.9,
        val_loss=0.5,
        val_accuracy=0.9,
        learning_rate=1e-3,
        step_s=None,
        peak_rss_bytes=None,
        peak_device_bytes=None,
        noise=QUIET,
    )


def main():
    spec = WorkerSpec.model_validate_json(sys.stdin.buffer.read())
    install_guards(parent_pid=spec.start.pid)
    behaviour = spec.start.case.model.removeprefix("fake:")
    if behaviour == "silent":
        os._exit(7)
    with JournalWriter(spec.journal) as journal:
        os.write(spec.event_fd, journal.append(spec.start.model_copy(update={"pid": os.getpid()})))
        for number in range(1, spec.start.case.epochs + 1):
            os.write(spec.event_fd, journal.append(epoch(number)))
            if number == 2:
                misbehave(behaviour, spec)
        os.write(spec.event_fd, journal.append(END.get(behaviour, END["ok"])))


def misbehave(behaviour, spec):
    BEHAVIOURS.get(behaviour, lambda _: None)(spec)


def abort(_spec):
    print("about to abort", flush=True)
    os.abort()


def hang(_spec):
    os.fork()  # a child of the worker's own must not outlive it either
    time.sleep(600)


def tear(spec):
    with spec.journal.open("ab") as file:
        file.write(b'{"schema":1,"event":"epo')
    os._exit(1)


def hang_once(spec):
    """Hang the first time a trial comes here, and let a second attempt through."""
    try:
        (Path(os.environ["FAKE_WORKER_FOLDER"]) / spec.start.trial_id).touch(exist_ok=False)
    except FileExistsError:
        return
    time.sleep(600)


def run_short(spec):
    """End as `oom` where others are in the same memory."""
    if spec.turns is not None:
        run_out(spec, shares_memory=True)


def run_out(spec, *, shares_memory=False):
    """End as `oom`, and say so as a worker does."""
    status, error = describe_failure(MemoryError("no memory"), shares_memory=shares_memory)
    with JournalWriter(spec.journal) as journal:
        journal.append(EndEvent(status=status, num_epochs=2, total_s=3.0, error=error))
    os._exit(0)


def meet(spec):
    """Wait until another trial is here at the same time: a pipe opens when somebody holds its other end."""
    pipe = Path(os.environ["FAKE_WORKER_FOLDER"]) / "pipe"
    with contextlib.suppress(FileExistsError):
        os.mkfifo(pipe)
    pipe.open("rb" if spec.start.seed == 0 else "wb").close()


BEHAVIOURS = {
    "abort": abort,
    "segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "killed": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "hang": hang,
    "once": hang_once,
    "sleep": lambda _: time.sleep(600),
    "meet": meet,
    "large": run_short,
    "limited": run_out,
    "torn": tear,
}
END = {
    "ok": EndEvent(status="ok", num_epochs=3, total_s=4.5, error=None),
    "diverged": EndEvent(
        status="diverged", num_epochs=3, total_s=4.5, error=TrialError(type="Diverged", message="loss not finite")
    ),
}

if __name__ == "__main__":
    main()
