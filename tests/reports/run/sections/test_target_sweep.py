"""The ranking over targets, and each comparison in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.statistics.sample_size import More
from bench.analysis.statistics.unpaired import inverse
from bench.analysis.summary_types import CaseSummary, Comparison, Contrast, Interval, RunSummary, Wins
from bench.reports.run.sections.target_sweep import HOW_TO_READ, comparison_sentences, sweep_tables

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]
MakeContrast = Callable[..., Contrast]


def test_the_table_says_who_is_soonest_to_each_target_and_where_that_changes(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    early = make_case_summary("cnn", curve=(0.91, 0.93, 0.94), epoch_s=20.0)
    strong = make_case_summary("cnn-deep", curve=(0.5, 0.96, 0.985), epoch_s=50.0)
    (table,) = sweep_tables(make_summary([early, strong]))
    assert table is not None
    assert [column.title for column in table.columns[1:]] == ["80 %", "90 %", "95 %", "97 %", "98 %", "99 %"]
    assert table.rows == (
        ("cnn", "20.0", "20.0", "> budget", "> budget", "> budget", "> budget"),
        ("cnn-deep", "100", "100", "100", "150", "150", "> budget"),
        ("fastest", "cnn", "cnn", "cnn-deep", "cnn-deep", "cnn-deep", "–"),
    )
    assert table.note == (
        f"The ranking flips; by the medians the fastest is cnn to 80 % … 90 %, cnn-deep to 95 % … 98 %. {HOW_TO_READ}"
    )


def test_a_ranking_that_does_not_flip_says_so(make_summary: MakeSummary) -> None:
    (table,) = sweep_tables(make_summary())
    assert table is not None
    assert table.note == (
        f"By the medians cnn is the fastest wherever that is known: the ranking does not flip. {HOW_TO_READ}"
    )


def test_one_case_has_no_ranking_and_none_no_table(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    (table,) = sweep_tables(make_summary([make_case_summary("lstm")]))
    assert table is not None
    assert ([row[0] for row in table.rows], table.note) == (["lstm"], "")
    assert sweep_tables(make_summary([make_case_summary("lstm", sweep=())])) == ()


def test_targets_that_nobody_reaches_have_no_first(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    cases = [make_case_summary(model, curve=(0.1, 0.2)) for model in ("lstm", "cnn")]
    (table,) = sweep_tables(make_summary(cases))
    assert table is not None
    assert table.note == f"It is not known of any target which case is the fastest. {HOW_TO_READ}"


def test_a_median_is_soonest_only_before_what_came_after_a_later_validation(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    def bounded(label: str, **how: object) -> CaseSummary:
        case = make_case_summary(label)
        return replace(case, sweep=tuple(replace(result, **how) for result in case.sweep[:1]))

    first = bounded("cnn", median_train_s=20.0, is_bound=True)
    others = (
        (bounded("lstm", median_train_s=60.0, median_since_s=20.0), "cnn"),
        (bounded("lstm", median_train_s=60.0, median_since_s=15.0), "–"),
        (bounded("lstm", median_train_s=60.0, median_since_s=0.0, is_bound=True), "–"),
        (bounded("lstm", median_train_s=None, median_train_s_beyond=20.0), "cnn"),
        (bounded("lstm", median_train_s=None, median_train_s_beyond=15.0), "–"),
        (bounded("lstm", median_train_s=None), "cnn"),
    )
    for other, soonest in others:
        (table,) = sweep_tables(make_summary([first, other]))
        assert table.rows[0] == ("cnn", "≤ 20.0")
        assert table.rows[-1] == ("fastest", soonest)


def _sentences(make_summary: MakeSummary, *contrasts: Contrast) -> tuple[str, ...]:
    return comparison_sentences(make_summary(comparisons=(Comparison("lstm", "cnn", contrasts),)))


def test_a_sentence_tells_ratio_interval_seeds_and_probability(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    contrast = make_contrast(
        "train_s_to_target", 62.0, 14.8, "ratio", target=0.9, effect=Interval(4.2, 3.9, 4.6, 8, "t"),
        superiority=Interval(1.0, 0.7, 1.0, 8, "newcombe"),
    )  # fmt: skip
    assert _sentences(make_summary, contrast) == (
        "cnn reaches 90 % 4.20× faster than lstm (3.90× … 4.60×, 95 % interval (t) over 8 seeds); a trial of cnn is "
        "faster than one of lstm with probability 1.00 (0.70 … 1.00, Newcombe).",
    )


def test_the_sooner_side_comes_first_whichever_it_is(make_summary: MakeSummary, make_contrast: MakeContrast) -> None:
    contrast = make_contrast(
        "train_s_to_target", 20.0, 40.0, "ratio", target=0.9, effect=Interval(0.5, 0.4, 0.625, 5, "t"),
        wins=Wins(4, 1, 5), decided=False, num_more_pairs=More(12, 4, 160),
    )  # fmt: skip
    (sentence,) = _sentences(make_summary, contrast)
    assert sentence.startswith("lstm reaches 90 % 2.00× faster than cnn (1.60× … 2.50×, ")
    assert " seeds); on 4 of 5 seeds. Not decided" in sentence
    assert sentence.endswith(" Not decided: 12 more seeds (4 to 160) would decide.")


@pytest.mark.parametrize(
    ("a", "b", "effect", "bounds", "told"),
    [
        (
            62.0,
            14.8,
            Interval(4.2, 3.9, 4.6, 8, "t"),
            (False, True),
            "cnn reaches 90 % at least 4.20× faster than lstm",
        ),
        (
            20.0,
            40.0,
            Interval(0.5, 0.4, 0.625, 8, "t"),
            (True, False),
            "lstm reaches 90 % at least 2.00× faster than cnn",
        ),
    ],
)
def test_of_a_time_that_is_at_most_so_long_the_ratio_is_at_least_so_large(
    make_summary: MakeSummary, make_contrast: MakeContrast, a: float, b: float, effect: Interval,
    bounds: tuple[bool, bool], told: str,
) -> None:  # fmt: skip
    contrast = make_contrast("train_s_to_target", a, b, "ratio", target=0.9, effect=effect, are_bounds=bounds)
    assert _sentences(make_summary, contrast)[0].startswith(told)


def test_the_primary_target_is_told_or_the_hardest_that_both_reach(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    primary = make_contrast("train_s_to_target", 60.0, 30.0, "ratio", target=0.9)
    easy = replace(primary, target=0.95)
    hard = make_contrast("train_s_to_target", 120.0, 40.0, "ratio", target=0.97)
    missed = replace(hard, target=0.99, a_value=None, effect=None)
    assert _sentences(make_summary, primary, easy, hard)[0].startswith("cnn reaches 90 % 2.00× faster")
    assert _sentences(make_summary, easy, hard, missed)[0].startswith("cnn reaches 97 % 3.00× faster")


def test_a_target_that_some_trials_miss_is_told_without_a_ratio_and_only_where_no_other_is_left(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    easy = make_contrast("train_s_to_target", 60.0, 30.0, "ratio", target=0.9)
    part = make_contrast("train_s_to_target", 100.0, 50.0, "ratio", target=0.99, whole=False, leader="a", effect=None)
    assert _sentences(make_summary, easy, part)[0].startswith("cnn reaches 90 % 2.00× faster")
    assert _sentences(make_summary, part) == (
        "lstm reaches 99 % faster than cnn in the median trial; some trials do not reach it, so there is no ratio of "
        "times.",
    )


def test_one_seed_has_no_interval_and_decides_nothing(make_summary: MakeSummary, make_contrast: MakeContrast) -> None:
    contrast = make_contrast(
        "train_s_to_target", 60.0, 30.0, "ratio", target=0.9, effect=Interval(2.0, None, None, 1, "none"),
        wins=Wins(0, 1, 1), decided=False, num_more_pairs=None,
    )  # fmt: skip
    assert _sentences(make_summary, contrast) == (
        "cnn reaches 90 % 2.00× faster than lstm (1 seed, so no interval). Not decided.",
    )


def test_what_validations_leave_open_is_told_of_a_leader_alone(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    contrast = make_contrast(
        "train_s_to_target", 60.0, 30.0, "ratio", target=0.9, decided=False, untold="between validations"
    )
    (sentence,) = _sentences(make_summary, contrast)
    assert sentence.startswith("cnn reaches 90 % 2.00× faster than lstm (")
    assert sentence.endswith(" Not decided: between two validations.")
    assert _sentences(make_summary, replace(contrast, leader=None)) == ()


def test_where_one_side_alone_comes_there_no_ratio_is_told(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    contrast = make_contrast("train_s_to_target", 60.0, 30.0, "ratio", target=0.9)
    missed = replace(contrast, a_value=None, effect=None)
    assert _sentences(make_summary, missed) == (
        "cnn reaches 90 % within its epoch budget in its median trial, lstm does not.",
    )
    assert _sentences(make_summary, replace(missed, b_value=None)) == ()


def test_turning_a_ratio_round_turns_its_bounds() -> None:
    assert inverse(Interval(0.5, 0.25, 1.0, 5, "t")) == Interval(2.0, 1.0, 4.0, 5, "t")
    assert inverse(Interval(0.5, None, None, 1, "none")) == Interval(2.0, None, None, 1, "none")


def test_a_sentence_says_whether_both_trained_in_turns_until_then(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    contrast = make_contrast("train_s_to_target", 62.0, 31.0, "ratio", target=0.9, num_in_turns=3)
    (sentence,) = _sentences(make_summary, contrast)
    assert "95 % interval (t) over 3 seeds, in turns)" in sentence


def test_a_deterministic_case_is_in_no_ranking(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    usual = make_case_summary("cnn")
    exact = replace(usual, label="exact", case=usual.case.model_copy(update={"deterministic": True}))
    (table,) = sweep_tables(make_summary([usual, exact]))
    assert [row[0] for row in table.rows] == ["cnn"]
    assert sweep_tables(make_summary([exact])) == ()
