"""Stock and tuned side by side: gains and gaps from pairs of one seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import RunSummary
from bench.plan.case import Case
from bench.plan.tuning import TunedCase
from bench.store.records import Journal, RunRecord
from tests.conftest import NOW, TakeTurns

LSTM, CNN = Case(model="lstm", epochs=1), Case(model="cnn", epochs=1)
FAST = LSTM.model_copy(update={"model": "lstm-cpu", "intra_op_threads": 1, "inter_op_threads": 2})
# Examples per second by seed: the machine is slower for seed 1, and slower alike for all.
RATES = {LSTM: (100.0, 50.0), FAST: (200.0, 100.0), CNN: (400.0, 200.0)}


@pytest.fixture
def summarize(make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal]) -> Callable[..., RunSummary]:
    """Return what summarizes a run of the three cases: `summarize(TunedCase(…), …)`."""

    def make(*tuned: TunedCase, seeds: tuple[int, ...] = (0, 1)) -> RunSummary:
        run = make_run(list(RATES), seeds)
        run = run.model_copy(update={"suite": run.suite.model_copy(update={"tuned": tuned})})
        journals = [
            make_journal(case, seed, val_accuracy=(0.9,), train_s=1000.0 / rates[seed] + 2.0, num_examples=1032)
            for case, rates in RATES.items()
            for seed in seeds
        ]
        return summarize_run(run, journals)

    return make


def test_a_run_without_tuned_cases_says_nothing_of_tuning(summarize: Callable[..., RunSummary]) -> None:
    assert summarize().tuned is None


def test_gains_are_of_pairs_of_one_seed(summarize: Callable[..., RunSummary]) -> None:
    tuned = summarize(TunedCase(stock=LSTM.case_id, tuned=FAST.case_id), TunedCase(stock=CNN.case_id)).tuned
    assert tuned
    lstm, cnn = tuned.rows
    assert lstm.changes == ("lstm-cpu", "1 intra-op thread", "2 inter-op threads")
    assert lstm.fit.gain
    assert lstm.fit.gain.value == pytest.approx(2.0)
    assert lstm.steady == lstm.fit  # without a wait for an iterator
    assert (cnn.stock, cnn.tuned, cnn.fit.gain) == ("cnn", None, None)
    assert tuned.untuned == ()


def test_gains_are_of_neighbours_in_time_where_seeds_ran_in_another_order(
    make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal]
) -> None:
    """The stock case's seed 1 ran first, when the machine was fast for both: its neighbour is the other's seed 0."""
    tuned = (TunedCase(stock=LSTM.case_id, tuned=FAST.case_id),)
    run = make_run([LSTM, FAST], (0, 1))
    run = run.model_copy(update={"suite": run.suite.model_copy(update={"tuned": tuned})})
    rates = {(LSTM, 1): 100.0, (FAST, 0): 200.0, (LSTM, 0): 50.0, (FAST, 1): 100.0}
    journals = []
    for minute, ((case, seed), rate) in enumerate(rates.items()):
        journal = make_journal(case, seed, val_accuracy=(0.9,), train_s=1000.0 / rate + 2.0, num_examples=1032)
        start = journal.start.model_copy(update={"started_at": NOW + minute * timedelta(minutes=1)})
        journals.append(journal.model_copy(update={"start": start}))
    found = summarize_run(run, journals).tuned
    assert found
    gain = found.rows[0].fit.gain
    assert gain
    assert (gain.value, gain.low) == (pytest.approx(2.0), None)  # both pairs say 2: of pairs by seed, 4 and 1


def test_the_gap_is_of_both_as_they_come_and_of_both_at_their_best(summarize: Callable[..., RunSummary]) -> None:
    tuned = summarize(TunedCase(stock=LSTM.case_id, tuned=FAST.case_id), TunedCase(stock=CNN.case_id)).tuned
    assert tuned
    (gap,) = tuned.gaps
    assert (gap.recurrent, gap.convolutional) == ("lstm", "cnn")
    assert gap.stock
    assert gap.best
    assert (gap.stock.value, gap.best.value) == (pytest.approx(4.0), pytest.approx(2.0))


def test_without_a_tuning_of_both_there_is_no_gap_and_the_other_is_named(summarize: Callable[..., RunSummary]) -> None:
    tuned = summarize(TunedCase(stock=LSTM.case_id, tuned=FAST.case_id)).tuned
    assert tuned
    assert (tuned.gaps, tuned.untuned) == ((), ("cnn",))


def test_gains_of_trials_that_took_turns_are_of_their_turns(
    make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal], take_turns: TakeTurns
) -> None:
    run = make_run([LSTM, FAST, CNN], (0,))
    tuned = (TunedCase(stock=LSTM.case_id, tuned=FAST.case_id), TunedCase(stock=CNN.case_id))
    run = run.model_copy(update={"suite": run.suite.model_copy(update={"tuned": tuned})})
    journals = [make_journal(case, 0, val_accuracy=(0.9,)) for case in (LSTM, FAST, CNN)]
    summary = summarize_run(run, take_turns(journals, (0.004, 0.002, 0.001))).tuned
    assert summary
    assert summary.rows[0].steady.gain
    assert (summary.rows[0].steady.gain.value, summary.rows[0].steady.num_in_turns) == (pytest.approx(2.0), 1)
    (gap,) = summary.gaps
    assert (gap.stock and gap.stock.value, gap.best and gap.best.value) == (pytest.approx(4.0), pytest.approx(2.0))
    assert (gap.stock_in_turns, gap.best_in_turns) == (1, 1)
