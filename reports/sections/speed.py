"""Throughput, epoch times, memory, and how quiet the machine was."""

from __future__ import annotations

from bench.analysis.results import CaseSummary, RunSummary, TrialSummary
from bench.units import format_count, format_rate, format_seconds, format_si
from reports.cells import bytes_cell, cell, explain_intervals, rate_cell, seconds_cell
from reports.tables import figures, render_markdown_table, words


def render_throughput(summary: RunSummary) -> str:
    """Return examples per second and the rate of useful operations, one row a case."""
    columns = [*words("case"), *figures("examples/s", "achieved FLOP/s", "step, median", "step, 95th percentile")]
    rows = [
        [
            case.label,
            rate_cell(case.throughput),
            cell(case.achieved_flops_per_s, lambda value: format_si(value, "FLOP/s")),
            seconds_cell(case.step_p50_s),
            seconds_cell(case.step_p95_s),
        ]
        for case in summary.cases
    ]
    return _with_note(render_markdown_table(columns, rows), summary)


def render_epoch_times(summary: RunSummary) -> str:
    """Return where an epoch's seconds go, one row a case."""
    columns = [*words("case"), *figures("training per epoch", "validation per epoch", "other per epoch", "first step",
               "start-up")]  # fmt: skip
    rows = [
        [
            case.label,
            *(
                seconds_cell(interval)
                for interval in (
                    case.epoch_train_s, case.epoch_val_s, case.epoch_other_s, case.first_step_s, case.setup_s,
                )
            ),
        ]
        for case in summary.cases
    ]  # fmt: skip
    return render_markdown_table(columns, rows)


def render_memory(summary: RunSummary) -> str:
    """Return the peak memory, one row a case."""
    columns = [*words("case"), *figures("process (resident)", "device")]
    rows = [[case.label, bytes_cell(case.peak_rss_bytes), bytes_cell(case.peak_device_bytes)] for case in summary.cases]
    return render_markdown_table(columns, rows)


def render_noise(summary: RunSummary) -> str:
    """Return every trial's own figures beside its canary's, in the order in which they ran."""
    columns = [*figures("order"), *words("case"), *figures("seed"), *words("status"),
               *figures("epochs", "examples/s", "canary sgemm", "canary copy", "whole trial")]  # fmt: skip
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
        format_seconds(trial.canary_gemm_s),
        format_seconds(trial.canary_copy_s),
        format_seconds(trial.total_s),
    ]


def _with_note(table: str, summary: RunSummary) -> str:
    note = explain_intervals(case.throughput for case in summary.cases)
    return f"{table}\n\n{note}" if note else table
