"""How often a bisection calls a bad commit good, or skips a good one: `python -m tools.bisect_power` prints the table.

Checks of one measure in turns whose pairs are normal, with looks as the gate has them; the bad end is one that the gate
failed. Beside the rule of `bench.gate.bisect.search.is_told_apart` stand those that it was chosen over.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from bench.analysis.statistics.interval import CONFIDENCE, Floats
from bench.gate.judgement.looks import LOOK_STEP, NUM_LOOKS
from bench.gate.request import DEFAULT_PAIRS
from bench.reports.kit.tables import numbers, render_markdown_table, words

NUM_CHECKS = 100_000
NUM_MEASURES = 10  # of a check of two networks: Holm's strictest level is a tenth of one percent
SETTINGS = ((0.015, 0.05), (0.015, 0.02), (0.022, 0.03), (0.04, 0.05), (0.04, 0.03), (0.04, 0.02))
_ALPHA, _MARGIN = 0.01, math.log1p(0.01)
_SIZES = tuple(range(DEFAULT_PAIRS, DEFAULT_PAIRS + LOOK_STEP * NUM_LOOKS, LOOK_STEP))

Flags = npt.NDArray[np.bool_]


class Drawn(NamedTuple):
    """Checks of one slowdown: the mean of each at the look that decided it, half its interval, and what was found."""

    mean: Floats
    reach: Floats
    is_bad: Flags
    is_unflagged: Flags


def draw_checks(generator: np.random.Generator, slowdown: float, spread: float) -> Drawn:
    """Return checks of a commit that is so much slower; a look fails it, clears it, or leaves it to the next one."""
    pairs = generator.normal(math.log1p(slowdown), spread, (NUM_CHECKS, _SIZES[-1]))
    mean, reach = np.zeros(NUM_CHECKS), np.zeros(NUM_CHECKS)
    is_open = np.ones(NUM_CHECKS, dtype=bool)
    is_bad, is_unflagged = np.zeros_like(is_open), np.zeros_like(is_open)
    for size in _SIZES:
        means = pairs[:, :size].mean(axis=1)
        errors = pairs[:, :size].std(axis=1, ddof=1) / math.sqrt(size)
        # The slot's own bias takes one degree of freedom more.
        reaches = special.stdtrit(size - 2, (1 + CONFIDENCE) / 2) * errors
        p_values = np.minimum(1, NUM_LOOKS * special.stdtr(size - 2, -means / errors))
        mean[is_open], reach[is_open] = means[is_open], reaches[is_open]
        fails = is_open & (means - reaches > _MARGIN) & (NUM_MEASURES * p_values <= _ALPHA)
        clears = is_open & (means <= _MARGIN)
        is_bad, is_unflagged, is_open = is_bad | fails, is_unflagged | clears, is_open & ~(fails | clears)
    return Drawn(mean, reach, is_bad, is_unflagged)


def shares_of(spread: float, bad_by: float, generator: np.random.Generator) -> tuple[str, ...]:
    """Return a row: how often each rule skips an unchanged commit, and calls one good that is as bad as the bad end."""
    ends = draw_checks(generator, bad_by, spread)
    chosen = generator.choice(np.flatnonzero(ends.is_bad), NUM_CHECKS)
    end_mean, end_reach = ends.mean[chosen], ends.reach[chosen]
    found = []
    for slowdown in (0.0, bad_by):
        one = draw_checks(generator, slowdown, spread)
        rules = (
            True,
            end_mean - one.mean > np.hypot(one.reach, end_reach),
            one.mean + one.reach < end_mean,
            one.mean + one.reach < end_mean - end_reach,
        )
        good = [float(np.mean(one.is_unflagged & rule)) for rule in rules]
        found += good if slowdown else [1 - share for share in good]
    return (f"{spread:.1%}", f"{bad_by:.0%}", *(f"{share:.1%}" for share in found))


def main() -> None:
    """Print the table."""
    rules = ("unflagged is good", "this rule", "below the bad end's mean", "intervals apart")
    heads = (
        *words("spread of pairs", "bad end slower by"),
        *numbers(
            *(f"unchanged, skipped: {rule}" for rule in rules), *(f"as bad, called good: {rule}" for rule in rules)
        ),
    )
    generator = np.random.default_rng(20_261_201)
    print(render_markdown_table(heads, [shares_of(*setting, generator) for setting in SETTINGS]))


if __name__ == "__main__":
    main()
