"""What the Markdown pages share on their way to the disk: the templates, the figures' files, and a run's front."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from bench.analysis.summary_types import RunSummary
from bench.atomic_file import write_atomic
from bench.reports.kit.escaping import escape_markdown
from bench.reports.kit.theme import render_png
from bench.reports.run.headline import headline, verdict
from bench.reports.terminal.run_view import describe_counts
from bench.units import counted, format_seconds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PUBLISHED = Path(__file__).parents[1] / "published"


def render_template(name: str, values: Mapping[str, object]) -> str:
    """Return a Markdown template filled in; a value that it names and nobody gives is an error."""
    # Not HTML: every value is Markdown already, and each name in it went through bench.reports.kit.escaping.
    environment = jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("bench.reports", "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(values)


def write_figure(path: Path, figure: Figure | None) -> bool:
    """Write a figure as PNG and return True; without one, remove what an earlier report left there.

    Raises:
        StoreError, OSError: where the disk refuses.
    """
    if figure is None:
        path.unlink(missing_ok=True)
        return False
    write_atomic(path, render_png(figure))
    return True


def place_figure(path: str, alternative: str, caption: str) -> str:
    """Return a figure with its words as Markdown; `path` is relative to the page."""
    return f"![{escape_markdown(alternative)}]({path})\n\n*{escape_markdown(caption)}*"


def run_front(summary: RunSummary) -> dict[str, str]:
    """Return what stands at the head of every page about a run, as plain text."""
    return {
        "suite": summary.suite,
        "host": summary.environment.hostname,
        "run_id": summary.run_id,
        "description": summary.description,
        "created_at": f"{summary.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "trials": f"{counted(summary.num_planned, 'trial')} planned: {describe_counts(summary.num_by_status)}",
        "took": _word_total(summary),
        "version": summary.version,
        "headline": headline(summary),
        "verdict": verdict(summary),
    }


def _word_total(summary: RunSummary) -> str:
    """Say how long the trials took, as the end of a sentence; nothing where none has told."""
    if summary.total_s is None:
        return ""
    together = "It took" if summary.num_planned == 1 else "Together they took"
    return f". {together} {format_seconds(summary.total_s)}"
