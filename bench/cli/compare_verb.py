"""`bench compare`: two runs, case by case."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.analysis.compare import compare_runs, find_machine_difference
from bench.analysis.evidence import RunJournals
from bench.cli.completion import complete_runs
from bench.cli.options import output_option
from bench.errors import ConfigError, NothingSelectedError
from bench.store.run_folder import LoadedRun, find_run, load_run, write_atomic
from reports.compare import comparison_json, render_comparison, render_comparison_markdown, word_refusal
from reports.text import escape_terminal

_EPILOG = """
\b
Examples:
  python -m bench compare 20261121T081500Z-tutorial-3f2a latest
  python -m bench compare before/ after/ --max-change 0.10 --to changes.md
  python -m bench compare RUN1 RUN2 --json

A ratio within 1 / (1 + max-change) … 1 + max-change by its whole 95 % interval is equivalent, wholly beyond it faster
or slower, and else inconclusive. Runs of different fingerprints are refused with exit status 2.
"""


@click.command("compare", epilog=_EPILOG)
@click.argument("baseline", metavar="A", shell_complete=complete_runs)
@click.argument("other", metavar="B", shell_complete=complete_runs)
@click.option("--max-change", type=float, default=0.05, show_default=True, help="Share below which no change matters.")
@click.option(
    "--max-accuracy-change", type=float, default=0.005, show_default=True, help="The same of accuracy, absolute."
)
@click.option("--force", is_flag=True, help="Compare runs of different fingerprints, and label their times.")
@click.option("--json", "as_json", is_flag=True, help="For a machine: one JSON object on stdout.")
@click.option("--to", type=click.Path(path_type=Path), metavar="FILE.md", help="Write the comparison as Markdown too.")
@output_option
def command(
    baseline: str,
    other: str,
    max_change: float,
    max_accuracy_change: float,
    force: bool,
    as_json: bool,
    to: Path | None,
    output: Path,
) -> None:
    """Compare run B with run A (folders, ids, or latest): speed, first step, time to accuracy, memory, accuracy.

    This is no gate: the exit status is 0 whatever the verdicts are.
    """
    for option, share in (("--max-change", max_change), ("--max-accuracy-change", max_accuracy_change)):
        if not 0 < share < 1:
            raise ConfigError(f"{option}: expected a share between 0 and 1, such as 0.05; received {share:g}")
    loaded_a, loaded_b = (load_run(find_run(name, output)) for name in (baseline, other))
    run_a, run_b = _checked(loaded_a), _checked(loaded_b)
    if run_a.record.run_id == run_b.record.run_id:
        raise ConfigError(f"compare: expected two runs, received {run_a.record.run_id} twice")
    difference = find_machine_difference(run_a, run_b)
    if difference and not force:
        raise ConfigError(word_refusal(difference))
    comparison = compare_runs(run_a, run_b, max_change, max_accuracy_change)
    if not comparison.cases:
        raise NothingSelectedError("compare: no case is in both runs; `python -m bench list runs` says what they hold")
    if to is not None:
        write_atomic(to, render_comparison_markdown(comparison).encode())
    click.echo(json.dumps(comparison_json(comparison), indent=1) if as_json else render_comparison(comparison))
    if to is not None:
        click.echo(to, err=as_json)


def _checked(run: LoadedRun) -> RunJournals:
    """Return a run's journals, with a warning for each that had to be set aside."""
    for problem in run.set_aside:
        click.echo(f"warning: set aside: {escape_terminal(problem)}", err=True)
    return RunJournals(run.record, run.journals)
