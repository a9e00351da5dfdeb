"""For command lines under test whose reports are read as text: nobody looks at the figures, and they take long."""

import os
from collections.abc import Callable
from dataclasses import replace

from bench.reports.hardware import page, page_answer
from bench.reports.run import html, markdown
from bench.reports.site import write_site

NO_FIGURES = {"BENCH_TESTS_NO_FIGURES": "1"}  # among the environment variables of a command line that heeds it


def heed_no_figures() -> None:
    """Draw no figures in this process where its environment variables say so."""
    if NO_FIGURES.items() <= os.environ.items():
        draw_no_figures()


def draw_no_figures(set_attribute: Callable[[object, str, object], None] = setattr) -> None:
    """Let this process's reports and pages have none; until a test ends where `set_attribute` is its monkeypatch's."""
    for name, modules in (("PLOTS", (markdown, html)), ("HARDWARE_PLOTS", (page, page_answer, write_site))):
        undrawn = tuple(replace(plot, draw=lambda _: None) for plot in getattr(modules[0], name))
        for module in modules:
            set_attribute(module, name, undrawn)
