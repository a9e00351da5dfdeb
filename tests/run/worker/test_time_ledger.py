"""The ledger against hand-worked seconds of a clock that the test sets."""

from bench.run.worker.time_ledger import Ledger


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def step(self, ledger, wait, length, new_shape_examples=0):
        """Spend `wait` before a step and `length` in it."""
        self.now += wait
        ledger.begin_step()
        self.now += length
        ledger.end_step(new_shape_examples)


def test_one_epoch_is_split_into_training_first_steps_validation_and_the_rest():
    clock = Clock()
    ledger = Ledger(clock)
    clock.now += 0.5  # before the first epoch
    ledger.begin_epoch()
    clock.step(ledger, wait=0.25, length=4.0, new_shape_examples=32)
    clock.step(ledger, wait=0.0, length=1.0)
    clock.step(ledger, wait=0.125, length=1.5)
    clock.step(ledger, wait=0.0, length=2.0, new_shape_examples=8)  # the ragged last batch is traced anew
    clock.now += 3.0  # validation
    times = ledger.end_epoch()
    assert times.other_s == 0.5
    assert times.train_s == 0.25 + 4.0 + 1.0 + 0.125 + 1.5 + 2.0
    assert times.first_step_s == 6.0
    assert times.first_step_examples == 40
    assert times.iterator_s == 0.25
    assert times.val_s == 3.0
    assert times.step_s == (1.0, 1.5)


def test_an_epoch_without_a_new_shape_has_no_first_step():
    clock = Clock()
    ledger = Ledger(clock)
    ledger.begin_epoch()
    clock.step(ledger, wait=0.0, length=1.0)
    times = ledger.end_epoch()
    assert (times.first_step_s, times.first_step_examples) == (None, 0)


def test_time_between_epochs_belongs_to_the_next_one_and_the_parts_add_up():
    clock = Clock()
    ledger = Ledger(clock)
    totals = []
    for gap in (0.0, 2.0):
        clock.now += gap
        ledger.begin_epoch()
        clock.step(ledger, wait=0.5, length=1.0)
        clock.now += 0.25
        times = ledger.end_epoch()
        totals.append(times.other_s + times.train_s + times.val_s)
    assert times.other_s == 2.0
    assert sum(totals) == clock.now - 100.0


def test_a_second_epoch_does_not_inherit_the_first_step_of_the_first():
    clock = Clock()
    ledger = Ledger(clock)
    ledger.begin_epoch()
    clock.step(ledger, wait=0.0, length=9.0, new_shape_examples=32)
    ledger.end_epoch()
    ledger.begin_epoch()
    clock.step(ledger, wait=0.0, length=1.0)
    times = ledger.end_epoch()
    assert (times.train_s, times.first_step_s, times.step_s) == (1.0, None, (1.0,))


def test_a_wait_is_in_no_figure_wherever_it_falls():
    """Before the first epoch, before its first step, between steps, and before its validation: 100 s each."""
    clock = Clock()
    ledger = Ledger(clock)

    def wait():
        ledger.begin_wait()
        clock.now += 100.0
        ledger.end_wait()

    wait()
    clock.now += 0.5
    ledger.begin_epoch()
    wait()
    clock.step(ledger, wait=0.25, length=4.0, new_shape_examples=32)
    wait()
    clock.step(ledger, wait=0.125, length=1.0)
    assert ledger.steady_s == 1.125
    wait()
    clock.now += 3.0
    times = ledger.end_epoch()
    assert (times.other_s, times.train_s, times.first_step_s, times.val_s) == (0.5, 5.375, 4.0, 3.0)
    assert (times.iterator_s, times.step_s) == (0.25, (1.0,))
