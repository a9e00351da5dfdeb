"""A paper's figures: reproduced, not reproduced, or open, each with the interval of the difference by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import numpy as np
import pytest
from scipy import stats

from bench.analysis.run_journals import RunJournals
from bench.claims.claims_file import load_claims
from bench.claims.judge_claims import judge_claims
from bench.claims.published import difference_from, judge_nearness, p_of_nearness
from bench.claims.statements import ClaimSet, Reproduces, Selector
from bench.plan.case import Case
from bench.reports.claims.wording import word_effect

TEN = np.array([0.992, 0.994] * 5)  # mean 0.993
DEVIATION = float(TEN.std(ddof=1))


def test_the_difference_is_welchs_of_our_values_and_the_papers_mean_and_deviation() -> None:
    ours = [0.990, 0.986, 0.988, 0.989, 0.991]
    found = difference_from(ours, 0.993, DEVIATION, 10)
    expected = stats.ttest_ind(ours, TEN, equal_var=False).confidence_interval(0.95)
    assert found
    assert found.value == pytest.approx(np.mean(ours) - 0.993)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_one_value_has_no_bounds_and_none_no_difference() -> None:
    assert difference_from([], 0.9, 0.1, 10) is None
    one = difference_from([0.9], 0.8, 0.1, 10)
    assert one
    assert (one.low, one.kind) == (None, "none")
    assert judge_nearness(one, 0.5) == "inconclusive"


def test_equal_values_of_both_have_no_spread() -> None:
    equal = difference_from([1.0] * 5, 1.0, 0.0, 10)
    assert equal
    assert (equal.low, equal.high) == (0.0, 0.0)
    assert judge_nearness(equal, 0.01) == "supported"


@pytest.fixture
def judge(make_case: Callable[..., Any], make_journal: Callable[..., Any], make_run: Callable[..., Any]) -> Any:
    """Return a function that judges a published 0.95 ± 0.001 of ten runs by the last epochs of some seeds."""

    def build(accuracies: list[float], dataset: str = "UCR/GunPoint", named: str = "GunPoint") -> Any:
        case = make_case("fcn", dataset=dataset, scaling="standard", epochs=2)
        journals = tuple(make_journal(case, seed, val_accuracy=(0.5, value)) for seed, value in enumerate(accuracies))
        claim = Reproduces(
            id="one", statement="It is.", case="fcn", predicate="reproduces", published=0.95, deviation=0.001, runs=10
        )
        cases = {"fcn": Selector(model="fcn", dataset=named, scaling="standard")}
        claims = ClaimSet(name="mine", source="A paper.", cases=cases, claims=(claim,))
        (finding,) = judge_claims(claims, [RunJournals(make_run([case], seeds=range(9)), journals)])
        return finding

    return build


@pytest.mark.parametrize(
    ("accuracies", "verdict"),
    [
        ([0.951, 0.949, 0.952, 0.950, 0.948], "supported"),
        ([0.925, 0.926, 0.924, 0.927, 0.925], "refuted"),
        ([0.975, 0.976, 0.974, 0.977, 0.975], "refuted"),
        ([0.94, 0.96, 0.95, 0.93, 0.97], "inconclusive"),
        ([0.951, 0.949, 0.952], "inconclusive"),  # fewer than five seeds
        ([], "not tested"),
    ],
)
def test_it_is_reproduced_where_the_interval_lies_within_a_point(judge: Any, accuracies: Any, verdict: str) -> None:
    assert judge(accuracies).verdict == verdict


@pytest.mark.parametrize("accuracies", [[0.9510, 0.9490, 0.9525, 0.9500, 0.9480], [0.975, 0.976, 0.974, 0.98, 0.97]])
def test_p_is_005_where_the_interval_ends_at_what_counts_as_near(accuracies: list[float]) -> None:
    difference = difference_from(accuracies, 0.95, 0.001, 10)
    assert difference
    assert difference.low is not None
    assert difference.high is not None
    borders = [difference.high, *([difference.low] if difference.low > 0 else [])]
    assert [p_of_nearness(accuracies, 0.95, 0.001, 10, one) for one in borders] == pytest.approx([0.05] * len(borders))
    assert p_of_nearness([0.95], 0.95, 0.001, 10, 0.01) is None
    assert p_of_nearness([0.95, 0.95], 0.95, 0.0, 10, 0.01) == 0


def test_what_is_reproduced_holds_beside_no_other_claim(judge: Any) -> None:
    finding = judge([0.951, 0.949, 0.952, 0.950, 0.948])
    assert (finding.holds_together, finding.error) == (True, pytest.approx(0.05))
    assert not judge([0.951, 0.949, 0.952]).error  # so few decide nothing


def test_a_data_set_is_meant_by_its_name_wherever_it_is_kept(judge: Any) -> None:
    values = [0.951, 0.949, 0.952, 0.950, 0.948]
    assert judge(values, dataset="/archive/UCR/GunPoint").verdict == "supported"
    assert judge(values, dataset="GunPoint").verdict == "supported"
    assert judge(values, dataset="UCR/GunPointAgeSpan").verdict == "not tested"


def test_the_page_says_how_far_and_how_near_counts(judge: Any) -> None:
    finding = judge([0.951, 0.949, 0.952, 0.950, 0.948])
    told = word_effect(finding.effects[0], finding.claim)
    assert told.startswith("after epoch 2 fcn differs from the published 95.00 % by +0.00 pp (−0.")
    assert told.endswith(", 95 % interval (t) over 5 seeds; within 1 pp counts as reproduced")


def test_the_papers_figures_are_those_of_its_published_results() -> None:
    figures = {claim.id: (claim.published, claim.deviation, claim.runs) for claim in load_claims("fcn-paper").claims
               if isinstance(claim, Reproduces)}  # fmt: skip
    assert figures == {
        "japanese-vowels": (0.993, 0.002, 10),
        "arrowhead": (0.843, 0.015, 10),
        "gunpoint": (1.0, 0.0, 10),
        "italypowerdemand": (0.961, 0.003, 10),
        "osuleaf": (0.977, 0.009, 10),
    }


def test_the_command_that_the_papers_claims_name_trains_what_they_are_about() -> None:
    text = resources.files("bench.claims").joinpath("sets", "fcn-paper.toml").read_text(encoding="utf-8")
    (command,) = re.findall(r"^#   python -m bench run (.+)$", text, re.MULTILINE)
    options = dict(re.findall(r"--(\S+) (\S+)", command))
    for dataset in options["dataset"].split(","):
        case = Case(
            model=options["model"], dataset=dataset, batch_size=int(options["batch-size"]), scaling="standard",
            epochs=int(options["epochs"]), input="pipeline",
        )  # fmt: skip
        assert [name for name, one in load_claims("fcn-paper").cases.items() if one.matches(case)] == [
            dataset.rpartition("/")[2].lower()
        ]
