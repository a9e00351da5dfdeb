"""Lists the published reports by machine and date, rebuilt from their journals.

python -m tools.gallery            write reports/published/README.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from bench.analysis.run_summary import summarize_loaded
from bench.analysis.summary_types import RunSummary
from bench.atomic_file import write_atomic
from bench.errors import StoreError
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.machines import MeasuredRun
from bench.reports.gpu.page import GPU_REPORT_NAME
from bench.reports.hardware.page import HARDWARE_REPORT_NAME
from bench.reports.hardware.wording import answer
from bench.reports.kit.escaping import escape_markdown
from bench.reports.kit.files import PUBLISHED
from bench.reports.kit.machine import describe_host
from bench.reports.run.front import count_ok
from bench.reports.run.headline import headline
from bench.reports.run.html import PAGE_NAME
from bench.reports.run.markdown import REPORT_NAME
from bench.store.ceilings_file import read_ceilings
from bench.store.find_runs import list_runs
from bench.store.run_folder import LoadedRun, load_run

GALLERY_NAME = "README.md"
_INTRODUCTION = """# Published reports

Reference runs by machine and date. Each folder holds the journals, so every figure can be made again:
`python -m bench report reports/published/RUN`, and `python -m bench hardware reports/published/RUN` where there is a
hardware report. Times compare within one machine alone.
`python -m tools.gallery` writes this page."""

_PAGES = {PAGE_NAME: "page", HARDWARE_REPORT_NAME: "hardware report", GPU_REPORT_NAME: "what the GPU runs"}
_PROOFS_HEADING = "What the gate catches, and what it lets pass"


@dataclass(frozen=True)
class GalleryEntry:
    """One published run: its folder's name, which pages it has besides its report, and what it found."""

    folder: str
    pages: tuple[str, ...]
    machine: str
    created_at: datetime
    suite: str
    trials: str
    headline: str


def collect_entries(published: Path) -> list[GalleryEntry]:
    """Return every run of a folder, by machine and then by date.

    Raises:
        StoreError: a run's record is damaged.
    """
    entries = (_entry(folder) for folder in list_runs(published))
    return sorted(entries, key=lambda entry: (entry.machine, entry.created_at, entry.folder))


def collect_proofs(published: Path) -> list[str]:
    """Return the folders of the gate's proofs that have a report, in the order of their dates."""
    return sorted(path.parent.name for path in published.glob(f"gate-*/{REPORT_NAME}"))


def render_gallery(entries: Iterable[GalleryEntry], proofs: Sequence[str] = ()) -> str:
    """Return the page as Markdown; what a run says of itself is inert in it. `proofs` are folders of the gate's."""
    parts = [_INTRODUCTION]
    for machine, group in groupby(entries, key=lambda entry: entry.machine):
        parts += [f"## {escape_markdown(machine)}", *(_render_entry(entry) for entry in group)]
    if len(parts) == 1:
        parts.append("No run is published yet.")
    if proofs:
        links = (f"- [{escape_markdown(name)}]({name}/{REPORT_NAME})" for name in proofs)
        parts += [f"## {_PROOFS_HEADING}", "\n".join(links)]
    return "\n\n".join(parts) + "\n"


def write_gallery(published: Path = PUBLISHED) -> Path:
    """Write the page into the folder of the published runs, and return its path.

    Raises:
        StoreError: the folder does not exist, or cannot be written.
    """
    if not published.is_dir():
        raise StoreError(f"expected a folder of published runs, {published} does not exist; create it")
    path = published / GALLERY_NAME
    write_atomic(path, render_gallery(collect_entries(published), collect_proofs(published)).encode())
    return path


def _entry(folder: Path) -> GalleryEntry:
    run = load_run(folder)
    summary = summarize_loaded(run)
    return GalleryEntry(
        folder=folder.name,
        pages=tuple(name for name in _PAGES if (folder / name).is_file()),
        machine=describe_host(summary.environment),
        created_at=summary.created_at.astimezone(UTC),
        suite=summary.suite,
        trials=count_ok(summary),
        headline=_headline(summary, run),
    )


def _headline(summary: RunSummary, run: LoadedRun) -> str:
    """Return what the run's main report answers: the hardware report of a run on several devices."""
    if len({journal.start.case.device for journal in run.journals}) <= 1:
        return headline(summary)
    return answer(summarize_hardware([MeasuredRun(run.record, run.journals, read_ceilings(run.folder))]))


def _render_entry(entry: GalleryEntry) -> str:
    pages = "".join(f", [{_PAGES[name]}]({entry.folder}/{name})" for name in entry.pages)
    return (
        f"**{entry.created_at:%Y-%m-%d} · suite {escape_markdown(entry.suite)} · {entry.trials} ok**: "
        f"[report]({entry.folder}/{REPORT_NAME}){pages}\n\n{escape_markdown(entry.headline)}"
    )


def main() -> None:
    """Write the page and print its path."""
    print(write_gallery())


if __name__ == "__main__":
    main()
