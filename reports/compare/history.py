"""A metric over many runs: a table for the terminal, a Markdown page with its figure, and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.atomic_file import write_atomic
from bench.compare.history_types import CaseHistory, History, LeftOut, LeftOutReason, LevelChange
from bench.errors import StoreError
from bench.reports.compare.history_figure import MAX_PANELS, draw_history
from bench.reports.kit.cells import Format
from bench.reports.kit.escaping import escape_markdown, escape_terminal
from bench.reports.kit.files import write_figure
from bench.reports.kit.json_document import make_document
from bench.reports.kit.measures import MEASURES, format_effect
from bench.reports.kit.tables import Table, numbers, render_markdown_table, render_plain_table, words
from bench.units import MISSING, counted, format_count, format_percent

_MAX_NAMED = 12
_SMALLEST_P = 0.001
_BOUNDS = (
    "A hollow triangle is an upper bound: some trial had reached the target by its first validation. Bounds are in no "
    "level; name a harder target, or train with --validate-every."
)
_NO_GATE = "This is not a gate: the exit status is 0."
_ABSENCES: Mapping[LeftOutReason, str] = {
    LeftOutReason.OTHER_MACHINE: "fingerprint {fingerprints}",
    LeftOutReason.NOT_STARTED: "no trial started",
    LeftOutReason.OTHER_DATA: "the data set's content is not the latest run's",
    LeftOutReason.OTHER_BUDGET: "an epoch budget of {budget}, the latest run's is {expected}",
    LeftOutReason.OTHER_SETTINGS: "{differs}",
    LeftOutReason.OTHER_TURNS: "in turns, or not, unlike the latest run",
    LeftOutReason.BESIDE_OTHERS: "measured beside others",
    LeftOutReason.NOT_ALL_HIT: "{hits} of {trials} trials reached the target",
    LeftOutReason.NO_FIGURE: "no trial has a value",
    LeftOutReason.DETERMINISTIC: "deterministic operations can be slower",
}


def render_history(history: History) -> str:
    """Return the history for a terminal."""
    table = history_table(history)
    notes = "\n".join(escape_terminal(note) for note in (*word_history_notes(history), _NO_GATE))
    head = escape_terminal(f"{_title(history)}\n{_word_machine(history)}".replace("\n", " · "))
    return f"{head}\n\n{render_plain_table(table.columns, table.rows)}\n\n{notes}"


def write_history(path: Path, history: History) -> Path:
    """Write the page to `path`, its figure beside it as a PNG of the same stem, and return the path.

    Raises:
        StoreError: where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write to {path.parent}: {error.strerror}; name another file with --to") from None
    picture = path.with_suffix(".png")
    is_drawn = write_figure(picture, draw_history(history))
    write_atomic(path, render_history_markdown(history, picture.name if is_drawn else None).encode())
    return path


def render_history_markdown(history: History, picture: str | None) -> str:
    """Return the history as a Markdown page; `picture` is its figure's file, None where there is nothing to draw."""
    table = history_table(history)
    figure = [f"![{escape_markdown(_describe(history))}]({picture})", ""] if picture else []
    return "\n".join(
        [
            f"# {escape_markdown(_title(history))}",
            "",
            escape_markdown(_word_machine(history)),
            "",
            *figure,
            render_markdown_table(table.columns, table.rows),
            "",
            *(f"- {escape_markdown(note)}" for note in word_history_notes(history)),
            "",
        ]
    )


def history_json(history: History) -> dict[str, Any]:
    """Return every figure as values that JSON has; moments are ISO 8601."""
    values: dict[str, Any] = asdict(history)
    for case in values["cases"]:
        for item in (*case["points"], *case["changes"]):
            item["created_at"] = item["created_at"].isoformat()
    return make_document(values)


def history_table(history: History) -> Table:
    """Return one row a change point, and one for each case without any."""
    columns = (
        *words("case"), *numbers("runs"), *words("changed with"), *numbers("level before", "level", "change", "p"),
        *words("verdict"),
    )  # fmt: skip
    rows = tuple(row for case in history.cases for row in _rows(case, history))
    return Table(_title(history), columns, rows)


def word_history_notes(history: History) -> list[str]:
    """Return what a reader must know below the table, as plain text."""
    notes = [f"Left out ({why}): {ids}." for why, ids in _by_reason(history.left_out).items()]
    notes += _word_gaps(history.cases)
    if any(point.is_bound for case in history.cases for point in case.points):
        notes.append(_BOUNDS)
    num_drawn = sum(bool(case.points) for case in history.cases)
    if num_drawn > MAX_PANELS:
        notes.append(f"The figure shows the first {MAX_PANELS} of {format_count(num_drawn)} cases; the table has all.")
    return [
        *notes,
        "A point is a run's mean over its trials. Levels are separated by E-divisive (Matteson and James, 2014) with "
        "permutation tests: of twenty histories without any change, all cases together, at most about one shows one.",
        "A change point means that something changed between two runs: the program, a library, or the machine.",
    ]


def _rows(case: CaseHistory, history: History) -> list[tuple[str, ...]]:
    num_runs = format_count(len(case.points))
    if case.changes:
        return [(case.label, num_runs, *_change_cells(change, history)) for change in case.changes]
    level = _format(history)(case.levels[-1].mean) if case.levels else MISSING
    verdict = "no change found"
    num_bounds = sum(point.is_bound for point in case.points)
    if len(case.points) - num_bounds < case.needs:
        verdict = f"inconclusive: needs at least {case.needs} runs"
        verdict += f" that are no upper bounds, {num_bounds} of these are" if num_bounds else ""
    return [(case.label, num_runs, MISSING, MISSING, level, MISSING, MISSING, verdict)]


def _change_cells(change: LevelChange, history: History) -> tuple[str, ...]:
    text_of = _format(history)
    return (
        change.run_id,
        text_of(change.before),
        text_of(change.after),
        format_effect(change.effect, history.measure),
        _word_p(change.p_value),
        change.verdict,
    )


def _word_p(p_value: float) -> str:
    return f"{p_value:.3f}" if p_value >= _SMALLEST_P else f"< {_SMALLEST_P:g}"


def _format(history: History) -> Format:
    return MEASURES[history.measure][1]


def _title(history: History) -> str:
    name = MEASURES[history.measure][0].format(target=format_percent(history.target))
    return f"History of {name}"


def _word_machine(history: History) -> str:
    return f"{counted(history.num_runs, 'run')} on {history.machine}, fingerprint {history.fingerprint}"


def _word_gaps(cases: Sequence[CaseHistory]) -> list[str]:
    """Name the runs that some cases lack a point of, cases with the same gaps together."""
    labels: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        for gap in _by_reason(case.left_out).items():
            labels.setdefault(gap, []).append(case.label)
    return [f"{', '.join(names)}: without ({why}) {ids}." for (why, ids), names in labels.items()]


def _by_reason(left_out: Sequence[LeftOut]) -> dict[str, str]:
    """Return the runs that were left out for each reason; of many the first few are named, and JSON has all."""
    ids: dict[str, list[str]] = {}
    for left in left_out:
        ids.setdefault(_ABSENCES[left.why].format(**left.data), []).append(left.run_id)
    return {why: _name_some(found) for why, found in ids.items()}


def _name_some(run_ids: Sequence[str]) -> str:
    rest = len(run_ids) - _MAX_NAMED
    return ", ".join(run_ids[:_MAX_NAMED]) + (f", and {format_count(rest)} more" if rest > 0 else "")


def _describe(history: History) -> str:
    changes = [
        f"{case.label} {format_effect(change.effect, history.measure)} with {change.run_id}"
        for case in history.cases
        for change in case.changes
    ]
    return f"{_title(history)} over runs, a panel a case. Change points: {'; '.join(changes) or 'none'}."
