"""Starts the process in which a backend shows what it runs on a GPU, and keeps what it had seen when it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.child_process import ask_child
from bench.errors import ChildError
from bench.gpu.evidence import BackendEvidence, evidence_path, read_evidence, write_evidence
from bench.settings import Backend

NAMES: dict[Backend, str] = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}

RunChild = Callable[..., str]


def watch_backend(folder: Path, backend: Backend, device: str, timeout_s: float, child: RunChild = ask_child) -> None:
    """Let a backend show what it runs, and write into the run's folder what it saw, and what ended it if anything did.

    Raises:
        StoreError: where the folder cannot be written.
    """
    evidence_path(folder, backend).unlink(missing_ok=True)
    try:
        child(
            "bench.gpu.probe", "see", backend, device, str(folder.absolute()), timeout_s=timeout_s, who=NAMES[backend]
        )
    except ChildError as error:
        seen = next((one for one in read_evidence(folder) if one.backend == backend), BackendEvidence(backend=backend))
        write_evidence(folder, seen.model_copy(update={"problem": str(error)}))
