"""What every page about a run has at its head."""

from collections.abc import Callable

import pytest

from bench.analysis.summary_types import RunSummary
from bench.reports.run.front import remake_commands, run_front
from bench.store.records import TrialStatus


@pytest.mark.parametrize(
    ("counts", "words"),
    [({"failed": 1, "ok": 5}, "6 trials planned: 5 ok, 1 failed"), ({}, "6 trials planned: no trial ran")],
)
def test_a_pages_head_counts_the_trials_as_the_terminal_does(
    make_summary: Callable[..., RunSummary], counts: dict[TrialStatus, int], words: str
) -> None:
    assert run_front(make_summary(num_planned=6, num_by_status=counts))["trials"] == words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--model", "cnn-1d,gru", "--tuned", "--output", "there", "--epochs", "4"), "--model cnn-1d,gru --epochs 4"),
        (("--dataset=my sounds.npz", "--deterministic"), "'--dataset=my sounds.npz' --deterministic"),
        (("tutorial", "--seeds", "5", "--in-turns"), None),
        (("--model", "cnn", "--deterministic", "tutorial"), "--model cnn --deterministic"),
    ],
)
def test_a_suites_description_is_no_word_for_what_was_asked_for_otherwise(
    make_summary: Callable[..., RunSummary], typed: tuple[str, ...], words: str | None
) -> None:
    command = ("python", "-m", "bench", "run", *typed)
    described = run_front(make_summary(command=command, description="LSTM and CNN on MNIST"))["description"]
    assert described == "LSTM and CNN on MNIST" + (f"; in this run with {words}" if words else "")
    assert run_front(make_summary(command=command, description=""))["description"] == ""


@pytest.mark.parametrize(
    ("command", "again", "rebuild"),
    [
        (("python", "-m", "bench", "run", "quick"), "python -m bench run quick", "python -m bench report RUN"),
        (
            ("python", "-m", "bench", "run", "--output", "my runs"),
            "python -m bench run --output 'my runs'",
            "python -m bench report RUN --output 'my runs'",
        ),
        (
            ("python", "-m", "bench", "run", "--output=there"),
            "python -m bench run --output=there",
            "python -m bench report RUN --output=there",
        ),
        (
            ("bench.api.run",),
            "# trained from Python: call bench.api.run.run with the same request",
            "python -m bench report RUN",
        ),
    ],
)
def test_the_lines_that_make_it_again_name_the_folder_of_runs(
    make_summary: Callable[..., RunSummary], command: tuple[str, ...], again: str, rebuild: str
) -> None:
    assert remake_commands(make_summary(command=command, run_id="RUN")) == (again, rebuild)
