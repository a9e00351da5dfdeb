"""A run that is valid, as `bench run` leaves it, which each test then spoils in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.data.dataset import DataInfo
from bench.validate.check_data import KnownSets
from bench.validate.check_run import check_run
from bench.validate.flaws import CheckedRun
from tests.conftest import MNIST_SHA256, MakeValid, WriteRun

Check = Callable[[Path], CheckedRun]
Spoil = Callable[[Path, str, int, dict[str, Any]], None]


@pytest.fixture
def valid_run(make_valid: MakeValid, write_run: WriteRun, tmp_path: Path) -> Path:
    """A valid run's folder."""
    record, journals = make_valid()
    return write_run(tmp_path / record.run_id, record, journals)


@pytest.fixture
def spoil() -> Spoil:
    """Return what changes keys of one line of a journal: `spoil(folder, "lstm-mnist-…-s0", -1, {"total_s": 1.0})`."""

    def change(folder: Path, trial_id: str, line: int, values: dict[str, Any]) -> None:
        path = folder / "trials" / f"{trial_id}.jsonl"
        lines = path.read_text().splitlines()
        lines[line] = json.dumps({**json.loads(lines[line]), **values})
        path.write_text("\n".join(lines) + "\n")

    return change


def describe(name: str) -> DataInfo:
    """Stand in for loading MNIST."""
    assert name == "mnist"
    return DataInfo(
        name="mnist", sha256=MNIST_SHA256, source="bundled", example_shape=(28, 28), num_classes=10, num_train=60_000,
        num_test=10_000, num_train_available=60_000, num_test_available=10_000,
    )  # fmt: skip


@pytest.fixture
def check() -> Check:
    """Return what checks a run's folder without loading any data set."""
    return lambda folder: check_run(folder, folder.name, KnownSets(describe))
