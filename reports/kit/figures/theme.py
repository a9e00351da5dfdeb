"""One look for every figure: a colour-blind-safe palette with a second cue, one font, one width, the same bytes again.

The palette is Okabe and Ito's (Color Universal Design, 2008), without its yellow, which is too pale on white. A case's
second cue is its marker; dashes tell training from validation and never one case from another. On dark paper each
colour is lightened until small text in it can be read, and for names on white darkened: see `contrast.py`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.import_without import import_without
from bench.reports.kit.escaping import REPLACEMENT, escape_figure, make_visible
from bench.reports.kit.figures.short_names import shorten_together

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH_IN = 8.0
DPI = 144
INK = "#333333"
FAINT = "#8A8A8A"
GRID = "#E4E4E4"
LABEL_LIMIT = 30
_FONT = "DejaVu Sans"  # comes with matplotlib, so every machine draws the same letters
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
_OWN_SETTINGS: dict[str, Any] = {
    "font.family": [_FONT],
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "figure.autolayout": False,  # after `_lay_out` nothing may move
    "figure.constrained_layout.use": False,
    "text.parse_math": False,  # a `$` in a name is a `$`
    "svg.hashsalt": "rnn-or-cnn",
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class CaseStyle:
    """How one case looks in every figure of a report; `name` is its label as a figure can show it."""

    colour: str
    marker: str
    name: str


def case_styles(labels: Iterable[str], limit: int = LABEL_LIMIT) -> Mapping[str, CaseStyle]:
    """Return a style for each label by its place; 7 colours and 10 markers give 70 different pairs."""
    found = list(labels)
    return {
        label: CaseStyle(COLOURS[place % len(COLOURS)], _MARKERS[place % len(_MARKERS)], name)
        for place, (label, name) in enumerate(zip(found, draw_labels(found, limit), strict=True))
    }


@contextmanager
def theme() -> Iterator[None]:
    """Apply the look inside a `with` block and leave matplotlib's settings outside as they were."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only a report pays for

    with import_without("scipy.stats", "scipy.cluster"):  # for densities and trees: as long an import as seaborn's own
        import seaborn as sns  # noqa: PLC0415 - likewise

    # Any: matplotlib's stubs want literal keys, which a dictionary made of seaborn's cannot have.
    settings: Any = {**sns.axes_style("whitegrid"), **sns.plotting_context("paper"), **_OWN_SETTINGS}
    with mpl.rc_context(settings):
        yield


def new_figure(height_in: float, gap: float = 0.02) -> Figure:
    """Return an empty figure of the report's width; `gap` between panels is a share of a panel's width.

    It belongs to no backend, so no window can open and no user's backend is touched.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - see `theme`
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415 - see `theme`

    layout = ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.08, wspace=gap)
    return Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, layout=layout)


def draw_label(text: str, limit: int = LABEL_LIMIT) -> str:
    """Return a name as a figure can show it: inert, short, and U+FFFD for letters that the font does not have."""
    return draw_labels([text], limit)[0]


def draw_labels(texts: Sequence[str], limit: int = LABEL_LIMIT) -> list[str]:
    """Return names that stand in one figure as `draw_label` does, shortened together so that no two are equal."""
    from matplotlib import font_manager  # noqa: PLC0415 - see `theme`

    font = font_manager.get_font(font_manager.findfont(_FONT))
    visible = [
        "".join(char if font.get_char_index(ord(char)) else REPLACEMENT for char in make_visible(text))
        for text in texts
    ]
    return [escape_figure(name) for name in shorten_together(visible, limit)]


def render_png(figure: Figure) -> bytes:
    """Return the figure as PNG; nothing in it tells when or with which version it was made."""
    return _render(figure, "png", {"Software": None})


def render_svg(figure: Figure) -> bytes:
    """Return the figure as SVG without a ground of its own, with letters as outlines and stable ids."""
    return _render(figure, "svg", {"Date": None, "Creator": None}, transparent=True)


def _render(figure: Figure, file_format: str, metadata: dict[str, None], *, transparent: bool = False) -> bytes:
    buffer = io.BytesIO()
    with theme():
        _lay_out(figure)
        figure.savefig(buffer, format=file_format, dpi=DPI, metadata=metadata, transparent=transparent)
    return buffer.getvalue()


def _lay_out(figure: Figure) -> None:
    """Place a figure's parts for good: while it has a layout engine, matplotlib draws it twice for each rendering."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)
