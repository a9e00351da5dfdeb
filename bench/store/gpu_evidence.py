"""`gpu-BACKEND.json`: what was seen on a GPU, one file a backend, kept with the run so that archives include it.

A backend's process writes it anew after each thing that it saw, so that it is complete up to wherever it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from bench.errors import StoreError
from bench.frozen_model import Amount, Count, Frozen, PositiveInt, Seconds
from bench.networks.proof.execution import LayerPath
from bench.plan.case import Case
from bench.settings import Backend
from bench.store.document import read_document, tell_within, write_document

MAX_EVIDENCE_BYTES = 4 << 20
MAX_KERNELS = 60  # of one training, the longest and all of cuDNN's recurrent ones
MAX_TEXT = 2000  # characters of an error
MAX_NAME = 300  # of a kernel, whose C++ templates can run to kilobytes
_BACKENDS: tuple[Backend, ...] = get_args(Backend)
EVIDENCE_FILES = tuple(f"gpu-{backend}.json" for backend in _BACKENDS)

Sight = Literal["agreement", "reading"]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class KernelTime(Frozen):
    """All calls of one kernel in a profile."""

    name: Annotated[str, Field(max_length=MAX_NAME)]
    calls: Count
    seconds: Seconds


class ProfiledTraining(Frozen):
    """A few steps of a case under the profiler.

    Attributes:
        case: what was trained.
        layer_paths: the proof of what each recurrent layer runs, as in a trial.
        kernels: those that took the longest, and all of cuDNN's recurrent ones.
        num_launches: of all kernels.
        busy_s: seconds in which at least one kernel ran.
        train_s: seconds of the same steps by a trial's own ledger.
        left_s: seconds that the device took after the last step's end, as the ledger has it.
        loss: of the last step; None where it was not finite.
        error: why there is nothing else.
    """

    case: Case
    layer_paths: Annotated[tuple[LayerPath, ...], Field(max_length=100)] = ()
    kernels: Annotated[tuple[KernelTime, ...], Field(max_length=2 * MAX_KERNELS)] = ()
    num_launches: Count = 0
    num_steps: PositiveInt | None = None
    busy_s: Seconds = 0.0
    train_s: Seconds = 0.0
    left_s: Seconds = 0.0
    loss: float | None = None
    error: Text | None = None


class Agreement(Frozen):
    """How far `lstm-cudnn` and `lstm-cpu` with the same weights differ on the same GPU, without dropout.

    Attributes:
        outputs: largest difference of a class's probability over some examples.
        updates: length of the difference of all weights' changes in one step of plain gradient descent, over the
            length of the changes.
    """

    outputs: Amount
    updates: Amount


class GpuReading(Frozen):
    """What NVML said as a training ended; None for what it did not say.

    `seconds` and `energy_j` are of that training. `num_foreign` counts other processes on the GPU while a second one of
    ours was there, and `num_foreign_alone` right before it started.
    """

    sm_clock_mhz: Count | None
    memory_clock_mhz: Count | None
    power_w: Amount | None
    energy_j: Amount | None
    seconds: Annotated[float, Field(gt=0, le=1e12)]
    num_foreign: Count | None
    num_foreign_alone: Count | None


class BackendEvidence(Frozen):
    """All that one backend's process saw. `errors` say why it could not see something, `problem` why it ended early."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    backend: Backend
    version: Text | None = None
    device_name: Text | None = None
    trainings: Annotated[tuple[ProfiledTraining, ...], Field(max_length=100)] = ()
    agreement: Agreement | None = None
    reading: GpuReading | None = None
    errors: Mapping[Sight, Text] = Field(default_factory=dict)
    problem: Text | None = None


def evidence_path(folder: Path, backend: Backend) -> Path:
    """Return where a backend's evidence stands in a run's folder."""
    return folder / EVIDENCE_FILES[_BACKENDS.index(backend)]


def write_evidence(folder: Path, evidence: BackendEvidence) -> None:
    """Replace a backend's evidence.

    Raises:
        StoreError: if the disk refuses.
    """
    write_document(evidence_path(folder, evidence.backend), evidence)


def read_evidence(folder: Path, backend: Backend) -> BackendEvidence | None:
    """Return what a backend's process saw; None where it was not asked.

    Raises:
        StoreError: for a file that is damaged, too large, or of a newer schema.
    """
    path = evidence_path(folder, backend)
    if not path.exists():
        return None
    found = read_document(path, BackendEvidence, MAX_EVIDENCE_BYTES, "what was seen on a GPU")
    if found.backend != backend:
        raise StoreError(f"{path}: expected what {backend} saw, received {found.backend}; give it that one's name")
    return found


def read_all_evidence(folder: Path) -> tuple[BackendEvidence, ...]:
    """Return what each backend's process saw, in the order of the setting; of a damaged file, what is wrong with it."""
    found = (_read_or_tell(folder, backend) for backend in _BACKENDS)
    return tuple(one for one in found if one is not None)


def _read_or_tell(folder: Path, backend: Backend) -> BackendEvidence | None:
    try:
        return read_evidence(folder, backend)
    except StoreError as error:
        return BackendEvidence(backend=backend, problem=tell_within(folder, error)[:MAX_TEXT])
