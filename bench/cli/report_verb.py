"""`bench report`: rebuild a run's report from its journals."""

from __future__ import annotations

from pathlib import Path

import click

from bench.analysis.summary import summarize_run
from bench.cli.options import check_targets, list_option, output_option
from bench.store.run_folder import find_run, load_run
from reports.markdown import write_report

_EPILOG = """
\b
Examples:
  python -m bench report latest
  python -m bench report results/20261122T081500Z-tutorial-3f2a --target-accuracy 0.95,0.97
"""


@click.command("report", epilog=_EPILOG)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@list_option("--target-accuracy", type=float, help="Validation accuracies to time; default: the suite's.")
@output_option
def command(runs: tuple[str, ...], target_accuracy: tuple[float, ...], output: Path) -> None:
    """Rebuild the report of each RUN (a folder, an id, or latest) from its journals, without training.

    Prints each report's path on stdout. The same journals give the same report, byte for byte.
    """
    targets = check_targets(target_accuracy)
    for name in runs:
        run = load_run(find_run(name, output))
        summary = summarize_run(run.record, run.journals, targets or None, set_aside=run.set_aside)
        click.echo(write_report(run.folder, summary))
