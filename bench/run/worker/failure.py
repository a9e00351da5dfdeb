"""How an error that ended a trial is recorded: the status, the message, and the end of the trace."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from bench.errors import BenchError
from bench.networks.guest_errors import NetworkError
from bench.store.records import Status, TrialError

SHOWN_BYTES = 4000  # of a worker's output
# How C++, CPython's own allocator, the kernel's loader and PyTorch's put it when a worker gets no more memory.
OUT_OF_MEMORY_WORDS = (
    "std::bad_alloc", "MemoryError", "Cannot allocate memory", "cannot allocate memory",
)  # fmt: skip
_OUT_OF_MEMORY_TYPES = ("ResourceExhaustedError", "OutOfMemoryError")
_MAX_MESSAGE = 2000
_MARK = " … "
SHARED_MEMORY = "out of memory beside other workers in turns; --alone gives it all: "


def describe_failure(problem: Exception, *, shares_memory: bool = False) -> tuple[Status, TrialError]:
    """Name what happened; what is no error of ours, or the user's network raised, keeps its trace.

    `shares_memory` is whether other workers in turns are alive, whose networks are in the same memory.
    """
    name = type(problem).__name__
    is_oom = any(map(_is_out_of_memory, _walk_causes(problem)))
    is_told = isinstance(problem, BenchError) and not isinstance(problem, NetworkError)
    trace = "" if is_told else "".join(traceback.format_exception(problem))
    message = str(problem).strip() or name
    hint = SHARED_MEMORY if is_oom and shares_memory else ""
    error = TrialError(type=name, message=hint + _shorten(message), output_tail=trace[-SHOWN_BYTES:])
    return "oom" if is_oom else "failed", error


def _shorten(message: str) -> str:
    """Return a long message without its middle: TensorFlow puts what is wrong behind a list of all calls."""
    if len(message) <= _MAX_MESSAGE:
        return message
    kept = (_MAX_MESSAGE - len(_MARK)) // 2
    return f"{message[:kept]}{_MARK}{message[-kept:]}"


def _walk_causes(problem: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes, each once: a user's code may chain errors in a circle."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        yield problem
        problem = problem.__cause__


def _is_out_of_memory(problem: BaseException) -> bool:
    if isinstance(problem, MemoryError) or type(problem).__name__ in _OUT_OF_MEMORY_TYPES:
        return True
    return any(words in str(problem) for words in ("RESOURCE_EXHAUSTED", "CUDA out of memory", *OUT_OF_MEMORY_WORDS))
