"""The machine, the data, the settings, and what really ran."""

from __future__ import annotations

from bench.analysis.results import CaseSummary, RunSummary
from bench.host.environment import Environment
from bench.store.records import Resolved
from bench.units import MISSING, format_bytes, format_count
from reports.cells import yes_no
from reports.tables import figures, render_markdown_table, words

_LIBRARIES = ("keras", "tensorflow", "jax", "torch", "numpy")
_SHORT_COMMIT = 12


def describe_machine(environment: Environment) -> list[tuple[str, str]]:
    """Return what the machine is, as pairs of a name and plain text; for the report and `bench env`."""
    return [
        ("processor", environment.cpu_model or environment.machine),
        ("cores", _describe_cores(environment)),
        ("memory", _describe_memory(environment)),
        ("GPU", "; ".join(f"{gpu.name} ({format_bytes(gpu.memory_bytes)})" for gpu in environment.gpus) or "none"),
        ("system", _join(environment.os, environment.kernel, environment.virtualization)),
        ("Python", environment.python),
        *((name, environment.libraries[name]) for name in _LIBRARIES if name in environment.libraries),
        ("commit", _describe_commit(environment)),
        ("fingerprint", environment.fingerprint),
    ]


def render_machine(summary: RunSummary) -> str:
    """Return the table of the machine."""
    return render_markdown_table(words("machine", ""), describe_machine(summary.environment))


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


def _describe_cores(environment: Environment) -> str:
    physical = environment.num_physical_cores
    text = f"{environment.num_cpus_usable} usable" + (f", {physical} physical" if physical else "")
    limit = environment.cgroup_cpu_limit
    return text if limit is None else f"{text}, limited to {limit:g}"


def _describe_memory(environment: Environment) -> str:
    limit = environment.memory_limit_bytes
    text = format_bytes(environment.memory_bytes)
    return text if limit is None else f"{text}, limited to {format_bytes(limit)}"


def _describe_commit(environment: Environment) -> str:
    if environment.git_commit is None:
        return MISSING
    dirty = " with changes" if environment.git_dirty else ""
    return environment.git_commit[:_SHORT_COMMIT] + dirty


def _join(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
