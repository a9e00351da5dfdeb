"""Writes `report.md` and its figures; the same journals give the same bytes, so nothing here asks for the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.analysis.summary_types import RunSummary
from bench.atomic_file import write_atomic
from bench.errors import StoreError
from bench.reports.kit.answer import Answer
from bench.reports.kit.escaping import escape_markdown, fence_markdown, make_visible
from bench.reports.kit.files import place_figure, render_template, write_figure
from bench.reports.kit.glossary import report_words
from bench.reports.kit.tables import Table, render_markdown, render_titled
from bench.reports.kit.values import report_notes
from bench.reports.kit.wording import NO_FIGURE
from bench.reports.run.captions import PLOTS, Drawing, Plot, drawings_of
from bench.reports.run.front import remake_commands, run_front
from bench.reports.run.html import write_page
from bench.reports.run.sections.accuracy import accuracy_tables, classes_table, comparison_tables
from bench.reports.run.sections.cautions import word_cautions
from bench.reports.run.sections.failures import (
    NO_FAILURE,
    failures_table,
    name_lists,
    not_run_table,
    output_tails,
    superseded_table,
)
from bench.reports.run.sections.machine import (
    data_sentences,
    evidence_table,
    machine_table,
    settings_table,
    what_ran_table,
)
from bench.reports.run.sections.models import layer_tables, models_table
from bench.reports.run.sections.speed import (
    epoch_times_table,
    ledger_table,
    memory_table,
    noise_table,
    throughput_table,
)
from bench.reports.run.sections.target_sweep import comparison_sentences, sweep_tables
from bench.reports.run.sections.time_to_target import targets_tables
from bench.reports.run.sections.tuned import gap_sentences, tuned_table
from bench.store.run_folder import FIGURES_FOLDER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPORT_NAME = "report.md"
_TEMPLATE = "report.md.j2"
_MAX_UNFOLDED = 30  # epochs of a table that stands open
# In a line of raw HTML a backslash is a backslash; what Markdown or GitHub's formulas would read stands as an entity.
_ENTITIES = str.maketrans({character: f"&#{ord(character)};" for character in "&<>\"'$`*_~|#[]\\"})


def write_report(folder: Path, summary: RunSummary, answers: Sequence[Answer] = ()) -> Path:
    """Write `figures/*.png`, `index.html` and then `report.md` into the run's folder; return the report's path.

    Each file appears whole or not at all. A figure that has nothing to show is removed if an earlier report left one.
    The page opens with `answers`.

    Raises:
        StoreError: the folder cannot be written.
    """
    figures = folder / FIGURES_FOLDER
    try:
        figures.mkdir(parents=True, exist_ok=True)
        drawings = [drawing for plot in PLOTS for drawing in drawings_of(plot, summary)]
        drawn = {drawing.stem: figure for drawing in drawings if (figure := _write_figure(figures, drawing))}
    except OSError as error:
        raise StoreError(
            f"cannot write figures into {figures}: {error.strerror}; make the folder writable, then run `bench report`"
        ) from error
    write_page(folder, summary, drawn, answers)
    report = folder / REPORT_NAME
    write_atomic(report, render_report(summary, list(drawn)).encode())
    return report


def render_report(summary: RunSummary, drawn: list[str]) -> str:
    """Return the report as Markdown; `drawn` are the stems of the figures that exist."""
    return render_template(_TEMPLATE, _view(summary, drawn))


def _view(summary: RunSummary, drawn: list[str]) -> Mapping[str, object]:
    return {
        **{name: escape_markdown(text) for name, text in run_front(summary).items()},
        "figures": {plot.stem: _place_figures(plot, summary, drawn) for plot in PLOTS},
        "machine": render_markdown(machine_table(summary)),
        "data": [escape_markdown(sentence) for sentence in data_sentences(summary)],
        "settings": render_markdown(settings_table(summary)),
        "models": render_markdown(models_table(summary)),
        "layer_sheets": _join(_fold(table) for table in layer_tables(summary)),
        "accuracy": _render_accuracy(accuracy_tables(summary)),
        "classes": render_markdown(classes_table(summary)),
        "comparisons": render_comparisons(summary),
        "throughput": render_markdown(throughput_table(summary)),
        "tuned": render_markdown(tuned_table(summary)),
        "gaps": [escape_markdown(sentence) for sentence in gap_sentences(summary)],
        "epoch_times": render_markdown(epoch_times_table(summary)),
        "ledger": render_markdown(ledger_table(summary)),
        "targets": render_titled(targets_tables(summary)),
        "sweep": render_titled(sweep_tables(summary)),
        "sentences": [escape_markdown(sentence) for sentence in comparison_sentences(summary)],
        "memory": render_markdown(memory_table(summary)),
        "what_ran": render_markdown(what_ran_table(summary)),
        "evidence": render_markdown(evidence_table(summary)),
        "noise": render_markdown(noise_table(summary)),
        "failures": _failures(summary),
        "cautions": word_cautions(summary, escape_markdown),
        "remake": _remake(summary),
        "notes": report_notes(),
        "glossary": report_words(),
    }


def _place_figures(plot: Plot, summary: RunSummary, drawn: list[str]) -> str:
    placed = [
        place_figure(f"{FIGURES_FOLDER}/{one.stem}.png", one.alternative, one.caption)
        for one in drawings_of(plot, summary)
        if one.stem in drawn
    ]
    if not placed:
        return "" if any(case.curve.points for case in summary.cases) else NO_FIGURE
    return _join(placed)


def render_comparisons(summary: RunSummary) -> str:
    """Return one table for each two compared cases under its title; only the first stands unfolded.

    A note that all of them have stands once, below the last.
    """
    tables = comparison_tables(summary)
    notes = {table.note for table in tables}
    shared = notes.pop() if len(tables) > 1 and len(notes) == 1 else ""
    if shared:
        tables = tuple(replace(table, note="") for table in tables)
    first = [f"**{escape_markdown(table.title)}**\n\n{render_markdown(table)}" for table in tables[:1]]
    return _join([*first, *map(_fold, tables[1:]), escape_markdown(shared)])


def _render_accuracy(tables: Sequence[Table]) -> str:
    """Return the tables of accuracy per epoch; longer ones are folded, and a note on all of them is not."""
    if max((len(table.rows) for table in tables), default=0) <= _MAX_UNFOLDED:
        return _join(map(render_markdown, tables))
    return _join([*(_fold(replace(table, note="")) for table in tables), *(escape_markdown(t.note) for t in tables)])


def _failures(summary: RunSummary) -> str:
    tails = [_fold_text(title, fence_markdown(text)) for title, text in output_tails(summary)]
    lists = [f"{title}: {', '.join(map(escape_markdown, names))}." for title, names in name_lists(summary)]
    tables = [
        render_markdown(failures_table(summary)),
        render_markdown(superseded_table(summary)),
        *tails,
        *lists,
        render_markdown(not_run_table(summary)),
    ]
    return _join(tables) or NO_FAILURE


def _fold(table: Table) -> str:
    return _fold_text(table.title, render_markdown(table))


def _fold_text(title: str, text: str) -> str:
    return f"<details><summary>{make_visible(title).translate(_ENTITIES)}</summary>\n\n{text}\n\n</details>"


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _remake(summary: RunSummary) -> str:
    return fence_markdown("\n".join(remake_commands(summary)), "sh")


def _write_figure(folder: Path, drawing: Drawing) -> Figure | None:
    figure = drawing.plot.draw(drawing.summary)
    write_figure(folder / f"{drawing.stem}.png", figure)
    return figure
