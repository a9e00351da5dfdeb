"""What the checks of one backend are judged by, and what a judgement is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.gpu.kernels import is_cudnn_recurrent
from bench.settings import Backend
from bench.store.gpu_evidence import BackendEvidence, KernelTime, ProfiledTraining, Sight
from bench.store.records import Journal

Verdict = Literal["proven", "refuted", "not possible here"]
CheckName = Literal[
    "cudnn", "not-cudnn", "agreement", "others-on-cudnn", "mixed-precision", "compiled", "steps", "memory", "nvml",
    "foreign", "oom", "in-turns", "cpu", "throughput",
]  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """What one check came to with one backend; `evidence` are the figures, or why there are none."""

    check: CheckName
    backend: Backend
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class Seen:
    """What one backend's checks are judged by: what its process saw, and its trials' journals in the order they ran.

    A trial that was interrupted says nothing, and is not among them.
    """

    evidence: BackendEvidence
    journals: Sequence[Journal]

    def training(self, model: str, **settings: object) -> ProfiledTraining | None:
        """Return the profiled training of a model with these settings, and the default of all others."""
        wanted = {"precision": "float32", "jit": "auto", "filters": None, **settings}
        for one in self.evidence.trainings:
            if one.case.model == model and all(getattr(one.case, name) == value for name, value in wanted.items()):
                return one
        return None

    def on(self, device: str) -> list[Journal]:
        """Return the trials on a kind of device."""
        return [one for one in self.journals if one.start.case.device.partition(":")[0] == device]

    @property
    def knows_cudnn(self) -> bool:
        """Whether any kernel in any of its profiles is known as one of cuDNN's for recurrent layers."""
        return any(cudnn_kernels(one) for one in self.evidence.trainings)


Judged = tuple[Verdict, str]
Judge = Callable[[Seen], Judged]


def cudnn_kernels(training: ProfiledTraining) -> tuple[KernelTime, ...]:
    """Return the kernels of a training with which cuDNN computed an LSTM or GRU."""
    return tuple(kernel for kernel in training.kernels if is_cudnn_recurrent(kernel.name))


def unseen(seen: Seen, sight: Sight | None = None) -> Judged:
    """Return the judgement of what a backend's process did not see."""
    evidence = seen.evidence
    known = evidence.errors.get(sight) if sight else None
    return "not possible here", known or evidence.problem or "its process did not come to it"


def judge_each(judged: Iterable[tuple[str, Judged]]) -> Judged:
    """Return the judgement of several things that a check asks for together, each under its name: the worst of them."""
    parts = list(judged)
    found = {verdict for _, (verdict, _) in parts}
    worst = next(verdict for verdict in _WORST_FIRST if verdict in found)
    return worst, "; ".join(f"{name}: {text}" for name, (_, text) in parts)


_WORST_FIRST: tuple[Verdict, ...] = ("refuted", "not possible here", "proven")
