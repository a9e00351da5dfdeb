"""Starts the process in which a backend shows what it runs on a GPU, and keeps what it had seen when it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.child_process import ask_child
from bench.errors import ChildError, StoreError
from bench.settings import BACKEND_NAMES, Backend
from bench.store.gpu_evidence import MAX_TEXT, BackendEvidence, read_evidence, write_evidence

RunChild = Callable[..., str]


def watch_backend(folder: Path, backend: Backend, device: str, timeout_s: float, child: RunChild = ask_child) -> None:
    """Let a backend show what it runs, and write into the run's folder what it saw, and what ended it if anything did.

    Raises:
        StoreError: where the folder cannot be written.
    """
    # What stands there if this process is interrupted, or if the backend's ends before it has seen anything.
    write_evidence(folder, BackendEvidence(backend=backend, problem="its process had seen nothing when it ended"))
    command = ("bench.gpu.probe", "see", backend, device, str(folder.absolute()))
    try:
        child(*command, timeout_s=timeout_s, who=BACKEND_NAMES[backend])
    except ChildError as error:
        seen = _read_or_begin_anew(folder, backend)
        write_evidence(folder, seen.model_copy(update={"problem": str(error)[:MAX_TEXT]}))


def _read_or_begin_anew(folder: Path, backend: Backend) -> BackendEvidence:
    try:
        return read_evidence(folder, backend) or BackendEvidence(backend=backend)
    except StoreError:
        return BackendEvidence(backend=backend)
