"""The measures: what each is of one trial, how its values are averaged, and what a change of it is called."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from bench.analysis.trial.trial_summary import TrialSummary

Measure = Literal[
    "throughput", "fit_throughput", "typical_step_s", "step_p05_s", "first_step_s", "train_s_to_target",
    "peak_rss_bytes", "peak_device_bytes", "final_val_accuracy"
]  # fmt: skip
ChangeVerdict = Literal[
    "faster", "slower", "smaller", "larger", "higher", "lower", "equivalent", "inconclusive", "not comparable"
]

# What going up means, and what going down.
VERDICTS: Mapping[Measure, tuple[ChangeVerdict, ChangeVerdict]] = {
    "throughput": ("faster", "slower"),
    "fit_throughput": ("faster", "slower"),
    "typical_step_s": ("slower", "faster"),
    "step_p05_s": ("slower", "faster"),
    "first_step_s": ("slower", "faster"),
    "train_s_to_target": ("slower", "faster"),
    "peak_rss_bytes": ("larger", "smaller"),
    "peak_device_bytes": ("larger", "smaller"),
    "final_val_accuracy": ("higher", "lower"),
}

# Without the time to a target, which needs the target.
TRIAL_MEASURES: Mapping[Measure, Callable[[TrialSummary], float | None]] = {
    "throughput": lambda trial: trial.throughput,
    "step_p05_s": lambda trial: trial.step_p05_s,
    "first_step_s": lambda trial: trial.first_step_s,
    "peak_rss_bytes": lambda trial: trial.peak_rss_bytes,
    "peak_device_bytes": lambda trial: trial.peak_device_bytes,
    "final_val_accuracy": lambda trial: trial.final_val_accuracy,
}

# What pairs in turns tell of the steps: their mean, and what it is without the turns that stand out.
TURN_MEASURES: tuple[Measure, Measure] = ("throughput", "typical_step_s")
# What pairs one after the other tell of them.
ALONE_MEASURES: tuple[Measure, Measure] = ("throughput", "step_p05_s")
# What a change that slows every step slows, each with a noise of its own.
SPEEDS: tuple[Measure, ...] = ("throughput", "typical_step_s", "step_p05_s")
# What a case has none of where its times are not reported.
TIMES: frozenset[Measure] = frozenset({*SPEEDS, "fit_throughput", "first_step_s", "train_s_to_target"})


def average(values: Sequence[float], *, is_accuracy: bool) -> float:
    """Return the mean of accuracies, or the geometric mean of rates, times or sizes above 0, as ratios compare them.

    Raises:
        ZeroDivisionError: of no value.
    """
    if is_accuracy:
        return math.fsum(values) / len(values)
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def average_measure(measure: Measure, values: Sequence[float]) -> float | None:
    """Return the average of a measure's values, or None of none."""
    return average(values, is_accuracy=measure == "final_val_accuracy") if values else None
