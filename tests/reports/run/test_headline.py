from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.statistics.sample_size import More
from bench.analysis.summary_types import CaseSummary, Comparison, Contrast, RunSummary
from bench.reports.run.headline import headline, name_measure, verdict

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]
MakeContrast = Callable[..., Contrast]
MakeHeadlines = Callable[..., tuple[Contrast, ...]]


def test_the_headline_gives_accuracy_speed_and_time_to_the_target(
    make_summary: MakeSummary, make_headlines: MakeHeadlines
) -> None:
    assert headline(make_summary(headlines=make_headlines())) == (
        "After one epoch lstm reaches 94.98 % validation accuracy and cnn 98.34 %. "
        "lstm trains 0.57× as many examples per second as cnn, as fit costs (1,000 against 1,765). "
        "To reach 90 % validation accuracy, lstm trains for 1 min 02 s and cnn trains for 35.9 s."
    )


@pytest.mark.parametrize(
    ("num_in_turns", "words"),
    [
        (3, "as cnn, as fit costs, measured in turns (1,000 against 1,765 over all epochs)."),
        (2, "as cnn, as fit costs, measured in turns on 2 of 3 pairs (1,000 against 1,765 over all epochs)."),
        (0, "as cnn, as fit costs, measured not in turns (1,000 against 1,765)."),
    ],
)
def test_the_headline_says_how_a_ratio_of_speeds_was_measured(
    make_summary: MakeSummary, make_headlines: MakeHeadlines, num_in_turns: int, words: str
) -> None:
    contrasts = tuple(replace(contrast, num_in_turns=num_in_turns) for contrast in make_headlines())
    assert words in headline(make_summary(headlines=contrasts))


def test_of_many_targets_the_primary_one_is_told(make_summary: MakeSummary, make_contrast: MakeContrast) -> None:
    contrasts = [
        make_contrast("train_s_to_target", a, 10.0, "ratio", target=target)
        for a, target in ((20.0, 0.9), (40.0, 0.97))
    ]  # fmt: skip
    missed = make_contrast("train_s_to_target", 1.0, 30.0, "ratio", target=0.99, a_value=None, effect=None)
    told = headline(make_summary(headlines=(*contrasts, missed)))
    assert told == "To reach 90 % validation accuracy, lstm trains for 20.0 s and cnn trains for 10.0 s."


def test_of_several_data_sets_each_has_its_answer(
    make_summary: MakeSummary, make_contrast: MakeContrast, cases_of_two_sets: tuple[CaseSummary, ...]
) -> None:
    contrasts = tuple(
        replace(contrast, a=f"lstm · {dataset}", b=f"cnn · {dataset}")
        for dataset in ("spoken-digits", "word-languages")
        for contrast in (
            make_contrast("val_accuracy_first_epoch", 0.4, 0.5, "difference"),
            make_contrast("val_accuracy_budget", 0.95, 0.98, "difference", decided=dataset == "spoken-digits"),
            make_contrast("fit_throughput", 1_000.0, 2_000.0, "ratio"),
        )
    )
    summary = make_summary(cases_of_two_sets, headlines=contrasts)
    assert headline(summary) == " ".join(
        f"At the end of the budget lstm · {dataset} reaches 95.00 % validation accuracy and cnn · {dataset} 98.00 %. "
        f"lstm · {dataset} trains 0.50× as many examples per second as cnn · {dataset}, as fit costs (1,000 against "
        "2,000)."
        for dataset in ("spoken-digits", "word-languages")
    )
    assert verdict(summary) == (
        "Undecided at 95 % over 3 seeds: validation accuracy at the end of the budget (lstm · word-languages against "
        "cnn · word-languages)."
    )


def test_what_another_way_to_run_the_networks_gained_is_told_from_the_least_to_the_most(
    make_summary: MakeSummary, make_headlines: MakeHeadlines, make_contrast: MakeContrast
) -> None:
    comparisons = tuple(
        Comparison(
            f"{model} · mixed_bfloat16",
            f"{model} · float32",
            (
                make_contrast("fit_throughput", 1_000.0 * gain, 1_000.0, "ratio"),
                make_contrast("val_accuracy_budget", 0.95 + points, 0.95, "difference"),
            ),
            "mixed_bfloat16",
        )
        for model, gain, points in (("lstm", 0.9, 0.002), ("gru", 1.1, 0.001), ("cnn", 2.0, -0.001))
    )
    of_models = Comparison("lstm", "cnn", make_headlines())
    told = headline(make_summary(headlines=make_headlines(), comparisons=(of_models, *comparisons)))
    assert told.endswith(
        "With mixed_bfloat16 networks train 0.90× (lstm · float32) to 2.00× (cnn · float32) as many examples per "
        "second, as fit costs, at a difference in accuracy of −0.10 pp to +0.20 pp on the mean."
    )


@pytest.mark.parametrize(
    ("num_in_turns", "said"), [((3, 3), ", measured in turns."), ((3, 0), "."), ((None, None), ".")]
)
def test_what_a_way_gained_is_said_to_be_measured_in_turns_where_all_of_it_was(
    make_summary: MakeSummary, make_contrast: MakeContrast, num_in_turns: tuple[int | None, ...], said: str
) -> None:
    comparisons = tuple(
        Comparison(
            f"{model} · jit", model, (make_contrast("fit_throughput", 2.0, 1.0, "ratio", num_in_turns=num),), "jit"
        )
        for model, num in zip(("lstm", "cnn"), num_in_turns, strict=True)
    )
    headlines = (make_contrast("val_accuracy_first_epoch", 0.95, 0.97, "difference"),)
    of_models = Comparison("lstm", "cnn", headlines)
    told = headline(make_summary(headlines=headlines, comparisons=(of_models, *comparisons)))
    assert told.endswith(f"as many examples per second, as fit costs{said}")


def test_a_side_that_misses_the_target_is_said_to_miss_it(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    missed = make_contrast("train_s_to_target", 1.0, 30.0, "ratio", target=0.99, a_value=None, effect=None)
    assert headline(make_summary(headlines=(missed,), primary_target=0.99)) == (
        "To reach 99 % validation accuracy, lstm does not get there within its budget in its median trial "
        "and cnn trains for 30.0 s."
    )


def test_a_side_that_was_stopped_is_not_said_to_miss_the_target(
    make_summary: MakeSummary, make_contrast: MakeContrast, make_case_summary: MakeCaseSummary
) -> None:
    missed = make_contrast("train_s_to_target", 1.0, 30.0, "ratio", target=0.99, a_value=None, effect=None)
    stopped = replace(make_case_summary("lstm", curve=(0.9,)), final_val_accuracy=None)
    told = headline(make_summary([stopped, make_case_summary("cnn")], headlines=(missed,), primary_target=0.99))
    assert told == (
        "To reach 99 % validation accuracy, lstm was stopped before it got there and cnn trains for 30.0 s."
    )


def test_models_that_cannot_be_compared_speak_for_themselves(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    assert headline(make_summary([make_case_summary("cnn", curve=(0.98,))])) == (
        "cnn reaches 98.00 % validation accuracy in 1 epoch and trains 1,000 examples per second, as fit costs."
    )


def test_a_run_that_finished_nothing_says_so(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    told = headline(make_summary([make_case_summary("lstm", curve=())]))
    assert told == "No trial completed its epoch budget, so there is no answer yet."


def test_one_seed_is_told_how_many_a_verdict_needs(make_summary: MakeSummary, make_contrast: MakeContrast) -> None:
    contrast = make_contrast("fit_throughput", 1.0, 2.0, "ratio", num_pairs=1, needs_pairs=3, decided=False)
    told = verdict(make_summary(headlines=(contrast,)))
    assert told == "One seed cannot decide a difference; a verdict needs at least 3."


def test_a_target_that_one_seed_came_to_on_both_sides_leaves_the_others_their_verdict(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    throughput = make_contrast("fit_throughput", 1.0, 2.0, "ratio")
    time = make_contrast("train_s_to_target", 1.0, 2.0, "ratio", target=0.9, num_pairs=1, needs_pairs=2, decided=False)
    told = verdict(make_summary(headlines=(throughput, time)))
    assert told == "Undecided at 95 % over 3 seeds: training time to 90 %."


def test_an_undecided_difference_is_named_with_the_seeds_it_needs(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    throughput = make_contrast("fit_throughput", 1.0, 1.01, "ratio", decided=False, num_more_pairs=More(4, 1, 30))
    accuracy = make_contrast("val_accuracy_first_epoch", 0.95, 0.98, "difference")
    told = verdict(make_summary(headlines=(throughput, accuracy)))
    assert told == (
        "Undecided at 95 % over 3 seeds: training examples per second (as fit costs); 4 more seeds (1 to 30) would "
        "decide."
    )


def test_decided_differences_are_said_to_be(make_summary: MakeSummary, make_headlines: MakeHeadlines) -> None:
    told = verdict(make_summary(headlines=make_headlines()))
    assert told == "These differences are decided at 95 % over 3 seeds."
    alone = verdict(make_summary(headlines=make_headlines()[:1]))
    assert alone == "This difference is decided at 95 % over 3 seeds."


def test_what_has_no_effect_is_not_said_to_be_decided(make_summary: MakeSummary, make_contrast: MakeContrast) -> None:
    throughput = make_contrast("fit_throughput", 1.0, 2.0, "ratio")
    missed = replace(make_contrast("train_s_to_target", 1.0, 2.0, "ratio", target=0.9), a_value=None, effect=None)
    told = verdict(make_summary(headlines=(throughput, missed)))
    assert told == "Of these, training examples per second (as fit costs) is decided at 95 % over 3 seeds."


def test_a_verdict_is_on_what_it_names_where_other_ways_to_run_are_told_too(
    make_summary: MakeSummary, make_headlines: MakeHeadlines, make_contrast: MakeContrast
) -> None:
    change = Comparison("lstm · jit", "lstm", (make_contrast("fit_throughput", 2.0, 1.0, "ratio"),), "jit")
    told = verdict(make_summary(headlines=make_headlines()[:1], comparisons=(change,)))
    assert told == "Of these, validation accuracy after one epoch of lstm and cnn is decided at 95 % over 3 seeds."


def test_five_pairs_decide_at_the_level_that_their_signs_reach(
    make_summary: MakeSummary, make_contrast: MakeContrast
) -> None:
    contrast = make_contrast("fit_throughput", 1.0, 2.0, "ratio", num_pairs=5)
    assert verdict(make_summary(headlines=(contrast,))) == "This difference is decided at 93.75 % over 5 seeds."


def test_nothing_compared_is_no_verdict(make_summary: MakeSummary) -> None:
    assert not verdict(make_summary())


def test_a_metric_is_named_with_its_target(make_contrast: MakeContrast) -> None:
    assert name_measure(make_contrast("epochs_to_target", 1.0, 2.0, "ratio", target=0.975)) == "epochs to 97.5 %"
