"""For command lines under test whose reports are read as text: nobody looks at the figures, and they take long."""

import os
from collections.abc import Callable
from dataclasses import replace

from bench.reports.run import html, markdown

NO_FIGURES = {"BENCH_TESTS_NO_FIGURES": "1"}  # among the environment variables of a command line that heeds it


def heed_no_figures() -> None:
    """Draw no figures in this process where its environment variables say so."""
    if NO_FIGURES.items() <= os.environ.items():
        draw_no_figures()


def draw_no_figures(set_attribute: Callable[[object, str, object], None] = setattr) -> None:
    """Let this process's reports and pages have none; until a test ends where `set_attribute` is its monkeypatch's."""
    undrawn = tuple(replace(plot, draw=lambda _: None) for plot in html.PLOTS)
    for module in (markdown, html):
        set_attribute(module, "PLOTS", undrawn)
