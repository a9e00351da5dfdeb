"""The example notebook's cells run from top to bottom, and each shows what its reader is to see."""

import functools

import pytest

from bench.run.session.run_session import run_session
from tests.draws import some
from tests.faults.conftest import QUICK_WORKER
from tools.notebook import code_cells, read_notebook, run_cells

TRAINS = pytest.param(None, id="trains", marks=pytest.mark.training)
TRAINS_NOTHING = pytest.param(QUICK_WORKER, id="trains nothing")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("worker", some([TRAINS, TRAINS_NOTHING], TRAINS_NOTHING))
def test_every_cell_shows_its_answer(monkeypatch, worker):
    if worker:
        monkeypatch.setattr("bench.api.run.run_session", functools.partial(run_session, worker_command=worker))
    notebook, namespace = read_notebook(), {}
    shown = [{*outputs[0]["data"]} - {"text/plain"} for outputs in run_cells(notebook, namespace)]
    kinds = ["markdown", "html", "html", "png", "png", "markdown"]
    assert shown == [{f"{'image' if kind == 'png' else 'text'}/{kind}"} for kind in kinds]
    assert list(namespace["run"].trials["status"]) == ["ok"] * 4
    assert namespace["verdicts"].by_claim["cnn-at-90"] == "inconclusive"  # two seeds decide no yes or no


def test_it_is_kept_with_what_it_showed_when_it_was_last_run():
    assert all(cell["outputs"] for cell in code_cells(read_notebook()))


def test_a_cell_that_ends_without_a_value_is_named():
    notebook = {"cells": [{"cell_type": "code", "source": ["a = 1"]}]}
    with pytest.raises(TypeError, match=r"cell 1: expected a value .* received a = 1"):
        next(run_cells(notebook, {}))
