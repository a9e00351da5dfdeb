"""Starts the process in which a backend shows what it runs on a GPU, and keeps what it had seen when it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.child_process import ask_child
from bench.errors import ChildError
from bench.settings import BACKEND_NAMES, Backend
from bench.store.gpu_evidence import BackendEvidence, evidence_path, read_evidence, write_evidence

RunChild = Callable[..., str]


def watch_backend(folder: Path, backend: Backend, device: str, timeout_s: float, child: RunChild = ask_child) -> None:
    """Let a backend show what it runs, and write into the run's folder what it saw, and what ended it if anything did.

    Raises:
        StoreError: where the folder cannot be written, or the process wrote what cannot be read.
    """
    evidence_path(folder, backend).unlink(missing_ok=True)
    command = ("bench.gpu.probe", "see", backend, device, str(folder.absolute()))
    try:
        child(*command, timeout_s=timeout_s, who=BACKEND_NAMES[backend])
    except ChildError as error:
        seen = read_evidence(folder, backend) or BackendEvidence(backend=backend)
        write_evidence(folder, seen.model_copy(update={"problem": str(error)}))
