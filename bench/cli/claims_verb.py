"""`bench claims`: what a tutorial says, judged by journals."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.api.claims import claims
from bench.claims.claims_file import DEFAULT_CLAIMS
from bench.cli.notes import tell, warn_of_damage
from bench.cli.parsing.options import output_option, runs_argument
from bench.reports.claims.page import claims_json, render_claims_table

_EPILOG = """
\b
Examples:
  python -m bench run claims                          train what the claims need; hours, and resumable
  python -m bench claims latest
  python -m bench claims RUN1 RUN2 --claims mine.toml
"""


@click.command("claims", epilog=_EPILOG)
@runs_argument
@click.option(
    "--claims", "name", default=DEFAULT_CLAIMS, show_default=True, help="A claim set's name, or a .toml file."
)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object on stdout.")
@output_option
def command(runs: tuple[str, ...], name: str, as_json: bool, output: Path) -> None:
    """Judge claims by the journals of all RUNs (folders, ids, latest, or archives).

    Each is supported, refuted, inconclusive or not tested. Prints a table, and last on stdout the path of a page with
    all evidence, written beside the first run's report.
    """
    judged = claims(runs, output, name, tell=tell)
    warn_of_damage(judged.set_aside)
    if as_json:
        click.echo(json.dumps(claims_json(judged.claims, judged.findings, judged.run_ids), indent=1))
        return
    click.echo(f"{render_claims_table(judged.findings)}\n")
    click.echo(judged.page)
