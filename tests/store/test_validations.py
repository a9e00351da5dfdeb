"""Validations within an epoch in a journal: read back as written, refused out of order, and not written for nothing."""

import json

import pytest

from bench.errors import StoreError
from bench.store.journal import JournalWriter, encode, read_journal
from bench.store.records import MAX_VALIDATIONS, StepValidation

FIRST = StepValidation(num_steps=1, train_s=10.0, val_s=3.0, val_loss=0.5, val_accuracy=0.9)
SECOND = StepValidation(num_steps=2, train_s=20.0, val_s=3.0, val_loss=None, val_accuracy=None)


@pytest.fixture
def write_and_read(make_journal, tmp_path):
    """Return what writes a journal whose only epoch has these validations, and reads it."""

    def call(*validations):
        journal = make_journal(val_accuracy=(0.95,), train_s=60.0)
        epoch = journal.epochs[0].model_copy(update={"validations": validations})
        with JournalWriter(tmp_path / "journal.jsonl") as writer:
            for event in (journal.start, journal.built, epoch, journal.end):
                writer.append(event)
        return read_journal(tmp_path / "journal.jsonl")

    return call


def test_validations_are_read_back_as_they_were_written(write_and_read):
    assert write_and_read(FIRST, SECOND).epochs[0].validations == (FIRST, SECOND)


def test_an_epoch_without_any_is_written_as_before_there_were_any(make_journal):
    assert b"validations" not in encode(make_journal().epochs[0])


@pytest.mark.parametrize(
    "validations",
    [
        (SECOND, FIRST),
        (FIRST, FIRST),
        (FIRST.model_copy(update={"num_steps": 10**6}),),
        (FIRST.model_copy(update={"train_s": 61.0}),),
        (FIRST.model_copy(update={"train_s": 30.0}), SECOND),
    ],
    ids=["turned round", "twice", "after the last step", "after the epoch", "back in time"],
)
def test_validations_out_of_order_are_refused(write_and_read, validations):
    with pytest.raises(StoreError, match="epoch 1: expected validations in order"):
        write_and_read(*validations)


def test_as_many_as_there_may_be_fit_into_a_journal_line():
    longest = StepValidation(
        num_steps=10**9, train_s=1 / 3 * 1e5, val_s=1 / 3 * 1e5, val_loss=1 / 3 * 1e-5, val_accuracy=1 / 3
    )
    assert len(json.dumps([longest.model_dump()] * MAX_VALIDATIONS)) < (1 << 20) // 2
