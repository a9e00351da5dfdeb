from __future__ import annotations

import pytest

from bench.reports.kit.figures.contrast import DARK_PAPER, PAPER, contrast, page_colours, readable
from bench.reports.kit.figures.theme import COLOURS, INK


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("ground", [PAPER, DARK_PAPER])
def test_a_name_in_a_cases_colour_can_be_read(ground: str) -> None:
    assert all(contrast(readable(colour, ground), ground) >= 4.5 for colour in COLOURS)


def test_a_colour_that_can_be_read_is_kept() -> None:
    assert readable("#0072B2") == "#0072B2"
    assert readable(INK) == INK


def test_every_text_of_a_page_can_be_read_on_both_papers() -> None:
    colours = page_colours()
    for name in (one for one in colours if one.startswith("name-") or one == "drawn"):
        light, dark = colours[name]
        assert contrast(light, PAPER) >= 4.5
        assert contrast(dark, DARK_PAPER) >= 4.5


def test_a_case_has_one_colour_in_curve_and_name_on_dark_paper() -> None:
    colours = page_colours()
    assert all(colours[f"case-{place}"][1] == colours[f"name-{place}"][1] for place in range(len(COLOURS)))
