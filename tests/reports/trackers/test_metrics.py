from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bench.plan.case import Case
from bench.reports.trackers.metrics import epoch_metrics, settings
from bench.store.records import Journal, StepValidation

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


def test_an_epoch_in_turns_ended_after_the_turns_of_others(
    make_journal: MakeJournal, take_turns: Callable[..., tuple[Journal, ...]]
) -> None:
    """Each epoch waited for a second."""
    alone = make_journal(val_accuracy=(0.9, 0.95))
    in_turns, _ = take_turns([alone, alone], (1, 1))
    ends = [[one.ended_at for one in epoch_metrics(journal)] for journal in (alone, in_turns)]
    waited = [after - before for before, after in zip(*ends, strict=True)]
    assert waited == [timedelta(seconds=1), timedelta(seconds=2)]


def test_settings_are_inert_text(make_journal: MakeJournal) -> None:
    found = settings(make_journal(argv=("x",)))
    assert (found["model"], found["seed"], found["status"]) == ("lstm", "0", "ok")
    assert all(isinstance(value, str) for value in found.values())


def test_settings_are_those_in_force_and_what_is_left_to_the_model_is_none(
    make_case: Callable[..., Case], make_journal: MakeJournal
) -> None:
    usual, own = make_journal(), make_journal(
        make_case("mine:build", training="own"), resolved={"optimizer": "SGD", "learning_rate": 0.5, "decay": None}
    )  # fmt: skip
    shown = ("optimizer", "learning_rate", "decay", "jit")
    assert [settings(usual).get(name) for name in shown] == ["adam", "0.001", "1e-05", "off"]
    assert [settings(own).get(name) for name in shown] == ["SGD", "0.5", None, "off"]
    assert "None" not in settings(usual).values()
    assert "units" not in settings(usual)


def test_a_deterministic_trial_has_no_rate_and_no_time(
    make_case: Callable[..., Case], make_journal: MakeJournal
) -> None:
    exact, usual = (
        make_journal(make_case(deterministic=flag), val_accuracy=(0.9,), first_step_s=None) for flag in (True, False)
    )
    (untimed,), (timed,) = epoch_metrics(exact), epoch_metrics(usual)
    rates = {"examples_per_s", "fit_examples_per_s"}
    assert timed.figures.keys() - untimed.figures.keys() == {*rates, "train_s", "val_s", "other_s"}
    assert not [name for name in untimed.figures if name.endswith("_s")]


def test_seconds_of_validation_are_those_within_epochs_too(make_journal: MakeJournal) -> None:
    journal = make_journal(val_accuracy=(0.9,))
    within = StepValidation(num_steps=500, train_s=15.0, val_s=1.5, val_loss=1.0, val_accuracy=0.7)
    epochs = (journal.epochs[0].model_copy(update={"validations": (within,)}),)
    (metrics,) = epoch_metrics(journal.model_copy(update={"epochs": epochs}))
    assert metrics.figures["val_s"] == 4.5
