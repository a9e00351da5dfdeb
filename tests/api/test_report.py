"""Rebuilding a report: of a run with thousands of trials, the journals are gone before its figures are drawn."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.api import report as api
from bench.store.records import Journal, RunRecord
from bench.store.run_folder import LoadedRun


def test_what_was_read_is_let_go_before_anything_is_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make_run: Callable[..., RunRecord],
    make_journal: Callable[..., Journal], write_run: Callable[..., Path],
) -> None:  # fmt: skip
    folder = write_run(tmp_path / "run", make_run(["cnn"], seeds=(0,)), [make_journal("cnn")])
    loaded: list[weakref.ref[Journal]] = []
    load = api.load_one_run

    def load_and_watch(*arguments: object) -> LoadedRun:
        run = load(*arguments)  # type: ignore[arg-type]
        loaded.extend(map(weakref.ref, run.journals))
        return run

    def write(*_: object) -> Path:
        assert [reference() for reference in loaded] == [None]
        return folder / "report.md"

    monkeypatch.setattr(api, "load_one_run", load_and_watch)
    monkeypatch.setattr(api, "write_report", write)
    assert api.report(str(folder), tmp_path) == folder / "report.md"
