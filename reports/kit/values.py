"""What each value of a report means: its unit, what is in it, what is not, and where it is defined.

`docs/values.md` is written from here, as are the notes below a report's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One value: `note` is what a report says below its table; empty where the heading says it all."""

    name: str
    unit: str
    holds: str
    excludes: str
    source: str
    note: str = ""


VALUES: Mapping[str, Value] = {
    "fit_throughput": Value(
        "throughput as `fit` costs", "training examples per second",
        "all examples but the first steps', over all training seconds but theirs; the wait for each epoch's iterator",
        "first steps, validation, what is between two epochs, set-up; deterministic trials have none",
        "bench/analysis/trial/throughput.py",
        "As `fit` costs includes the wait for each epoch's iterator.",
    ),
    "throughput": Value(
        "steady throughput", "training examples per second", "the steps alone",
        "first steps, the wait for each epoch's iterator, and all that `fit` costs excludes",
        "bench/analysis/trial/throughput.py",
        "Steady is the steps alone.",
    ),
    "fit_epoch_s": Value(
        "training time per epoch, as `fit` costs", "s", "a mean epoch's training seconds, its iterator included",
        "first steps, validation", "bench/analysis/trial/throughput.py",
        "Both exclude the first step.",
    ),
    "steady_epoch_s": Value(
        "training time per epoch, steady", "s", "a mean epoch's steps", "first steps, iterator, validation",
        "bench/analysis/trial/throughput.py",
    ),
    "achieved_flops_per_s": Value(
        "achieved FLOP/s", "FLOP/s", "the network's own arithmetic, forward and backward, at the steady throughput",
        "what a kernel computes beyond it", "bench/analysis/trial/throughput.py",
    ),
    "first_step_s": Value(
        "first step", "s", "the steps of the first epoch that pay for tracing and compiling", "all other steps",
        "bench/run/worker/time_ledger.py",
    ),
    "step_p50_s": Value(
        "median step, 95th percentile", "s", "means over a trial's epochs of each epoch's quantile", "first steps",
        "bench/run/worker/recorder.py",
    ),
    "ledger": Value(
        "where a trial's seconds go", "s",
        "set-up, steps, first steps, iterator, validation, other (between two epochs) and ending (after the last): "
        "they add up to the trial's wall time",
        "the start of the worker's interpreter", "bench/analysis/trial/ledger.py",
        "Means over trials; the parts add up to the whole trial. Ending is what passes between the last epoch's end "
        "and the trial's.",
    ),
    "val_accuracy": Value(
        "validation accuracy", "share of the validation examples", "the network as it is at an epoch's end",
        "validations within an epoch, which time targets alone", "bench/run/worker/recorder.py",
    ),
    "train_s_to_target": Value(
        "time to a target", "s of training",
        "all training seconds up to the first validation that reaches it, at an epoch's end or with `--validate-every` "
        "within one: first steps and iterators; the median is Kaplan and Meier's, a miss being later than its budget",
        "validation, set-up, what is between two epochs; crashes",
        "bench/analysis/trial/time_to_target.py",
        "≤: reached before the first validation, at no known time; such a bound decides nothing for its side.",
    ),
    "epochs_to_target": Value(
        "epochs to a target", "epochs", "as the time, counted in whole epochs", "as the time",
        "bench/analysis/trial/time_to_target.py",
    ),
    "expected_train_s": Value(
        "expected time to a target", "s of training", "the training time of all trials, misses included, per hit",
        "crashes", "bench/analysis/trial/time_to_target.py",
    ),
    "cost_ratio": Value(
        "cost ratio", "ratio", "seconds per training example of one network over the other's, as `fit` costs",
        "first steps, validation", "bench/hardware/comparisons.py",
    ),
    "speedup": Value(
        "speed-up", "ratio",
        "throughput as `fit` costs over that of the same case at the reference; over threads, steady",
        "first steps, validation", "bench/hardware/hardware_summary.py",
    ),
    "peak_rss_bytes": Value(
        "peak memory", "bytes", "the worker's largest resident set; on a GPU its largest allocation as well",
        "the parent process", "bench/host/sensors/memory.py",
    ),
    "canary": Value(
        "canary", "s", "a fixed matrix product and a fixed copy, timed between epochs", "training",
        "bench/host/sensors/noise.py",
    ),
}  # fmt: skip


def report_notes() -> Mapping[str, str]:
    """Return the notes of a run's report, by the section that they stand in, as Markdown."""
    return {
        "speed": note_on("fit_throughput", "throughput", "fit_epoch_s"),
        "ledger": note_on("ledger"),
        "target": note_on("train_s_to_target"),
    }


def note_on(*names: str) -> str:
    """Return the notes on some values as one paragraph."""
    return " ".join(VALUES[name].note for name in names)
