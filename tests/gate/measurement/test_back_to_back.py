"""Which cases of a check run back to back, and what is said of it."""

import pytest

from bench.gate.measurement.back_to_back import find_back_to_back
from bench.gate.request import CheckRequest
from bench.run.session.planning import Plan
from bench.run.session.turn_groups import needed_bytes
from tests.conftest import data_info


@pytest.fixture
def plan(make_case, make_run):
    cases = [make_case(model) for model in ("lstm", "cnn")]
    return Plan(make_run(cases).suite, {case: data_info(case) for case in cases})


def test_what_memory_holds_twice_takes_turns(plan):
    needed = max(needed_bytes(info, None) for info in plan.data.values())
    assert find_back_to_back(CheckRequest(), plan, 2 * needed).cases == frozenset()
    assert find_back_to_back(CheckRequest(), plan, None).why is None
    short = find_back_to_back(CheckRequest(), plan, 2 * needed - 1)
    assert short.cases == frozenset(plan.data)
    assert short.why.startswith("lstm, cnn, since ")
    assert "each of two workers may need " in short.why


def test_whoever_asks_for_alone_has_it_and_is_told(plan):
    asked = find_back_to_back(CheckRequest(alone=True), plan, None)
    assert (asked.cases, asked.why) == (frozenset(plan.data), "all cases, as --alone asks")


def test_a_stored_baseline_has_no_pairs(plan):
    assert find_back_to_back(CheckRequest(baseline=object()), plan, 1).cases == frozenset()
