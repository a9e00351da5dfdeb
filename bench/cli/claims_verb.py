"""`bench claims`: what a tutorial says, judged by journals."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.analysis.run_journals import RunJournals
from bench.claims.claims_file import DEFAULT_CLAIMS, load_claims
from bench.claims.judge import judge_claims
from bench.cli.named_runs import warn_of_damage
from bench.cli.options import output_option, runs_argument
from bench.reports.claims.page import claims_json, render_claims_table, write_claims
from bench.store.find_runs import find_run
from bench.store.run_folder import load_run

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
@click.option("--json", "as_json", is_flag=True, help="For a machine: one JSON object on stdout.")
@output_option
def command(runs: tuple[str, ...], name: str, as_json: bool, output: Path) -> None:
    """Judge claims by the journals of all RUNs (folders, ids, or latest): supported, refuted, inconclusive, not tested.

    Prints a table, and last on stdout the path of a page with all evidence, written beside the first run's report.
    """
    claims = load_claims(name)
    loaded = [load_run(folder) for folder in dict.fromkeys(find_run(run, output) for run in runs)]
    warn_of_damage(loaded)
    findings = judge_claims(claims, [RunJournals(run.record, run.journals) for run in loaded])
    run_ids = [run.record.run_id for run in loaded]
    page = write_claims(loaded[0].folder, claims, findings, run_ids, name)
    if as_json:
        click.echo(json.dumps(claims_json(claims, findings, run_ids), indent=1))
        return
    click.echo(f"{render_claims_table(findings)}\n")
    click.echo(page)
