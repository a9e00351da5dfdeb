"""The machine, the data, the settings, and what really ran."""

from __future__ import annotations

from bench.analysis.results import CaseSummary, RunSummary
from bench.store.records import Resolved
from bench.units import format_count
from reports.cells import yes_no
from reports.host import describe_machine
from reports.tables import figures, render_markdown_table, words


def render_machine(summary: RunSummary) -> str:
    """Return the table of the machine."""
    return render_markdown_table(words("what", "this machine"), describe_machine(summary.environment))


def render_settings(summary: RunSummary) -> str:
    """Return the table of what was asked for, one row a case."""
    columns = [*words("case", "data"), *figures("training", "validation", "batch", "epochs", "seeds"),
               *words("precision", "device", "backend", "pixels / 255")]  # fmt: skip
    return render_markdown_table(columns, [_settings_row(case) for case in summary.cases])


def render_what_ran(summary: RunSummary) -> str:
    """Return the table of what was really in force, read back from the built models."""
    columns = [*words("case", "kernel path", "XLA", "device", "precision", "backend"),
               *figures("threads", "steps per call"), *words("deterministic")]  # fmt: skip
    rows = [_resolved_row(case.label, case.resolved) for case in summary.cases if case.resolved]
    return render_markdown_table(columns, rows) if rows else ""


def render_evidence(summary: RunSummary) -> str:
    """Return the table of what proves each recurrent layer's kernel; empty without recurrent layers."""
    rows = [
        (case.label, path.layer, path.path, path.evidence)
        for case in summary.cases
        if case.resolved
        for path in case.resolved.layer_paths
    ]
    return render_markdown_table(words("case", "layer", "kernel path", "evidence"), rows) if rows else ""


def _settings_row(case: CaseSummary) -> list[str]:
    settings = case.case
    return [
        case.label,
        settings.dataset,
        format_count(case.data.num_train if case.data else settings.train_size),
        format_count(case.data.num_test if case.data else settings.test_size),
        format_count(settings.batch_size),
        format_count(settings.epochs),
        ", ".join(str(seed) for seed in case.seeds),
        settings.precision,
        settings.device,
        settings.backend,
        yes_no(settings.scaling == "unit"),
    ]


def _resolved_row(label: str, resolved: Resolved) -> list[str]:
    paths = sorted({path.path for path in resolved.layer_paths})
    threads = f"{_threads(resolved.intra_op_threads)} intra, {_threads(resolved.inter_op_threads)} inter"
    return [
        label,
        ", ".join(paths) or "no recurrent layer",
        yes_no(resolved.jit_compile),
        f"{resolved.device} ({resolved.device_name})",
        resolved.precision,
        f"{resolved.backend} {resolved.backend_version}, Keras {resolved.keras_version}",
        threads,
        format_count(resolved.steps_per_execution),
        yes_no(resolved.deterministic),
    ]


def _threads(count: int | None) -> str:
    return "default" if not count else str(count)
