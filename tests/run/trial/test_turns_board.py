"""What workers have spent and for how long they may keep others waiting, by their board; no process is started."""

import errno
import os
import tempfile

import pytest

from bench.run.trial.turns_board import PATIENCE_S, TurnsBoard
from bench.run.worker.turn_protocol import RECORD

HOUR_S = 3600.0


class Board:
    """A board of three workers by a clock that a test sets; `write` is what a worker announces at that moment."""

    def __init__(self):
        self.now_s = 0.0
        self.board = TurnsBoard(3, 0.4, lambda: self.now_s)

    def write(self, slot, turn, holder, spent_s=0.0):
        record = RECORD.pack(turn, holder, self.now_s, spent_s)
        os.pwrite(self.board.channel(slot).board_fd, record, slot * RECORD.size)

    def arrive(self, *slots):
        for slot in slots:
            self.write(slot, 0, 0)

    @property
    def patience_s(self):
        return [self.board.patience_s(slot) for slot in range(3)]


@pytest.fixture
def made():
    board = Board()
    with board.board:
        yield board


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux has files in memory alone")
def test_a_full_temporary_folder_keeps_nobody_from_taking_turns(monkeypatch):
    def refuse(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with TurnsBoard(2, 0.4) as board:
        assert board.spent_s(0) >= 0


def test_where_there_is_no_memory_file_the_temporary_folder_has_the_board(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with TurnsBoard(2, 0.4) as board:
        assert board.spent_s(0) >= 0


def test_until_it_is_here_a_worker_is_charged_with_its_share_of_what_passes(made):
    """All may have one core between them."""
    made.arrive(0)
    made.now_s = 30.0
    assert [made.board.spent_s(slot) for slot in range(3)] == [0.0, 10.0, 10.0]


def test_nobody_waits_for_long_for_the_one_whose_turn_it_is(made):
    made.arrive(0, 1, 2)
    made.write(0, 2, 1, spent_s=5.0)
    made.now_s = 100.0
    assert made.patience_s == [None, PATIENCE_S - 100.0, None]


def test_a_turn_may_last_as_long_as_all_before_it(made):
    """A validation that follows an epoch of hours."""
    made.arrive(0, 1, 2)
    made.write(1, 3, 2, spent_s=10 * HOUR_S)
    made.write(2, 4, 0, spent_s=10 * HOUR_S)
    made.write(0, 5, 1, spent_s=10 * HOUR_S)
    made.now_s = 9 * HOUR_S
    assert made.patience_s == [None, HOUR_S, None]


def test_one_that_is_not_here_is_waited_for_as_long_as_the_others_took(made):
    assert made.patience_s == [PATIENCE_S] * 3  # to look again: nobody waits yet
    made.now_s = 2 * HOUR_S
    made.arrive(0)
    made.now_s = 3 * HOUR_S
    made.arrive(2)
    made.now_s = 5 * HOUR_S
    assert made.patience_s == [None, HOUR_S, None]


def test_a_leader_that_does_not_begin_is_waited_for_since_the_last_came_or_left(made):
    made.arrive(0, 1)
    made.now_s = 50.0
    made.board.leave(2)
    made.now_s = 60.0
    assert made.patience_s[:2] == [PATIENCE_S - 10.0, None]
    assert made.board.spent_s(0) == 10.0


def test_for_the_only_one_left_nobody_waits(made):
    made.arrive(0, 1, 2)
    made.write(0, 2, 1)
    made.board.leave(0)
    made.board.leave(2)
    made.now_s = 100 * HOUR_S
    assert made.board.patience_s(1) is None
