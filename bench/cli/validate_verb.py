"""`bench validate`: whether a stranger's run is in itself what it says."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.api.validate import validate
from bench.cli.exit_status import status_of_checked
from bench.cli.parsing.completion import complete_runs
from bench.cli.parsing.options import output_option
from bench.reports.validate.flaws import checked_json, render_checked

_EPILOG = """
\b
Examples:
  python -m bench validate node7.tar.gz
  python -m bench validate results                     every run and archive in it
  python -m bench validate pull-request/*.tar.gz --json

The exit status is 0 where all runs are valid, 1 where one is not, and 2 where a name is no run. Figures
that were made up consistently are not detected.
"""


@click.command("validate", epilog=_EPILOG)
@click.argument("archives", metavar="ARCHIVE...", nargs=-1, required=True, shell_complete=complete_runs)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object on stdout.")
@output_option
def command(archives: tuple[str, ...], as_json: bool, output: Path) -> int:
    """Check other people's runs, as archives or folders, and say in a sentence each what is wrong.

    Journals are read strictly and within limits of size; ids, fingerprints and settings must agree, a trial's seconds
    must add up to its wall time, and bundled data sets must have their checksums. Nothing of a run is executed.
    """
    checked = validate(archives, output)
    click.echo(json.dumps(checked_json(checked), indent=1) if as_json else render_checked(checked))
    return status_of_checked(checked)
