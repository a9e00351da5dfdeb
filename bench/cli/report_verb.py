"""`bench report`: rebuild a run's report from its journals."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from bench.api.report import report
from bench.cli.parsing.options import check_targets, list_option, output_option, runs_argument
from bench.reports.run.html import PAGE_NAME

_EPILOG = """
\b
Examples:
  python -m bench report latest
  python -m bench report latest --open                 in the browser
  python -m bench report results/20261122T081500Z-tutorial-3f2a --target-accuracy 0.95,0.97
"""


@click.command("report", epilog=_EPILOG)
@runs_argument
@list_option("--target-accuracy", type=float, help="Validation accuracies to time; default: the suite's.")
@click.option("--open", "is_opened", is_flag=True, help="Show the page in the browser, and print its path instead.")
@output_option
def command(runs: tuple[str, ...], target_accuracy: tuple[float, ...], is_opened: bool, output: Path) -> None:
    """Rebuild the report of each RUN (a folder, an id, latest, or an archive) from its journals, without training.

    Writes report.md and index.html, and prints each report's path on stdout. The same journals give the same bytes.
    """
    targets = check_targets(target_accuracy)
    for name in runs:
        page = report(name, output, targets or None)
        click.echo(_open_page(page.parent) if is_opened else page)


def _open_page(folder: Path) -> Path:
    """Show a run's page in the default browser and return its path, which is what a machine without one needs."""
    page = folder / PAGE_NAME
    if not webbrowser.open(page.resolve().as_uri()):
        click.echo("no browser could be opened; open the page by its path", err=True)
    return page
