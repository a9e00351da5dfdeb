"""What was seen on the GPU, kept in the run's folder: one file a backend, complete up to wherever its process came."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from bench.frozen_model import Amount, Count, Frozen, PositiveInt, Seconds
from bench.gpu.kernels import KernelTime
from bench.networks.proof.execution import LayerPath
from bench.plan.case import Case
from bench.settings import Backend
from bench.store.document import read_document, write_document

MAX_EVIDENCE_BYTES = 4 << 20
MAX_KERNELS = 60  # of one training, the longest and all of cuDNN's recurrent ones


class ProfiledTraining(Frozen):
    """A few steps of a case under the profiler.

    Attributes:
        case: what was trained.
        layer_paths: the proof of what each recurrent layer runs, as in a trial.
        kernels: those that took the longest, and all of cuDNN's recurrent ones.
        num_launches: of all kernels.
        busy_s: seconds in which at least one kernel ran.
        train_s: seconds of the same steps by a trial's own ledger.
        loss: of the last step; None where it was not finite.
        error: why there is nothing else.
    """

    case: Case
    layer_paths: tuple[LayerPath, ...] = ()
    kernels: Annotated[tuple[KernelTime, ...], Field(max_length=2 * MAX_KERNELS)] = ()
    num_launches: Count = 0
    num_steps: PositiveInt | None = None
    busy_s: Seconds = 0.0
    train_s: Seconds = 0.0
    loss: float | None = None
    error: str | None = None

    @property
    def cudnn_kernels(self) -> tuple[KernelTime, ...]:
        """The kernels with which cuDNN computes an LSTM or GRU."""
        return tuple(kernel for kernel in self.kernels if kernel.is_cudnn_recurrent)


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
    """What NVML said while a network trained; None for what it did not say.

    `seconds` and `energy_j` are of the same steps. `num_foreign` counts other processes on the GPU while there was one,
    and `num_foreign_alone` before it had started.
    """

    sm_clock_mhz: Count | None
    memory_clock_mhz: Count | None
    power_w: Amount | None
    energy_j: Amount | None
    seconds: Seconds
    num_foreign: Count | None
    num_foreign_alone: Count | None


class BackendEvidence(Frozen):
    """All that one backend's process saw. `problem` says why it did not come to its end."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    backend: Backend
    version: str | None = None
    device_name: str | None = None
    trainings: tuple[ProfiledTraining, ...] = ()
    agreement: Agreement | None = None
    reading: GpuReading | None = None
    problem: str | None = None


def evidence_path(folder: Path, backend: Backend) -> Path:
    """Return where a backend's evidence stands in a run's folder."""
    return folder / f"gpu-{backend}.json"


def write_evidence(folder: Path, evidence: BackendEvidence) -> None:
    """Replace a backend's evidence.

    Raises:
        StoreError: if the disk refuses.
    """
    write_document(evidence_path(folder, evidence.backend), evidence)


def read_evidence(folder: Path) -> tuple[BackendEvidence, ...]:
    """Return what each backend's process saw, in the order of the setting.

    Raises:
        StoreError: for a file that is damaged, too large, or of a newer schema.
    """
    paths = (evidence_path(folder, backend) for backend in get_args(Backend))
    return tuple(
        read_document(path, BackendEvidence, MAX_EVIDENCE_BYTES, "what was seen on a GPU")
        for path in paths
        if path.exists()
    )
