"""Writes `report.md` and its figures; the same journals give the same bytes, so nothing here asks for the time."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

import jinja2

from bench.analysis.results import RunSummary
from bench.errors import StoreError
from bench.store.run_folder import write_atomic
from bench.units import format_count, format_seconds
from reports.captions import PLOTS, Plot
from reports.headline import count_trials, headline, verdict
from reports.sections.accuracy import render_accuracy, render_comparisons, render_targets
from reports.sections.failures import render_failures
from reports.sections.machine import render_evidence, render_machine, render_settings, render_what_ran
from reports.sections.models import model_caveats, render_layer_sheets, render_models
from reports.sections.speed import render_epoch_times, render_memory, render_noise, render_throughput
from reports.text import escape_markdown, fence_markdown
from reports.theme import render_png
from reports.wording import BUDGETS_DIFFER, GLOSSARY, NO_FIGURE, word_caution

REPORT_NAME = "report.md"
FIGURES_FOLDER = "figures"
_TEMPLATE = "report.md.j2"


def write_report(folder: Path, summary: RunSummary) -> Path:
    """Write `figures/*.png` and then `report.md` into the run's folder; return the report's path.

    Each file appears whole or not at all. A figure that has nothing to show is removed if an earlier report left one.

    Raises:
        StoreError: the folder cannot be written.
    """
    figures = folder / FIGURES_FOLDER
    try:
        figures.mkdir(exist_ok=True)
        drawn = [plot.stem for plot in PLOTS if _write_figure(figures, plot, summary)]
    except OSError as error:
        raise StoreError(
            f"cannot write figures into {figures}: {error.strerror}; make the folder writable, then run `bench report`"
        ) from error
    report = folder / REPORT_NAME
    write_atomic(report, render_report(summary, drawn).encode())
    return report


def render_report(summary: RunSummary, drawn: list[str]) -> str:
    """Return the report as Markdown; `drawn` are the stems of the figures that exist."""
    loader = jinja2.PackageLoader("reports", "templates")
    # Not HTML: every value below is Markdown already, and each name in it went through reports.text.
    environment = jinja2.Environment(  # noqa: S701
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(_TEMPLATE).render(_view(summary, drawn))


def _view(summary: RunSummary, drawn: list[str]) -> Mapping[str, object]:
    return {
        **_front(summary),
        "figures": {plot.stem: _place_figure(plot, summary, is_drawn=plot.stem in drawn) for plot in PLOTS},
        "machine": render_machine(summary),
        "settings": render_settings(summary),
        "models": render_models(summary),
        "layer_sheets": render_layer_sheets(summary),
        "accuracy": render_accuracy(summary),
        "comparisons": render_comparisons(summary),
        "throughput": render_throughput(summary),
        "epoch_times": render_epoch_times(summary),
        "targets": render_targets(summary),
        "memory": render_memory(summary),
        "what_ran": render_what_ran(summary),
        "evidence": render_evidence(summary),
        "noise": render_noise(summary),
        "failures": render_failures(summary),
        "cautions": _cautions(summary),
        "remake": _remake(summary),
        "glossary": GLOSSARY,
    }


def _front(summary: RunSummary) -> Mapping[str, str]:
    counts = ", ".join(f"{format_count(count)} {status}" for status, count in sorted(summary.num_by_status.items()))
    return {
        "suite": escape_markdown(summary.suite),
        "host": escape_markdown(summary.environment.hostname),
        "run_id": escape_markdown(summary.run_id),
        "description": escape_markdown(summary.description),
        "created_at": f"{summary.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "trials": f"{count_trials(summary.num_planned)} planned: {counts or 'none ran'}",
        "total": format_seconds(summary.total_s),
        "version": escape_markdown(summary.version),
        "headline": escape_markdown(headline(summary)),
        "verdict": escape_markdown(verdict(summary)),
    }


def _place_figure(plot: Plot, summary: RunSummary, *, is_drawn: bool) -> str:
    if not is_drawn:
        return NO_FIGURE
    alternative = escape_markdown(plot.alternative(summary))
    return f"![{alternative}]({FIGURES_FOLDER}/{plot.stem}.png)\n\n*{escape_markdown(plot.caption(summary))}*"


def _cautions(summary: RunSummary) -> list[str]:
    """Return every caution as one line, with the names of the cases where it does not hold for all."""
    lines = []
    for caution in summary.cautions:
        is_general = {case.label for case in summary.cases} <= set(caution.labels)
        labels = "" if is_general else ", ".join(escape_markdown(label) for label in caution.labels)
        lines.append(f"**{labels}**: {word_caution(caution)}" if labels else word_caution(caution))
    budgets = {case.case.epochs for case in summary.cases}
    return [*lines, *model_caveats(summary), *([BUDGETS_DIFFER] if len(budgets) > 1 else [])]


def _remake(summary: RunSummary) -> str:
    return fence_markdown(f"{shlex.join(summary.command)}\npython -m bench report {summary.run_id}", "sh")


def _write_figure(folder: Path, plot: Plot, summary: RunSummary) -> bool:
    figure = plot.draw(summary)
    path = folder / f"{plot.stem}.png"
    if figure is None:
        path.unlink(missing_ok=True)
        return False
    write_atomic(path, render_png(figure))
    return True
