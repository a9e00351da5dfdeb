from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bench.plan.case import Case
from bench.reports.trackers.metrics import epoch_metrics, settings
from bench.store.records import Journal

MakeJournal = Callable[..., Journal]


def test_an_epoch_has_the_figures_that_exist_and_the_time_at_which_it_ended(make_journal: MakeJournal) -> None:
    journal = make_journal(val_accuracy=(0.95, None))
    assert journal.built is not None
    first, second = epoch_metrics(journal)
    epoch = journal.epochs[0]
    start_up = journal.built.import_s + journal.built.data_s + journal.built.build_s
    seconds = start_up + epoch.train_s + epoch.val_s + epoch.other_s
    assert first.ended_at == journal.start.started_at + timedelta(seconds=seconds)
    assert (first.figures["val_accuracy"], first.figures["train_s"]) == (0.95, 60.0)
    assert first.figures["examples_per_s"] == (60_000 - 32) / 58
    assert "val_accuracy" not in second.figures
    assert "peak_device_bytes" not in first.figures


def test_settings_are_inert_text(make_journal: MakeJournal) -> None:
    found = settings(make_journal(argv=("x",)))
    assert (found["model"], found["seed"], found["status"]) == ("lstm", "0", "ok")
    assert all(isinstance(value, str) for value in found.values())


def test_a_deterministic_trial_has_no_rate(make_case: Callable[..., Case], make_journal: MakeJournal) -> None:
    (exact,) = epoch_metrics(make_journal(make_case(deterministic=True), val_accuracy=(0.9,)))
    (usual,) = epoch_metrics(make_journal(make_case(), val_accuracy=(0.9,)))
    assert usual.figures.keys() - exact.figures.keys() == {"examples_per_s", "fit_examples_per_s"}
