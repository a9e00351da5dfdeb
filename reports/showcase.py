"""The README's first screen, rendered from a published run: its figures are never typed by hand.

python -m reports.showcase            write it between the README's markers
"""

from __future__ import annotations

import shlex
from pathlib import Path

from bench.analysis.results import RunSummary
from bench.analysis.summary import summarize_run
from bench.errors import StoreError
from bench.store.run_folder import find_run, load_run, write_atomic
from reports.captions import PLOTS
from reports.headline import headline, verdict
from reports.host import describe_machine
from reports.markdown import FIGURES_FOLDER, REPORT_NAME, render_comparisons
from reports.text import escape_markdown

PUBLISHED = Path(__file__).parent / "published"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- showcase: written by `python -m reports.showcase` -->", "<!-- end of showcase -->"
_PLOT = "accuracy-against-seconds"
_MACHINE_ROWS = ("processor", "cores", "GPU", "tensorflow", "keras")


def render_showcase(summary: RunSummary, folder: str) -> str:
    """Return headline, plot, comparison and origin of a published run; `folder` is relative to the README."""
    plot = next(plot for plot in PLOTS if plot.stem == _PLOT)
    machine = ", ".join(
        f"{name} {value}" for name, value in describe_machine(summary.environment) if name in _MACHINE_ROWS
    )
    parts = [
        f"**{escape_markdown(headline(summary))}** {escape_markdown(verdict(summary))}",
        f"![{escape_markdown(plot.alternative(summary))}]({folder}/{FIGURES_FOLDER}/{_PLOT}.png)",
        render_comparisons(summary),
        f"Measured on {summary.created_at:%Y-%m-%d} ({escape_markdown(machine)}) by `{shlex.join(summary.command)}`; "
        f"[the whole report]({folder}/{REPORT_NAME}) and its journals are in this repository.",
    ]
    return "\n\n".join(parts)


def place(readme: str, showcase: str) -> str:
    """Return the README's text with what stands between its markers replaced.

    Raises:
        StoreError: a marker is missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise StoreError(f"README.md: expected the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{showcase}\n\n{END}{after}"


def published_showcase() -> str:
    """Return the showcase of the latest published run of suite `tutorial`."""
    folder = find_run("latest", PUBLISHED)
    run = load_run(folder)
    summary = summarize_run(run.record, run.journals, set_aside=run.set_aside)
    return render_showcase(summary, f"reports/published/{folder.name}")


def main() -> None:
    """Write the showcase into the README."""
    write_atomic(README, place(README.read_text(encoding="utf-8"), published_showcase()).encode())


if __name__ == "__main__":
    main()
