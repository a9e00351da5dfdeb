"""When a turn is over and what is kept of it, against a clock that the test sets and turns that cost given seconds."""

import json

import pytest

from bench.run.worker.time_ledger import Ledger
from bench.run.worker.turn_book import MIN_CALLS, TurnBook
from bench.store import records


class FakeTurns:
    """Turns in which the other worker takes ten seconds each time."""

    def __init__(self, clock, turn_s):
        self.clock, self.is_alone, self.number, self.waited_s, self.gone = clock, False, 3, 0.0, []
        self.turn_s = turn_s

    def pass_on(self):
        if not self.is_alone:
            self.clock.now += 10.0
            self.waited_s += 10.0
            self.number += 2


class Worker:
    """A worker's `fit`: what the recorder calls, step by step, 4 examples each."""

    def __init__(self, turn_s=0.04, num_calls=1_000):
        self.now = 100.0
        self.turns = FakeTurns(self, turn_s)
        self.ledger = Ledger(lambda: self.now)
        self.book = TurnBook(self.turns, self.ledger, num_calls)

    def epoch(self, *lengths, new=(), iterator_s=0.0, gap_s=0.0, val_s=0.0):
        self.book.begin_epoch()
        self.ledger.begin_epoch()
        self.now += iterator_s
        self.may_end = []
        for place, length in enumerate(lengths):
            self.book.begin_step()
            self.ledger.begin_step()
            self.now += length
            self.may_end.append(self.book.may_end_turn)
            self.ledger.end_step(4 if place in new else 0)
            self.book.end_step(1, 4, is_new=place in new, then_validates=place == len(lengths) - 1)
            self.now += gap_s
        self.now += val_s
        return self.ledger.end_epoch(), self.book.end_epoch()


@pytest.fixture
def worker():
    """A worker whose turns take four calls of 1/100 s: the first step, and two turns of warm-up, are behind it."""
    worker = Worker()
    worker.epoch(5.0, *[0.01] * 8, new=(0,))
    return worker


def test_as_many_calls_as_take_40_ms_make_a_turn_of_40_ms(worker):
    _, turns = worker.epoch(*[0.01] * 8)
    assert (turns.steps, turns.examples, turns.seconds) == ((4, 4), (16, 16), (0.04, 0.04))


@pytest.mark.parametrize(("num_calls", "calls_a_turn"), [(1_000, 25), (88, 11), (10, 2)])
def test_a_turn_is_as_long_as_the_parent_wants_but_no_more_than_an_eighth_of_the_training(num_calls, calls_a_turn):
    worker = Worker(turn_s=0.25, num_calls=num_calls)
    worker.epoch(5.0, *[0.01] * 8, new=(0,))
    _, turns = worker.epoch(*[0.01] * 50)
    assert set(turns.steps[:-1]) == {calls_a_turn}


def test_slow_steps_still_come_in_pairs():
    worker = Worker()
    worker.epoch(*[2.0] * 6)
    _, turns = worker.epoch(*[2.0] * 4)
    assert turns.steps == (MIN_CALLS, MIN_CALLS)
    assert turns.seconds == (4.0, 4.0)


def test_turns_that_find_out_how_long_they_are_are_not_kept():
    _, turns = Worker().epoch(*[0.01] * 12)
    assert turns.steps == (4,)


def test_the_first_step_is_a_turn_of_its_own_and_is_not_kept():
    worker = Worker()
    _, turns = worker.epoch(5.0, *[0.01] * 4, new=(0,))
    assert turns.numbers == ()
    assert turns.waited_s == 10.0 + 10.0  # after the first step, and after the epoch's last


def test_waits_are_in_no_figure_of_the_epoch(worker):
    times, turns = worker.epoch(*[0.01] * 8, iterator_s=0.5, val_s=3.0)
    assert times.other_s == 0.0
    assert (times.train_s, times.iterator_s, times.val_s) == pytest.approx((0.58, 0.5, 3.0))
    assert times.step_s == pytest.approx([0.01] * 8)
    assert turns.waited_s == 30.0  # before the epoch, between its turns, and before its validation


def test_the_turns_of_an_epoch_make_its_steady_seconds(worker):
    times, turns = worker.epoch(*[0.03] * 9, 0.5, new=(9,), iterator_s=0.25, gap_s=0.001)
    steady_s = times.train_s - times.first_step_s - times.iterator_s
    assert sum(turns.seconds) == pytest.approx(steady_s, abs=1e-5)
    assert (sum(turns.steps), times.first_step_s) == (9, pytest.approx(0.5))


def test_a_step_that_compiles_again_ends_its_turn_and_is_in_no_turns_seconds(worker):
    _, turns = worker.epoch(0.01, 7.0, *[0.01] * 4, new=(1,))
    assert (turns.steps, turns.seconds) == ((1, 4), (0.01, 0.04))


def test_turns_are_numbered_as_they_were_taken_and_validation_is_one_of_them(worker):
    begin = worker.turns.number
    _, turns = worker.epoch(*[0.01] * 8)
    assert turns.numbers == (begin + 2, begin + 4)
    assert worker.turns.number == begin + 6
    _, turns = worker.epoch(*[0.01] * 4)
    assert turns.numbers == (begin + 8,)


def test_a_validation_within_the_epoch_is_a_turn_of_its_own_and_in_no_figure(worker):
    begin = worker.turns.number
    worker.book.begin_epoch()
    worker.ledger.begin_epoch()
    for place in range(6):
        worker.book.begin_step()
        worker.ledger.begin_step()
        worker.now += 0.01
        worker.ledger.end_step()
        worker.book.end_step(1, 4, is_new=False, then_validates=place in {2, 5})
        if place == 2:
            worker.ledger.begin_wait()
            worker.now += 3.0
            assert worker.ledger.end_wait() == pytest.approx(3.0)
            worker.book.end_validation()
    times, turns = worker.ledger.end_epoch(), worker.book.end_epoch()
    assert turns.numbers == (begin + 2, begin + 6)  # of all workers' turns, the validation's is that in between
    assert (turns.steps, turns.seconds) == ((3, 3), (0.03, 0.03))
    assert times.train_s == pytest.approx(0.06)


def test_the_device_comes_to_rest_before_a_turn_is_passed_on(worker):
    worker.epoch(*[0.01] * 5)
    assert worker.may_end == [False, False, False, True, False]


def test_who_is_left_alone_waits_for_nobody_and_keeps_no_turn(worker):
    worker.turns.is_alone, worker.turns.gone = True, [1]
    times, turns = worker.epoch(*[0.01] * 8)
    assert (turns.numbers, turns.waited_s, turns.gone) == ((), 0.0, (1,))
    assert times.train_s == pytest.approx(0.08)
    assert not any(worker.may_end)


def test_a_worker_that_never_had_company_has_no_turns():
    worker = Worker()
    worker.turns.is_alone = True
    book = TurnBook(worker.turns, worker.ledger, 8)
    book.begin_epoch()
    assert book.end_epoch() is None


def test_turns_beyond_what_a_journal_line_holds_are_counted(worker, monkeypatch):
    monkeypatch.setattr("bench.run.worker.turn_book.MAX_TURNS", 2)
    _, turns = worker.epoch(*[0.01] * 20)
    assert (len(turns.numbers), turns.num_left_out) == (2, 3)


def test_the_longest_epoch_fits_into_a_journal_line():
    n = records.MAX_TURNS
    turns = records.EpochTurns(
        numbers=tuple(range(10**7, 10**7 + n)),
        seconds=(0.123456,) * n,
        steps=(1000,) * n,
        examples=(10**6,) * n,
        waited_s=1.0,
    )
    assert len(json.dumps(turns.model_dump())) < (1 << 20) // 2
