"""Frames: one row a trial, one row an epoch, the ledger's sums, and speed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from bench.analysis import frames
from bench.plan.case import Case
from bench.store.records import Journal, StepValidation


def test_a_trial_is_one_row_with_the_totals_of_its_epochs(make_journal: Callable[..., Journal]) -> None:
    journal = make_journal(train_s=(62.0, 60.0, 60.0), val_accuracy=(0.95, 0.98, 0.97), canary_s=0.02)
    (row,) = frames.trials_frame([journal]).to_dict("records")
    assert row[frames.TRIAL_ID] == "lstm-mnist-b32-float32-cpu-s0"
    assert row[frames.LABEL] == "lstm"
    assert (row[frames.TRAIN_S], row[frames.FIRST_STEP_S], row[frames.VAL_S], row[frames.OTHER_S]) == (182, 2, 9, 0.375)
    assert row[frames.THROUGHPUT] == pytest.approx(179_968 / 180)
    assert row[frames.ACHIEVED] == pytest.approx(35e6 * 179_968 / 180)
    assert (row[frames.FINAL_VAL_ACCURACY], row[frames.BEST_VAL_ACCURACY]) == (0.97, 0.98)
    assert (row[frames.CANARY_GEMM_S], row[frames.CANARY_COPY_S]) == (0.02, 0.01)
    assert row[frames.PEAK_RSS_BYTES] == 700_000_003


def test_training_seconds_add_up_over_epochs_with_the_first_step_and_without_validation(
    make_journal: Callable[..., Journal],
) -> None:
    frame = frames.epochs_frame([make_journal(train_s=(62.0, 60.5, 60.0)), make_journal("cnn", train_s=10.0)])
    assert list(frame[frames.TRAIN_ELAPSED_S]) == [62.0, 122.5, 182.5, 10.0, 20.0, 30.0]
    assert list(frame[frames.EXAMPLES_SEEN]) == [60_000, 120_000, 180_000] * 2
    assert list(frame[frames.LABEL]) == ["lstm"] * 3 + ["cnn"] * 3


def test_columns_and_their_types_are_the_same_with_no_journal_and_with_missing_figures(
    make_journal: Callable[..., Journal],
) -> None:
    bare = make_journal(built=False, val_accuracy=(None,), first_step_s=None, canary_s=None, status=None)
    for build, columns in (
        (frames.trials_frame, frames.TRIAL_COLUMNS),
        (frames.epochs_frame, frames.EPOCH_COLUMNS),
        (frames.validations_frame, frames.VALIDATION_COLUMNS),
    ):
        full, missing, empty = build([make_journal()]), build([bare]), build([])
        assert tuple(full.columns) == columns
        assert len(empty) == 0
        assert full.dtypes.equals(missing.dtypes)
        assert full.dtypes.equals(empty.dtypes)
    (row,) = frames.trials_frame([bare]).to_dict("records")
    assert row[frames.STATUS] == "killed"
    assert row[frames.NUM_PARAMS] != row[frames.NUM_PARAMS]  # NaN


def test_turns_show_in_the_tables(
    make_journal: Callable[..., Journal], take_turns: Callable[..., tuple[Journal, ...]]
) -> None:
    alone = make_journal(val_accuracy=(0.9,))
    journals = [alone, *take_turns([alone, alone], (1, 1))]
    trials, epochs = frames.trials_frame(journals), frames.epochs_frame(journals)
    assert trials[frames.NUM_PARTNERS].tolist() == [0, 1, 1]
    assert set(trials[frames.STARTED_AT]) == {alone.start.started_at.isoformat()}
    assert epochs[frames.WAITED_S].isna().tolist() == [True, False, False]
    assert epochs[frames.WAITED_S].tolist()[1:] == [1.0, 1.0]


def test_validations_within_epochs_stand_among_those_at_their_ends(make_journal: Callable[..., Journal]) -> None:
    journal = make_journal(val_accuracy=(0.9, 0.95), train_s=(60.0, 50.0))
    within = StepValidation(num_steps=500, train_s=15.0, val_s=1.0, val_loss=1.0, val_accuracy=0.7)
    first, second = journal.epochs
    steps = {"num_steps": 2000, "num_examples": 64_000}
    epochs = (first.model_copy(update={**steps, "validations": (within,)}), second.model_copy(update=steps))
    frame = frames.validations_frame([journal.model_copy(update={"epochs": epochs})])
    assert frame[frames.EPOCHS_DONE].tolist() == [0.25, 1.0, 2.0]
    assert frame[frames.TRAIN_ELAPSED_S].tolist() == [15.0, 60.0, 110.0]
    assert frame[frames.EXAMPLES_SEEN].tolist() == [16_000, 64_000, 128_000]
    assert frame[frames.VAL_ACCURACY].tolist() == [0.7, 0.9, 0.95]


def test_joules_and_foreign_gpu_processes_stand_in_the_epochs_and_are_missing_without_a_sensor(
    make_journal: Callable[..., Journal],
) -> None:
    journal = make_journal()
    first, *rest = journal.epochs
    noise = first.noise.model_copy(update={"num_foreign_gpu_processes": 2})
    measured = first.model_copy(update={"energy_j": 61.5, "noise": noise})
    frame = frames.epochs_frame([journal.model_copy(update={"epochs": (measured, *rest)})])
    assert frame[frames.ENERGY_J].tolist()[0] == 61.5
    assert frame[frames.FOREIGN_GPU_PROCESSES].tolist()[0] == 2
    assert frame[frames.ENERGY_J].isna().tolist() == [False, True, True]


def test_a_trial_without_an_epoch_has_a_row_of_trials_and_none_of_epochs(make_journal: Callable[..., Journal]) -> None:
    crashed = make_journal(val_accuracy=(), status="failed")
    assert len(frames.trials_frame([crashed])) == 1
    assert len(frames.epochs_frame([crashed])) == 0


def test_frames_take_time_in_proportion_to_their_trials(make_journal: Callable[..., Journal]) -> None:
    """Four times as many take four times as long, where a square takes 16 times."""

    def build_s(num_trials: int) -> float:
        journals = [make_journal(val_accuracy=(0.9,) * 10)] * num_trials
        started = time.process_time()  # not the wall clock: a neighbour must not fail it
        assert len(frames.epochs_frame(journals)) == 10 * num_trials
        assert len(frames.trials_frame(journals)) == num_trials
        return time.process_time() - started

    few_s, many_s = build_s(1_000), build_s(4_000)
    assert many_s < 8 * few_s + 0.1


def test_a_deterministic_trial_has_no_seconds_in_any_table_and_all_else(
    make_journal: Callable[..., Journal], make_case: Callable[..., Case]
) -> None:
    usual, exact = (make_journal(make_case(deterministic=flag), canary_s=0.02) for flag in (False, True))
    for build in frames.FRAMES.values():
        told, untold = build([usual]), build([exact])
        missing = {name for name in untold.columns if untold[name].isna().all() and not told[name].isna().all()}
        assert missing == {
            name for name in told.columns
            if name.endswith("_s") and not name.startswith("canary") and not told[name].isna().all()
        }  # fmt: skip
    epochs = frames.epochs_frame([exact])
    assert epochs[frames.STEP_P50_S].isna().all()
    assert epochs[frames.VAL_ACCURACY].tolist() == [0.95, 0.97, 0.98]


def test_settings_are_those_in_force(make_journal: Callable[..., Journal], make_case: Callable[..., Case]) -> None:
    own = make_case("mine:build", training="own")
    found = {"optimizer": "RMSprop", "learning_rate": 0.5, "decay": None, "jit_compile": True}
    journals = [make_journal(), make_journal(own, resolved=found), make_journal(own, 1, built=False)]
    rows = frames.trials_frame(journals).to_dict("records")
    assert [row["optimizer"] for row in rows] == ["adam", "RMSprop", "adam"]
    assert [row["learning_rate"] for row in rows] == [0.001, 0.5, 0.001]
    assert [row["jit"] for row in rows] == ["off", "on", "auto"]
    assert math.isnan(rows[1]["decay"])
