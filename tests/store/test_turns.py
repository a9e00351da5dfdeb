"""Turns in a journal: what was written is read back, and what cannot be is refused."""

import pytest
from pydantic import ValidationError

from bench.errors import StoreError
from bench.store.journal import JournalWriter, encode, read_journal
from bench.store.records import EpochTurns, InTurns

TURNS = EpochTurns(
    numbers=(3, 5), seconds=(0.1, 0.125), steps=(4, 4), examples=(128, 128), num_left_out=0, waited_s=0.25, gone=()
)


@pytest.fixture
def write_and_read(tmp_path):
    def call(journal):
        path = tmp_path / "journal.jsonl"
        with JournalWriter(path) as writer:
            for event in (journal.start, journal.built, *journal.epochs, journal.end):
                writer.append(event)
        return read_journal(path)

    return call


def test_turns_are_read_back_as_they_were_written(make_journal, write_and_read):
    journal = make_journal(in_turns=InTurns(slot=1, trials=("a/b", "c/d")))
    epochs = (journal.epochs[0].model_copy(update={"turns": TURNS}), *journal.epochs[1:])
    found = write_and_read(journal.model_copy(update={"epochs": epochs}))
    assert found.start.in_turns.trials == ("a/b", "c/d")
    assert [epoch.turns for epoch in found.epochs] == [TURNS, None, None]


def test_a_trial_that_had_the_machine_to_itself_is_written_as_before_there_were_turns(make_journal):
    journal = make_journal()
    assert b"turns" not in encode(journal.start) + encode(journal.epochs[0])


@pytest.mark.parametrize(
    "changes",
    [{"steps": (4, 10**6)}, {"examples": (128, 10**6)}, {"seconds": (0.1, 10**6)}],
    ids=["steps", "examples", "seconds"],
)
def test_turns_that_hold_more_than_their_epoch_are_refused(make_journal, write_and_read, changes):
    journal = make_journal()
    epoch = journal.epochs[0].model_copy(update={"turns": TURNS.model_copy(update=changes)})
    with pytest.raises(StoreError, match="epoch 1: expected turns within the epoch, received more"):
        write_and_read(journal.model_copy(update={"epochs": (epoch,)}))


@pytest.mark.parametrize("changes", [{"steps": (4,)}, {"numbers": (5, 3)}, {"numbers": (3, 3)}])
def test_turns_of_unlike_length_or_out_of_order_are_refused(changes):
    with pytest.raises(ValidationError):
        EpochTurns(**{**TURNS.model_dump(), **changes})
