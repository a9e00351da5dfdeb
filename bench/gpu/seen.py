"""What the checks of one backend are judged by, and what a judgement is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.gpu.evidence import BackendEvidence, ProfiledTraining
from bench.settings import Backend
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
    """What one backend's checks are judged by: what its process saw, and its trials' journals in the order they ran."""

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


Judged = tuple[Verdict, str]
Judge = Callable[[Seen], Judged]


def unseen(seen: Seen) -> Judged:
    """Return the judgement of what a backend's process did not come to."""
    return "not possible here", seen.evidence.problem or "its process did not come to it"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on several things that a check asks for together."""
    found = set(verdicts)
    return next(verdict for verdict in ("refuted", "not possible here", "proven") if verdict in found)
