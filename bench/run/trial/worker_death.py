"""Ends the journal of a worker that could not do so itself, and says why it died."""

from __future__ import annotations

import signal
from pathlib import Path

from bench.run.trial.turns_board import PATIENCE_S
from bench.run.trial.worker_process import WorkerExit
from bench.run.worker.failure import OUT_OF_MEMORY_WORDS, SHARED_MEMORY
from bench.store.journal import JournalWriter, read_journal
from bench.store.records import EndEvent, StartEvent, Status, TrialError
from bench.units import format_bytes

# A cluster that ends a job signals all its processes at once, the worker perhaps before its parent.
_FROM_OUTSIDE = frozenset({"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"})
PARTNER_NOT_OK = "PartnerNotOk"  # the type of the error of a trial that was ended for another one's sake


def complete_journal(path: Path, start: StartEvent, end: EndEvent) -> EndEvent:
    """Append the missing start or end line, and return the end that counts: the worker's own if it wrote one.

    Raises:
        StoreError: where the journal is damaged.
        OSError: where the disk refuses.
    """
    journal = read_journal(path) if path.exists() else None
    if journal and journal.end:
        return journal.end
    num_epochs = len(journal.epochs) if journal else 0
    with JournalWriter(path) as writer:
        if journal is None:
            writer.append(start)
        end = end.model_copy(update={"num_epochs": num_epochs})
        writer.append(end)
    return end


def explain_exit(
    exit_: WorkerExit,
    timeout_s: float | None,
    oom_kills: int,
    memory_limit_bytes: int | None = None,
    *,
    in_turns: bool = False,
    shares_memory: bool = False,
) -> EndEvent:
    """Return the end line for a worker that wrote none.

    Args:
        exit_: how it ended.
        timeout_s: its limit.
        oom_kills: how many processes the kernel killed for memory in this time, on the host or in its control group.
        memory_limit_bytes: what it was allowed to take, or None.
        in_turns: whether its limit is on its own seconds.
        shares_memory: whether other workers in turns were alive beside it.
    """
    if exit_.timed_out or exit_.held_up:
        return _explain_timeout(exit_, timeout_s, in_turns=in_turns)
    if memory_limit_bytes is not None and any(words in exit_.output_tail for words in OUT_OF_MEMORY_WORDS):
        message = f"the worker needed more than its memory limit of {format_bytes(memory_limit_bytes)}"
        return _end("oom", "MemoryLimit", message, exit_)
    if exit_.return_code >= 0:
        message = f"the worker exited with status {exit_.return_code} and wrote no end line"
        return _end("failed", "WorkerExit", message, exit_)
    name = _name_signal(-exit_.return_code)
    if name == "SIGKILL" and oom_kills:
        message = "the kernel killed the worker for lack of memory"
        return _end("oom", "OutOfMemory", (SHARED_MEMORY if shares_memory else "") + message, exit_)
    if name in _FROM_OUTSIDE:
        return _end("killed", name, "the worker was killed from outside", exit_)
    return _end("failed", name, f"the worker died of {name}", exit_)


def _explain_timeout(exit_: WorkerExit, timeout_s: float | None, *, in_turns: bool) -> EndEvent:
    if exit_.timed_out:
        seconds = f"{timeout_s:g} s of its own" if in_turns else f"{timeout_s:g} s"
        return _end("timeout", "Timeout", f"still running after {seconds}; its stacks are in the output", exit_)
    message = (
        f"the others in turns waited for it for more than {PATIENCE_S / 60:g} min, and longer than it had trained; "
        "its stacks are in the output; --alone has no such limit"
    )
    return _end("timeout", "HeldUp", message, exit_)


def _name_signal(number: int) -> str:
    """Return a signal's name; most of the real-time signals have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def interrupted(signal_name: str) -> EndEvent:
    """Return the end line for a trial that the user or the system stopped."""
    error = TrialError(type=signal_name, message="the run was interrupted; `--resume` repeats this trial")
    return EndEvent(status="interrupted", num_epochs=0, total_s=None, error=error)


def partner_not_ok() -> EndEvent:
    """Return the end line for a trial that was ended since one that it was to be compared with did not end ok."""
    error = TrialError(type=PARTNER_NOT_OK, message="ended since the trial in turns with it did not end ok")
    return EndEvent(status="interrupted", num_epochs=0, total_s=None, error=error)


def _end(status: Status, type_: str, message: str, exit_: WorkerExit) -> EndEvent:
    error = TrialError(type=type_, message=message, output_tail=exit_.output_tail)
    return EndEvent(status=status, num_epochs=0, total_s=None, error=error)
