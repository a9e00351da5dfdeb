"""Writes `index.html`: one file without a network, under a policy that lets nothing run but what this house wrote.

Every value that the template prints passes through `make_visible` and is escaped, unless it is markup made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from bench.analysis.summary_types import RunSummary
from bench.atomic_file import write_atomic
from bench.reports.kit.answer import Answer, AnswerPart
from bench.reports.kit.escaping import escape_html, make_visible
from bench.reports.kit.figures.contrast import page_colours
from bench.reports.kit.figures.inline_svg import inline_svg
from bench.reports.kit.glossary import report_words
from bench.reports.kit.page_shell import content_policy, find_template, read_static
from bench.reports.kit.values import report_notes
from bench.reports.kit.wording import NO_FIGURE
from bench.reports.run.captions import PLOTS, Plot, drawings_of
from bench.reports.run.front import remake_commands, run_front
from bench.reports.run.page_data import (
    X_AXES,
    cases_with_curves,
    datasets_with_curves,
    first_target,
    lowest_target,
    opening_table,
    page_data,
)
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
    word_unsaid,
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
from bench.reports.run.thin_curves import word_thin_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE_NAME = "index.html"
_TEMPLATE = "report.html.j2"
_SCRIPTS = (
    "uplot/uPlot.iife.min.js", "page/theme.js", "page/tables.js", "page/scale.js", "page/marks.js", "page/chart.js",
    "page/share.js", "page/target.js",
)  # fmt: skip
_STYLES = ("uplot/uPlot.min.css", "page/page.css")
_STATIC_PLOTS = ("networks", "share-reached", "throughput", "epoch-seconds")
_CODE = re.compile(r"`([^`]*)`")
_COMMAND = re.compile(r"`((?:python -m )?bench [^`]*|--[^`]*)`")
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=[%×])")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def write_page(
    folder: Path, summary: RunSummary, drawn: Mapping[str, Figure] | None = None, answers: Sequence[Answer] = ()
) -> Path:
    """Write `index.html` into the run's folder, whole or not at all, and return its path; see `render_page`.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = folder / PAGE_NAME
    write_atomic(path, render_page(summary, drawn, answers).encode())
    return path


def render_page(summary: RunSummary, drawn: Mapping[str, Figure] | None = None, answers: Sequence[Answer] = ()) -> str:
    """Return the report as one HTML page; the same summary gives the same bytes.

    Args:
        summary: the run's.
        drawn: the figures of `captions.PLOTS` by stem where they were drawn before, since drawing takes most of the
            time; those that have nothing to show are not in it.
        answers: what was asked of the run besides; the page opens with them.
    """
    return find_template(_TEMPLATE, _printed).render(_view(summary, drawn, answers))


def _printed(value: object) -> object:
    """Return what the template prints: markup as it is, all else as visible text with its units on the same line.

    A command that an error advises is code; other backticks may be a name's own.
    """
    if isinstance(value, Markup):
        return value
    text = _BEFORE_UNIT.sub("\u00a0", make_visible(str(value)))
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text)))) if "`" in text else text  # noqa: S704 - escaped


def markup_words(text: str) -> Markup:
    """Return a sentence of `kit.wording` with its code and bold marked up; `escape_html` made its names inert."""
    marked = _BOLD.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", text))
    return Markup(_BEFORE_UNIT.sub("\u00a0", marked))  # noqa: S704 - escaped before


def _view(summary: RunSummary, drawn: Mapping[str, Figure] | None, answers: Sequence[Answer]) -> Mapping[str, object]:
    script, style = read_static(_SCRIPTS), f"{_colours()}{read_static(_STYLES)}"
    tables = _tables(summary)
    return {
        **run_front(summary),
        "remake": remake_commands(summary),
        **tables,
        "contents": _contents(tables, answers),
        "answers": [{**vars(answer), "parts": [*map(_part, answer.parts)]} for answer in answers],
        "datasets": datasets_with_curves(summary),
        "unsaid": word_unsaid(summary),
        "script": Markup(script),  # noqa: S704 - our own files
        "style": Markup(style),  # noqa: S704 - our own files
        "policy": content_policy(style, script),
        "data": page_data(summary),
        "axes": X_AXES,
        "thin_curves": word_thin_curves(summary),
        "has_curves": bool(cases_with_curves(summary)),
        "no_figure": NO_FIGURE,
        "target_percent": first_target(summary) * 100,
        "lowest_percent": lowest_target(summary) * 100,
        "figures": _figures(summary, drawn),
        "cautions": [markup_words(line) for line in word_cautions(summary, escape_html)],
        "notes": {name: markup_words(note) for name, note in report_notes().items()},
        "glossary": [(word, markup_words(str(escape(meaning)))) for word, meaning in report_words()],
    }


def _contents(tables: Mapping[str, object], answers: Sequence[Answer]) -> Mapping[str, str]:
    """Return the page's sections in their order, each anchor with its heading; those without anything are not there."""
    asked = {answer.key: answer.title for answer in answers}
    own = {
        "curves": "Accuracy against time",
        "comparison": "The comparison",
        "speed": "Throughput",
        "tuned": "Stock and tuned",
        "before": "Before you quote this",
        "failed": "What failed",
        "behind": "Networks, machine and settings",
        "again": "Reproduce it",
        "words": "Words",
    }
    missing = {"comparison": "comparisons", "tuned": "tuned"}
    return asked | {key: title for key, title in own.items() if key not in missing or tables[missing[key]]}


def _part(part: AnswerPart) -> Mapping[str, object]:
    figures = [
        {"svg": inline_svg(one.figure, one.name, one.alternative), "alternative": one.alternative,
         "caption": one.caption}
        for one in part.figures
    ]  # fmt: skip
    return {**vars(part), "figures": figures, "notes": [*map(markup_words, part.notes)]}


def _tables(summary: RunSummary) -> Mapping[str, object]:
    return {
        "opening": opening_table(summary),
        "targets": targets_tables(summary),
        "sweep": sweep_tables(summary),
        "sentences": comparison_sentences(summary),
        "accuracy": accuracy_tables(summary),
        "classes": classes_table(summary),
        "comparisons": comparison_tables(summary),
        "throughput": throughput_table(summary),
        "tuned": tuned_table(summary),
        "gaps": gap_sentences(summary),
        "epoch_times": epoch_times_table(summary),
        "ledger": ledger_table(summary),
        "memory": memory_table(summary),
        "models": models_table(summary),
        "layers": layer_tables(summary),
        "machine": machine_table(summary),
        "data_sentences": data_sentences(summary),
        "settings": settings_table(summary),
        "what_ran": what_ran_table(summary),
        "evidence": evidence_table(summary),
        "noise": noise_table(summary),
        "failures": failures_table(summary),
        "superseded": superseded_table(summary),
        "not_run": not_run_table(summary),
        "name_lists": name_lists(summary),
        "output_tails": [(title, text.splitlines()) for title, text in output_tails(summary)],
        "no_failure": NO_FAILURE,
    }


def _figures(summary: RunSummary, drawn: Mapping[str, Figure] | None) -> Mapping[str, list[Mapping[str, object]]]:
    """Return the figures that do not move, with their words; those with nothing to show stay out."""
    return {plot.stem: [*_drawings(plot, summary, drawn)] for plot in PLOTS if plot.stem in _STATIC_PLOTS}


def _drawings(plot: Plot, summary: RunSummary, drawn: Mapping[str, Figure] | None) -> Iterator[Mapping[str, object]]:
    for drawing in drawings_of(plot, summary):
        figure = plot.draw(drawing.summary) if drawn is None else drawn.get(drawing.stem)
        if figure is not None:
            svg = inline_svg(figure, drawing.stem, drawing.alternative)
            yield {"svg": svg, "alternative": drawing.alternative, "caption": drawing.caption}


def _colours() -> str:
    """Return the style of the colours that figures and chart share, on white and on dark paper."""
    light, dark = ("".join(f"--{name}:{pair[place]};" for name, pair in page_colours().items()) for place in range(2))
    return (
        f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        f":root[data-theme=dark]{{{dark}}}\n"
    )
