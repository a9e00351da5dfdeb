"""Journals as tables: the only place that names columns. A missing figure is NaN here, as pandas has it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import pandas as pd

from bench.analysis.case_labels import case_labels
from bench.analysis.in_force import in_force
from bench.analysis.trial.step_times import step_quantiles
from bench.analysis.trial.trial_summary import summarize_trial
from bench.analysis.trial.validations import validation_s, validations
from bench.plan.case import Case
from bench.setting_definition import Setting
from bench.settings import TABLE
from bench.store.records import EpochEvent, Journal

RUN_ID = "run_id"
TRIAL_ID = "trial_id"
CASE_ID = "case_id"
LABEL = "label"
SEED = "seed"
INDEX = "index"
FINGERPRINT = "fingerprint"
GIT_COMMIT = "git_commit"
GIT_DIRTY = "git_dirty"
CONCURRENT = "concurrent"
STATUS = "status"
DEFAULT = "default"
MODEL = TABLE["model"].column
IDENTITY = (
    RUN_ID, TRIAL_ID, CASE_ID, LABEL, *(setting.column for setting in TABLE.values()), SEED, INDEX, FINGERPRINT,
    GIT_COMMIT, GIT_DIRTY, CONCURRENT, STATUS,
)  # fmt: skip

NUM_EPOCHS = "num_epochs"
NUM_PARAMS = "num_params"
FLOPS_PER_EXAMPLE = "flops_per_example"
IMPORT_S = "import_s"
DATA_S = "data_s"
BUILD_S = "build_s"
TOTAL_S = "total_s"
THROUGHPUT = "throughput_per_s"
FIT_THROUGHPUT = "fit_throughput_per_s"
WHOLE_FIT_THROUGHPUT = "whole_fit_throughput_per_s"
ENDING_S = "ending_s"
ACHIEVED = "achieved_flops_per_s"
FINAL_VAL_ACCURACY = "final_val_accuracy"
BEST_VAL_ACCURACY = "best_val_accuracy"
STARTED_AT = "started_at"  # UTC
NUM_PARTNERS = "num_partners"  # the trials with which it took turns

EPOCH = "epoch"
EXAMPLES = "num_examples"
EXAMPLES_SEEN = "examples_seen"
STEPS = "num_steps"
TRAIN_S = "train_s"
TRAIN_ELAPSED_S = "train_elapsed_s"
FIRST_STEP_S = "first_step_s"
FIRST_STEP_EXAMPLES = "first_step_examples"
VAL_S = "val_s"
OTHER_S = "other_s"
LOSS = "loss"
ACCURACY = "accuracy"
VAL_LOSS = "val_loss"
VAL_ACCURACY = "val_accuracy"
RATE_AT_END = "learning_rate_at_end"  # of the epoch; learning_rate is that of the first update
STEP_P05_S = "step_p05_s"
STEP_P50_S = "step_p50_s"
STEP_P95_S = "step_p95_s"
STEP_MAXIMUM_S = "step_maximum_s"
PEAK_RSS_BYTES = "peak_rss_bytes"
PEAK_DEVICE_BYTES = "peak_device_bytes"
LOAD_1M = "load_1m"
CANARY_GEMM_S = "canary_gemm_s"
CANARY_COPY_S = "canary_copy_s"
FOREIGN_GPU_PROCESSES = "num_foreign_gpu_processes"
ENERGY_J = "energy_j"
ITERATOR_S = "iterator_s"
WAITED_S = "waited_s"  # for the others' turns; in no other column
EPOCHS_DONE = "epochs_done"  # whole epochs, and the part of the one that goes on

TRIAL_COLUMNS = (
    *IDENTITY, NUM_EPOCHS, NUM_PARAMS, FLOPS_PER_EXAMPLE, IMPORT_S, DATA_S, BUILD_S, TOTAL_S, EXAMPLES_SEEN, TRAIN_S,
    FIRST_STEP_S, FIRST_STEP_EXAMPLES, ITERATOR_S, VAL_S, OTHER_S, ENDING_S, THROUGHPUT, FIT_THROUGHPUT,
    WHOLE_FIT_THROUGHPUT, ACHIEVED, FINAL_VAL_ACCURACY, BEST_VAL_ACCURACY, PEAK_RSS_BYTES, PEAK_DEVICE_BYTES,
    CANARY_GEMM_S, CANARY_COPY_S, STARTED_AT, NUM_PARTNERS,
)  # fmt: skip
EPOCH_COLUMNS = (
    *IDENTITY, EPOCH, EXAMPLES, EXAMPLES_SEEN, STEPS, TRAIN_S, TRAIN_ELAPSED_S, FIRST_STEP_S, FIRST_STEP_EXAMPLES,
    VAL_S, OTHER_S, LOSS, ACCURACY, VAL_LOSS, VAL_ACCURACY, RATE_AT_END, STEP_P05_S, STEP_P50_S, STEP_P95_S,
    STEP_MAXIMUM_S, PEAK_RSS_BYTES, PEAK_DEVICE_BYTES, LOAD_1M, CANARY_GEMM_S, CANARY_COPY_S, FOREIGN_GPU_PROCESSES,
    ENERGY_J, ITERATOR_S, WAITED_S,
)  # fmt: skip
VALIDATION_COLUMNS = (
    RUN_ID, TRIAL_ID, CASE_ID, LABEL, SEED, EPOCHS_DONE, EXAMPLES_SEEN, TRAIN_ELAPSED_S, VAL_ACCURACY
)  # fmt: skip
# Of the machine, and of no network.
_CANARIES = frozenset({CANARY_GEMM_S, CANARY_COPY_S})

_COUNT_COLUMNS = (SEED, INDEX, NUM_EPOCHS, EPOCH, EXAMPLES, EXAMPLES_SEEN, STEPS, FIRST_STEP_EXAMPLES, NUM_PARTNERS)
_TYPES: Mapping[str, str] = {
    **dict.fromkeys((RUN_ID, TRIAL_ID, CASE_ID, LABEL, FINGERPRINT, GIT_COMMIT, STATUS, STARTED_AT), "object"),
    **dict.fromkeys(_COUNT_COLUMNS, "int64"),
    GIT_DIRTY: "boolean",
    CONCURRENT: "bool",
}


FrameRow = tuple[Any, ...]


def setting_types(table: Mapping[str, Setting]) -> dict[str, str]:
    """Return the type of each setting's column; a number that may be left to the model is a float, NaN where it is."""
    kinds = {str: "object", bool: "bool", float: "float64", int: "int64"}
    return {
        setting.column: "float64" if setting.kind is int and setting.is_optional else kinds[setting.kind]
        for setting in table.values()
    }


def trials_frame(journals: Sequence[Journal]) -> pd.DataFrame:
    """Return one row a trial with `TRIAL_COLUMNS`, in the order of `journals`.

    Times and counts are totals over the trial's epochs, peaks are the largest, canaries the median of its readings.
    `import_s`, `data_s`, `build_s`, `train_s`, `val_s`, `other_s` and `ending_s` add up to `total_s`; `first_step_s`
    and `iterator_s` are parts of `train_s`. See `bench.analysis.trial.ledger`. A case whose times
    are not reported has no seconds in any table.
    """
    labels = _Labels(journals)
    rows = [_reported(journal, TRIAL_COLUMNS, labels.identity(journal) + _trial_row(journal)) for journal in journals]
    return _typed(rows, TRIAL_COLUMNS)


def epochs_frame(journals: Sequence[Journal]) -> pd.DataFrame:
    """Return one row an epoch with `EPOCH_COLUMNS`, in the order of `journals`.

    `train_elapsed_s` is the trial's training time up to the end of the epoch: first steps included, validation
    excluded. `examples_seen` counts from the trial's start as well.
    """
    labels = _Labels(journals)
    rows = [_reported(journal, EPOCH_COLUMNS, identity + row) for journal in journals
            for identity in (labels.identity(journal),) for row in _epoch_rows(journal)]  # fmt: skip
    return _typed(rows, EPOCH_COLUMNS)


def validations_frame(journals: Sequence[Journal]) -> pd.DataFrame:
    """Return one row a validation with `VALIDATION_COLUMNS`: those within epochs, and those at their ends.

    `run_id` and `trial_id` lead to the settings in the other tables.
    """
    labels = _Labels(journals)
    rows = [
        _reported(journal, VALIDATION_COLUMNS, (
            journal.start.run_id, journal.start.trial_id, *labels.name(journal), journal.start.seed, one.epochs,
            one.num_examples, one.train_s, one.val_accuracy,
        ))
        for journal in journals for one in validations(journal)
    ]  # fmt: skip
    return _typed(rows, VALIDATION_COLUMNS)


# What an export writes, by the name of its file.
FRAMES: Mapping[str, Callable[[Sequence[Journal]], pd.DataFrame]] = {
    "trials": trials_frame,
    "epochs": epochs_frame,
    "validations": validations_frame,
}


class _Labels:
    """Ids and labels by case: making an id formats and hashes, which 10,000 trials of ten cases need only ten times."""

    def __init__(self, journals: Iterable[Journal]) -> None:
        cases: dict[Case, str] = {}
        for journal in journals:
            if journal.start.case not in cases:
                cases[journal.start.case] = journal.start.case.case_id
        labels = case_labels(cases)
        self._names = {case: (case_id, labels[case_id]) for case, case_id in cases.items()}

    def name(self, journal: Journal) -> tuple[str, str]:
        """Return the id and the label of a trial's case."""
        return self._names[journal.start.case]

    def identity(self, journal: Journal) -> FrameRow:
        """Return the values of `IDENTITY`."""
        start = journal.start
        environment = start.environment
        return (
            start.run_id, start.trial_id, *self.name(journal), *_setting_row(journal), start.seed, start.index,
            environment.fingerprint, environment.git_commit, environment.git_dirty, start.concurrent, journal.status,
        )  # fmt: skip


def _setting_row(journal: Journal) -> FrameRow:
    """Return the settings in force; a text that is left to the model is `default`, so that grouping loses no row."""
    case, resolved = journal.start.case, journal.resolved
    values = ((setting, in_force(name, case, resolved)) for name, setting in TABLE.items())
    return tuple(DEFAULT if value is None and setting.kind is str else value for setting, value in values)


def _trial_row(journal: Journal) -> FrameRow:
    built, epochs, trial = journal.built, journal.epochs, summarize_trial(journal)
    seconds = trial.ledger
    return (
        trial.num_epochs, built and built.num_params, built and built.flops_per_example, built and built.import_s,
        built and built.data_s, built and built.build_s, trial.total_s, sum(epoch.num_examples for epoch in epochs),
        seconds.train_s, _sum(epoch.first_step_s for epoch in epochs),
        sum(epoch.first_step_examples for epoch in epochs), _sum(epoch.iterator_s for epoch in epochs), seconds.val_s,
        seconds.other_s, seconds.ending_s, trial.throughput, trial.fit_throughput, trial.whole_fit_throughput,
        trial.achieved_flops_per_s,
        trial.final_val_accuracy, trial.best_val_accuracy, trial.peak_rss_bytes, trial.peak_device_bytes,
        trial.canary_gemm_s, trial.canary_copy_s, journal.start.started_at.isoformat(), trial.num_partners,
    )  # fmt: skip


def _sum(values: Iterable[float | None]) -> float | None:
    """Return the sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


def _epoch_rows(journal: Journal) -> Iterator[FrameRow]:
    elapsed = accumulate(epoch.train_s for epoch in journal.epochs)
    seen = accumulate(epoch.num_examples for epoch in journal.epochs)
    return (_epoch_row(journal, *values) for values in zip(journal.epochs, elapsed, seen, strict=True))


def _epoch_row(journal: Journal, epoch: EpochEvent, train_elapsed_s: float, examples_seen: int) -> FrameRow:
    step, canary = step_quantiles(journal, epoch), epoch.noise.canary
    return (
        epoch.epoch, epoch.num_examples, examples_seen, epoch.num_steps, epoch.train_s, train_elapsed_s,
        epoch.first_step_s, epoch.first_step_examples, validation_s(epoch), epoch.other_s, epoch.loss, epoch.accuracy,
        epoch.val_loss, epoch.val_accuracy, epoch.learning_rate, step and step.p05, step and step.p50,
        step and step.p95, step and step.maximum, epoch.peak_rss_bytes, epoch.peak_device_bytes, epoch.noise.load_1m,
        canary and canary.gemm_s, canary and canary.copy_s, epoch.noise.num_foreign_gpu_processes, epoch.energy_j,
        epoch.iterator_s, epoch.turns and epoch.turns.waited_s,
    )  # fmt: skip


def _reported(journal: Journal, columns: Sequence[str], row: FrameRow) -> FrameRow:
    """Return a row without its seconds where the case's times are not reported; their columns end in `_s`."""
    if journal.start.case.reports_times:
        return row
    return tuple(
        None if name.endswith("_s") and name not in _CANARIES else value
        for name, value in zip(columns, row, strict=True)
    )


def _typed(rows: list[FrameRow], columns: Sequence[str]) -> pd.DataFrame:
    """Make the frame with fixed types, so that a column of nothing but None is a float column like any other."""
    frame = pd.DataFrame.from_records(rows, columns=list(columns))
    types = {**_TYPES, **setting_types(TABLE)}
    return frame.astype({name: types.get(name, "float64") for name in columns})
