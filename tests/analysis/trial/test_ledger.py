"""Where a trial's seconds went: known sums, and every published journal."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from bench.analysis.frames import trials_frame
from bench.analysis.trial.ledger import TrialLedger, mean_ledger, trial_ledger
from bench.reports.kit.files import PUBLISHED
from bench.reports.kit.wording import LEDGER_WORDS
from bench.store.find_runs import list_runs
from bench.store.records import Journal
from bench.store.run_folder import load_run

MakeJournal = Callable[..., Journal]
RUNS = list_runs(PUBLISHED)


def waited(journal: Journal, *iterator_s: float) -> Journal:
    epochs = zip(journal.epochs, iterator_s, strict=True)
    return journal.model_copy(
        update={"epochs": tuple(epoch.model_copy(update={"iterator_s": seconds}) for epoch, seconds in epochs)}
    )


def test_no_second_is_in_two_parts_and_none_is_lost(make_journal: MakeJournal) -> None:
    journal = waited(make_journal(val_accuracy=(0.9, 0.9), train_s=(62.0, 60.0), first_step_s=2.0), 0.5, 5.0)
    # 20 s more than training: 3.75 of set-up, 2 × 3 of validation, 2 × 0.125 between epochs, and 10 at the end.
    ledger = trial_ledger(journal)
    assert ledger == TrialLedger(3.75, 114.5, 2.0, 5.5, 6.0, 0.25, 10.0)
    assert (ledger.train_s, ledger.total_s) == (122.0, 142.0)


def test_a_trial_that_never_told_its_total_has_no_ending(make_journal: MakeJournal) -> None:
    ledger = trial_ledger(make_journal(val_accuracy=(0.9,), status=None))
    assert (ledger.ending_s, ledger.total_s) == (None, 3.75 + 60.0 + 3.0 + 0.125)
    assert trial_ledger(make_journal(val_accuracy=(), built=False, status=None)).total_s == 0.0


def test_means_still_add_up() -> None:
    mean = mean_ledger([TrialLedger(1, 2, 3, 4, 5, 6, 7), TrialLedger(3, 6, 5, 0, 5, 0, 9)])
    assert mean == TrialLedger(2, 4, 4, 2, 5, 3, 8)
    assert mean.total_s == 28
    assert mean_ledger([]) is None


def test_every_part_has_a_word_in_the_order_in_which_it_is_told() -> None:
    assert list(LEDGER_WORDS) == [part.name for part in fields(TrialLedger)]


@pytest.mark.parametrize("folder", RUNS, ids=[folder.name for folder in RUNS])
def test_the_seconds_of_every_published_journal_add_up_to_its_wall_time(folder: Path) -> None:
    journals = load_run(folder).journals
    assert journals
    for journal, row in zip(journals, trials_frame(journals).to_dict("records"), strict=True):
        lines = (folder / "trials" / f"{journal.trial_id}.jsonl").read_text().splitlines()
        total_s = json.loads(lines[-1])["total_s"]
        parts = (row[name] for name in ("import_s", "data_s", "build_s", "train_s", "val_s", "other_s", "ending_s"))
        assert sum(parts) == pytest.approx(total_s, rel=0.01)
        assert trial_ledger(journal).total_s == pytest.approx(total_s, rel=0.01)
        assert row["iterator_s"] + row["first_step_s"] < row["train_s"]
