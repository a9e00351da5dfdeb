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
        "first steps, validation, what is between two epochs, set-up",
        "bench/analysis/trial/throughput.py",
        "As `fit` costs includes the wait for each epoch's iterator.",
    ),
    "whole_fit_throughput": Value(
        "throughput, all of `fit`", "training examples per second",
        "all examples at the rate as `fit` costs, with a validation at each epoch's end and what passes after the last "
        "epoch until `fit` returns",
        "what the first steps and the first validation take beyond the others, validations within epochs, set-up, "
        "callbacks between two epochs",
        "bench/analysis/trial/whole_fit.py",
        "All of `fit` is training and a validation an epoch, until it returns.",
    ),
    "throughput": Value(
        "steady throughput", "training examples per second", "the steps alone",
        "first steps, the wait for each epoch's iterator, and all that `fit` costs excludes",
        "bench/analysis/trial/throughput.py",
        "Steady is the steps alone.",
    ),
    "fit_epoch_s": Value(
        "training time per epoch, as `fit` costs", "s", "all examples of a mean epoch, at the rate as `fit` costs",
        "first steps beyond that rate, validation", "bench/analysis/trial/throughput.py",
        "Both are of all of an epoch's examples, at the rate after the first step.",
    ),
    "steady_epoch_s": Value(
        "training time per epoch, steady", "s", "all examples of a mean epoch, at the steady rate",
        "first steps beyond that rate, iterator, validation", "bench/analysis/trial/throughput.py",
    ),
    "achieved_flops_per_s": Value(
        "achieved FLOP/s", "FLOP/s", "the network's own arithmetic, forward and backward, at the steady throughput",
        "what a kernel computes beyond it", "bench/analysis/trial/throughput.py",
        "Achieved FLOP/s count the network's own arithmetic only, forward and backward, at the steady throughput.",
    ),
    "ceiling": Value(
        "ceiling", "FLOP/s or bytes per second",
        "the most that a device reached: a large matrix product, the product of one LSTM step (batch 32, 128 units), "
        "and memory bandwidth",
        "what the maker promises", "bench/host/ceilings/ceilings.py", "The ceiling is the device's own.",
    ),
    "first_step_s": Value(
        "first step", "s", "the steps of the first epoch that pay for tracing and compiling", "all other steps",
        "bench/run/worker/time_ledger.py",
    ),
    "step_p50_s": Value(
        "median step, 95th percentile", "s",
        "means over a trial's epochs of each epoch's quantile; of calls that run several steps a step's share",
        "first steps", "bench/run/worker/recorder.py",
    ),
    "ledger": Value(
        "where a trial's seconds go", "s",
        "set-up, steps, first steps, iterator, validation, other (between two epochs) and ending (after the last): "
        "they add up to the trial's wall time",
        "the start of the worker's interpreter, the turns of others, the recalls after it",
        "bench/analysis/trial/ledger.py",
        "Means over trials; the parts add up to the whole trial. Ending is what passes between the last epoch's end "
        "and the trial's.",
    ),
    "val_accuracy": Value(
        "validation accuracy", "share of the validation examples", "the network as it is at an epoch's end",
        "validations within an epoch, which tell of targets and of a claim's next seed alone",
        "bench/run/worker/recorder.py",
    ),
    "train_s_to_target": Value(
        "time to a target", "s of training",
        "all training seconds up to the first validation that reaches it, at an epoch's end or with `--validate-every` "
        "within one: first steps and iterators; the median is Kaplan and Meier's, a miss being later than its budget",
        "validation, set-up, what is between two epochs; crashes",
        "bench/analysis/trial/time_to_target.py",
        "≤: reached before the first validation, at no known time. Any other time lies somewhere between two "
        "validations, and the faster side is named only where that makes no difference.",
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
        "The ratio compares seconds per training example, as `fit` costs. Above 1 the convolutional network is "
        "cheaper. It is undecided if the 95 % interval contains 1: that of the pairs where the trials took turns, and "
        "else Welch's t on logarithms, even where the range of a few trials does not.",
    ),
    "crossover": Value(
        "crossover", "batch size", "where the ratio of two curves is 1, interpolated linearly on logarithmic axes",
        "sizes beyond those measured",
        "bench/hardware/crossover.py",
        "Between two measured sizes the ratio, measured as the cost ratio is, is interpolated linearly on logarithmic "
        "axes. A crossing is decided if there are a smaller and a larger size at which the ratio is, once for either "
        "side, and the nearest of these are named; otherwise it is inconclusive.",
    ),
    "cost_to_target": Value(
        "cost of a target", "s of training, $ and J", "the median time to the target, at the machine's price and power",
        "as the time; joules where a sensor is missing or closed", "bench/hardware/cost_to_target.py",
        "Seconds are training time: the first step is included, validation and start-up are not. They are medians over "
        "seeds; a miss counts as later than the budget. Dollars are these seconds at the machine's price. Joules cover "
        "whole packages or GPUs, including anything else that ran there; they are missing if a machine has no sensor, "
        "or one that only root can read.",
    ),
    "speedup": Value(
        "speed-up", "ratio",
        "throughput as `fit` costs over that of the same case at the reference",
        "first steps, validation", "bench/hardware/hardware_summary.py",
        "Speed-up is as `fit` costs, relative to the same case on the reference. A ratio in turns is of the turns that "
        "both sides had, and need not be that of two throughputs, which are over all of each side's own seconds.",
    ),
    "scaling": Value(
        "speed-up over threads, efficiency, serial share", "ratio",
        "steady throughput over that of one thread; that over the factor of threads; Karp and Flatt's fraction",
        "first steps, iterator, validation", "bench/hardware/scaling.py",
        "The speed-up is of the steps alone. Efficiency is the speed-up divided by the factor of threads. It exceeds "
        "100 % if more threads also bring more cache, or a free core for the rest of the program. The serial share "
        "(Karp and Flatt) is the fraction of the work that would have to be serial to explain the speed-up, and "
        "negative above 100 %. A share that grows with the threads is overhead.",
    ),
    "agreement": Value(
        "agreement of curves", "share of the validation examples",
        "the largest difference of two accuracies of one seed after the same epoch",
        "seeds that one of the two lacks",
        "bench/hardware/agreement.py",
        "They should agree up to the order of floating-point additions, which training amplifies. The tolerance is "
        "four standard errors of the difference of two accuracies over the validation examples, and at least 0.01.",
    ),
    "peak_rss_bytes": Value(
        "peak memory", "bytes", "the worker's largest resident set; on a GPU its largest allocation as well",
        "the parent process", "bench/host/sensors/memory.py",
    ),
    "canary": Value(
        "canary", "s", "a fixed matrix product and a fixed copy, timed between epochs", "training",
        "bench/host/sensors/canary.py",
    ),
}  # fmt: skip


def report_notes() -> Mapping[str, str]:
    """Return the notes of a run's report, by the section that they stand in, as Markdown."""
    return {
        "comparison": note_on("whole_fit_throughput"),
        "speed": note_on("fit_throughput", "throughput", "fit_epoch_s"),
        "ledger": note_on("ledger"),
        "target": note_on("train_s_to_target"),
    }


def hardware_notes() -> Mapping[str, str]:
    """Return the notes of a hardware report, by the section that they stand in, as Markdown."""
    return {
        "throughput": note_on("fit_throughput", "throughput", "speedup", "ceiling", "achieved_flops_per_s"),
        "cost_ratio": note_on("cost_ratio"),
        "crossover": note_on("crossover"),
        "target": note_on("cost_to_target"),
        "scaling": note_on("scaling"),
        "agreement": note_on("agreement"),
    }


def note_on(*names: str) -> str:
    """Return the notes on some values as one paragraph."""
    return " ".join(VALUES[name].note for name in names)
