"""`bench site`: one static site of a folder of runs."""

from __future__ import annotations

from pathlib import Path

import click

from bench.api.site import DEFAULT_TITLE, site
from bench.cli.notes import tell

_EPILOG = """
\b
Examples:
  python -m bench site results
  python -m bench site results --output public --title "Nightly, team A"
"""


@click.command("site", epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("site"),
    show_default=True,
    help="Folder to write to: a new or empty one, or one that holds a site.",
)
@click.option("--title", default=DEFAULT_TITLE, show_default=True, help="What the site is called.")
def command(folder: Path, output: Path, title: str) -> None:
    """Make a site of all runs and archives in FOLDER, also in its folders: HTML that needs no server and no network.

    By machine and suite: each run's page, every metric over time with its change points, and machines and devices side
    by side; what became worse comes first. A run that cannot be read is listed with the reason. Prints the first page.
    """
    click.echo(site(folder, output, title=title, tell=tell))
