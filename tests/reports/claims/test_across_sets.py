"""What the claims' page says of several data sets, and its matrix."""

from __future__ import annotations

from typing import Any

import pytest

from bench.analysis.statistics.interval import Interval
from bench.claims.findings import Finding
from bench.claims.set_findings import NetworkOnSet, SetFinding
from bench.claims.statements import AheadOnSets
from bench.reports.claims.across_sets import matrix_table, word_sets, word_sets_in_full
from bench.reports.claims.page import claims_table
from bench.reports.claims.wording import word_family


def claim(**changes: Any) -> AheadOnSets:
    fields = {"id": "one", "statement": "It is.", "predicate": "ahead_on_sets", "case": "rnns", "than": "cnns"}
    return AheadOnSets(**fields, **changes)


def on(dataset: str, lead: float, verdict: Any, epochs: int | None = 30) -> SetFinding:
    interval = Interval(lead, lead - 0.01, lead + 0.01, 5, "sign-flip")
    accuracies = {"gru": 0.9 + lead, "fcn": 0.9}
    networks = tuple(
        NetworkOnSet(name, f"{name}-{dataset}", 40_521, Interval(value, value - 0.01, value + 0.01, 5, "t"))
        for name, value in accuracies.items()
    )
    return SetFinding(dataset, verdict, interval, (lead,) * 5, (0, 1, 2, 3, 4), epochs, networks, ())


THREE = (on("a", -0.02, "refuted"), on("b", -0.03, "refuted"), on("c", 0.004, "inconclusive"))


def test_of_one_set_it_is_said_by_how_much_with_the_name_of_the_set() -> None:
    finding = Finding(claim(), "refuted", sets=THREE[:1], seeds=(0, 1, 2, 3, 4))
    assert word_sets(finding).startswith(
        "a: after epoch 30 the best of rnns is behind the best of cnns by 2.00 pp (1.00 pp … 3.00 pp), "
    )
    assert word_sets(finding).endswith("5 seeds")
    within = Finding(claim(by="seconds"), "refuted", sets=(on("a", 0.02, "supported", None),))
    assert "a: within equal seconds the best of rnns is ahead of the best of cnns by 2.00 pp" in word_sets(within)


def test_of_several_sets_they_are_counted_and_named() -> None:
    finding = Finding(claim(), "refuted", sets=THREE, seeds=(0, 1, 2, 3, 4))
    told = "rnns ahead on 0 of 3 sets; behind on 2 of 3 sets (a, b); not decided on 1 of 3 sets (c)"
    assert word_sets(finding) == told
    (row,) = claims_table([finding]).rows
    assert row[-1] == told


def test_in_full_each_set_and_each_of_its_networks_has_a_line() -> None:
    lines = word_sets_in_full(Finding(claim(), "refuted", sets=THREE))
    assert len(lines) == 9
    assert lines[1] == (
        "a, gru: validation accuracy 88.00 % (87.00 % … 89.00 %), 95 % interval (t) over 5 seeds; 40,521 parameters"
    )


def test_the_matrix_has_a_row_a_set_and_a_column_a_network_and_says_who_is_ahead() -> None:
    one, most = Finding(claim(), "refuted", sets=THREE[:1]), Finding(claim(), "refuted", sets=THREE)
    equal = Finding(claim(parameters="equal"), "refuted", sets=THREE)
    table = matrix_table([one, equal, most])
    assert table
    assert [column.title for column in table.columns] == ["data set", "gru", "fcn", "ahead"]
    assert [(row[0], row[-1]) for row in table.rows] == [("a", "cnns"), ("b", "cnns"), ("c", "not decided")]
    assert table.rows[0][2].startswith("90.00 %")
    assert table.note.endswith("on that data set. In parentheses: 95 % interval (t) over 5 seeds.")
    assert matrix_table([equal]) is None


@pytest.mark.parametrize("lead", [None])
def test_a_set_without_a_common_seed_says_so(lead: None) -> None:
    empty = SetFinding("a", "not tested", lead, (), (), 30, (), ())
    assert word_sets(Finding(claim(), "not tested", sets=(empty,))) == (
        "a: no seed on which all networks can be compared"
    )


def test_of_one_tested_claim_nothing_is_said_about_several() -> None:
    tested = Finding(claim(), "refuted", sets=THREE, p_value=0.001, adjusted_p=0.001)
    assert word_family([tested, Finding(claim(), "not tested")]) == ""
    assert word_family([tested, tested]).startswith("Each verdict is at 95 % for itself. Were all 2 tested claims")
