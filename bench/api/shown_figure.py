"""A figure of a report as a value: it shows itself in a notebook, and can be saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bench.analysis.summary_types import RunSummary
from bench.atomic_file import write_atomic
from bench.errors import ConfigError, NothingSelectedError, suggest
from bench.reports.kit.figures.theme import render_png
from bench.reports.run.captions import PLOTS, Drawing, drawings_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Seconds are the fair comparison, so they are what one word means.
_SHORT = {"accuracy": "accuracy-against-seconds"}
FIGURES = (*_SHORT, *(plot.stem for plot in PLOTS))


@dataclass(frozen=True)
class ShownFigure:
    """A figure with its words: `alternative` says what one sees, `caption` what the marks mean.

    In Jupyter it shows itself; `matplotlib` is the figure for changes of your own.
    """

    matplotlib: Figure
    alternative: str
    caption: str

    @cached_property
    def png(self) -> bytes:
        """The picture as the report has it."""
        return render_png(self.matplotlib)

    def save(self, path: str | Path) -> Path:
        """Write the picture, whole or not at all, and return its path.

        Raises:
            ConfigError: the name does not end in .png.
            StoreError: the disk refuses.
        """
        path = Path(path)
        if path.suffix != ".png":
            raise ConfigError(f"save: expected a file's name ending in .png, received {str(path)!r}")
        write_atomic(path, self.png)
        return path

    def __repr__(self) -> str:
        """Return what one sees, for whoever reads no picture."""
        return self.alternative

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        return self.png, {"alt": self.alternative}


def draw_figure(summary: RunSummary, name: str, dataset: str | None = None) -> ShownFigure:
    """Draw one figure of a run's report.

    Raises:
        ConfigError: for a figure that reports do not have, or where one of several data sets must be named.
        NothingSelectedError: the run has nothing to show in it.
    """
    plots = {plot.stem: plot for plot in PLOTS}
    stem = _SHORT.get(name, name)
    if stem not in plots:
        raise ConfigError(f"figure: expected one of {', '.join(FIGURES)}, received {name!r}{suggest(name, FIGURES)}")
    drawing = _choose(drawings_of(plots[stem], summary), dataset)
    figure = drawing.plot.draw(drawing.summary)
    if figure is None:
        raise NothingSelectedError(f"figure: {summary.run_id} has nothing to show in {stem}")
    return ShownFigure(figure, drawing.alternative, drawing.caption)


def _choose(drawings: tuple[Drawing, ...], dataset: str | None) -> Drawing:
    """Return the drawing of a data set, or the only one."""
    if dataset is None and len(drawings) == 1:
        return drawings[0]
    known = [drawing.dataset or drawing.summary.cases[0].case.dataset for drawing in drawings]
    if dataset not in known:
        received = "since each has a figure of its own"
        if dataset is not None:
            received = f"received {dataset!r}{suggest(dataset, known)}"
        raise ConfigError(f"figure: expected dataset to be one of {', '.join(known)}, {received}")
    return drawings[known.index(dataset)]
