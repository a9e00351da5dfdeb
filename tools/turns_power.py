"""What the gate's design for pairs in turns catches and what it fails: `python -m tools.turns_power` prints the table.

A drawn check is of two networks with five measures each. Each network has its mean over turns, and its typical step,
whose pairs spread less: both share what a process is born with. The other six measures have nothing to say.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bench.analysis.statistics.interval import Floats
from bench.analysis.statistics.slot_pairs import SlotPairs
from bench.gate.judgement.findings import Tolerances
from bench.gate.judgement.looks import LOOK_STEP, NUM_LOOKS, Look, choose_look
from bench.gate.judgement.two_stages import confirmed
from bench.gate.request import DEFAULT_PAIRS

Noise = Callable[[np.random.Generator, float], Floats]

NUM_TESTS, NETWORKS = 10, ("a", "b")
MAX_PAIRS = DEFAULT_PAIRS + LOOK_STEP * (NUM_LOOKS - 1)
SHARED = 0.6  # of the variance between pairs, by what the throughput and the typical step have in common
DEVIATIONS = (0.012, 0.022, 0.045)
SLOWDOWNS = (0.02, 0.03, 0.05)
_SEED = 20_261_129
_SLOW_SHARE, _SLOW_BY = 1 / 16, 0.15  # of all processes, and by how much, for all their life


def _normal(generator: np.random.Generator, deviation: float) -> Floats:
    return generator.normal(scale=deviation, size=MAX_PAIRS)


def _bimodal(generator: np.random.Generator, deviation: float) -> Floats:
    slow = generator.random((2, MAX_PAIRS)) < _SLOW_SHARE
    return _normal(generator, deviation) + math.log1p(_SLOW_BY) * (slow[0].astype(float) - slow[1])


NOISES: Mapping[str, Noise] = {
    "normal": _normal,
    "t, 3 degrees of freedom": lambda generator, deviation: (
        deviation / math.sqrt(3) * generator.standard_t(3, size=MAX_PAIRS)
    ),
    "drift by 3 deviations": lambda generator, deviation: (
        _normal(generator, deviation) + np.linspace(0, 3 * deviation, MAX_PAIRS)
    ),
    "one process in 16 is 15 % slower": _bimodal,
    "leading gains 1.5 %": lambda generator, deviation: _normal(generator, deviation) + math.log1p(0.015),
}


@dataclass(frozen=True)
class DrawnCheck:
    """One drawn check: whether network a was failed, whether anything was, and after how many pairs a was decided."""

    has_caught: bool
    has_failed: bool
    num_pairs: int


def run_check(generator: np.random.Generator, noise: str, deviation: float, slowdown: float) -> DrawnCheck:
    """Draw a check whose network a is slower by `slowdown`, and judge it look by look as `bench check` does."""
    slowdowns = dict(zip(NETWORKS, (slowdown, 0.0), strict=True))
    pairs = {}
    for name in NETWORKS:
        pairs |= _draw(generator, name, noise, deviation, slowdowns[name])
    margin = math.log1p(Tolerances().max_slowdown_in_turns)
    running, num_pairs = set(NETWORKS), dict.fromkeys(NETWORKS, 0)
    looks: dict[tuple[str, str], list[Look]] = {key: [] for key in pairs}
    failed: set[str] = set()
    for size in range(DEFAULT_PAIRS, MAX_PAIRS + 1, LOOK_STEP):
        for key in [key for key in pairs if key[0] in running]:
            looks[key].append(Look(pairs[key].first(size), margin))
            num_pairs[key[0]] = size
        failed = {name for name, _ in confirmed({key: choose_look(made) for key, made in looks.items()}, NUM_TESTS)}
        running = {name for (name, _), made in looks.items() if name in running - failed and made[-1].is_worse}
    return DrawnCheck("a" in failed, bool(failed), num_pairs["a"])


def _draw(
    generator: np.random.Generator, name: str, noise: str, deviation: float, slowdown: float
) -> dict[tuple[str, str], SlotPairs]:
    signs = generator.choice((-1.0, 1.0), size=MAX_PAIRS)
    shared = NOISES[noise](generator, math.sqrt(SHARED) * deviation) + signs * math.log1p(slowdown)
    own = generator.normal(scale=math.sqrt(1 - SHARED) * deviation, size=MAX_PAIRS)
    return {
        (name, "throughput"): SlotPairs(shared + own, signs, is_limited=False),
        (name, "typical step"): SlotPairs(shared, signs, is_limited=True),
    }


def power_rows(num_checks: int) -> Iterator[str]:
    """Yield the table's rows: how often slowdowns are caught, after how many pairs, and how often one code fails."""
    caught = " | ".join(f"{100 * slowdown:.0f} % caught (pairs)" for slowdown in SLOWDOWNS)
    yield f"| spread | noise | {caught} | false alarms |"
    yield f"|---|---|{'--:|' * (len(SLOWDOWNS) + 1)}"
    for deviation in DEVIATIONS:
        for noise in NOISES:
            cells = [_caught(noise, deviation, slowdown, num_checks) for slowdown in SLOWDOWNS]
            generator = np.random.default_rng(_SEED)
            num_failed = sum(run_check(generator, noise, deviation, 0.0).has_failed for _ in range(5 * num_checks))
            yield f"| {100 * deviation:.1f} % | {noise} | {' | '.join(cells)} | {num_failed} of {5 * num_checks} |"


def _caught(noise: str, deviation: float, slowdown: float, num_checks: int) -> str:
    generator = np.random.default_rng(_SEED)
    checks = [run_check(generator, noise, deviation, slowdown) for _ in range(num_checks)]
    share = np.mean([one.has_caught for one in checks])
    return f"{100 * share:.1f} % ({np.mean([one.num_pairs for one in checks]):.1f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=1_000, help="of each slowdown; five times as many of one code")
    for row in power_rows(parser.parse_args().checks):
        print(row, flush=True)


if __name__ == "__main__":
    main()
