"""What a run's page opens with: the answer to what the run was made for, and to what was asked of it since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.api.answers import page_answers, put_on_page
from bench.plan.case import Case
from bench.reports.run.html import PAGE_NAME
from bench.store.records import Journal, RunRecord
from bench.store.run_folder import LoadedRun, load_run

CURVES = {"lstm": (0.95, 0.97, 0.981), "cnn": (0.983, 0.987, 0.989), "cnn-deep": (0.97, 0.98, 0.985)}


@pytest.fixture
def load(
    tmp_path: Path, make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord],
    write_run: Callable[..., Path],
) -> Callable[..., LoadedRun]:  # fmt: skip
    """Return what makes a run of some cases, with a curve for each, and reads it back."""

    def load(curves: dict[Case, tuple[float, ...]], seeds: range = range(5)) -> LoadedRun:
        journals = [
            make_journal(case, seed, val_accuracy=[value + 0.0001 * (seed % 3) for value in curve], train_s=60.0 + seed)
            for case, curve in curves.items()
            for seed in seeds
        ]
        return load_run(write_run(tmp_path / "run", make_run(list(curves), seeds=seeds), journals))

    return load


@pytest.fixture
def of_the_claims(make_case: Callable[..., Case]) -> dict[Case, tuple[float, ...]]:
    scaled = {make_case(model): curve for model, curve in CURVES.items()}
    return scaled | {make_case(model, scaling="none"): (0.11, 0.11, 0.11) for model in ("lstm", "cnn")}


def test_a_run_that_tests_the_claims_opens_with_their_verdicts(
    load: Callable[..., LoadedRun], of_the_claims: dict[Case, tuple[float, ...]]
) -> None:
    (answer,) = page_answers(load(of_the_claims))
    assert answer.key == "claims"
    assert answer.headline.startswith("Of 12 claims ")
    assert answer.headline.endswith(" and 2 not tested.")
    assert answer.table is not None
    assert answer.table.rows[0][:2] == ("The recurrent network passes 90 % within three epochs.", "supported")
    assert [part.title for part in answer.parts][1] == "1-rnn-in-3-epochs: supported"


def test_one_seed_decides_nothing_so_that_the_page_opens_with_the_run_itself(
    load: Callable[..., LoadedRun], of_the_claims: dict[Case, tuple[float, ...]]
) -> None:
    assert page_answers(load(of_the_claims, range(1))) == ()


def test_a_search_for_what_does_as_a_claim_says_opens_with_what_it_found(
    load: Callable[..., LoadedRun], make_case: Callable[..., Case]
) -> None:
    settings = ({"optimizer": "sgd"}, {"filters": 2}, {"learning_rate": 1e-5})
    late = dict(zip((make_case("cnn", epochs=12, **one) for one in settings), (2, 3, 11), strict=True))
    curves = {case: tuple(0.95 if epoch >= at else 0.5 for epoch in range(1, 13)) for case, at in late.items()}
    (answer,) = page_answers(load(curves, range(1)))
    assert answer.headline.startswith(
        '"The convolutional network needs ten epochs to pass 90 %." 3 other settings were'
    )
    assert "nearest first: cnn · rate 1e-05 (11 epochs)" in answer.headline
    (part,) = answer.parts
    assert [row[0] for row in part.tables[0].rows] == ["cnn · rate 1e-05", "cnn · 2 filters", "cnn · sgd"]


def test_a_run_on_several_devices_opens_with_where_which_network_is_cheaper(
    load: Callable[..., LoadedRun], make_case: Callable[..., Case]
) -> None:
    places = [make_case(model, device=device) for model in ("lstm", "cnn") for device in ("cpu:1", "cpu:2")]
    (answer,) = page_answers(load(dict.fromkeys(places, (0.9,)), range(2)))
    assert answer.key == "hardware"
    assert "costs" in answer.headline
    drawn = [figure.name for part in answer.parts for figure in part.figures]
    assert drawn == ["hardware-throughput", "hardware-cost-ratio", "hardware-scaling"]


def test_what_was_asked_of_a_run_takes_the_place_of_what_it_says_alone(
    load: Callable[..., LoadedRun], of_the_claims: dict[Case, tuple[float, ...]]
) -> None:
    run = load(of_the_claims)
    (own,) = page_answers(run)
    asked = replace(own, headline="Of two runs together.", table=None, parts=())
    put_on_page(run, asked)
    page = run.folder / PAGE_NAME
    assert not page.exists()  # `bench report` makes one
    page.touch()
    put_on_page(run, asked)
    text = page.read_text()
    assert text.index("Of two runs together.") < text.index('id="curves"')
    assert own.headline not in text
