"""One case over its seeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.case_summary import family_of, summarize_case
from bench.plan.case import Case
from bench.store.records import Journal

MakeCase = Callable[..., Case]
MakeJournal = Callable[..., Journal]


@pytest.mark.parametrize(
    ("model", "family"), [("lstm", "recurrent"), ("cnn", "convolutional"), ("mypackage.mymodule:build", "other")]
)
def test_a_model_is_of_its_registry_entrys_family(model: str, family: str) -> None:
    assert family_of(model) == family


def test_a_case_of_eight_seeds_has_intervals_and_of_seven_ranges(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    journals = [make_journal(seed=seed, train_s=60.0 + seed) for seed in range(8)]
    eight = summarize_case(make_case(), "lstm", range(8), journals, ())
    seven = summarize_case(make_case(), "lstm", range(8), journals[:7], ())
    assert eight.throughput is not None
    assert seven.throughput is not None
    assert (eight.throughput.kind, seven.throughput.kind) == ("sign-flip", "range")
    assert (eight.curve.kind, seven.curve.kind) == ("interquartile mean", "mean")


def test_a_seed_that_crashed_early_has_no_part_in_the_accuracy_after_the_budget(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    journals = [
        make_journal(val_accuracy=(0.95, 0.97, 0.98)),
        make_journal(seed=1, val_accuracy=(0.5,), status="killed"),
    ]
    case = summarize_case(make_case(), "lstm", (0, 1), journals, ())
    assert case.final_val_accuracy is not None
    assert (case.final_val_accuracy.value, case.final_val_accuracy.n) == (0.98, 1)
    assert case.throughput is not None
    assert case.throughput.n == 2


def test_step_times_are_means_over_the_epochs_that_have_some(make_case: MakeCase, make_journal: MakeJournal) -> None:
    journal = make_journal(val_accuracy=(0.9, 0.9), train_s=(18.75, 37.5))  # 1,875 steps: 10 ms and 20 ms each
    untimed = journal.epochs[1].model_copy(update={"step_s": None})
    case = summarize_case(make_case(), "lstm", (0,), [journal], ())
    partly = journal.model_copy(update={"epochs": (journal.epochs[0], untimed)})
    assert case.step_p50_s is not None
    assert case.step_p50_s.value == pytest.approx(0.015)
    partly_timed = summarize_case(make_case(), "lstm", (0,), [partly], ()).step_p50_s
    assert partly_timed is not None
    assert partly_timed.value == pytest.approx(0.010)


def test_of_calls_that_run_several_steps_a_step_has_its_share(make_case: MakeCase, make_journal: MakeJournal) -> None:
    journal = make_journal(make_case("lstm"), val_accuracy=(0.9,), train_s=(18.75,))
    assert journal.built is not None
    resolved = journal.built.resolved.model_copy(update={"steps_per_execution": 8})
    called = journal.model_copy(update={"built": journal.built.model_copy(update={"resolved": resolved})})
    step_s = summarize_case(make_case(), "lstm", (0,), [called], ()).step_p50_s
    assert step_s is not None
    assert step_s.value == pytest.approx(0.010 / 8)


@pytest.mark.parametrize(
    ("after", "read_back"),
    [(1e-3 / (1 + 1e-5 * 1875), (1e-3, 1e-5)), (1e-3, (None, None)), (None, (None, None))],
    ids=["follows", "does not follow", "is not known"],
)
def test_an_older_journals_rate_is_the_one_asked_for_where_the_rate_after_an_epoch_follows_from_it(
    make_case: MakeCase, make_journal: MakeJournal, after: float | None, read_back: tuple[float | None, float | None]
) -> None:
    journal = make_journal(make_case("lstm"))
    assert journal.built is not None
    older = journal.built.resolved.model_copy(update={"learning_rate": None, "decay": None})
    first = journal.epochs[0].model_copy(update={"learning_rate": after})
    built = journal.built.model_copy(update={"resolved": older})
    changed = journal.model_copy(update={"built": built, "epochs": (first, *journal.epochs[1:])})
    resolved = summarize_case(make_case("lstm"), "lstm", (0,), (changed,), ()).resolved
    assert resolved is not None
    assert (resolved.learning_rate, resolved.decay) == read_back


def test_a_deterministic_case_has_accuracies_and_no_speed_and_no_time(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    exact = make_case(deterministic=True)
    case = summarize_case(exact, "lstm", (0, 1), [make_journal(exact, seed) for seed in (0, 1)], (0.9,))
    speeds = (case.throughput, case.fit_throughput, case.achieved_flops_per_s)
    epochs = (case.steady_epoch_s, case.fit_epoch_s, case.epoch_val_s, case.seconds)
    steps = (case.first_step_s, case.step_p50_s, case.step_p95_s)
    assert (*speeds, *epochs, *steps) == (None,) * 10
    assert case.ledger == ()
    assert {result.median_train_s for result in (*case.targets, *case.sweep, *case.steps)} == {None}
    assert case.targets[0].median_epochs == 1
    assert case.final_val_accuracy is not None
