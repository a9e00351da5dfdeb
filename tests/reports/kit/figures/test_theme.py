from __future__ import annotations

import io

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from bench.reports.kit.figures.theme import (
    DPI,
    case_styles,
    draw_label,
    draw_labels,
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
