"""Two runs beside each other: a table for the terminal, Markdown, and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench.compare.two_runs_types import CaseChange, MachineDifference, MeasureChange, NotComparable, RunChange
from bench.reports.kit.cells import cell, explain_intervals, word_more
from bench.reports.kit.escaping import escape_markdown, escape_terminal
from bench.reports.kit.json_document import make_document
from bench.reports.kit.measures import MEASURES, format_effect
from bench.reports.kit.tables import Table, numbers, render_markdown_table, render_plain_table, words
from bench.units import (
    counted,
    format_percent,
)

_WHYS: Mapping[NotComparable, str] = {
    NotComparable.NO_FIGURE: "trials with a value: {a} in A, {b} in B; both need at least 2",
    NotComparable.DATA_DIFFERS: "the data sets' contents differ",
    NotComparable.BUDGETS_DIFFER: "the epoch budgets differ: {a} and {b}",
    NotComparable.NO_COMMON_SEED: "no seed is in both runs",
    NotComparable.BETWEEN_VALIDATIONS: "it depends on when between two validations each trial reached it; "
    "name a harder target, or train with --validate-every",
    NotComparable.NOT_ALL_HIT: "reached on {a} of the {seeds} shared seeds in A, on {b} in B",
    NotComparable.DETERMINISTIC: "deterministic operations can be slower",
}


def render_comparison(comparison: RunChange) -> str:
    """Return the comparison for a terminal."""
    table = comparison_table(comparison)
    head = f"A  {comparison.run_a}\nB  {comparison.run_b}"
    notes = "\n".join(escape_terminal(note) for note in word_notes(comparison))
    return f"{head}\n\n{render_plain_table(table.columns, table.rows)}\n\n{notes}"


def render_comparison_markdown(comparison: RunChange) -> str:
    """Return the comparison as Markdown: a page of its own, or a comment."""
    table = comparison_table(comparison)
    return "\n".join(
        [
            "# Two runs compared",
            "",
            f"A is {escape_markdown(comparison.run_a)}, B is {escape_markdown(comparison.run_b)}.",
            "",
            render_markdown_table(table.columns, table.rows),
            "",
            *(f"- {escape_markdown(note)}" for note in word_notes(comparison)),
            "",
        ]
    )


def comparison_json(comparison: RunChange) -> dict[str, Any]:
    """Return every figure as values that JSON has; a missing figure is None."""
    return make_document(asdict(comparison))


def comparison_table(comparison: RunChange) -> Table:
    """Return one row a case and measure."""
    columns = (
        *words("case", "measure"),
        *numbers("A", "B", "B / A, or B − A", "trials"),
        *words("verdict", "because"),
    )
    rows = tuple(_cells(case, row) for case in comparison.cases for row in case.rows)
    return Table("Two runs", columns, rows, is_mixed=True)


def word_refusal(difference: MachineDifference) -> str:
    """Say which machines the runs come from, in which parts they differ, and what to do; one line each, and inert."""
    lines = [
        "compare: expected runs with one fingerprint and the same settings, since times are comparable only within one",
        f"A has {', '.join(difference.fingerprints_a)}; B has {', '.join(difference.fingerprints_b)}",
        *(f"{field}: {a} in A, {b} in B" for field, a, b in difference.fields),
    ]
    if not difference.fields:
        lines.append("both environments read the same, so different versions of the program made the fingerprints")
    lines.append("use `bench hardware` to compare machines, or --force to compare anyway, with a label")
    return "\n".join(map(escape_terminal, lines))


def word_notes(comparison: RunChange) -> list[str]:
    """Return what a reader must know below the table, as plain text."""
    notes = [_word_machines(comparison.machines)] if comparison.machines else []
    for case in comparison.cases:
        notes += _word_not_ok(case)
    notes += [f"Only in A: {', '.join(comparison.only_a)}."] if comparison.only_a else []
    notes += [f"Only in B: {', '.join(comparison.only_b)}."] if comparison.only_b else []
    band = f"1 / {1 + comparison.max_change:g} … {1 + comparison.max_change:g}"
    effects = (row.effect for case in comparison.cases for row in case.rows)
    bounds = explain_intervals(effects, values="trials a side")
    return [
        *notes,
        *([bounds] if bounds else []),
        f"Equivalent: the whole interval is within {band} (accuracy: ±{comparison.max_accuracy_change:g}). Changed: "
        "all of it is outside. Otherwise: inconclusive.",
        "Times, throughputs and sizes are compared unpaired: the runs were not interleaved, so a drift of the machine "
        "between them looks like a change. Accuracies are paired by seed, not interleaved.",
        "Verdicts are not corrected for their number: of twenty values that did not change, about one may look "
        "changed.",
    ]


def _word_machines(difference: MachineDifference) -> str:
    a, b = ", ".join(difference.fingerprints_a), ", ".join(difference.fingerprints_b)
    parts = "; ".join(f"{field}: {ours} in A, {theirs} in B" for field, ours, theirs in difference.fields)
    if a == b:
        return f"Settings differ: {parts}"
    return f"Machines differ: fingerprint {a} in A, {b} in B. {parts}".rstrip()


def _word_not_ok(case: CaseChange) -> list[str]:
    return [
        f"{case.label}: {failed} of {counted(total, 'trial')} in {side} did not end ok; "
        "their completed epochs count for throughput and first step."
        for side, failed, total in zip("AB", case.num_not_ok, case.num_trials, strict=True)
        if failed
    ]


def _cells(case: CaseChange, row: MeasureChange) -> tuple[str, ...]:
    name, text_of = MEASURES[row.measure]
    return (
        case.label,
        name.format(target=format_percent(row.target)),
        text_of(row.a),
        text_of(row.b),
        _effect_cell(row),
        f"{row.num_a} / {row.num_b}",
        row.verdict,
        word_because(row),
    )


def word_because(row: MeasureChange) -> str:
    """Say what keeps a row from a verdict, and what must be known of its figures."""
    parts = [*(str(label) for label in row.labels)] if row.why is None else []
    if row.why is not None:
        parts.append(_WHYS[row.why].format(**row.data))
    if row.verdict == "inconclusive":
        parts.append(_word_open(row))
    return "; ".join(filter(None, parts))


def _word_open(row: MeasureChange) -> str:
    num_values = row.effect.n if row.effect else 0
    if row.needs is not None and num_values < row.needs:
        equal = ", since equal values have no spread" if num_values > 1 else ""
        return f"needs at least {_count_values(row, row.needs)}{equal}"
    if row.num_more is None:
        return ""
    if row.kind == "difference":
        return f"{word_more(row.num_more, 'more shared seed')} would decide"
    return f"{word_more(row.num_more, 'more trial')} a side would decide"


def _count_values(row: MeasureChange, count: int) -> str:
    """Return `2 shared seeds`, or `1 trial a side`."""
    return counted(count, "shared seed") if row.kind == "difference" else f"{counted(count, 'trial')} a side"


def _effect_cell(row: MeasureChange) -> str:
    return cell(row.effect, lambda effect: format_effect(effect, row.measure))
