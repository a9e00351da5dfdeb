"""`bench list`: what there is to train, and what was trained."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.options import output_option
from bench.data.registry import builtin_datasets
from bench.plan.suite import builtin_suites
from bench.store.run_folder import list_runs, read_record
from models.registry import builtin_models
from reports.listing import list_datasets_table, list_models_table, list_runs_table, list_suites_table

_TITLES = ("models", "datasets", "suites", "runs")
_EPILOG = """
\b
Examples:
  python -m bench list
  python -m bench list models
  python -m bench list runs --output results
"""


@click.command("list", epilog=_EPILOG)
@click.argument("what", required=False, type=click.Choice(_TITLES))
@output_option
def command(what: str | None, output: Path) -> None:
    """List models, datasets, suites or runs; all four where WHAT is left out."""
    for index, title in enumerate([what] if what else _TITLES):
        if not what:
            click.secho(f"\n{title}" if index else title, bold=True)
        click.echo(_table(title, output))


def _table(title: str, output: Path) -> str:
    if title == "models":
        return list_models_table(builtin_models())
    if title == "datasets":
        return list_datasets_table(builtin_datasets())
    if title == "suites":
        return list_suites_table(builtin_suites())
    records = [read_record(folder) for folder in list_runs(output)]
    return list_runs_table(records) if records else f"no run is in {output}; start one with `python -m bench run`"
