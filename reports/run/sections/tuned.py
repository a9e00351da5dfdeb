"""Each network as it comes and at its fastest, and the gap between the families both ways."""

from __future__ import annotations

from bench.analysis.summary_types import Interval, RunSummary
from bench.analysis.tuned_types import Gap, TunedRates, TunedRow
from bench.reports.kit.cells import cell, explain_intervals
from bench.reports.kit.tables import Table, numbers, words
from bench.reports.kit.wording import word_in_turns
from bench.units import format_rate, format_ratio

_STOCK_STANDS = "none: stock settings are the fastest"


def tuned_table(summary: RunSummary) -> Table | None:
    """Return stock beside tuned, one row a stock case; None for a run without `--tuned`."""
    tuned = summary.tuned
    if tuned is None:
        return None
    columns = (*words("case", "tuned settings"),
               *numbers("stock, as fit costs (examples/s)", "tuned, as fit costs (examples/s)",
               "tuned / stock, as fit costs", "stock, steady (examples/s)", "tuned, steady (examples/s)",
               "tuned / stock, steady", "tuned / stock, all of fit"))  # fmt: skip
    has_turns = any(row.steady.num_in_turns is not None for row in tuned.rows)
    rates = [rates for row in tuned.rows for rates in (row.fit, row.steady)]
    pairs = "pairs of one seed" if has_turns else "pairs of neighbours in time"
    bounds = explain_intervals(mean for both in rates for mean in (both.stock, both.tuned))
    notes = (
        bounds,
        explain_intervals([*(both.gain for both in rates), *(row.whole for row in tuned.rows)], "Of the ratio", pairs),
        _word_untuned(tuned.untuned),
    )
    return Table(
        "Stock and tuned",
        (*columns, *(words("ratios") if has_turns else ())),
        tuple((*_cells(row), *((_turns(row),) if has_turns else ())) for row in tuned.rows),
        " ".join(note for note in notes if note),
    )


def gap_sentences(summary: RunSummary) -> tuple[str, ...]:
    """Return one sentence for each two families compared: their gap as they come, and at their best."""
    return tuple(filter(None, map(_word_gap, summary.tuned.gaps if summary.tuned else ())))


def _cells(row: TunedRow) -> tuple[str, ...]:
    return (
        row.stock,
        ", ".join(row.changes) or _STOCK_STANDS,
        *_rates(row.fit),
        *_rates(row.steady),
        cell(row.whole, format_ratio),
    )


def _turns(row: TunedRow) -> str:
    gain = row.steady.gain
    return word_in_turns(row.steady.num_in_turns, gain.n if gain else 0)


def _rates(rates: TunedRates) -> tuple[str, str, str]:
    return cell(rates.stock, format_rate), cell(rates.tuned, format_rate), cell(rates.gain, format_ratio)


def _word_untuned(labels: tuple[str, ...]) -> str:
    return f"Without a tuning: {', '.join(labels)}." if labels else ""


def _word_gap(gap: Gap) -> str:
    if gap.stock is None or gap.best is None:
        return ""
    stock, best = _measured(gap.stock, gap.stock_in_turns), _measured(gap.best, gap.best_in_turns)
    return (
        f"The {gap.recurrent} / {gap.convolutional} gap is {stock} as they come and "
        f"{best} at their best, in training time per example as fit costs."
    )


def _measured(ratio: Interval, num_in_turns: int | None) -> str:
    measured = word_in_turns(num_in_turns, ratio.n)
    return f"{_bounded(ratio)}{f' ({measured})' if measured else ''}"


def _bounded(ratio: Interval) -> str:
    """Return `3.10× (2.95× … 3.26×)`; one seed, or equal ones, carry no interval, and the sentence says so."""
    return cell(ratio, format_ratio) if ratio.low is not None else f"{format_ratio(ratio.value)} (no interval)"
