"""For command lines under test whose reports are read as text: nobody looks at the figures, and they take long."""

import os
from dataclasses import replace

from bench.reports.run import html, markdown

NO_FIGURES = {"BENCH_TESTS_NO_FIGURES": "1"}  # among the environment variables of a command line that heeds it


def heed_no_figures() -> None:
    """Draw no figures in this process where its environment variables say so."""
    if NO_FIGURES.items() <= os.environ.items():
        draw_no_figures()


def draw_no_figures() -> None:
    """Let this process's reports and pages have none."""
    markdown.PLOTS = html.PLOTS = tuple(replace(plot, draw=lambda _: None) for plot in html.PLOTS)
