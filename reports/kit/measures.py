"""What each measure is called, and how its values and their changes are written."""

from __future__ import annotations

from collections.abc import Mapping

from bench.analysis.trial.measures import Measure
from bench.reports.kit.cells import Format
from bench.units import format_bytes, format_fraction, format_rate, format_ratio, format_seconds, signed

# What each measure is called, and how its figures are written.
MEASURES: Mapping[Measure, tuple[str, Format]] = {
    "fit_throughput": ("examples/s, as fit costs", format_rate),
    "throughput": ("examples/s, steady", format_rate),
    "typical_step_s": ("typical step", format_seconds),
    "step_p05_s": ("undisturbed step", format_seconds),
    "first_step_s": ("first step", format_seconds),
    "train_s_to_target": ("training time to {target}", format_seconds),
    "peak_rss_bytes": ("peak memory", format_bytes),
    "peak_device_bytes": ("peak device memory", format_bytes),
    "final_val_accuracy": ("final validation accuracy", format_fraction),
}
_THREE_DECIMALS_FROM = 0.1  # and to its inverse: a change of 0.4 % must not read as 1.00×


def format_effect(effect: float | None, measure: Measure) -> str:
    """Return B / A as `0.985×`, and B − A of an accuracy as `−0.0012`."""
    return signed(effect) if measure == "final_val_accuracy" else _ratio(effect)


def _ratio(ratio: float | None) -> str:
    """Return a ratio with three decimals near 1, where the third tells."""
    if ratio is None or not _THREE_DECIMALS_FROM <= ratio < 1 / _THREE_DECIMALS_FROM:
        return format_ratio(ratio)
    return f"{ratio:.3f}×"
