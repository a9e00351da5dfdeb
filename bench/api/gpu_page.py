"""What a run's folder shows of a GPU: read the evidence and the journals, judge, write gpu.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.analysis.run_journals import RunJournals
from bench.claims.claims_file import load_claims
from bench.claims.judge_claims import judge_claims
from bench.gpu.checks import judge_backend
from bench.gpu.seen import Proof, Seen
from bench.reports.gpu.page import write_gpu_report
from bench.store.run_folder import LoadedRun

GPU_CLAIMS = "gpu"  # on the advice to take cuDNN's LSTM
_SAYS_NOTHING = ("interrupted", "running")


@dataclass(frozen=True)
class GpuPage:
    """The checks of a GPU, and the page that has them."""

    proofs: tuple[Proof, ...]
    page: Path


def write_gpu_page(run: LoadedRun, folder: Path) -> GpuPage | None:
    """Judge what a run saw of a GPU, and write gpu.md into a folder; None for a run without `prove-gpu`.

    Raises:
        StoreError: where the disk refuses.
    """
    evidence = run.gpu_evidence
    if not evidence:
        return None
    ended = sorted(
        (one for one in run.journals if one.status not in _SAYS_NOTHING), key=lambda one: one.start.started_at
    )
    seen = [Seen(one, [journal for journal in ended if journal.start.case.backend == one.backend]) for one in evidence]
    proofs = tuple(proof for one in seen for proof in judge_backend(one))
    verdicts = judge_claims(load_claims(GPU_CLAIMS), [RunJournals(run.record, run.journals)]) if ended else ()
    return GpuPage(proofs, write_gpu_report(folder, run.record, evidence, proofs, verdicts))
