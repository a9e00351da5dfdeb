"""The colours of text and of dark pages: as the figures have them, moved until small text in them can be read.

One table, `page_colours`, serves the page's own chart and the figures within it, so that both agree, light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

from bench.reports.kit.figures.theme import COLOURS, FAINT, GRID, INK

PAPER = "#FFFFFF"
DARK_PAPER = "#14171A"
READABLE = 4.5  # the least contrast of small text with its ground (WCAG 2.2, 1.4.3)
_STEPS = 100
_BLACK = "#000000"  # white on dark paper, and not the grey that can just be read


@cache
def readable(colour: str, ground: str = PAPER) -> str:
    """Return a colour in which small text can be read on a ground: itself, or as little darker or lighter as needed."""
    towards = 0.0 if _luminance(_rgb(ground)) > 0.5 else 1.0  # noqa: PLR2004 - half the light
    for step in range(_STEPS + 1):
        mixed = [part + (towards - part) * step / _STEPS for part in _rgb(colour)]
        found = "#" + "".join(f"{round(part * 255):02X}" for part in mixed)
        if contrast(found, ground) >= READABLE:
            return found
    raise AssertionError("unreachable: black or white can be read on every ground")


def contrast(a: str, b: str) -> float:
    """Return the ratio of two colours' relative luminances, as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(_rgb(a)), _luminance(_rgb(b))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def page_colours() -> Mapping[str, tuple[str, str]]:
    """Map each name that a page's style has for a figure's colour to the colour on white and on dark paper.

    `case-0` is that of the first case's curve, `name-0` that of its name. What is drawn on a figure in one of the first
    column's colours has that name in the page.
    """
    dark = {colour: PAPER if colour == _BLACK else readable(colour, DARK_PAPER) for colour in COLOURS}
    cases = {f"case-{place}": (colour, dark[colour]) for place, colour in enumerate(COLOURS)}
    names = {f"name-{place}": (readable(colour), dark[colour]) for place, colour in enumerate(COLOURS)}
    shared = {
        "paper": (PAPER, DARK_PAPER),
        "drawn": (INK, "#D5DAE0"),
        "faint": (FAINT, "#8F98A1"),
        "grid": (GRID, "#2E353C"),
    }
    return {**shared, **names, **cases}


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))


def _luminance(rgb: Sequence[float]) -> float:
    """Return the relative luminance of an sRGB colour, as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4) for part in rgb]  # noqa: PLR2004
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
