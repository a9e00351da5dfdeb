"""Trials as MLPerf's logs, a file each, with the accuracy of every validation and the time at which it was known.

The lines are those of MLPerf's `mllog`, and its compliance checker (mlperf-logging, training rules 6.1.0) accepts them,
but for what its rules have no place for: the network is none of MLPerf's benchmarks, it has no attention, and it
communicates with no other device. A trial trains for a fixed number of epochs, so it stops at their end and not at a
target. Times are the trial's own seconds after its start: turns that others had are not in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.analysis.in_force import in_force
from bench.analysis.trial.validations import validation_s, validations
from bench.atomic_file import write_atomic
from bench.reports.kit.escaping import make_visible
from bench.store.records import BuiltEvent, EpochEvent, Journal, StepValidation

MLPERF_FOLDER = "mlperf"
_PREFIX = ":::MLLOG "
_ORGANIZATION = "rnn-or-cnn"
_PRECISIONS = {
    "float32": "fp32", "float64": "fp64", "float16": "fp16", "bfloat16": "bfloat16", "mixed_float16": "fp16",
    "mixed_bfloat16": "bfloat16",
}  # fmt: skip


@dataclass(frozen=True)
class _Log:
    """Writes lines at moments that are counted in seconds from the trial's start."""

    started_at: datetime

    def line(self, seconds: float, key: str, value: object = None, kind: str = "POINT_IN_TIME", **metadata: Any) -> str:
        at = self.started_at + timedelta(seconds=seconds)
        fields = {
            "namespace": "",
            "time_ms": round(at.timestamp() * 1000),
            "event_type": kind,
            "key": key,
            "value": value,
            "metadata": metadata,
        }
        return _PREFIX + json.dumps(fields, allow_nan=False)

    def begin(self, seconds: float, key: str, **metadata: Any) -> str:
        return self.line(seconds, key, kind="INTERVAL_START", **metadata)

    def end(self, seconds: float, key: str, **metadata: Any) -> str:
        return self.line(seconds, key, kind="INTERVAL_END", **metadata)


def write_mlperf(folder: Path, journals: Sequence[Journal]) -> Iterator[Path]:
    """Write `<folder>/mlperf/<trial>.txt` for each trial that has an epoch and times to report, and yield the paths."""
    (folder / MLPERF_FOLDER).mkdir(exist_ok=True)
    for journal in journals:
        if journal.built and journal.epochs and journal.start.case.reports_times:
            path = folder / MLPERF_FOLDER / f"{journal.start.run_id}.{journal.trial_id}.txt"
            write_atomic(path, "".join(f"{line}\n" for line in mlperf_lines(journal, journal.built)).encode())
            yield path


def mlperf_lines(journal: Journal, built: BuiltEvent) -> Iterator[str]:
    """Yield a trial's lines in the order of their times."""
    log = _Log(journal.start.started_at)
    now_s = built.import_s + built.data_s + built.build_s
    yield log.begin(0.0, "init_start")
    yield from (log.line(0.0, key, value) for key, value in _settings(journal).items())
    yield log.end(now_s, "init_stop")
    yield log.begin(now_s, "run_start")
    counts = (one.num_examples for one in validations(journal))
    for event in journal.epochs:
        yield from _epoch_lines(log, now_s, event, counts)
        now_s += event.train_s + validation_s(event) + event.other_s
    yield log.end(now_s, "run_stop", status="success" if journal.status == "ok" else "aborted")


def _epoch_lines(log: _Log, begin_s: float, event: EpochEvent, counts: Iterator[int]) -> Iterator[str]:
    """Yield an epoch's lines; `counts` are the examples seen by each validation, of which those within come first."""
    yield log.begin(begin_s, "epoch_start", epoch_num=event.epoch)
    for one in event.validations:
        yield from _eval_lines(log, begin_s + one.train_s, one, event.epoch, next(counts))
        begin_s += one.val_s
    trained_s = begin_s + event.train_s
    yield log.end(trained_s, "epoch_stop", epoch_num=event.epoch)
    yield from _eval_lines(log, trained_s, event, event.epoch, next(counts))


def _eval_lines(
    log: _Log, begin_s: float, measured: EpochEvent | StepValidation, epoch: int, num_examples: int
) -> Iterator[str]:
    known_s = begin_s + measured.val_s
    place: dict[str, Any] = {"epoch_num": epoch, "samples_count": num_examples}
    yield log.begin(begin_s, "eval_start", **place)
    yield log.end(known_s, "eval_stop", **place)
    yield log.line(known_s, "eval_accuracy", measured.val_accuracy, **place)


def _settings(journal: Journal) -> dict[str, object]:
    """Return what MLPerf's rules ask to be disclosed, as far as a trial has it."""
    start = journal.start
    case, machine = start.case, start.environment
    return {
        "submission_benchmark": make_visible(case.model),
        "submission_division": "open",
        "submission_org": _ORGANIZATION,
        "submission_platform": make_visible(machine.cpu_model or machine.machine),
        "cache_clear": False,
        "seed": start.seed,
        "global_batch_size": case.batch_size,
        "micro_batch_size": case.batch_size,
        "gradient_accumulation_steps": 1,
        "opt_name": make_visible(in_force("optimizer", case, journal.resolved)).lower(),
        "opt_base_learning_rate": in_force("learning_rate", case, journal.resolved),
        "train_samples": start.data.num_train,
        "eval_samples": start.data.num_test,
        "lowest_numerical_precision_in_linear": _PRECISIONS[case.precision],
        "tensor_parallelism": 1,
        "pipeline_parallelism": 1,
        "context_parallelism": 1,
        "expert_parallelism": 1,
        "config_filename": "run.json",
    }
