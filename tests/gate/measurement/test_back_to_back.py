"""Which cases of a check run back to back, and what is said of it."""

import pytest

from bench.gate.measurement.back_to_back import find_back_to_back
from bench.gate.request import CheckRequest
from bench.host.sensors.gpu_room import GpuRoom
from bench.run.session.planning import Plan
from bench.run.session.turn_groups import needed_memory
from tests.conftest import data_info


@pytest.fixture
def plan(make_case, make_run):
    cases = [make_case(model) for model in ("lstm", "cnn")]
    return Plan(make_run(cases).suite, {case: data_info(case) for case in cases})


def test_what_memory_holds_twice_takes_turns(plan):
    needed = max(needed_memory(case, info, None).main_bytes for case, info in plan.data.items())
    assert find_back_to_back(CheckRequest(), plan, 2 * needed).cases == frozenset()
    assert find_back_to_back(CheckRequest(), plan, None).why is None
    short = find_back_to_back(CheckRequest(), plan, 2 * needed - 1)
    assert short.cases == frozenset(plan.data)
    assert short.why.startswith("lstm, cnn, since ")
    assert "each of two workers may need " in short.why


def test_two_workers_that_a_gpu_has_no_room_for_do_not_share_it(make_case, make_run):
    case = make_case("cnn", device="gpu")
    plan = Plan(make_run([case]).suite, {case: data_info(case)})
    needed = needed_memory(case, plan.data[case], None).gpu_bytes
    assert find_back_to_back(CheckRequest(), plan, None, lambda _: GpuRoom(2 * needed)).why is None
    short = find_back_to_back(CheckRequest(), plan, None, lambda _: GpuRoom(2 * needed - 1))
    assert short.cases == {case}
    assert "of the GPU's memory are free, and each of two workers may need 2.2" in short.why


def test_a_gpu_that_admits_one_process_has_both_sides_back_to_back(make_case, make_run):
    case = make_case("cnn", device="gpu")
    plan = Plan(make_run([case]).suite, {case: data_info(case)})
    found = find_back_to_back(CheckRequest(), plan, None, lambda _: GpuRoom(is_shared=False))
    assert (found.cases, found.why) == ({case}, "cnn, since the GPU's compute mode admits one process at a time")


def test_whoever_asks_for_alone_has_it_and_is_told(plan):
    asked = find_back_to_back(CheckRequest(alone=True), plan, None)
    assert (asked.cases, asked.why) == (frozenset(plan.data), "all cases, as --alone asks")


def test_a_stored_baseline_has_no_pairs(plan):
    assert find_back_to_back(CheckRequest(baseline=object()), plan, 1).cases == frozenset()
