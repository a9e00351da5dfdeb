from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.hardware.machines import MeasuredRun
from bench.plan.case import Case
from bench.store.records import RunRecord
from tools.gallery import GalleryEntry, collect_entries, collect_proofs, render_gallery, write_gallery

ENTRY = GalleryEntry(
    folder="20261122T081500Z-tutorial-3f2a", pages=("index.html",),
    machine="Example CPU, 2 cores, 8.00 GiB", created_at=datetime(2026, 11, 22, 8, 15, tzinfo=UTC), suite="tutorial",
    trials="6 trials", headline="cnn wins.",
)  # fmt: skip


def test_reports_stand_below_their_machine_with_links_to_report_and_page() -> None:
    page = render_gallery([ENTRY, replace(ENTRY, folder="20261123T081500Z-quick-0000", pages=())])
    assert page.count("## Example CPU, 2 cores, 8.00 GiB") == 1
    assert (
        "**2026-11-22 · suite tutorial · 6 trials ok**: [report](20261122T081500Z-tutorial-3f2a/report.md), "
        "[page](20261122T081500Z-tutorial-3f2a/index.html)\n\ncnn wins.\n"
    ) in page
    assert page.count("index.html") == 1


def test_reports_on_devices_and_on_a_gpu_have_their_links() -> None:
    page = render_gallery([replace(ENTRY, pages=("index.html", "hardware.md", "gpu.md"))])
    assert (
        "[page](20261122T081500Z-tutorial-3f2a/index.html), "
        "[hardware report](20261122T081500Z-tutorial-3f2a/hardware.md), "
        "[what the GPU runs](20261122T081500Z-tutorial-3f2a/gpu.md)\n"
    ) in page


@pytest.mark.parametrize(
    ("devices", "headline"), [(("cpu:1", "cpu:2"), "on every device"), (("cpu:2",), "After one epoch")]
)
def test_a_run_on_several_devices_is_told_by_what_it_says_of_them(
    tmp_path: Path,
    make_source: Callable[..., MeasuredRun],
    write_run: Callable[..., Path],
    devices: tuple[str, ...],
    headline: str,
) -> None:
    run = make_source({(model, device, 32): 500.0 for model in ("lstm", "cnn") for device in devices})
    folder = write_run(tmp_path / run.record.run_id, run.record, run.journals)
    (folder / "hardware.md").touch()
    (entry,) = collect_entries(tmp_path)
    assert entry.pages == ("hardware.md",)
    assert headline in entry.headline


def test_what_a_run_says_of_itself_is_inert() -> None:
    page = render_gallery([replace(ENTRY, machine="<b>|x", suite="[a](b)", headline="<script>")])
    assert "<" not in page
    assert "\\[a\\](b)" in page


def test_runs_are_sorted_by_machine_and_then_by_date(
    tmp_path: Path, make_run: Callable[..., RunRecord], write_run: Callable[..., Path]
) -> None:
    published = tmp_path / "published"
    for run_id, cpu, day in (
        ("20261122T081500Z-a-0001", "Zen", 22),
        ("20261121T081500Z-a-0002", "Zen", 21),
        ("20261123T081500Z-a-0003", "ARM", 23),
    ):
        run = make_run([Case(model="lstm", epochs=3)])
        environment = run.environment.model_copy(update={"cpu_model": cpu})
        moment = datetime(2026, 11, day, 8, 15, tzinfo=UTC)
        changes = {"run_id": run_id, "environment": environment, "created_at": moment}
        write_run(published / run_id, run.model_copy(update=changes))
    assert [entry.folder[-4:] for entry in collect_entries(published)] == ["0003", "0002", "0001"]
    first = write_gallery(published).read_bytes()
    assert write_gallery(published).read_bytes() == first
    assert b"No trial completed its epoch budget" in first


def test_proofs_of_the_gate_stand_below_the_runs(tmp_path: Path) -> None:
    for name in ("gate-2026-11-26", "gate-2026-11-25", "gate-torn"):
        (tmp_path / name).mkdir()
    for name in ("gate-2026-11-26", "gate-2026-11-25"):
        (tmp_path / name / "report.md").touch()
    page = render_gallery([ENTRY], collect_proofs(tmp_path))
    assert page.endswith(
        "## What the gate catches, and what it lets pass\n\n"
        "- [gate-2026-11-25](gate-2026-11-25/report.md)\n- [gate-2026-11-26](gate-2026-11-26/report.md)\n"
    )


def test_no_published_run_is_said_and_no_folder_is_an_error(tmp_path: Path) -> None:
    assert "No run is published yet." in write_gallery(tmp_path).read_text()
    with pytest.raises(StoreError, match="does not exist; create it"):
        write_gallery(tmp_path / "missing")
