from __future__ import annotations

import re
from typing import get_args

import pytest

from bench.analysis.summary_types import Caution, CautionCode, IntervalKind
from bench.reports.kit.wording import BUDGETS_DIFFER, CAUTIONS, word_caution, word_interval, word_model

# The verb with which each caution's last sentence tells what to do.
ADVICE = re.compile(
    r"(Run|Leave|Use|Measure|Commit|Set|Close|Choose|Finish|Unset|Remove|Report|Delete|Do not|Compare|Count|Say)\b"
)


@pytest.mark.parametrize("code", CautionCode)
def test_every_caution_has_words_that_end_with_what_to_do(code: CautionCode) -> None:
    last_sentence = re.split(r"(?<=[.:]) ", CAUTIONS[code])[-1]
    assert ADVICE.match(last_sentence) or ADVICE.match(re.split(r"(?<=\.) ", CAUTIONS[code])[-1])
    assert CAUTIONS[code].endswith(".")


def test_counts_and_ratios_are_written_for_people() -> None:
    subset = Caution(CautionCode.SUBSET, (), {
        "num_train": 6000, "num_train_available": 60_000, "num_test": 1000, "num_test_available": 10_000,
    })  # fmt: skip
    assert "6,000 of 60,000 examples and validated on 1,000 of 10,000" in word_caution(subset)
    drift = Caution(CautionCode.CANARY_DRIFT, (), {"trial_id": "t", "canary": "gemm", "slowdown": 1.4, "limit": 1.1})
    assert "took 1.40× its best time, above the limit of 1.10×" in word_caution(drift)


def test_free_settings_are_listed_and_inert() -> None:
    caution = Caution(CautionCode.VARIABLES, (), {"KERAS_MAX_EPOCHS": "1", "TF_X": "<b>|"})
    assert r"KERAS\_MAX\_EPOCHS=1, TF\_X=&lt;b&gt;&#124;" in word_caution(caution)


def test_a_missing_fact_reads_as_unknown() -> None:
    assert "on top of commit unknown" in word_caution(Caution(CautionCode.DIRTY_GIT, (), {"git_commit": None}))


@pytest.mark.parametrize("kind", get_args(IntervalKind))
def test_every_kind_of_interval_has_words(kind: IntervalKind) -> None:
    assert word_interval(kind, 5)


def test_one_value_and_equal_values_are_told_apart() -> None:
    assert word_interval("none", 1) == "one value, so no range"
    assert word_interval("none", 5) == "equal values, so no interval"


def test_budgets_that_differ_end_with_what_to_do() -> None:
    assert "Compare at the same epoch" in BUDGETS_DIFFER


def test_a_network_caveat_is_inert_and_ends_with_what_to_do() -> None:
    assert word_model("a|b", "c<d") == "**a&#124;b**: c&lt;d. Say so when you quote its results."
