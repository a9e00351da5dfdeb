from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from bench.reports.kit.figures.theme import (
    DPI,
    INK,
    case_styles,
    draw_label,
    draw_labels,
    ink_on,
    new_figure,
    render_png,
    render_svg,
    theme,
)

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def test_no_two_of_seventy_cases_look_the_same() -> None:
    styles = case_styles(str(place) for place in range(70))
    assert len({(style.colour, style.marker) for style in styles.values()}) == 70


def test_neighbouring_cases_differ_in_colour_and_in_marker() -> None:
    first, second = case_styles(["lstm", "cnn"]).values()
    assert first.colour != second.colour
    assert first.marker != second.marker


def test_long_labels_that_differ_in_their_middle_have_names_that_differ() -> None:
    labels = [f"lstm-fast · batch {size} · 8 steps per execution · 2 inter-op threads" for size in (128, 512)]
    assert [style.name for style in case_styles(labels).values()] == ["batch 128", "batch 512"]
    assert [style.name for style in case_styles(labels, limit=100).values()] == labels


def test_the_look_leaves_the_settings_outside_as_they_were() -> None:
    before = dict(mpl.rcParams)
    with theme():
        assert mpl.rcParams["text.parse_math"] is False
    assert dict(mpl.rcParams) == before


def test_a_figure_has_no_trace_of_when_or_with_what_it_was_made() -> None:
    def draw() -> bytes:
        with theme():
            figure = new_figure(2.0)
            figure.subplots().plot([1, 2], [3, 4])
        return render_png(figure)

    png = draw()
    assert png.startswith(PNG_SIGNATURE)
    assert b"Software" not in png
    assert b"atplotlib" not in png
    assert png == draw()


def test_an_svg_is_the_same_twice() -> None:
    def draw() -> bytes:
        with theme():
            figure = new_figure(2.0)
            figure.subplots().plot([1, 2], [3, 4], label="$x$")
        return render_svg(figure)

    svg = draw()
    assert b"<dc:date>" not in svg
    assert svg == draw()


def test_a_figure_is_laid_out_once_as_matplotlib_lays_it_out() -> None:
    def draw() -> Figure:
        with theme():
            figure = new_figure(2.0)
            figure.subplots(1, 2, sharey=True)[0].set(xlabel="Epoch", ylabel="Accuracy")
        return figure

    ours, theirs = draw(), draw()
    png = render_png(ours)
    with theme():
        theirs.savefig(content := io.BytesIO(), format="png", dpi=DPI, metadata={"Software": None})
    assert png == content.getvalue() == render_png(ours)
    assert ours.get_layout_engine() is None


@pytest.mark.parametrize(("name", "label"), [("数据", "\ufffd\ufffd"), ("_mine", " _mine"), ("a\x1b[1mb", "ab")])
def test_a_label_has_only_letters_that_the_font_can_draw(name: str, label: str) -> None:
    assert draw_label(name) == label


def test_a_long_label_keeps_its_ends() -> None:
    assert draw_label("mypackage.mymodule:build_the_network", limit=15) == "mypacka…network"


def test_labels_that_the_font_makes_alike_are_numbered() -> None:
    assert draw_labels(["数据", "图像"]) == ["\ufffd\ufffd", "\ufffd\ufffd #2"]


def _luminance(rgb: Sequence[float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("opacity", [0.45, 1.0])
def test_what_is_written_on_a_cases_colour_can_be_read(opacity: float) -> None:
    for style in case_styles(map(str, range(7))).values():
        ground = _luminance([part * opacity + 1 - opacity for part in to_rgb(style.colour)])
        ink = _luminance(to_rgb(ink_on(style.colour, opacity)))
        assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4.5


def test_the_usual_ink_is_kept_where_it_can_be_read() -> None:
    assert ink_on("#D55E00", 0.45) == INK
    assert ink_on("#000000", 0.45) == "#000000"
