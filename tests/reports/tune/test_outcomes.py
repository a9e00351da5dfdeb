"""What `bench tune` prints: stock beside the best that was found, and whether that counts."""

from __future__ import annotations

import json

import pytest

from bench.plan.case import Case
from bench.plan.tuning import Search
from bench.reports.tune.outcomes import outcomes_json, outcomes_table, render_outcomes, render_searches
from bench.tune.halving import Measured
from bench.tune.outcome import SearchResult, judge_search
from tests.reports.documents import INTERVAL, keys_of

STOCK = Case(model="lstm", epochs=1)
FAST = STOCK.model_copy(update={"unroll": True, "jit": "on"})
SEARCH = Search(stock=STOCK, candidates=(FAST,), budget_s=110.0)


def make_outcome(*ratios: float | None, stock: float | None = 100.0) -> SearchResult:
    known = {(STOCK.case_id, 0): Measured(stock, 10.0, 1.0)}
    for seed, value in enumerate(ratios, start=1):
        known[STOCK.case_id, seed] = Measured(100.0, 10.0, 1.0)
        known[FAST.case_id, seed] = Measured(value and 100.0 * value, 10.0, 4.0)
    return judge_search(SEARCH, known)


@pytest.mark.parametrize(
    ("outcome", "settings", "verdict"),
    [
        (make_outcome(1.5, 1.6, 1.4, 1.5, 1.6), "jit on, unrolled", "tuned"),
        (make_outcome(1.5, 0.6, 1.4, 0.5, 1.6), "jit on, unrolled", "stock settings remain the fastest"),
        (make_outcome(1.5, None, 1.4, 1.6, 1.5), "jit on, unrolled", "tuned; 1 did not end ok"),
        (make_outcome(1.5), "jit on, unrolled", "not decided: interrupted"),
        (make_outcome(stock=None), "–", "stock did not end ok, so nothing was tried"),
    ],
)
def test_each_verdict_is_told_with_what_it_is_about(outcome: SearchResult, settings: str, verdict: str) -> None:
    (row,) = outcomes_table([outcome]).rows
    assert (row[1], row[-1]) == (settings, verdict)


def test_rates_first_steps_and_the_gain_with_its_interval_stand_side_by_side() -> None:
    (row,) = outcomes_table([make_outcome(1.5, 1.6, 1.4, 1.5, 1.6)]).rows
    assert row[2:7] == ("100", "152 (140 … 160)", "1.52× (1.40× … 1.60×)", "1.00 → 4.00", "1 of 1")


def test_a_hostile_name_is_inert_in_the_terminal() -> None:
    stock = STOCK.model_copy(update={"dataset": "\x1b[31mred\u202e.npz"})
    search = SEARCH.model_copy(update={"stock": stock, "candidates": (stock.model_copy(update={"unroll": True}),)})
    outcomes = [judge_search(one, {}) for one in (search, SEARCH)]
    for text in (render_outcomes(outcomes), render_searches([search])):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_every_figure_is_in_the_json() -> None:
    value = json.loads(json.dumps(outcomes_json("r", [make_outcome(1.5, 1.6, 1.4, 1.5, 1.6)])))
    (case,) = value["cases"]
    assert (value["run_id"], case["stock"]["model"], case["best"]["unroll"], case["is_faster"]) == (
        "r", "lstm", True, True,
    )  # fmt: skip
    assert case["gain"]["n"] == 5


def test_the_json_of_schema_1_has_these_keys() -> None:
    value = outcomes_json("r", [make_outcome(1.5, 1.6, 1.4, 1.5, 1.6)])
    case = " ".join(sorted(Case.model_fields))  # which the journals pin
    assert value["schema"] == 1
    assert keys_of(value) == {
        "": "cases run_id schema",
        "cases[]": "best best_first_step_s best_rate gain is_faster is_whole num_candidates num_failed num_in_turns "
        "num_tried stock stock_first_step_s stock_ran stock_rate",
        "cases[].stock": case,
        "cases[].best": case,
        "cases[].stock_rate": INTERVAL,
        "cases[].best_rate": INTERVAL,
        "cases[].stock_first_step_s": INTERVAL,
        "cases[].best_first_step_s": INTERVAL,
        "cases[].gain": INTERVAL,
    }


def test_what_would_be_tried_is_listed_in_words() -> None:
    assert render_searches([SEARCH]) == "lstm-mnist-b32-float32-cpu: 1 candidate, 110 s\n  jit on, unrolled"
    two = SEARCH.model_copy(update={"candidates": (FAST, STOCK.model_copy(update={"jit": "on"}))})
    assert render_searches([two]).startswith("lstm-mnist-b32-float32-cpu: 2 candidates, 110 s\n")
