"""How often each interval of the reports holds the true value; `python -m tools.interval_coverage` prints the table.

Every draw has its true value at 0. A pair's difference is symmetric where both sides are alike, whatever their own
distribution; a single side's values need not be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import stats

from bench.analysis.statistics.bootstrap import fixed_generator
from bench.analysis.statistics.interval import (
    CONFIDENCE,
    Floats,
    Interval,
    interquartile_interval,
    mean_interval,
    t_interval,
)
from bench.analysis.statistics.unpaired import unpaired_ratio

Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]
Method = Callable[[Floats], Interval]

SIZES = (5, 8, 10, 20)
_SHARE, _DISTANCE = 0.1, 20.0  # of the second cluster: one trial in ten is so many deviations off
_SIMULATIONS = 4_000
_RESAMPLED_SIMULATIONS = 600  # of an interval that is itself a simulation
_RESAMPLES = 999
_SEED = 20_261_129


def _cluster(generator: np.random.Generator, size: tuple[int, int]) -> Floats:
    return generator.normal(size=size) + _DISTANCE * (generator.random(size) < _SHARE)


def _of_two(draw: Draw) -> Draw:
    """Return the difference of two sides that are drawn alike."""
    return lambda generator, size: draw(generator, size) - draw(generator, size)


def _lognormal(generator: np.random.Generator, size: tuple[int, int]) -> Floats:
    return generator.lognormal(size=size) - math.exp(0.5)


PAIRED: Mapping[str, Draw] = {
    "normal": lambda generator, size: generator.normal(size=size),
    "t, 3 degrees of freedom": lambda generator, size: generator.standard_t(3, size=size),
    "two clusters, 10/90": _of_two(_cluster),
}
SKEWED: Mapping[str, Draw] = {
    "two lognormal sides, σ = 1": _of_two(_lognormal),
    "lognormal itself, σ = 1": _lognormal,
}


def bca_interval(values: Floats) -> Interval:
    """Return BCa's interval: Efron, Better Bootstrap Confidence Intervals, JASA 82 (1987)."""
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=_RESAMPLES, method="BCa", vectorized=True, rng=fixed_generator()
    ).confidence_interval
    return Interval(float(values.mean()), float(found.low), float(found.high), len(values), "bootstrap")


def studentised_interval(values: Floats) -> Interval:
    """Return the bootstrap-t interval: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 12.5."""
    mean, n = float(values.mean()), len(values)
    drawn = fixed_generator().choice(values, (_RESAMPLES, n))
    errors = drawn.std(axis=1, ddof=1)
    differ = errors > 0
    ratios = (drawn.mean(axis=1)[differ] - mean) / errors[differ]
    tail = (1 - CONFIDENCE) / 2
    low, high = mean - values.std(ddof=1) * np.quantile(ratios, [1 - tail, tail])
    return Interval(mean, float(low), float(high), n, "bootstrap")


_SIGN_FLIP = "of pairs, and of one side from 8 (sign-flip)"
_MIDDLE = "interquartile mean (bootstrap, from 8)"
METHODS: Mapping[str, Method] = {
    _SIGN_FLIP: mean_interval,
    "t": t_interval,
    "BCa": bca_interval,
    "studentised bootstrap": studentised_interval,
    _MIDDLE: interquartile_interval,
}
_RESAMPLED = frozenset({"BCa", "studentised bootstrap", _MIDDLE})


def coverage(method: Method, draw: Draw, n: int, num_simulations: int = _SIMULATIONS) -> float:
    """Return the share of so many simulated experiments, of n values each, whose interval holds 0."""
    draws = draw(np.random.default_rng(_SEED + n), (num_simulations, n))
    return float(np.mean([not method(values).excludes(0.0) for values in draws]))


def unpaired_coverage(draw: Draw, n: int, num_simulations: int = _SIMULATIONS) -> float:
    """Return the same of the ratio of two sides of n values each, whose logarithms are drawn."""
    draws = np.exp(draw(np.random.default_rng(_SEED + n), (2 * num_simulations, n)).clip(-300, 300))
    ratios = (unpaired_ratio(a, b) for a, b in zip(draws[::2], draws[1::2], strict=True))
    return float(np.mean([ratio is not None and not ratio.excludes(1.0) for ratio in ratios]))


def render_table(sizes: Sequence[int] = SIZES) -> str:
    """Return a Markdown table: a row a method and distribution, a column a number of values."""
    lines = [f"| interval | values | {' | '.join(f'n = {n}' for n in sizes)} |", f"|---|---|{'--:|' * len(sizes)}"]
    for method_name, method in METHODS.items():
        for name, draw in {**PAIRED, **SKEWED}.items():
            if method_name == _MIDDLE and draw is _lognormal:
                continue  # the middle of lognormal values is not their mean
            num_simulations = _RESAMPLED_SIMULATIONS if method_name in _RESAMPLED else _SIMULATIONS
            shares = [coverage(method, draw, n, num_simulations) for n in sizes]
            lines.append(_row(method_name, name, shares))
    for name, draw in {**PAIRED, "two clusters, 10/90, on each side": _cluster}.items():
        lines.append(_row("of two separate sides (Welch's t)", name, [unpaired_coverage(draw, n) for n in sizes]))
    return "\n".join(lines)


def _row(method: str, name: str, shares: Sequence[float]) -> str:
    return f"| {method} | {name} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |"


if __name__ == "__main__":
    print(render_table())
