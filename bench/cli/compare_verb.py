"""`bench compare`: two runs case by case, or one metric over many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bench.api import compare as api
from bench.api.compare import compare
from bench.atomic_file import write_atomic
from bench.cli.notes import tell, warn_of_damage
from bench.cli.parsing.options import NearestChoice, check_targets, output_option, prepare_file, runs_argument
from bench.compare.history_types import METRICS
from bench.errors import ConfigError
from bench.reports.compare.history import history_json, render_history
from bench.reports.compare.two_runs import comparison_json, render_comparison, render_comparison_markdown

_EPILOG = """
\b
Examples:
  python -m bench compare 20261121T081500Z-tutorial-3f2a latest
  python -m bench compare before.tar.gz latest --max-change 0.10 --to changes.md
  python -m bench compare RUN1 RUN2 --json
  python -m bench compare --history results/* --metric first-step

A ratio within 1 / (1 + max-change) … 1 + max-change by its whole 95 % interval is equivalent, wholly beyond it faster
or slower, and otherwise inconclusive. Two runs of different fingerprints are refused with exit status 2; a history
leaves out those that differ from the latest run's.
"""
_OF_TWO = {"max_change": 0.05, "max_accuracy_change": 0.005, "force": False}
_OF_A_HISTORY = {"metric": "throughput", "target_accuracy": None}


@click.command("compare", epilog=_EPILOG)
@runs_argument
@click.option("--max-change", type=float, help="Share below which no change matters; default: 0.05.")
@click.option("--max-accuracy-change", type=float, help="The same of accuracy, absolute; default: 0.005.")
@click.option("--force", is_flag=True, default=None, help="Compare runs of different fingerprints, labelled.")
@click.option("--history", is_flag=True, help="Plot a metric over all RUNs of one fingerprint, with change points.")
@click.option("--metric", type=NearestChoice(list(METRICS)), help="Of --history; default: throughput.")
@click.option("--target-accuracy", type=float, help="Of `--metric time-to-accuracy`; default: the suite's lowest.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object on stdout.")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="FILE.md",
    help="Write Markdown too; a history always does, with FILE.png beside, by default into the first run's folder.",
)
@output_option
def command(runs: tuple[str, ...], history: bool, as_json: bool, to: Path | None, output: Path, **options: Any) -> None:
    """Compare two RUNs (folders, ids, latest, or archives of `bench export`), the second with the first, or many.

    Speed, first step, time to accuracy, memory and accuracy. This is no gate: the exit status is 0 whatever the
    verdicts are.
    """
    settings = _settings(options, own=_OF_A_HISTORY if history else _OF_TWO, mode="with" if history else "without")
    if to is not None and to.suffix != ".md":
        raise ConfigError(f"--to: expected a file's name ending in .md, received {str(to)!r}")
    prepare_file("--to", to)
    if history:
        _show_history(runs, settings["metric"], settings["target_accuracy"], as_json=as_json, to=to, output=output)
    else:
        _compare_two(runs, settings, as_json=as_json, to=to, output=output)


def _settings(options: dict[str, Any], own: dict[str, Any], mode: str) -> dict[str, Any]:
    """Return the options of one way to compare, and refuse what belongs to the other."""
    given = {name: value for name, value in options.items() if value is not None}
    foreign = next((name for name in given if name not in own), None)
    if foreign is not None:
        raise ConfigError(f"--{foreign.replace('_', '-')}: has no meaning {mode} --history; leave it out")
    return {**own, **given}


def _compare_two(
    names: tuple[str, ...], settings: dict[str, Any], *, as_json: bool, to: Path | None, output: Path
) -> None:
    for name in ("max_change", "max_accuracy_change"):
        if not 0 < settings[name] < 1:
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(f"{option}: expected a share between 0 and 1, such as 0.05; received {settings[name]:g}")
    if len(names) != 2:  # noqa: PLR2004 - A and B
        raise ConfigError(f"compare: expected two runs, received {len(names)}; --history takes any number")
    compared = compare(*names, output, **settings, tell=tell)
    warn_of_damage(compared.set_aside)
    if to is not None:
        write_atomic(to, render_comparison_markdown(compared.change).encode())
    click.echo(
        json.dumps(comparison_json(compared.change), indent=1) if as_json else render_comparison(compared.change)
    )
    if to is not None:
        click.echo(to, err=as_json)


def _show_history(
    names: tuple[str, ...], metric: str, target: float | None, *, as_json: bool, to: Path | None, output: Path
) -> None:
    if target is not None and metric != "time-to-accuracy":
        raise ConfigError(f"--target-accuracy: has no meaning with --metric {metric}; leave it out")
    check_targets(() if target is None else (target,))
    drawn = api.history(
        names, output, METRICS[metric], target=target, to=to, file_name=f"history-{metric}.md", tell=tell
    )
    warn_of_damage(drawn.set_aside)
    click.echo(json.dumps(history_json(drawn.history), indent=1) if as_json else render_history(drawn.history))
    click.echo(drawn.page, err=as_json)
