"""`--match parameters`: the widths that a child process finds, put into the cases of each data set by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bench.errors import ChildError, ConfigError
from bench.plan.case import Case
from bench.run.session.equal_parameters import ask_widths, match_parameters

MakeCase = Callable[..., Case]


def answer(*found: tuple[str, int | None, int]) -> Callable[[str], str]:
    """Return a child that gives this answer."""
    return lambda _: json.dumps([{"model": m, "width": width, "num_params": n} for m, width, n in found])


def test_each_network_gets_the_width_of_its_own_option_and_the_smallest_stays(make_case: MakeCase) -> None:
    cases = [make_case(model, dataset="japanese-vowels", scaling="standard") for model in ("gru", "cnn-1d", "fcn")]
    child = answer(("gru", 41, 19_500), ("cnn-1d", None, 19_465), ("fcn", 33, 19_800))
    gru, cnn, fcn = match_parameters(cases, child)
    assert (gru.units, gru.filters, cnn.units, cnn.filters, fcn.filters) == (41, None, None, None, 33)
    assert gru.case_id.endswith("-u41")


def test_each_data_set_is_asked_for_by_itself(make_case: MakeCase) -> None:
    asked: list[dict[str, Any]] = []

    def child(request: str) -> str:
        asked.append(json.loads(request))
        return answer(("gru", 40 + len(asked), 1000), ("cnn-1d", None, 1000))(request)

    names = ("japanese-vowels", "word-languages")
    cases = [make_case(model, dataset=name) for name in names for model in ("gru", "cnn-1d")]
    matched = match_parameters(cases, child)
    assert [case.units for case in matched] == [41, None, 42, None]
    assert [(one["vocabulary"], one["num_classes"], one["is_padded"]) for one in asked] == [
        (None, 9, True),
        (62, 10, True),
    ]
    assert asked[0]["models"] == [["gru", "units"], ["cnn-1d", "filters"]]


def test_a_network_without_a_width_is_what_the_others_are_matched_to_and_two_of_them_are_refused(
    make_case: MakeCase,
) -> None:
    own, other, gru = (make_case(model, dataset="japanese-vowels") for model in ("mine:build", "mine:other", "gru"))
    matched = match_parameters([own, gru], answer(("mine:build", None, 1000), ("gru", 7, 1030)))
    assert [case.units for case in matched] == [None, 7]
    with pytest.raises(ConfigError, match="at most one network without a width, received mine:build, mine:other"):
        match_parameters([own, other, gru], answer())


@pytest.mark.parametrize(
    ("child", "error", "message"),
    [
        (
            answer(("gru", 1, 1100), ("fcn", None, 1000)),
            ConfigError,
            "gru comes no nearer to the 1,000 param",
        ),
        (lambda _: '[{"error": "model gru raised"}]', ConfigError, "model gru raised"),
        (lambda _: "no json", ChildError, "could not be read"),
    ],
)
def test_what_cannot_be_matched_is_said(make_case: MakeCase, child: Any, error: type[Exception], message: str) -> None:
    cases = [make_case(model, dataset="japanese-vowels") for model in ("gru", "fcn")]
    with pytest.raises(error, match=message):
        match_parameters(cases, child)


def test_a_width_that_was_asked_for_is_refused(make_case: MakeCase) -> None:
    with pytest.raises(ConfigError, match=r"chooses the widths, received --units: leave one of them out"):
        match_parameters([make_case("gru", units=9)], answer())


@pytest.mark.training
def test_the_suites_networks_are_within_5_percent_of_the_shallow_one(make_case: MakeCase) -> None:
    names = ("lstm", "gru", "lstm-both-ways", "cnn-1d", "fcn")
    found: list[dict[str, Any]] = []

    def child(request: str) -> str:
        reply = ask_widths(request)
        found.extend(json.loads(reply))
        return reply

    matched = match_parameters([make_case(name, dataset="japanese-vowels") for name in names], child)
    assert [one["model"] for one in found] == list(names)
    assert {one["model"]: one["num_params"] for one in found}["cnn-1d"] == 19_465
    assert all(abs(one["num_params"] - 19_465) <= 0.05 * 19_465 for one in found)
    assert [case.model for case in matched if case.units is None and case.filters is None] == ["cnn-1d"]
