"""The machine, the data, the settings, and what really ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.analysis.case_labels import unsaid_settings
from bench.analysis.in_force import in_force
from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.kit.cells import yes_no
from bench.reports.kit.data_words import word_data
from bench.reports.kit.machine import describe_machine
from bench.reports.kit.tables import Column, Table, numbers, without_empty_columns, words
from bench.setting_definition import Setting
from bench.settings import TABLE
from bench.store.records import Resolved
from bench.units import MISSING, format_count

# What the data and the model say of a case, in place of the setting's own value.
_CELLS: Mapping[str, Callable[[CaseSummary], str]] = {
    "train_size": lambda case: format_count(case.data.num_train if case.data else case.case.train_size),
    "test_size": lambda case: format_count(case.data.num_test if case.data else case.case.test_size),
}


def machine_table(summary: RunSummary) -> Table:
    """Return what the machine is, one row a fact."""
    rows = tuple(describe_machine(summary.environment))
    return Table("The machine", words("what", "this machine"), rows, is_mixed=True)


def data_sentences(summary: RunSummary) -> list[str]:
    """Return what the networks were trained on, and what was done to the values; one sentence for each data set."""
    return word_data({case.case: case.data for case in summary.cases if case.data})


def settings_table(summary: RunSummary) -> Table:
    """Return what was asked for, one row a case; of `--training own` what the user's compile has."""
    shown = [setting for setting in TABLE.values() if setting.name != "model" and _is_shown(setting, summary.cases)]
    columns = (*words("case"), *(Column(one.heading, is_number=one.kind in (int, float)) for one in shown),
               *numbers("seeds"))  # fmt: skip
    rows = (
        (case.label, *(_cell(setting, case) for setting in shown), ", ".join(str(seed) for seed in case.seeds))
        for case in summary.cases
    )
    return Table("What was asked for", columns, tuple(rows), word_unsaid(summary))


def word_unsaid(summary: RunSummary) -> str:
    """Say what the cases' names leave out, since most have it; empty where that is nothing."""
    unsaid = unsaid_settings(case.case for case in summary.cases)
    return f"Where a case's name says nothing else: {', '.join(unsaid)}." if unsaid else ""


def _is_shown(setting: Setting, cases: Sequence[CaseSummary]) -> bool:
    return setting.is_stated or not all(case.case.is_default(setting.name) for case in cases)


def _cell(setting: Setting, case: CaseSummary) -> str:
    if setting.name in _CELLS:
        return _CELLS[setting.name](case)
    if case.case.training == "own" and setting.is_compiled:
        return _format(in_force(setting.name, case.case, case.resolved))
    value = case.case.stated(setting.name)
    return setting.own or "default" if value is None else _format(value)


def _format(value: object) -> str:
    """Return a value as a cell has it."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return yes_no(value)
    return format_count(value) if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def what_ran_table(summary: RunSummary) -> Table | None:
    """Return what was really in force, read back from the built models."""
    columns = (*words("case", "kernel path", "compiler", "scaled by its own layer", "device", "precision", "backend"),
               *numbers("threads", "steps per execution"), *words("deterministic", "loss", "optimizer"),
               *numbers("first rate", "decay per update"))  # fmt: skip
    rows = tuple(_resolved_row(case.label, case.resolved) for case in summary.cases if case.resolved)
    return without_empty_columns(Table("What really ran", columns, rows)) if rows else None


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


def _resolved_row(label: str, resolved: Resolved) -> tuple[str, ...]:
    paths = sorted({path.path for path in resolved.layer_paths})
    return (
        label,
        ", ".join(paths) or "no recurrent layer",
        _compiler(resolved),
        resolved.prepared_by or MISSING,
        f"{resolved.device} ({resolved.device_name})",
        resolved.precision,
        _libraries(resolved),
        _threads(resolved),
        format_count(resolved.steps_per_execution),
        yes_no(resolved.deterministic),
        resolved.loss or MISSING,
        resolved.optimizer,
        _format(resolved.learning_rate),
        _format(resolved.decay),
    )


def _libraries(resolved: Resolved) -> str:
    """Name what trained: a PyTorch network is trained without Keras."""
    keras = f", Keras {resolved.keras_version}" if resolved.is_of_keras else ""
    return f"{resolved.backend} {resolved.backend_version}{keras}"


def _compiler(resolved: Resolved) -> str:
    """Name what compiled the training step; Keras says only whether something did."""
    name = "TorchInductor" if resolved.backend == "torch" else "XLA"
    return name if resolved.jit_compile else "none"


def _threads(resolved: Resolved) -> str:
    """Return the threads within and between operations; 0 and None both mean that the framework chose."""
    intra, inter = resolved.intra_op_threads or "default", resolved.inter_op_threads or "default"
    return "default" if intra == inter == "default" else f"{intra} intra, {inter} inter"
