"""What a setting was when a network trained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.in_force import in_force
from bench.plan.case import Case
from bench.settings import OF_THE_COMPILE, TABLE
from bench.store.records import Journal

MakeCase = Callable[..., Case]
MakeJournal = Callable[..., Journal]
OWN = {"optimizer": "RMSprop", "learning_rate": 0.5, "decay": None, "jit_compile": True, "steps_per_execution": 4}


def test_the_benchmarks_training_is_what_was_asked_for_but_for_the_compiler(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    case = make_case(optimizer="sgd", steps_per_execution=8, precision="mixed_float16")
    resolved = make_journal(case, resolved={"optimizer": "LossScaleOptimizer(SGD)", "learning_rate": 0.01}).resolved
    found = {name: in_force(name, case, resolved) for name in TABLE}
    assert found == {name: case.stated(name) for name in TABLE} | {"jit": "off"}
    assert (found["optimizer"], found["learning_rate"]) == ("sgd", 0.01)


@pytest.mark.parametrize("asked", ["auto", "on"])
def test_whether_a_compiler_was_used_is_read_back(make_case: MakeCase, make_journal: MakeJournal, asked: str) -> None:
    case = make_case(jit=asked)
    for jit_compile, jit in ((True, "on"), (False, "off")):
        assert in_force("jit", case, make_journal(case, resolved={"jit_compile": jit_compile}).resolved) == jit
    assert in_force("jit", case, None) == asked


def test_a_compile_of_the_users_own_decides_what_it_sets_and_nothing_else(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    case = make_case("mine:build", training="own", batch_size=64)
    resolved = make_journal(case, resolved=OWN).resolved
    found = {name: in_force(name, case, resolved) for name in TABLE}
    own = {"optimizer": "RMSprop", "learning_rate": 0.5, "decay": None, "jit": "on", "steps_per_execution": 4}
    assert own.keys() == set(OF_THE_COMPILE)
    assert found == {name: case.stated(name) for name in TABLE} | own


def test_of_a_network_that_was_never_built_nothing_else_is_known(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    case = make_case("mine:build", training="own")
    assert make_journal(case, built=False).resolved is None
    assert {name: in_force(name, case, None) for name in TABLE} == {name: case.stated(name) for name in TABLE}
