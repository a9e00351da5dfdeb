from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.plan.case import Case, Trial
from bench.reports.terminal.progress import Progress
from bench.store.records import EpochTurns, Journal

MakeJournal = Callable[..., Journal]
LSTM, CNN = Case(model="lstm", epochs=3), Case(model="cnn", epochs=10)


def trials(*cases: Case) -> list[Trial]:
    return [Trial(case=case, seed=index, index=index) for index, case in enumerate(cases)]


def test_nothing_is_known_before_the_first_epoch() -> None:
    progress = Progress(trials(LSTM, CNN))
    assert progress.remaining_s() is None
    assert progress.hedge == "at least "


def test_a_trial_that_is_tried_again_counts_once() -> None:
    plan = trials(LSTM, CNN)
    progress = Progress(plan, 1)
    for _ in range(2):
        progress.start(plan[0])
        progress.end(plan[0])
    assert progress.place == "[2/3]"


def test_the_rest_takes_as_long_as_the_epochs_so_far(make_journal: MakeJournal) -> None:
    plan = trials(LSTM, LSTM)
    journal = make_journal(LSTM, train_s=60.0)
    progress = Progress(plan)
    progress.start(plan[0])
    assert journal.built is not None
    progress.add(plan[0], journal.built)
    progress.add(plan[0], journal.epochs[0])
    first_step_s, start_up_s = 2.0, 3.0 + 0.5 + 0.25
    epoch_s = 60.0 - first_step_s + 3.0 + 0.125
    assert progress.remaining_s() == pytest.approx(2 * epoch_s + 3 * epoch_s + first_step_s + start_up_s)
    assert progress.hedge == ""


def test_a_first_step_that_takes_longer_than_epochs_comes_once_a_trial(make_journal: MakeJournal) -> None:
    """After one epoch of 50 s, 48 of them the first step, two epochs of 2 s are left, and a trial of 48 s and three."""
    plan = trials(LSTM, LSTM)
    progress = Progress(plan)
    progress.start(plan[0])
    progress.add(plan[0], make_journal(LSTM, train_s=50.0, first_step_s=48.0).epochs[0])
    epoch_s = 2.0 + 3.0 + 0.125
    assert progress.remaining_s() == pytest.approx(2 * epoch_s + 48.0 + 3 * epoch_s)


def test_trials_that_share_the_machine_in_turns_take_as_long_as_all_of_them(make_journal: MakeJournal) -> None:
    plan = trials(LSTM, LSTM)
    epoch = make_journal(LSTM, train_s=60.0).epochs[0]
    turns = EpochTurns(numbers=(3,), seconds=(0.1,), steps=(1,), examples=(32,), waited_s=60.0)
    at_once, in_turns = Progress(plan), Progress(plan)
    for trial in plan:
        at_once.start(trial)
        in_turns.start(trial)
    at_once.add(plan[0], epoch)
    in_turns.add(plan[0], epoch.model_copy(update={"turns": turns}))
    epoch_s = 60.0 - 2.0 + 3.0 + 0.125
    assert at_once.remaining_s() == pytest.approx(5 * epoch_s / 2)
    assert in_turns.remaining_s() == pytest.approx(5 * epoch_s)


def test_a_case_of_unknown_pace_is_left_out_and_told(make_journal: MakeJournal) -> None:
    plan = trials(LSTM, CNN)
    progress = Progress(plan)
    progress.start(plan[0])
    progress.add(plan[0], make_journal(LSTM, train_s=60.0).epochs[2])
    assert progress.remaining_s() == 0.0
    assert progress.hedge == "at least "


def test_a_case_that_has_not_begun_takes_as_much_longer_than_expected_as_those_that_have(
    make_journal: MakeJournal,
) -> None:
    plan = trials(LSTM, CNN, CNN)
    journal = make_journal(LSTM, train_s=60.0)
    whole_s = 3.75 + 3 * (60.0 + 3.0 + 0.125)
    progress = Progress(plan, expected_s={LSTM.case_id: whole_s / 2, CNN.case_id: 100.0})
    progress.start(plan[0])
    assert progress.remaining_s() is None
    assert journal.built is not None
    progress.add(plan[0], journal.built)
    progress.add(plan[0], journal.epochs[2])
    assert progress.remaining_s() == pytest.approx(2 * 200.0)
    assert progress.expected_s(plan[1]) == pytest.approx(200.0)
    assert progress.hedge == "roughly "


def test_what_was_expected_of_no_case_that_ran_tells_nothing(make_journal: MakeJournal) -> None:
    plan = trials(LSTM, CNN)
    progress = Progress(plan, expected_s={CNN.case_id: 100.0})
    progress.start(plan[0])
    progress.add(plan[0], make_journal(LSTM, train_s=60.0).epochs[2])
    assert progress.remaining_s() == 0.0
    assert progress.expected_s(plan[1]) is None
    assert progress.hedge == "at least "


def test_a_trial_that_ended_takes_no_more_time(make_journal: MakeJournal) -> None:
    plan = trials(LSTM, LSTM)
    progress = Progress(plan)
    for trial in plan:
        progress.start(trial)
        progress.add(trial, make_journal(LSTM).epochs[0])
        progress.end(trial)
    assert progress.remaining_s() is None
    assert progress.place == "[2/2]"


def test_a_resumed_run_counts_what_was_done_before() -> None:
    plan = trials(LSTM, CNN)
    progress = Progress(plan, num_done=4)
    assert progress.place == "[4/6]"
    progress.start(plan[0])
    assert progress.place == "[5/6]"


def test_trials_under_way_at_once_share_what_is_left(make_journal: MakeJournal) -> None:
    plan = trials(LSTM, LSTM, LSTM)
    epochs = make_journal(LSTM, train_s=60.0, first_step_s=None).epochs
    epoch_s = 60.0 + 3.0 + 0.125
    progress = Progress(plan)
    progress.start(plan[0])
    progress.start(plan[1])
    progress.add(plan[0], epochs[0])
    progress.add(plan[1], epochs[1])
    assert progress.place == "[2/3]"
    assert progress.remaining_s() == pytest.approx((2 * epoch_s + 1 * epoch_s + 3 * epoch_s) / 2)
    progress.end(plan[1])
    assert progress.place == "[2/3]"
    assert progress.remaining_s() == pytest.approx(2 * epoch_s + 3 * epoch_s)


def test_a_trial_that_is_repeated_begins_with_its_first_epoch(make_journal: MakeJournal) -> None:
    plan = trials(LSTM)
    progress = Progress(plan)
    progress.start(plan[0])
    progress.add(plan[0], make_journal(LSTM, train_s=60.0).epochs[1])
    progress.start(plan[0])
    assert progress.remaining_s() == pytest.approx(3 * (60.0 + 3.0 + 0.125))
