"""Each network drawn as its layers, from the input at the top to the classes at the bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.networks.flops import LayerSheet
from bench.reports.kit.figures.theme import FAINT, INK, WIDTH_IN, draw_label, draw_labels, new_figure, theme
from bench.units import counted, format_count, format_shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_COLUMNS = 3
MAX_BLOCKS = 24  # more than a page holds; the middle gives way, and the layer sheet has them all
_HALF_WIDTH_IN = 0.88
_BLOCK_IN = 0.3
_EXTRA_IN = 0.17
_ARROW_IN = 0.27
_TITLE_IN = 0.65
_TITLE_LINE_IN = 0.16
_TITLE_LIMIT = 36  # of a name that stands in two lines
_SETTING_EDGE, _OTHERS_EDGE = " · ", " (and "
_LOOP_IN = 0.3
_LABEL_LIMIT = 24
# By the kind of layer, in Okabe and Ito's colours; the kind's own name is the second cue.
_COLOURS = (
    (("LSTM", "GRU", "RNN", "Bidirectional"), "#D55E00"),
    (("Conv",), "#0072B2"),
    (("Pool",), "#56B4E9"),
    (("Dense",), "#009E73"),
)
_RECURRENT = _COLOURS[0][0]

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Block:
    """A layer with those behind it that neither change the shape nor multiply anything, such as dropout and relu."""

    layer: LayerSheet
    input_shape: Shape
    extras: tuple[LayerSheet, ...] = ()
    num_hidden: int = 0

    @property
    def height_in(self) -> float:
        """Height of the drawn block."""
        return _BLOCK_IN + _EXTRA_IN * len(self.extras)


def draw_networks(summary: RunSummary) -> Figure | None:
    """Draw one column of layers for each network; cases whose layers differ by their sizes alone share a drawing."""
    networks = distinct_networks(summary.cases)
    if not networks:
        return None
    columns = min(len(networks), MAX_COLUMNS)
    rows = [networks[start : start + columns] for start in range(0, len(networks), columns)]
    heights = [max(_height_in(blocks) for _, blocks in row) for row in rows]
    with theme():
        figure = new_figure(sum(heights) + 0.2 * len(rows))
        grid = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights)
        for row, panels, height in zip(rows, grid, heights, strict=True):
            for panel in panels:
                panel.set_axis_off()
                panel.set(xlim=(-WIDTH_IN / columns / 2, WIDTH_IN / columns / 2), ylim=(height, 0))
            for panel, (title, blocks) in zip(panels, row, strict=False):
                _draw_network(panel, title, blocks)
    return figure


def distinct_networks(cases: Iterable[CaseSummary]) -> list[tuple[str, list[Block]]]:
    """Return a title and the blocks of each network that has another sequence of layers than those before it."""
    sharing: dict[tuple[str, ...], list[CaseSummary]] = {}
    for case in cases:
        if case.layers:
            sharing.setdefault(tuple(layer.kind for layer in case.layers), []).append(case)
    titles = _titles(list(sharing.values()))
    return [
        (title, shorten_blocks(group_layers(group[0]))) for title, group in zip(titles, sharing.values(), strict=True)
    ]


def _titles(groups: Sequence[Sequence[CaseSummary]]) -> list[str]:
    """Name the models that are built alike, or, where that does not tell, the case that is drawn and how many others.

    It does not tell where sizes differ within a group, nor where a model's setting makes it a network of other layers.
    """
    others = [len({case.layers for case in group}) - 1 for group in groups]
    models = [", ".join(dict.fromkeys(case.case.model for case in group)) for group in groups]
    names = [
        group[0].label if number or models.count(model) > 1 else model
        for group, number, model in zip(groups, others, models, strict=True)
    ]
    return [
        f"{name}{_OTHERS_EDGE}{number} of other sizes)" if number else name
        for name, number in zip(draw_labels(names, _TITLE_LIMIT), others, strict=True)
    ]


def group_layers(case: CaseSummary) -> list[Block]:
    """Return the case's blocks in the order in which data passes them."""
    blocks: list[Block] = []
    shape: Shape = case.data.example_shape if case.data else ()
    for layer in case.layers:
        if blocks and layer.flops == 0 and layer.output_shape == shape:
            last = blocks[-1]
            blocks[-1] = Block(last.layer, last.input_shape, (*last.extras, layer))
        else:
            blocks.append(Block(layer, shape))
        shape = layer.output_shape
    return blocks


def shorten_blocks(blocks: list[Block]) -> list[Block]:
    """Leave the middle of a very deep network out, and note in the block before it how many layers are hidden."""
    if len(blocks) <= MAX_BLOCKS:
        return blocks
    head, tail = blocks[: MAX_BLOCKS * 2 // 3], blocks[-(MAX_BLOCKS // 3) :]
    hidden = sum(1 + len(block.extras) for block in blocks[len(head) : -len(tail)])
    last = head[-1]
    return [*head[:-1], Block(last.layer, last.input_shape, last.extras, num_hidden=hidden), *tail]


def _height_in(blocks: Sequence[Block]) -> float:
    return _TITLE_IN + _ARROW_IN + _BLOCK_IN + sum(block.height_in + _ARROW_IN for block in blocks)


def _draw_network(panel: Axes, title: str, blocks: Sequence[Block]) -> None:
    _draw_title(panel, title)
    _draw_box(panel, _TITLE_IN - _BLOCK_IN / 2, _BLOCK_IN, FAINT)
    y = _TITLE_IN - _BLOCK_IN / 2 + _BLOCK_IN
    panel.text(0, y - _BLOCK_IN / 2, "input", ha="center", va="center", fontsize=8.5)
    shape = format_shape(blocks[0].input_shape)
    for block in blocks:
        _draw_arrow(panel, y, shape)
        y += _ARROW_IN
        _draw_block(panel, y, block)
        y += block.height_in
        hidden = f"  … {counted(block.num_hidden, 'layer')} left out here" if block.num_hidden else ""
        shape = f"{format_shape(block.layer.output_shape)}{hidden}"
    _draw_arrow(panel, y, f"{shape} classes")


def _draw_title(panel: Axes, title: str) -> None:
    """Draw the model, and below it in smaller letters its settings and how many others it stands for.

    Layout does not ask for a title's width: a long one would narrow the boxes of all networks.
    """
    lines = title.replace(_SETTING_EDGE, "\n", 1).replace(_OTHERS_EDGE, f"\n{_OTHERS_EDGE.lstrip()}").split("\n")
    for place, line in enumerate(reversed(lines)):
        size = 10.0 if place == len(lines) - 1 else 8.0
        y = _TITLE_IN - _BLOCK_IN / 2 - _TITLE_LINE_IN * (place + 0.8)
        panel.text(0, y, line, ha="center", va="center", fontsize=size, color=INK).set_in_layout(False)


def _draw_block(panel: Axes, y: float, block: Block) -> None:
    """Draw a layer's box with its kind and parameters, the layers that belong to it below, and a recurrent loop."""
    layer = block.layer
    colour = _colour(layer.kind)
    _draw_box(panel, y, block.height_in, colour)
    middle = y + _BLOCK_IN / 2
    count = f"  {format_count(layer.num_params)}" if layer.num_params else ""
    kind = draw_label(layer.kind, _LABEL_LIMIT - len(count))
    panel.text(0, middle, f"{kind}{count}", ha="center", va="center", fontsize=8.5, color=INK)
    for place, extra in enumerate(block.extras):
        below = y + _BLOCK_IN + _EXTRA_IN * (place + 0.4)
        panel.text(0, below, draw_label(extra.kind, _LABEL_LIMIT), ha="center", va="center", fontsize=7.5, color=INK)
    if _is_kind(layer.kind, _RECURRENT):
        _draw_loop(panel, middle, block.input_shape, colour)


def _draw_box(panel: Axes, y: float, height: float, colour: str) -> None:
    """Draw a filled box whose outline is its colour; the fill is so light that text stays readable."""
    from matplotlib.colors import to_rgba  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    box = FancyBboxPatch(
        (-_HALF_WIDTH_IN, y), 2 * _HALF_WIDTH_IN, height, boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=to_rgba(colour, 0.16), edgecolor=colour, linewidth=1.2,
    )  # fmt: skip
    panel.add_patch(box)


def _draw_arrow(panel: Axes, y: float, text: str) -> None:
    """Draw an arrow down to the next block, with the shape of what passes along it."""
    panel.annotate(
        "", (0, y + _ARROW_IN), (0, y), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 0.9, "shrinkA": 0,
                                                    "shrinkB": 0, "mutation_scale": 8},
    )  # fmt: skip
    panel.text(0.1, y + _ARROW_IN / 2, text, ha="left", va="center", fontsize=7.5, color=INK)


def _draw_loop(panel: Axes, middle: float, input_shape: Shape, colour: str) -> None:
    """Draw the state that a recurrent layer hands from one step to the next."""
    edge = -_HALF_WIDTH_IN
    panel.annotate(
        "", (edge, middle - 0.07), (edge, middle + 0.07),
        arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0,
                    "mutation_scale": 8, "connectionstyle": "arc3,rad=-1.6"},
    )  # fmt: skip
    steps = format_count(input_shape[0]) if input_shape and input_shape[0] else "all"
    panel.text(edge - _LOOP_IN, middle, f"{steps}\nsteps", ha="center", va="center", fontsize=7, color=INK)


def _colour(kind: str) -> str:
    return next((colour for parts, colour in _COLOURS if _is_kind(kind, parts)), FAINT)


def _is_kind(kind: str, parts: Sequence[str]) -> bool:
    return any(part in kind for part in parts)
