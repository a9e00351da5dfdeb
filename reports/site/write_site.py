"""Writes a site: pages of HTML that ask for nothing from anywhere; the same runs give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.atomic_file import write_atomic
from bench.compare.history_types import History
from bench.errors import ConfigError, StoreError
from bench.hardware.hardware_types import HardwareSummary
from bench.reports.compare.history import render_history_markdown
from bench.reports.compare.history_figure import draw_history
from bench.reports.hardware.page import HARDWARE_PLOTS, render_hardware_report
from bench.reports.kit.answer import Answer
from bench.reports.kit.figures.theme import render_svg
from bench.reports.kit.html_page import render_html_page
from bench.reports.kit.json_document import make_document
from bench.reports.run.html import render_page
from bench.reports.site.addresses import (
    DOCUMENT_NAME,
    INDEX_NAME,
    hardware_address,
    history_address,
    is_page,
    root_from,
    run_address,
)
from bench.reports.site.index import name_metric, render_index
from bench.site.site_types import Site, SiteRun, Worsening
from bench.store.files import strict_json
from bench.store.files.bounded_file import read_bounded
from bench.store.run_folder import FIGURES_FOLDER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_DOCUMENT_BYTES = 64 << 20
_FIGURE = "figure.svg"


def prepare_output(output: Path) -> None:
    """Refuse a folder that holds anything but a site: what stands in it would be mixed with pages, or replaced.

    Raises:
        ConfigError: for a file, or a folder with other content.
        StoreError: where the folder cannot be read or made.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        is_free = (output / DOCUMENT_NAME).is_file() or not any(output.iterdir())
    except FileExistsError:
        is_free = False
    except OSError as error:
        raise StoreError(f"--output: cannot write to {output}: {error.strerror}; name another folder") from None
    if not is_free:
        raise ConfigError(
            f"--output: expected a new or empty folder, or one that holds a site ({DOCUMENT_NAME}), received {output}"
        )


def write_run(output: Path, one: SiteRun, answers: Sequence[Answer]) -> None:
    """Write a run's own page, made anew from its journals; it opens with what the run answers.

    Raises:
        StoreError: where the disk refuses.
    """
    _write(output / run_address(one.run_id), render_page(one.summary, answers=answers))


def write_site(output: Path, site: Site, title: str) -> Path:
    """Write every page but those of the runs, which `write_run` writes, then what a program reads.

    Pages of an earlier site that are no more are taken away. Each file appears whole or not at all. Returns the path of
    the first page.

    Raises:
        StoreError: where the disk refuses.
    """
    before = _read_pages(output)
    written = [run_address(one.run_id) for one in site.runs]
    for address, page in _pages(site, title):
        _write(output / address, page)
        written.append(address)
    index = output / INDEX_NAME
    _write(index, _render(render_index(site, title), title, "", title, {}))
    for address in sorted(before - set(written)):
        (output / address).unlink(missing_ok=True)
    _write(output / DOCUMENT_NAME, json.dumps(site_json(site, written), indent=1) + "\n")
    return index


def site_json(site: Site, pages: list[str]) -> dict[str, Any]:
    """Return what is on the site as values that JSON has; `pages` are the addresses of all but the first."""
    return make_document(
        {
            "runs": [
                {
                    "run_id": one.run_id,
                    "suite": one.run.record.suite.name,
                    "created_at": one.run.record.created_at.isoformat(),
                    "page": run_address(one.run_id),
                }
                for one in site.runs
            ],
            "worse": [_worsening_json(one) for one in site.worsenings],
            "not_read": [asdict(one) for one in site.unread],
            "pages": pages,
        }
    )


def _worsening_json(one: Worsening) -> Mapping[str, Any]:
    return {
        "fingerprint": one.machine.environment.fingerprint,
        "suite": one.suite,
        "case_id": one.case.case_id,
        "label": one.case.label,
        "metric": one.metric,
        **asdict(one.change),
        "created_at": one.change.created_at.isoformat(),
        "now": one.now,
        "now_effect": one.now_effect,
        "page": history_address(one.machine, one.suite, one.metric),
    }


def _pages(site: Site, title: str) -> Iterator[tuple[str, str]]:
    """Yield every history and what stands side by side with their addresses, one at a time: there may be hundreds."""
    for machine in site.machines:
        for suite in machine.suites:
            for metric, history in suite.histories.items():
                address = history_address(machine, suite.suite, metric)
                name = f"{suite.suite}: {name_metric(metric, history)}"
                yield address, _render_history(history, address, title, name)
    for suite_name, summary in site.side_by_side.items():
        address = hardware_address(suite_name)
        yield address, _render_hardware(summary, address, title, suite_name)


def _render_history(history: History, address: str, title: str, name: str) -> str:
    figures = _draw({_FIGURE: draw_history(history)})
    moments = {point.run_id: point.created_at for case in history.cases for point in case.points}
    links = [
        f"- [{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC]({root_from(address)}{run_address(run_id)})"
        for run_id, moment in sorted(moments.items(), key=lambda item: (item[1], item[0]), reverse=True)
    ]
    page = render_history_markdown(history, _FIGURE if figures else None)
    return _render("\n".join([page, "## The runs", "", *links, ""]), name, address, title, figures)


def _render_hardware(summary: HardwareSummary, address: str, title: str, suite: str) -> str:
    drawn = {plot.stem: plot.draw(summary) for plot in HARDWARE_PLOTS}
    figures = _draw({f"{FIGURES_FOLDER}/{stem}.png": figure for stem, figure in drawn.items()})
    stems = [stem for stem, figure in drawn.items() if figure is not None]
    return _render(render_hardware_report(summary, stems), f"{suite}: side by side", address, title, figures)


def _draw(figures: Mapping[str, Figure | None]) -> dict[str, bytes]:
    return {address: render_svg(figure) for address, figure in figures.items() if figure is not None}


def _render(markdown: str, name: str, address: str, title: str, figures: Mapping[str, bytes]) -> str:
    full = name if name == title else f"{name} · {title}"
    return render_html_page(markdown, full, (title, f"{root_from(address)}{INDEX_NAME}"), figures)


def _read_pages(output: Path) -> set[str]:
    """Return the pages of the site that stands in a folder; only what can be one of ours is believed."""
    path = output / DOCUMENT_NAME
    if not path.exists():
        return set()
    document = strict_json.loads(read_bounded(path, _MAX_DOCUMENT_BYTES, "the list of a site's pages"), str(path))
    pages = document.get("pages") if isinstance(document, dict) else None
    if not isinstance(pages, list):
        raise StoreError(f"{path}: expected a site's list of pages; name another folder with --output")
    return {page for page in pages if isinstance(page, str) and is_page(page)}


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot write to {path.parent}: {error.strerror}; name another folder with --output"
        ) from None
    write_atomic(path, text.encode())
