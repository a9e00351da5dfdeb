"""Throughput, epoch times, memory, and how quiet the machine was."""

from __future__ import annotations

from bench.analysis.summary_types import CaseSummary, RunSummary, TrialLedger, TrialSummary
from bench.reports.kit.cells import cell, explain_intervals, format_number, number_cell
from bench.reports.kit.tables import Table, numbers, without_empty_columns, words
from bench.reports.kit.wording import LEDGER_WORDS, word_left_out
from bench.units import counted, format_count, format_rate

_MILLI = 1e-3
_GIGA = 1e9
_MEBI = 2.0**20
_MAX_TRIALS = 500  # listed one by one: ten thousand make a page that no browser opens gladly, and GitHub not at all


def throughput_table(summary: RunSummary) -> Table:
    """Return examples per second and the rate of useful operations, one row a case; none for deterministic ones."""
    timed = _timed_cases(summary)
    columns = (
        *words("case"),
        *numbers(
            "as fit costs (examples/s)",
            "steady (examples/s)",
            "achieved GFLOP/s",
            "median step (ms)",
            "95th percentile (ms)",
        ),
    )
    rows = tuple(
        (
            case.label,
            cell(case.fit_throughput, format_rate),
            cell(case.throughput, format_rate),
            number_cell(case.achieved_flops_per_s, _GIGA),
            number_cell(case.step_p50_s, _MILLI),
            number_cell(case.step_p95_s, _MILLI),
        )
        for case in timed
    )
    notes = (
        explain_intervals(rate for case in timed for rate in (case.fit_throughput, case.throughput)),
        _word_untimed(summary),
    )
    return Table("Throughput", columns, rows, " ".join(note for note in notes if note))


def epoch_times_table(summary: RunSummary) -> Table:
    """Return how long an epoch takes, one row a case; none for deterministic ones."""
    columns = (*words("case"), *numbers("training as fit costs (s)", "training, steady (s)", "validation (s)",
               "first step (s)"))  # fmt: skip
    timed = _timed_cases(summary)
    times = [(case.fit_epoch_s, case.steady_epoch_s, case.epoch_val_s, case.first_step_s) for case in timed]
    rows = tuple((case.label, *map(number_cell, row)) for case, row in zip(timed, times, strict=True))
    notes = explain_intervals(interval for row in times for interval in row), _word_untimed(summary)
    return Table("How long an epoch takes", columns, rows, " ".join(note for note in notes if note))


def _timed_cases(summary: RunSummary) -> list[CaseSummary]:
    return [case for case in summary.cases if case.case.reports_times]


def _word_untimed(summary: RunSummary) -> str:
    return word_left_out([case.label for case in summary.cases if not case.case.reports_times])


def ledger_table(summary: RunSummary) -> Table | None:
    """Return where a trial's seconds went, one row a case: means over the trials that told their total."""
    columns = (*words("case"), *numbers(*(f"{name} (s)" for name in LEDGER_WORDS.values()), "whole trial (s)"))
    rows = tuple(_ledger_row(case.label, case.seconds) for case in summary.cases if case.seconds)
    return Table("Where a trial's seconds go", columns, rows) if rows else None


def _ledger_row(label: str, seconds: TrialLedger) -> tuple[str, ...]:
    parts = (getattr(seconds, part) for part in LEDGER_WORDS)
    return (label, *(f"{part:,.2f}" for part in (*parts, seconds.total_s)))


def memory_table(summary: RunSummary) -> Table:
    """Return the peak memory, one row a case."""
    columns = (*words("case"), *numbers("process, resident (MiB)", "device (MiB)"))
    rows = tuple(
        (case.label, number_cell(case.peak_rss_bytes, _MEBI), number_cell(case.peak_device_bytes, _MEBI))
        for case in summary.cases
    )
    note = explain_intervals(
        interval for case in summary.cases for interval in (case.peak_rss_bytes, case.peak_device_bytes)
    )
    return without_empty_columns(Table("Peak memory", columns, rows, note))


def noise_table(summary: RunSummary) -> Table | None:
    """Return each trial's own figures beside its canary's, in the order in which they ran; of thousands the first."""
    columns = (*numbers("order"), *words("case"), *numbers("seed"), *words("status"),
               *numbers("epochs", "as fit costs (examples/s)", "steady (examples/s)", "canary gemm (ms)",
               "canary copy (ms)", "trial (s)"))  # fmt: skip
    trials = [(case, trial) for case in summary.cases for trial in case.trials]
    trials.sort(key=lambda pair: pair[1].index)
    has_turns = any(trial.num_partners for _, trial in trials)
    columns = (*columns, *(words("in turns with") if has_turns else ()))
    rows = tuple(
        (*_noise_row(case, trial), *((_word_partners(trial),) if has_turns else ()))
        for case, trial in trials[:_MAX_TRIALS]
    )
    if not rows:
        return None
    if len(trials) == len(rows):
        return Table("Every trial in the order in which it ran", columns, rows)
    note = (
        f"The first {format_count(len(rows))} of {format_count(len(trials))} trials; "
        f"python -m bench export {summary.run_id} writes all of them."
    )
    return Table("Trials in the order in which they ran", columns, rows, note)


def _word_partners(trial: TrialSummary) -> str:
    return f"{counted(trial.num_partners, 'other')} of its seed" if trial.num_partners else "none: alone"


def _noise_row(case: CaseSummary, trial: TrialSummary) -> tuple[str, ...]:
    return (
        format_count(trial.index + 1),
        case.label,
        str(trial.seed),
        trial.status,
        format_count(trial.num_epochs),
        format_rate(trial.fit_throughput),
        format_rate(trial.throughput),
        format_number(trial.canary_gemm_s, _MILLI),
        format_number(trial.canary_copy_s, _MILLI),
        format_number(trial.total_s),
    )
