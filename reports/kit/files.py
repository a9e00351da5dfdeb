"""What the Markdown pages share on their way to the disk: the templates, and the figures' files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from bench.atomic_file import write_atomic
from bench.reports.kit.escaping import escape_markdown
from bench.reports.kit.figures.theme import render_png

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
