"""`bench list`: what there is to train, and what was trained."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.parsing.case_options import case_options
from bench.cli.parsing.options import NearestChoice, list_option, output_option
from bench.data.load import load_dataset
from bench.data.registry import builtin_datasets
from bench.errors import ConfigError
from bench.networks.plugin import known_models, resolve_spec
from bench.plan.suite import builtin_suites
from bench.reports.kit.escaping import escape_terminal
from bench.reports.terminal.listings import list_datasets_table, list_models_table, list_runs_table, list_suites_table
from bench.reports.terminal.model_sheets import render_sheets
from bench.run.model_sheets import read_sheets
from bench.store.find_runs import list_runs, load_readable
from bench.store.run_folder import read_record

_TITLES = ("models", "datasets", "suites", "runs")
_EPILOG = """
\b
Examples:
  python -m bench list
  python -m bench list models
  python -m bench list models -v
  python -m bench list models -v --model mine:build --dataset file.npz
  python -m bench list runs --output results
"""


@click.command("list", epilog=_EPILOG)
@click.argument("what", required=False, type=NearestChoice(_TITLES))
@click.option("-v", "--verbose", is_flag=True, help="Of models: build each, and show its layers.")
@list_option("--model", help="With -v: these alone, by name or package.module:build.")
@click.option("--dataset", default="mnist", show_default=True, help="With -v: the data set to build them for.")
@case_options("validation_split")
@output_option
def command(
    what: str | None,
    verbose: bool,
    model: tuple[str, ...],
    dataset: str,
    validation_split: float | None,
    output: Path,
) -> None:
    """List models, datasets, suites or runs; all four where WHAT is left out."""
    if model and not verbose:
        raise ConfigError("--model goes with -v: it chooses the networks whose layers are shown")
    for index, title in enumerate([what] if what else _TITLES):
        if not what:
            click.secho(f"\n{title}" if index else title, bold=True)
        click.echo(_table(title, output))
        if verbose and title == "models":
            click.echo(f"\n{_sheets(model, dataset, validation_split)}")


def _table(title: str, output: Path) -> str:
    if title == "models":
        return list_models_table(known_models())
    if title == "datasets":
        return list_datasets_table(builtin_datasets())
    if title == "suites":
        return list_suites_table(builtin_suites())
    records, problems = load_readable(list_runs(output), read_record)
    for problem in problems:
        click.echo(f"warning: left out: {escape_terminal(problem)}", err=True)
    return list_runs_table(records) if records else f"there is no run in {output}; start one with `python -m bench run`"


def _sheets(models: tuple[str, ...], dataset: str, validation_split: float | None) -> str:
    """Build the networks in a child process, which takes seconds, and return their layers."""
    for name in models:
        resolve_spec(name)
    return render_sheets(
        read_sheets(models or tuple(known_models()), load_dataset(dataset, validation_split=validation_split))
    )
