"""Writes `gpu.md`: what a GPU was seen to run, check by check; and the same as a table for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.atomic_file import write_atomic
from bench.claims.findings import Finding
from bench.gpu.seen import Proof
from bench.reports.gpu.wording import HOW, STATEMENTS, word_proofs
from bench.reports.kit.cells import share_text
from bench.reports.kit.escaping import escape_markdown, escape_terminal
from bench.reports.kit.files import render_template
from bench.reports.kit.machine import describe_host
from bench.reports.kit.tables import Table, numbers, render_markdown, render_plain_table, words
from bench.settings import BACKEND_NAMES
from bench.store.gpu_evidence import BackendEvidence, ProfiledTraining
from bench.store.records import RunRecord
from bench.units import MISSING, counted, format_count

GPU_REPORT_NAME = "gpu.md"
_TEMPLATE = "gpu.md.j2"
_SHOWN_KERNELS = 3


def proofs_table(proofs: Sequence[Proof]) -> Table:
    """Return one row a check, with each backend's verdict."""
    backends = dict.fromkeys(one.backend for one in proofs)
    verdicts = {(one.check, one.backend): one.verdict for one in proofs}
    rows = tuple(
        (STATEMENTS[check], *(verdicts.get((check, backend), MISSING) for backend in backends))
        for check in dict.fromkeys(one.check for one in proofs)
    )
    return Table("Checks", words("check", *(BACKEND_NAMES[one] for one in backends)), rows)


def seen_table(proofs: Sequence[Proof]) -> Table:
    """Return one row a check and backend, with the figures that it was judged by."""
    rows = tuple((STATEMENTS[one.check], BACKEND_NAMES[one.backend], one.evidence) for one in proofs)
    return Table("What was seen", words("check", "backend", "what was seen"), rows)


def checks_table() -> Table:
    """Return what would be checked, and how, for a machine that cannot."""
    return Table("Checks", words("check", "by"), tuple((STATEMENTS[name], HOW[name]) for name in STATEMENTS))


def kernels_table(evidence: Sequence[BackendEvidence]) -> Table:
    """Return the kernels that took the longest in each profiled training."""
    columns = (*words("network", "backend", "settings"), *numbers("kernels a step", "GPU busy"),
               *words("longest kernels (share of those kept)"))  # fmt: skip
    rows = tuple(
        (one.case.model, BACKEND_NAMES[each.backend], *_row(one)) for each in evidence for one in each.trainings
    )
    return Table("Kernels", columns, rows)


def _row(training: ProfiledTraining) -> tuple[str, ...]:
    case = training.case
    settings = ", ".join(
        text
        for text, is_shown in (
            (f"batch {format_count(case.batch_size)}", True),
            (case.precision, case.precision != "float32"),
            (f"jit {case.jit}", case.jit != "auto"),
            (f"{case.filters} filters", case.filters is not None),
        )
        if is_shown
    )
    if training.error or not training.num_launches or not training.num_steps:
        return settings, MISSING, MISSING, training.error or "the profile has no kernels"
    total_s = sum(kernel.seconds for kernel in training.kernels) or 1.0
    longest = "; ".join(
        f"{kernel.name[:60]} ({share_text(kernel.seconds / total_s)})" for kernel in training.kernels[:_SHOWN_KERNELS]
    )
    return (
        settings,
        f"{training.num_launches / training.num_steps:,.0f}",
        share_text(training.busy_s / training.train_s) if training.train_s else MISSING,
        longest,
    )


def render_proofs(proofs: Sequence[Proof]) -> str:
    """Return the verdicts for a terminal, what speaks against those that are not proven, and their counts."""
    table = proofs_table(proofs)
    others = [one for one in proofs if one.verdict != "proven"]
    lines = [f"{BACKEND_NAMES[one.backend]}: {STATEMENTS[one.check]}: {one.verdict}: {one.evidence}" for one in others]
    parts = (render_plain_table(table.columns, table.rows), "\n".join(map(escape_terminal, lines)), word_proofs(proofs))
    return "\n\n".join(part for part in parts if part)


def render_checks() -> str:
    """Return what would be checked for a terminal."""
    table = checks_table()
    return render_plain_table(table.columns, table.rows)


def write_gpu_report(
    folder: Path,
    record: RunRecord,
    evidence: Sequence[BackendEvidence],
    proofs: Sequence[Proof],
    verdicts: Sequence[Finding],
) -> Path:
    """Write gpu.md into a run's folder, and return its path.

    Args:
        folder: the run's.
        record: the run's.
        evidence: what each backend's process saw.
        proofs: what its checks came to.
        verdicts: those on the advice to take cuDNN's LSTM.

    Raises:
        StoreError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)  # of an archive's run there is none yet
    page = folder / GPU_REPORT_NAME
    write_atomic(page, render_gpu_report(record, evidence, proofs, verdicts).encode())
    return page


def render_gpu_report(
    record: RunRecord,
    evidence: Sequence[BackendEvidence],
    proofs: Sequence[Proof],
    verdicts: Sequence[Finding],
) -> str:
    """Return the page as Markdown."""
    versions = (
        f"{BACKEND_NAMES[one.backend]} {one.version or MISSING} on {one.device_name or MISSING}"
        f"{f', which ended early: {one.problem}' if one.problem else ''}"
        for one in evidence
    )
    return render_template(
        _TEMPLATE,
        {
            "counts": escape_markdown(word_proofs(proofs)),
            "machine": escape_markdown(describe_host(record.environment)),
            "run": escape_markdown(record.run_id),
            "began": f"{record.created_at:%Y-%m-%d %H:%M} UTC",
            "backends": [escape_markdown(one) for one in versions],
            "proofs": render_markdown(proofs_table(proofs)),
            "seen": render_markdown(seen_table(proofs)),
            "advice": [f"{escape_markdown(one.claim.statement)} **{one.verdict}**" for one in verdicts],
            "how": render_markdown(checks_table()),
            "kernels": render_markdown(kernels_table(evidence)),
            "not_run": [
                f"{counted(count, 'case')}: {escape_markdown(reason)}"
                for reason, count in Counter(one.reason for one in record.suite.not_run).items()
            ],
        },
    )
