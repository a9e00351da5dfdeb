"""`bench merge`: one run of what several machines or CI jobs made."""

from __future__ import annotations

from pathlib import Path

import click

from bench.api.merge import merge
from bench.cli.notes import tell, warn_of_damage
from bench.cli.parsing.options import output_option, runs_argument, typed_command

_EPILOG = """
\b
Examples:
  python -m bench run --seeds 0-4                              on one machine or in one job
  python -m bench run --seeds 5-9                              in another
  python -m bench export latest --archive job2.tar.gz
  python -m bench merge latest job2.tar.gz
"""


@click.command("merge", epilog=_EPILOG)
@runs_argument
@output_option
def command(runs: tuple[str, ...], output: Path) -> None:
    """Merge RUNs of one suite (folders, ids, latest, or archives), from any machines, into one run.

    Each trial keeps its environment. Prints the new run's folder: report, claims, compare and hardware take it like
    any other.
    """
    merged = merge(runs, output, command=typed_command(), tell=tell)
    warn_of_damage(merged.set_aside)
    click.echo(merged.folder)
