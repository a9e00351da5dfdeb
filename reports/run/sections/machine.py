"""The machine, the data, the settings, and what really ran."""

from __future__ import annotations

from bench.analysis.results import CaseSummary, RunSummary
from bench.reports.kit.cells import yes_no
from bench.reports.kit.machine import describe_machine
from bench.reports.kit.tables import Table, numbers, words
from bench.store.records import Resolved
from bench.units import format_count


def machine_table(summary: RunSummary) -> Table:
    """Return what the machine is, one row a fact."""
    rows = tuple(describe_machine(summary.environment))
    return Table("The machine", words("what", "this machine"), rows, is_mixed=True)


def settings_table(summary: RunSummary) -> Table:
    """Return what was asked for, one row a case."""
    columns = (*words("case", "data"), *numbers("training", "validation", "batch", "epochs", "seeds"),
               *words("precision", "device", "backend", "pixels / 255"))  # fmt: skip
    return Table("What was asked for", columns, tuple(_settings_row(case) for case in summary.cases))


def what_ran_table(summary: RunSummary) -> Table | None:
    """Return what was really in force, read back from the built models."""
    columns = (*words("case", "kernel path", "XLA", "device", "precision", "backend"),
               *numbers("threads", "steps per execution"), *words("deterministic"))  # fmt: skip
    rows = tuple(_resolved_row(case.label, case.resolved) for case in summary.cases if case.resolved)
    return Table("What really ran", columns, rows) if rows else None


def evidence_table(summary: RunSummary) -> Table | None:
    """Return what proves each recurrent layer's kernel; None without recurrent layers."""
    rows = tuple(
        (case.label, path.layer, path.path, path.evidence)
        for case in summary.cases
        if case.resolved
        for path in case.resolved.layer_paths
    )
    columns = words("case", "layer", "kernel path", "evidence")
    return Table("What proves the kernel paths", columns, rows) if rows else None


def _settings_row(case: CaseSummary) -> tuple[str, ...]:
    settings = case.case
    return (
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
    )


def _resolved_row(label: str, resolved: Resolved) -> tuple[str, ...]:
    paths = sorted({path.path for path in resolved.layer_paths})
    return (
        label,
        ", ".join(paths) or "no recurrent layer",
        yes_no(resolved.jit_compile),
        f"{resolved.device} ({resolved.device_name})",
        resolved.precision,
        f"{resolved.backend} {resolved.backend_version}, Keras {resolved.keras_version}",
        _threads(resolved),
        format_count(resolved.steps_per_execution),
        yes_no(resolved.deterministic),
    )


def _threads(resolved: Resolved) -> str:
    """Return the threads within and between operations; 0 and None both mean that the framework chose."""
    intra, inter = resolved.intra_op_threads or "default", resolved.inter_op_threads or "default"
    return "default" if intra == inter == "default" else f"{intra} intra, {inter} inter"
