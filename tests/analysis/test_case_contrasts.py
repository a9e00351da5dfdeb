"""Two models against each other: who leads, by how much, and whether so few seeds may say so."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.analysis.run_summary import summarize_run
from bench.analysis.statistics.paired import paired_ratio
from bench.analysis.statistics.sample_size import more_to_decide
from bench.analysis.summary_types import Contrast, RunSummary, Wins
from bench.plan.case import Case
from bench.reports.run.headline import headline, name_measure
from bench.reports.run.sections.accuracy import comparison_tables
from bench.reports.run.sections.target_sweep import comparison_sentences
from bench.store.records import Journal, RunRecord
from tests.conftest import MakeRun, TakeTurns

Summarize = Callable[..., RunSummary]

# Between which seconds a trial reached a target: after the first of two validations, and by the second.
_STRETCH = st.tuples(st.floats(1, 100), st.floats(1, 100)).map(lambda ends: (ends[0], sum(ends)))
_ROUNDING = 1e-9


@pytest.fixture
def summarize(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> Summarize:
    """Return a function that summarizes an lstm and a cnn from their val_accuracy and train_s by seed."""

    def build(lstm: Sequence[dict[str, Any]], cnn: Sequence[dict[str, Any]], target: float = 0.98) -> RunSummary:
        cases = {"lstm": make_case("lstm"), "cnn": make_case("cnn")}
        journals = [
            make_journal(cases[model], seed, first_step_s=None, **settings)
            for model, trials in (("lstm", lstm), ("cnn", cnn))
            for seed, settings in enumerate(trials)
        ]
        return summarize_run(make_run(list(cases.values()), range(len(lstm))), journals, [target])

    return build


def _find(summary: RunSummary, measure: str) -> Contrast:
    (comparison,) = summary.comparisons
    (found,) = [contrast for contrast in comparison.contrasts if contrast.measure == measure]
    return found


def test_accuracies_are_subtracted_on_the_seeds_that_both_have(summarize: Summarize) -> None:
    lstm = [{"val_accuracy": (a, a, a)} for a in (0.95, 0.96, 0.94)]
    cnn = [{"val_accuracy": (a, a, a)} for a in (0.98, 0.98, 0.98, 0.10)]
    contrast = _find(summarize(lstm, cnn), "val_accuracy_first_epoch")
    assert (contrast.a, contrast.b, contrast.leader, contrast.decided) == ("lstm", "cnn", "b", True)
    assert contrast.effect is not None
    assert contrast.effect.value == pytest.approx(-0.03)
    assert contrast.effect.low == pytest.approx(-0.03 - 4.302653 * 0.01 / math.sqrt(3))
    assert (contrast.effect_kind, contrast.num_pairs, contrast.num_more_pairs) == ("difference", 3, None)
    assert contrast.a_value == pytest.approx(0.95)
    assert contrast.b_value == pytest.approx(0.76)  # all four seeds; the leader is by pairs


def test_throughputs_are_divided_and_the_faster_leads(summarize: Summarize) -> None:
    lstm = [{"train_s": seconds} for seconds in (60.0, 64.0, 62.0)]
    cnn = [{"train_s": seconds} for seconds in (30.0, 31.0, 33.0)]
    summary = summarize(lstm, cnn)
    throughput, epoch = _find(summary, "fit_throughput"), _find(summary, "fit_epoch_s")
    assert _find(summary, "throughput").effect == throughput.effect  # without a wait for an iterator
    assert throughput.effect is not None
    assert throughput.effect.value == pytest.approx((30 * 31 * 33 / (60 * 64 * 62)) ** (1 / 3))
    assert throughput.b_value == pytest.approx(60_000 / (30 * 31 * 33) ** (1 / 3))
    assert (throughput.leader, throughput.decided) == ("b", True)
    assert epoch.effect is not None
    assert epoch.effect.value == pytest.approx(1 / throughput.effect.value)
    assert (epoch.leader, epoch.decided) == ("b", True)


def test_one_seed_names_a_leader_and_decides_nothing(summarize: Summarize) -> None:
    for contrast in summarize([{"train_s": 60.0}], [{"train_s": 20.0}]).comparisons[0].contrasts:
        assert not contrast.decided
        assert contrast.needs_pairs == 2
        assert contrast.num_more_pairs is None
        assert contrast.effect is None or contrast.effect.kind == "none"
    assert _find(summarize([{"train_s": 60.0}], [{"train_s": 20.0}]), "throughput").leader == "b"


@pytest.mark.parametrize(("num_seeds", "decided"), [(2, False), (5, False), (6, True), (12, True)])
def test_equal_differences_are_left_to_the_test_that_needs_six_pairs(
    summarize: Summarize, num_seeds: int, decided: bool
) -> None:
    lstm = [{"val_accuracy": (0.90 + seed / 100,) * 3} for seed in range(num_seeds)]
    cnn = [{"val_accuracy": (0.89 + seed / 100,) * 3} for seed in range(num_seeds)]
    contrast = _find(summarize(lstm, cnn), "val_accuracy_budget")
    assert contrast.effect is not None
    assert (contrast.effect.kind, contrast.decided, contrast.needs_pairs) == ("none", decided, 6)


def test_networks_of_two_budgets_are_compared_after_the_shorter_one(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    cases = [make_case("lstm", epochs=2), make_case("cnn", epochs=4)]
    curves = {"lstm": (0.90, 0.95), "cnn": (0.91, 0.94, 0.97, 0.99)}
    journals = [make_journal(case, seed, val_accuracy=curves[case.model]) for case in cases for seed in range(2)]
    contrast = _find(summarize_run(make_run(cases, range(2)), journals, [0.9]), "val_accuracy_budget")
    assert (contrast.a_value, contrast.b_value, contrast.epoch) == (0.95, 0.94, 2)  # not 0.95 against 0.99
    assert name_measure(contrast) == "validation accuracy after 2 epochs, the shorter budget"


def test_what_is_not_decided_says_how_many_more_seeds_would(summarize: Summarize) -> None:
    lstm = [{"val_accuracy": (a,) * 3} for a in (0.95, 0.96, 0.97)]
    cnn = [{"val_accuracy": (a,) * 3} for a in (0.96, 0.96, 0.96)]
    contrast = _find(summarize(lstm, cnn), "val_accuracy_budget")
    assert (contrast.decided, contrast.leader, contrast.num_more_pairs) == (False, None, None)  # no effect to find
    leads = (0.9, -0.2, 0.5, 1.3, 0.2, -0.1)
    lstm, cnn = [{"val_accuracy": (0.95 + lead / 100,) * 3} for lead in leads], [{"val_accuracy": (0.95,) * 3}] * 6
    contrast = _find(summarize(lstm, cnn), "val_accuracy_budget")
    assert (contrast.decided, contrast.leader) == (False, "a")
    assert contrast.num_more_pairs == more_to_decide(leads)
    assert contrast.num_more_pairs is not None


def test_a_side_that_reached_the_target_beats_one_that_did_not(summarize: Summarize) -> None:
    summary = summarize([{"val_accuracy": (0.9, 0.9, 0.9)}] * 2, [{"val_accuracy": (0.9, 0.9, 0.99)}] * 2)
    contrast = _find(summary, "train_s_to_target")
    assert (contrast.a_value, contrast.b_value, contrast.leader, contrast.decided) == (None, 180.0, "b", False)
    assert (contrast.effect, contrast.num_pairs, contrast.target) == (None, 0, 0.98)
    assert contrast.wins == Wins(0, 2, 2)  # a trial that never comes there is later than any


@pytest.mark.parametrize("status", ["oom", "interrupted"])
def test_of_a_side_whose_trials_all_crashed_nothing_is_told(summarize: Summarize, status: str) -> None:
    """It has not missed the target, no budget of its ended before, and nobody was ahead of it."""
    crashed: list[dict[str, Any]] = [{"val_accuracy": (), "status": status}] * 3
    summary = summarize(crashed, [{"val_accuracy": (0.99, 0.99, 0.99)}] * 3)
    for measure in ("train_s_to_target", "epochs_to_target", "throughput", "val_accuracy_first_epoch"):
        contrast = _find(summary, measure)
        assert (contrast.leader, contrast.untold, contrast.are_counted) == (None, None, (False, True))
    assert comparison_sentences(summary) == ()
    assert "does not" not in headline(summary)
    assert not any("> budget" in cell for table in comparison_tables(summary) for row in table.rows for cell in row)


def test_a_ratio_over_the_lucky_seeds_alone_decides_nothing(summarize: Summarize) -> None:
    hit, miss = {"val_accuracy": (0.9, 0.9, 0.99)}, {"val_accuracy": (0.9, 0.9, 0.9)}
    lstm = [hit | {"train_s": 60.0 + seed} for seed in range(4)] + [miss]
    cnn = [hit | {"train_s": 20.0 + seed / 2} for seed in range(5)]
    contrast = _find(summarize(lstm, cnn), "train_s_to_target")
    assert (contrast.effect, contrast.num_pairs, contrast.leader) == (None, 4, "b")
    assert (contrast.decided, contrast.num_more_pairs) == (False, None)


def test_a_miss_is_later_than_every_hit(summarize: Summarize) -> None:
    hit, miss = {"val_accuracy": (0.9, 0.9, 0.99)}, {"val_accuracy": (0.9, 0.9, 0.9)}
    lstm = [hit | {"train_s": 100.0 + seed} for seed in range(5)]
    cnn = [hit | {"train_s": 50.0 + seed} for seed in range(2)] + [miss | {"train_s": 110.0}] * 3
    contrast = _find(summarize(lstm, cnn), "train_s_to_target")
    assert contrast.wins == Wins(3, 2, 5)
    assert contrast.superiority is None  # of five seeds it would tell nothing
    assert not contrast.whole


def test_from_ten_trials_a_side_up_superiority_is_told_a_miss_being_later_than_every_hit(summarize: Summarize) -> None:
    hit, miss = {"val_accuracy": (0.9, 0.9, 0.99)}, {"val_accuracy": (0.9, 0.9, 0.9)}
    lstm = [hit | {"train_s": 100.0 + seed} for seed in range(10)]
    cnn = [hit | {"train_s": 50.0 + seed} for seed in range(4)] + [miss | {"train_s": 110.0}] * 6
    contrast = _find(summarize(lstm, cnn), "train_s_to_target")
    assert contrast.superiority is not None
    assert contrast.superiority.value == pytest.approx(4 / 10)
    assert contrast.wins == Wins(6, 4, 10)


def test_times_are_paired_by_time_and_accuracies_by_seed(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    """The machine slows down; seed 0 of the cnn failed at first and ran again at the end."""
    start = datetime(2026, 11, 22, 8, tzinfo=UTC)
    cases = {model: make_case(model) for model in ("lstm", "cnn")}
    ran = [("lstm", 0), ("lstm", 1), ("cnn", 1), ("cnn", 2), ("lstm", 2), ("cnn", 0)]
    journals = []
    for place, (model, seed) in enumerate(ran):
        made = make_journal(cases[model], seed, train_s=(100.0 if model == "lstm" else 50.0) * 1.1 ** (place // 2),
                            val_accuracy=(0.9 + seed / 100,) * 3)  # fmt: skip
        moved = made.start.model_copy(update={"started_at": start + place * timedelta(minutes=5)})
        journals.append(made.model_copy(update={"start": moved}))
    summary = summarize_run(make_run(list(cases.values())), journals, [0.95])
    rate, accuracy = _find(summary, "throughput"), _find(summary, "val_accuracy_budget")
    assert (rate.pairing, rate.wins, accuracy.pairing) == ("time", Wins(0, 3, 3), "seed")
    assert accuracy.effect is not None
    assert accuracy.effect.value == 0.0
    rates = {case.case.model: {trial.seed: trial.throughput for trial in case.trials} for case in summary.cases}
    in_order = {model: [rates[model][seed] for one, seed in ran if one == model] for model in rates}
    assert rate.effect == paired_ratio(in_order["lstm"], in_order["cnn"])


def test_a_shorter_budget_is_compared_up_to_its_end_alone(summarize: Summarize) -> None:
    short = [{"val_accuracy": (0.9, 0.9, 0.9)}] * 3  # ends after 180 s
    late = [{"val_accuracy": (0.9, 0.9, 0.9, 0.9, 0.99), "train_s": (40.0 + seed,) * 5} for seed in range(3)]
    for measure in ("train_s_to_target", "epochs_to_target"):
        contrast = _find(summarize(short, late), measure)
        assert (contrast.leader, contrast.decided, contrast.untold) == (None, False, "budget")
        assert (contrast.effect, contrast.wins, contrast.num_more_pairs) == (None, Wins(0, 0, 3), None)
    soon = [trial | {"train_s": (20.0 + seed,) * 5} for seed, trial in enumerate(late)]  # comes after 100 to 110 s
    contrast = _find(summarize(short, soon), "train_s_to_target")
    assert (contrast.leader, contrast.untold, contrast.wins) == ("b", None, Wins(0, 3, 3))
    assert _find(summarize(short, soon), "epochs_to_target").untold == "budget"  # in epochs it still cannot be told


def test_a_first_epochs_length_does_not_say_who_came_first(summarize: Summarize) -> None:
    lstm = [{"val_accuracy": (0.99, 0.99, 0.99), "train_s": 60.0 + seed} for seed in range(3)]
    cnn = [{"val_accuracy": (0.99, 0.99, 0.99), "train_s": 20.0 + seed / 2} for seed in range(3)]
    contrast = _find(summarize(lstm, cnn), "train_s_to_target")
    assert (contrast.leader, contrast.decided, contrast.untold) == (None, False, "between validations")
    assert (contrast.effect, contrast.wins, contrast.are_bounds) == (None, Wins(0, 0, 3), (True, True))
    assert (contrast.a_value, contrast.b_value) == (61.0, 20.5)  # what they took at most


def test_an_upper_bound_counts_against_its_own_side_alone(summarize: Summarize) -> None:
    second = [{"val_accuracy": (0.9, 0.99, 0.99), "train_s": 60.0 + seed} for seed in range(3)]  # after 120 s and more
    first = [{"val_accuracy": (0.99, 0.99, 0.99), "train_s": 20.0 + seed / 2} for seed in range(3)]
    contrast = _find(summarize(second, first), "train_s_to_target")
    assert (contrast.leader, contrast.decided, contrast.untold) == ("b", True, None)
    assert (contrast.are_bounds, contrast.wins) == ((False, True), Wins(0, 3, 3))
    assert contrast.effect is not None
    earliest_over_latest = [60.0 / 20.0, 61.0 / 20.5, 62.0 / 21.0]  # a came after its first epoch, b by the end of that
    assert contrast.effect.value == pytest.approx(statistics.geometric_mean(earliest_over_latest))
    slow = [trial | {"train_s": 200.0 + seed} for seed, trial in enumerate(first)]
    contrast = _find(summarize(second, slow), "train_s_to_target")
    assert (contrast.leader, contrast.decided, contrast.untold) == (None, False, "between validations")
    assert contrast.wins == Wins(0, 0, 3)


def _second_epoch(*trials: tuple[float, float]) -> list[dict[str, Any]]:
    """Make trials that reach the target in their second epoch, each between so many seconds and so many."""
    return [{"val_accuracy": (0.9, 0.99), "train_s": (since_s, train_s - since_s)} for since_s, train_s in trials]


def test_an_order_that_could_be_the_validations_alone_is_told_of_no_side(summarize: Summarize) -> None:
    """cnn at batch 512 in a published run, in mixed bfloat16 and in float32: two seeds may be the other way round."""
    bfloat16 = _second_epoch((3.91, 6.03), (3.40, 5.52), (4.02, 6.15), (3.84, 6.24), (4.48, 6.80))
    float32 = _second_epoch((5.62, 9.38), (5.64, 9.60), (6.17, 10.27), (6.55, 11.02), (6.02, 10.28))
    contrast = _find(summarize(bfloat16, float32), "train_s_to_target")
    assert contrast.effect is not None
    assert contrast.effect.value == pytest.approx(0.608, abs=0.001)
    assert contrast.effect.excludes(1.0)
    assert (contrast.leader, contrast.decided, contrast.untold) == (None, False, "between validations")
    assert (contrast.num_more_pairs, contrast.wins) == (None, Wins(3, 0, 5))
    assert contrast.are_bounds == (False, False)


def test_an_order_that_holds_wherever_between_validations_stays_decided(summarize: Summarize) -> None:
    soon = _second_epoch(*((3.0 + seed / 10, 6.0 + seed / 10) for seed in range(5)))
    late = _second_epoch(*((8.0 + seed / 5, 16.0 + seed / 10) for seed in range(5)))
    for a, b, leader, wins in ((soon, late, "a", Wins(5, 0, 5)), (late, soon, "b", Wins(0, 5, 5))):
        contrast = _find(summarize(a, b), "train_s_to_target")
        assert (contrast.leader, contrast.decided, contrast.untold, contrast.wins) == (leader, True, None, wins)


def test_a_leader_that_would_be_undecided_at_the_worst_times_stays_and_is_not_decided(summarize: Summarize) -> None:
    soon = _second_epoch(*((5.0, 10.0) for _ in range(5)))
    late = _second_epoch(*((since_s, 30.0 + since_s) for since_s in (9.0, 16.0, 9.5, 17.0, 15.0)))
    contrast = _find(summarize(soon, late), "train_s_to_target")
    assert contrast.effect is not None
    assert contrast.effect.excludes(1.0)
    assert (contrast.leader, contrast.decided, contrast.untold) == ("a", False, "between validations")


def test_more_seeds_are_planned_from_the_worst_times(summarize: Summarize) -> None:
    times = ((6.0, 7.0), (5.0, 6.0), (8.5, 9.5), (5.5, 6.5), (9.5, 10.5))
    behind = _second_epoch(*[(10.0, 10.25)] * 5)
    contrast = _find(summarize(_second_epoch(*times), behind), "train_s_to_target")
    assert (contrast.leader, contrast.decided) == ("a", False)
    assert contrast.num_more_pairs == more_to_decide([math.log(train_s / 10.0) for _, train_s in times])
    assert contrast.num_more_pairs is not None


def test_medians_between_whose_validations_either_may_be_the_first_have_no_leader(summarize: Summarize) -> None:
    miss = {"val_accuracy": (0.9, 0.9), "train_s": 40.0}
    soon = _second_epoch((10.0, 20.0), (11.0, 21.0))
    near, far = [_second_epoch((since_s, 30.0), (since_s, 31.0)) for since_s in (15.0, 25.0)]
    contrast = _find(summarize([*soon, miss], [*near, miss]), "train_s_to_target")
    assert (contrast.leader, contrast.untold) == (None, "between validations")
    contrast = _find(summarize([*soon, miss], [*far, miss]), "train_s_to_target")
    assert (contrast.leader, contrast.untold, contrast.decided) == ("a", None, False)


# The factory keeps nothing between examples.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_STRETCH, _STRETCH), min_size=2, max_size=6), st.data())
def test_an_order_that_is_told_holds_for_all_times_between_the_validations(
    summarize: Summarize, stretches: list[tuple[tuple[float, float], tuple[float, float]]], data: st.DataObject
) -> None:
    a, b = (_second_epoch(*side) for side in zip(*stretches, strict=True))
    contrast = _find(summarize(a, b), "train_s_to_target")
    times = [[data.draw(st.floats(*stretch)) for stretch in pair] for pair in stretches]
    lags = [math.log(of_a / of_b) for of_a, of_b in times]
    if contrast.leader:
        assert math.fsum(lags) * (1 if contrast.leader == "b" else -1) > -_ROUNDING
    assert contrast.wins.a <= sum(lag < _ROUNDING for lag in lags)
    assert contrast.wins.b <= sum(lag > -_ROUNDING for lag in lags)


def test_headlines_set_the_first_recurrent_case_against_the_first_convolutional(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    cases = [make_case(model, batch_size=b) for b in (32, 128) for model in ("cnn", "lstm", "cnn-deep")]
    summary = summarize_run(make_run(cases), [make_journal(case) for case in cases], [0.98])
    assert {(headline.a, headline.b) for headline in summary.headlines} == {
        ("lstm · batch 32", "cnn · batch 32"),
        ("lstm · batch 128", "cnn · batch 128"),
    }
    assert [headline.measure for headline in summary.headlines[:4]] == [
        "val_accuracy_first_epoch",
        "val_accuracy_budget",
        "fit_throughput",
        "train_s_to_target",
    ]
    assert len(summary.comparisons) == 6


def test_cases_that_differ_in_more_than_their_model_are_not_compared(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    cases = [make_case("lstm"), make_case("cnn", batch_size=128), make_case("lstm", units=64)]
    summary = summarize_run(make_run(cases), [make_journal(case) for case in cases])
    assert (summary.comparisons, summary.headlines) == ((), ())


def test_two_models_of_one_family_are_compared_where_nothing_else_is(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    cases = [make_case("mine.models:small"), make_case("cnn", epochs=10, filters=32)]
    summary = summarize_run(make_run(cases), [make_journal(case) for case in cases], [])
    assert {(headline.a, headline.b) for headline in summary.headlines} == {("mine.models:small", "cnn · 32 filters")}


def test_from_ten_trials_a_side_up_superiority_is_told_only_where_each_order_is_known(summarize: Summarize) -> None:
    short = [{"val_accuracy": (0.9, 0.9, 0.9)}] * 10  # ends after 180 s
    late = [{"val_accuracy": (0.9, 0.9, 0.9, 0.99), "train_s": (30.0 + 4 * seed,) * 4} for seed in range(10)]
    contrast = _find(summarize(short, late), "train_s_to_target")
    assert contrast.superiority is None  # four come after 180 s
    assert contrast.wins == Wins(0, 4, 10)  # those that came within 180 s
    soon = [trial | {"train_s": (30.0 + seed,) * 4} for seed, trial in enumerate(late)]
    contrast = _find(summarize(short, soon), "train_s_to_target")
    assert contrast.superiority is not None
    assert contrast.superiority.value == 1.0


def _in_turns(
    make_journal: Callable[..., Journal], take_turns: TakeTurns, seeds: Sequence[int], ratio: float = 0.5
) -> list[Journal]:
    """Make an lstm that takes turns with a cnn; the cnn is slowed threefold by what else runs after the first epoch.

    Its later epochs, which it had by itself, are in no turn.
    """
    lstm, cnn = ("lstm", {"val_accuracy": (0.95,)}), ("cnn", {"train_s": (30.0, 90.0, 90.0)})
    return [
        journal
        for seed in seeds
        for journal in take_turns(
            [make_journal(model, seed, first_step_s=None, **settings) for model, settings in (lstm, cnn)],
            (0.001, 0.001 * ratio),
            num_epochs=1,
        )
    ]


def test_speeds_are_compared_in_the_turns_that_both_had(
    make_journal: Callable[..., Journal], make_run: MakeRun, take_turns: TakeTurns
) -> None:
    summary = summarize_run(make_run(seeds=range(3)), _in_turns(make_journal, take_turns, range(3)), [0.9])
    for measure, expected in (("throughput", 0.5), ("fit_throughput", 0.5), ("steady_epoch_s", 2), ("fit_epoch_s", 2)):
        contrast = _find(summary, measure)
        assert contrast.effect is not None
        assert contrast.effect.value == pytest.approx(expected)
        assert (contrast.num_in_turns, contrast.num_pairs, contrast.pairing) == (3, 3, "seed")
        assert contrast.leader == "b"
    throughput = _find(summary, "throughput")
    assert throughput.a_value == pytest.approx(60_000 / 60.0)  # of all its own seconds, as ever
    assert throughput.b_value == pytest.approx(180_000 / 210.0)


def test_accuracies_and_epochs_are_measured_in_no_turns(
    make_journal: Callable[..., Journal], make_run: MakeRun, take_turns: TakeTurns
) -> None:
    summary = summarize_run(make_run(), _in_turns(make_journal, take_turns, [0]), [0.9])
    for measure in ("val_accuracy_first_epoch", "val_accuracy_budget", "epochs_to_target"):
        assert _find(summary, measure).num_in_turns is None


@pytest.mark.parametrize(("target", "num_in_turns"), [(0.94, 1), (0.96, 0)])
def test_a_target_was_reached_in_turns_where_both_were_there_until_then(
    make_journal: Callable[..., Journal], make_run: MakeRun, take_turns: TakeTurns, target: float, num_in_turns: int
) -> None:
    """The seconds are each side's own; the cnn gets to 96 % in its second epoch, after the lstm has ended."""
    summary = summarize_run(make_run(), _in_turns(make_journal, take_turns, [0]), [target])
    contrast = _find(summary, "train_s_to_target")
    assert (contrast.b_value, contrast.num_in_turns) == ((30.0, 1) if num_in_turns else (120.0, 0))


def test_seeds_that_took_no_turns_are_compared_over_all_they_trained_and_counted(
    make_journal: Callable[..., Journal], make_run: MakeRun, take_turns: TakeTurns
) -> None:
    alone = [
        make_journal(model, 1, first_step_s=None, train_s=seconds) for model, seconds in (("lstm", 80.0), ("cnn", 60.0))
    ]
    summary = summarize_run(make_run(seeds=(0, 1)), [*_in_turns(make_journal, take_turns, [0]), *alone], [0.9])
    contrast = _find(summary, "throughput")
    assert contrast.effect is not None
    assert contrast.effect.value == pytest.approx(math.sqrt(0.5 * 60 / 80))
    assert (contrast.num_in_turns, contrast.num_pairs) == (1, 2)


def test_a_run_without_turns_says_nothing_of_them(summarize: Summarize) -> None:
    summary = summarize([{}], [{}])
    assert {contrast.num_in_turns for contrast in summary.comparisons[0].contrasts} == {None}
    assert _find(summary, "throughput").pairing == "time"


def test_a_pytorch_network_is_compared_across_backends_and_no_other_is(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    """Its backend, and with it what feeds it, is settled by the network; the same of a Keras network is a choice."""
    keras, other = make_case("lstm", input="pipeline"), make_case("gru", backend="torch")
    own = make_case("mine:Net", backend="torch")
    journals = [make_journal(keras), make_journal(other), make_journal(own, resolved={"keras_version": ""})]
    summary = summarize_run(make_run([keras, other, own]), journals, [0.9])
    models = [(found.a.partition(" ")[0], found.b.partition(" ")[0]) for found in summary.comparisons]
    assert models == [("lstm", "mine:Net"), ("gru", "mine:Net")]


@pytest.mark.parametrize(
    ("ways", "a", "b", "change"),
    [
        ([{}, {"precision": "mixed_bfloat16"}], "lstm · mixed_bfloat16", "lstm · float32", "mixed_bfloat16"),
        ([{"jit": "on"}, {"jit": "auto"}], "lstm · jit on", "lstm · jit auto", "jit on"),
        ([{"input": "pipeline"}, {}], "lstm · input pipeline", "lstm · from arrays", "input pipeline"),
        ([{"input": "pipeline"}, {"backend": "jax"}], "lstm · jax · from arrays",
         "lstm · tensorflow · input pipeline", "jax, from arrays"),
    ],
)  # fmt: skip
def test_one_network_run_in_two_ways_is_compared_with_what_was_changed_first(
    make_case: Callable[..., Case],
    make_journal: Callable[..., Journal],
    make_run: MakeRun,
    ways: list[dict[str, Any]],
    a: str,
    b: str,
    change: str,
) -> None:
    cases = [make_case("lstm", **settings) for settings in ways]
    summary = summarize_run(make_run(cases), [make_journal(case) for case in cases], [0.9])
    assert [(found.a, found.b, found.change) for found in summary.comparisons] == [(a, b, change)]
    assert {contrast.a for contrast in summary.headlines} == {a}


@pytest.mark.parametrize(
    "other",
    [{"precision": "mixed_bfloat16", "jit": "on"}, {"batch_size": 64}, {"scaling": "none"}, {"learning_rate": 0.01}],
)
def test_what_is_trained_otherwise_or_in_several_other_ways_is_not_compared(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: MakeRun, other: dict[str, Any]
) -> None:
    cases = [make_case("lstm"), make_case("lstm", **other)]
    assert summarize_run(make_run(cases), [make_journal(case) for case in cases], [0.9]).comparisons == ()


def test_two_networks_come_before_the_ways_to_run_them(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: MakeRun
) -> None:
    cases = [make_case(model, precision=of) for model in ("lstm", "cnn") for of in ("float32", "mixed_bfloat16")]
    summary = summarize_run(make_run(cases), [make_journal(case) for case in cases], [0.9])
    assert [found.change for found in summary.comparisons] == [None, None, "mixed_bfloat16", "mixed_bfloat16"]
    assert {(contrast.a, contrast.b) for contrast in summary.headlines} == {
        (f"lstm · {of}", f"cnn · {of}") for of in ("float32", "mixed_bfloat16")
    }


def test_a_faster_twin_is_compared_with_its_network_however_it_is_run_and_stands_first(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: MakeRun
) -> None:
    ways = {"intra_op_threads": 1, "inter_op_threads": 2, "steps_per_execution": 8}
    cases = [
        make_case("lstm"),
        make_case("lstm-fast", **ways),
        make_case("lstm-cpu-fast", precision="float64"),
        make_case("lstm-fast", train_size=1000),  # its accuracy is of other data
    ]
    summary = summarize_run(make_run(cases), [make_journal(case) for case in cases], [0.9])
    assert [(found.a.partition(" ")[0], found.b.partition(" ")[0], found.change) for found in summary.comparisons] == [
        ("lstm-fast", "lstm", None)
    ]


def test_a_pytorch_network_is_compared_with_networks_under_settings_that_it_does_not_have(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: MakeRun
) -> None:
    fast, torch = make_case("cnn-fast", steps_per_execution=8), make_case("cnn-pytorch", backend="torch")
    half = make_case("cnn-1d", precision="mixed_bfloat16")
    journals = [make_journal(fast), make_journal(torch, resolved={"keras_version": ""}), make_journal(half)]
    summary = summarize_run(make_run([fast, torch, half]), journals, [0.9])
    assert [(found.a.partition(" ")[0], found.b.partition(" ")[0]) for found in summary.comparisons] == [
        ("cnn-fast", "cnn-pytorch")
    ]


def test_deterministic_networks_are_compared_in_accuracies_and_epochs_alone(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: MakeRun
) -> None:
    cases = [make_case(model, deterministic=True) for model in ("lstm", "cnn")]
    journals = [make_journal(case, seed) for case in cases for seed in (0, 1)]
    summary = summarize_run(make_run(cases, (0, 1)), journals, [0.97])
    (comparison,) = summary.comparisons
    measures = ["val_accuracy_first_epoch", "val_accuracy_budget", "epochs_to_target"]
    assert [contrast.measure for contrast in comparison.contrasts] == measures
    assert [contrast.measure for contrast in summary.headlines] == measures[:2]
