"""Throughput, epoch times, memory, and how quiet the machine was."""

from __future__ import annotations

from bench.analysis.results import CaseSummary, RunSummary, TrialSummary
from bench.units import format_count, format_rate
from reports.cells import cell, figure_cell, format_figure, with_note
from reports.tables import figures, render_markdown_table, words

_MILLI = 1e-3
_GIGA = 1e9
_MEBI = 2.0**20


def render_throughput(summary: RunSummary) -> str:
    """Return examples per second and the rate of useful operations, one row a case."""
    columns = [*words("case"), *figures("examples/s", "achieved GFLOP/s", "median step (ms)", "95th percentile (ms)")]
    rows = [
        [
            case.label,
            cell(case.throughput, format_rate),
            figure_cell(case.achieved_flops_per_s, _GIGA),
            figure_cell(case.step_p50_s, _MILLI),
            figure_cell(case.step_p95_s, _MILLI),
        ]
        for case in summary.cases
    ]
    return with_note(render_markdown_table(columns, rows), (case.throughput for case in summary.cases))


def render_epoch_times(summary: RunSummary) -> str:
    """Return where an epoch's seconds go, one row a case."""
    columns = [*words("case"), *figures("training per epoch (s)", "validation per epoch (s)", "other per epoch (s)",
               "first step (s)", "start-up (s)")]  # fmt: skip
    times = [
        (case.epoch_train_s, case.epoch_val_s, case.epoch_other_s, case.first_step_s, case.setup_s)
        for case in summary.cases
    ]
    rows = [[case.label, *map(figure_cell, row)] for case, row in zip(summary.cases, times, strict=True)]
    return with_note(render_markdown_table(columns, rows), (interval for row in times for interval in row))


def render_memory(summary: RunSummary) -> str:
    """Return the peak memory, one row a case."""
    columns = [*words("case"), *figures("process, resident (MiB)", "device (MiB)")]
    rows = [
        [case.label, figure_cell(case.peak_rss_bytes, _MEBI), figure_cell(case.peak_device_bytes, _MEBI)]
        for case in summary.cases
    ]
    return render_markdown_table(columns, rows)


def render_noise(summary: RunSummary) -> str:
    """Return every trial's own figures beside its canary's, in the order in which they ran."""
    columns = [*figures("order"), *words("case"), *figures("seed"), *words("status"),
               *figures("epochs", "examples/s", "canary sgemm (ms)", "canary copy (ms)", "trial (s)")]  # fmt: skip
    trials = [(case, trial) for case in summary.cases for trial in case.trials]
    rows = [_noise_row(case, trial) for case, trial in sorted(trials, key=lambda pair: pair[1].index)]
    return render_markdown_table(columns, rows) if rows else ""


def _noise_row(case: CaseSummary, trial: TrialSummary) -> list[str]:
    return [
        format_count(trial.index + 1),
        case.label,
        str(trial.seed),
        trial.status,
        format_count(trial.num_epochs),
        format_rate(trial.throughput),
        format_figure(trial.canary_gemm_s, _MILLI),
        format_figure(trial.canary_copy_s, _MILLI),
        format_figure(trial.total_s),
    ]
