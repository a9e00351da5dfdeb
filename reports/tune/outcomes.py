"""What a tuning came to: a table for the terminal, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.analysis.case_labels import case_labels, changed_settings
from bench.plan.tuning import MIN_GAIN, Search
from bench.reports.kit.cells import cell, explain_intervals, format_number
from bench.reports.kit.escaping import escape_terminal
from bench.reports.kit.json_document import make_document
from bench.reports.kit.tables import Table, numbers, render_plain_table, words
from bench.reports.kit.wording import word_in_turns
from bench.tune.outcome import SearchResult
from bench.units import MISSING, counted, format_count, format_rate, format_ratio


def render_outcomes(outcomes: Sequence[SearchResult]) -> str:
    """Return the outcomes for a terminal."""
    table = outcomes_table(outcomes)
    return f"{render_plain_table(table.columns, table.rows)}\n\n{escape_terminal(table.note)}".rstrip()


def outcomes_table(outcomes: Sequence[SearchResult]) -> Table:
    """Return stock against the best that was found, one row a case."""
    columns = (*words("case", "fastest settings found"), *numbers("stock, as fit costs (examples/s)",
               "found, as fit costs (examples/s)", "found / stock", "first step (s)", "tried"),
               *words("verdict"))  # fmt: skip
    labels = case_labels(outcome.stock for outcome in outcomes)
    rows = tuple((labels[outcome.stock.case_id], *_cells(outcome)) for outcome in outcomes)
    rates = [rate for outcome in outcomes for rate in (outcome.stock_rate, outcome.best_rate)]
    notes = (
        explain_intervals(rates, "Of throughputs"),
        explain_intervals(
            (outcome.gain for outcome in outcomes), "Of the ratio", "pairs that took no part in the search"
        ),
        f"The settings found are used only if the whole interval of the ratio is above {MIN_GAIN:g}×.",
    )
    return Table("Tuning", columns, rows, " ".join(note for note in (*notes, _word_turns(outcomes)) if note))


def _word_turns(outcomes: Sequence[SearchResult]) -> str:
    """Say how the ratios were measured; empty where no trial took turns."""
    told = [(one.num_in_turns, one.gain.n) for one in outcomes if one.gain and one.num_in_turns is not None]
    if not told:
        return ""
    in_turns, pairs = sum(count or 0 for count, _ in told), sum(n for _, n in told)
    return f"The ratios were measured {word_in_turns(in_turns, pairs)}, on {counted(pairs, 'pair')} in all."


def render_searches(searches: Sequence[Search]) -> str:
    """Return what would be tried, most promising first; how many of them the budget decides."""
    parts = []
    for search in searches:
        lines = [", ".join(changed_settings(search.stock, candidate)) for candidate in search.candidates]
        head = f"{search.stock.case_id}: {counted(len(lines), 'candidate')}, {search.budget_s:.0f} s"
        parts.append("\n".join([head, *(f"  {line}" for line in lines)]))
    return "\n".join(escape_terminal(line) for line in "\n".join(parts).splitlines())


def outcomes_json(run_id: str, outcomes: Sequence[SearchResult]) -> dict[str, Any]:
    """Return every figure as values that JSON has; a missing figure is None."""
    return make_document({"run_id": run_id, "cases": [_outcome_json(outcome) for outcome in outcomes]})


def _outcome_json(outcome: SearchResult) -> dict[str, Any]:
    cases = {
        "stock": outcome.stock.model_dump(mode="json"),
        "best": outcome.best and outcome.best.model_dump(mode="json"),
    }
    return {**asdict(outcome), **cases}


def _cells(outcome: SearchResult) -> tuple[str, ...]:
    best = outcome.best
    return (
        ", ".join(changed_settings(outcome.stock, best)) if best else MISSING,
        cell(outcome.stock_rate, format_rate),
        cell(outcome.best_rate, format_rate),
        cell(outcome.gain, format_ratio),
        _first_steps(outcome),
        f"{format_count(outcome.num_tried)} of {format_count(outcome.num_candidates)}",
        word_verdict(outcome),
    )


def _first_steps(outcome: SearchResult) -> str:
    """Return what the first step costs with stock settings and with those found: what a gain must earn back."""
    stock, best = outcome.stock_first_step_s, outcome.best_first_step_s
    return f"{format_number(stock.value)} → {format_number(best.value)}" if stock and best else MISSING


def word_verdict(outcome: SearchResult) -> str:
    """Say whether the settings that were found count, and why not."""
    failed = f"; {format_count(outcome.num_failed)} did not end ok" if outcome.num_failed else ""
    if not outcome.stock_ran:
        return "stock did not end ok, so nothing was tried"
    if not outcome.is_whole:
        return f"not decided: interrupted{failed}"
    if outcome.is_faster:
        return f"tuned{failed}"
    return f"stock settings remain the fastest{failed}"
