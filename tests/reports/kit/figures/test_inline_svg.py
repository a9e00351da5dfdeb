from __future__ import annotations

import re

import pytest
from matplotlib.figure import Figure

from bench.reports.kit.figures.inline_svg import inline_svg
from bench.reports.kit.figures.theme import COLOURS, INK, new_figure, theme

HOSTILE = "--></svg><script>alert(1)</script>"


@pytest.fixture
def figure() -> Figure:
    with theme():
        made = new_figure(2.0)
        panel = made.subplots()
        panel.plot([1, 2], [3, 4], color=COLOURS[0], label=HOSTILE)
        panel.set_title(HOSTILE, color=INK)
    return made


def test_an_inline_figure_has_no_style_that_a_strict_policy_refuses(figure: Figure) -> None:
    svg = inline_svg(figure, "one", "A line")
    assert "style" not in svg
    assert "xlink" not in svg


def test_its_colours_are_the_pages_own(figure: Figure) -> None:
    svg = inline_svg(figure, "one", "A line")
    assert 'stroke="var(--case-0)"' in svg
    assert 'fill="var(--drawn)"' in svg
    assert COLOURS[0].lower() not in svg


def test_names_in_it_are_inert_and_its_words_are_read_aloud(figure: Figure) -> None:
    svg = inline_svg(figure, "one", f'A "line" {HOSTILE}')
    assert "<script" not in svg
    assert "<!--" not in svg
    assert 'role="img" aria-label="A &quot;line&quot; --&gt;&lt;/svg&gt;' in svg


def test_two_figures_on_a_page_share_no_id_and_every_reference_is_found(figure: Figure) -> None:
    first, second = (inline_svg(figure, name, "A line") for name in ("one", "two"))
    ids = [re.findall(r' id="([^"]+)"', svg) for svg in (first, second)]
    assert not set(ids[0]) & set(ids[1])
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', first)) == set(ids[0])
    assert first == inline_svg(figure, "one", "A line")
