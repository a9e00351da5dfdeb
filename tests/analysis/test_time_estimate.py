"""How long a plan takes: from history, from a reference, or not known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.time_estimate import Pace, Reference, collect_history, estimate_plan
from bench.plan.case import Case, Trial
from bench.store.records import Journal

MakeJournal = Callable[..., Journal]
LSTM = "lstm-mnist-b32-float32-cpu"


def test_history_is_the_median_pace_of_this_machine_and_no_other(make_journal: MakeJournal) -> None:
    # Each epoch: training without the first step, 3 s of validation, 0.125 s of other; 20 s around them.
    journals = [make_journal(seed=s, train_s=(t + 2.0, t, t)) for s, t in enumerate((50.0, 60.0, 90.0))]
    elsewhere = journals[0].start.environment.model_copy(update={"fingerprint": "another"})
    journals += [make_journal(train_s=1.0, environment=elsewhere), make_journal(val_accuracy=(), status="failed")]
    history = collect_history(journals, "a1b2c3d4e5f6")
    assert history == {LSTM: Pace(epoch_s=pytest.approx(63.125), fixed_s=pytest.approx(20 - 9.375 + 2))}
    assert collect_history(journals, "unknown") == {}


def test_a_trial_without_an_end_tells_its_pace_and_not_what_is_around_it(make_journal: MakeJournal) -> None:
    history = collect_history([make_journal(train_s=60.0, first_step_s=None, status=None)], "a1b2c3d4e5f6")
    assert history == {LSTM: Pace(epoch_s=63.125, fixed_s=0.0)}


def test_an_estimate_says_where_it_comes_from(make_case: Callable[..., Case]) -> None:
    cases = [make_case("lstm", epochs=3), make_case("cnn", epochs=2), make_case("cnn", train_size=500)]
    cases += [make_case("mypackage.mymodule:build"), make_case("cnn", dataset="own.npz")]
    trials = [Trial(case=case, seed=0, index=index) for index, case in enumerate(cases)]
    estimate = estimate_plan(
        trials,
        {LSTM: Pace(epoch_s=60.0, fixed_s=10.0)},
        {"cnn": Reference(example_s=0.001, fixed_s=5.0), "lstm": Reference(example_s=1.0, fixed_s=5.0)},
        {"mnist": 60_000},
    )
    assert [(trial.seconds, trial.source) for trial in estimate.trials] == [
        (190.0, "history"),
        (125.0, "reference"),
        (pytest.approx(6.5), "reference"),
        (None, None),
        (None, None),
    ]
    assert estimate.total_s == pytest.approx(321.5)
    assert estimate.num_unknown == 2


def test_nothing_known_is_no_estimate(make_case: Callable[..., Case]) -> None:
    estimate = estimate_plan([Trial(case=make_case(), seed=0, index=0)], {}, {}, {})
    assert (estimate.total_s, estimate.num_unknown) == (None, 1)
