"""What the gate can see on one machine: its false alarms and its detections, from pairs of one revision with itself.

The pairs are real; the checks are drawn from them. A drawn check takes whole rounds (all cases' pairs of one seed)
with replacement and turns each round's sides round at random, for both sides ran the same code; of pairs in turns it is
the coin that is tossed anew, and the slots stay. An injected slowdown
multiplies the times of all of the head's steps by a factor, and is caught where any measure of them fails: it is no
real work, and costs neither caches nor memory.

Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bench.analysis.statistics.bootstrap import fixed_generator
from bench.analysis.statistics.interval import Floats, Interval, wilson_interval
from bench.analysis.statistics.slot_pairs import SlotPairs
from bench.analysis.trial.measures import SPEEDS
from bench.gate.judgement.findings import CaseMeasure, Tolerances
from bench.gate.judgement.judge_turns import look_at_turns, without_turns
from bench.gate.judgement.looks import Look, choose_look, last_look, make_looks, until_decided
from bench.gate.judgement.measure_values import StageJournals, collect_values
from bench.gate.judgement.two_stages import Tested, confirmed, is_flagged, run_test

SLOWDOWNS = (0.03, 0.05, 0.10, 0.20)
NUM_CHECKS = 200
DETECTION = 0.9
MIN_ROUNDS = 5
_STEPS = (0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50, 0.75, 1.0)


@dataclass(frozen=True)
class Detection:
    """How often a slowdown of one case was caught, of `NUM_CHECKS` drawn checks."""

    case_id: str
    slowdown: float
    rate: Interval


@dataclass(frozen=True)
class Calibration:
    """What the gate's budget can see here.

    `false_alarms` is the share of drawn checks of one code that failed. `flagged` counts the real checks, each of
    `num_pairs` rounds that no other shares, in which stage 1 flagged something. `smallest` is by case the smallest
    injected slowdown that nine of ten drawn checks caught, None where not even a doubled time was. `last_look` is how
    many pairs the last look at speeds in turns has, None where the pairs trained one after the other.
    """

    num_rounds: int
    num_pairs: int
    num_confirm_pairs: int
    num_checks: int
    false_alarms: Interval
    flagged: tuple[int, int]
    detections: tuple[Detection, ...]
    smallest: Mapping[str, float | None]
    last_look: int | None = None


def calibrate(
    sides: StageJournals, tolerances: Tolerances, num_pairs: int, num_confirm_pairs: int, num_checks: int = NUM_CHECKS
) -> Calibration | None:
    """Return what a check of this many pairs would see; None of fewer than 5 whole rounds, which tell no spread."""
    rounds, in_turns = _rounds(sides, tolerances)
    num_rounds = min((*map(len, rounds.values()), *map(len, in_turns.values())), default=0)
    if num_rounds < MIN_ROUNDS:
        return None
    draw = _Draw(rounds, in_turns, num_rounds, num_pairs, num_confirm_pairs, tolerances, num_checks)
    case_ids = list(dict.fromkeys(key.case_id for key in (*in_turns, *rounds) if key.measure in SPEEDS))
    detections = (Detection(case_id, slowdown, draw.rate(case_id, slowdown))
                  for case_id in case_ids for slowdown in SLOWDOWNS)  # fmt: skip
    return Calibration(
        num_rounds=num_rounds,
        num_pairs=num_pairs,
        num_confirm_pairs=num_confirm_pairs,
        num_checks=num_checks,
        false_alarms=draw.rate(None, 0.0),
        flagged=draw.count_flagged(),
        detections=tuple(detections),
        smallest={case_id: _smallest(draw, case_id) for case_id in case_ids},
        last_look=last_look(num_pairs, num_confirm_pairs) if in_turns else None,
    )


def _rounds(
    sides: StageJournals, tolerances: Tolerances
) -> tuple[dict[CaseMeasure, Floats], dict[CaseMeasure, SlotPairs]]:
    """Return each test's worsening by round, and the pairs of those in turns.

    A test that lacks a round has its own rounds cut to the others' number.
    """
    looks = look_at_turns([sides], tolerances)
    values = without_turns(collect_values(sides, is_paired=True), looks)
    rounds = {key: seen.worsening() for key, seen in values.items() if seen.num_values}
    return rounds, {key: one.values.pairs for key, one in looks.items()}


@dataclass(frozen=True)
class _Rounds:
    """Some rounds that were drawn, and each one's coin."""

    rows: npt.NDArray[np.int64]
    coins: Floats


@dataclass(frozen=True)
class _Draw:
    """Draws checks from rounds, always the same ones."""

    rounds: Mapping[CaseMeasure, Floats]
    in_turns: Mapping[CaseMeasure, SlotPairs]
    num_rounds: int
    num_pairs: int
    num_confirm_pairs: int
    tolerances: Tolerances
    num_checks: int

    def rate(self, case_id: str | None, slowdown: float) -> Interval:
        """Return the share of checks that fail a slowed case, or with None fail anything, with Wilson's interval."""
        generator = fixed_generator()
        keys = (*self.rounds, *self.in_turns)
        slowed = frozenset(key for key in keys if key.case_id == case_id and key.measure in SPEEDS)
        failed = (self._check(generator, slowed, math.log1p(slowdown)) for _ in range(self.num_checks))
        hits = sum(bool(found if case_id is None else slowed & found) for found in failed)
        rate = wilson_interval(hits, self.num_checks)
        assert rate is not None  # noqa: S101 - tells the type checker that there are checks
        return rate

    def count_flagged(self) -> tuple[int, int]:
        """Return in how many of the real checks stage 1 flagged something, and how many there are."""
        starts = range(0, self.num_rounds - self.num_pairs + 1, self.num_pairs)
        return sum(self._flags(slice(start, start + self.num_pairs)) for start in starts), len(starts)

    def _flags(self, rows: slice) -> bool:
        turns = (
            Look(replace(pairs, gaps=pairs.gaps[rows], signs=pairs.signs[rows]), self._turns_margin(key)).is_worse
            for key, pairs in self.in_turns.items()
        )
        others = (is_flagged(values[rows], self._margin(key)) for key, values in self.rounds.items())
        return any(turns) or any(others)

    def _check(
        self, generator: np.random.Generator, slowed: frozenset[CaseMeasure], shift: float
    ) -> frozenset[CaseMeasure]:
        screen, confirm = (self._rounds(generator, size) for size in (self.num_pairs, self.num_confirm_pairs))
        first, fresh = (self._values(drawn, slowed, shift) for drawn in (screen, confirm))
        tests: dict[CaseMeasure, Tested] = {
            key: run_test(np.concatenate([first[key], fresh[key]]), self._margin(key))
            for key in self.rounds
            if is_flagged(first[key], self._margin(key)) and fresh[key].mean() > self._margin(key)
        }
        both = _Rounds(np.concatenate([screen.rows, confirm.rows]), np.concatenate([screen.coins, confirm.coins]))
        for key, pairs in self.in_turns.items():
            gaps = pairs.gaps[both.rows] + both.coins * (shift if key in slowed else 0.0)
            drawn = SlotPairs(gaps, both.coins, pairs.is_limited)
            margin = self._turns_margin(key)
            tests[key] = choose_look(make_looks(until_decided(drawn, self.num_pairs, margin), self.num_pairs, margin))
        return confirmed(tests, len(self.rounds) + len(self.in_turns))

    def _rounds(self, generator: np.random.Generator, num: int) -> _Rounds:
        return _Rounds(generator.integers(self.num_rounds, size=num), generator.choice((-1.0, 1.0), size=num))

    def _values(self, drawn: _Rounds, slowed: frozenset[CaseMeasure], shift: float) -> dict[CaseMeasure, Floats]:
        return {
            key: drawn.coins * values[drawn.rows] + (shift if key in slowed else 0.0)
            for key, values in self.rounds.items()
        }

    def _margin(self, key: CaseMeasure) -> float:
        return self.tolerances.margin(key.measure)

    def _turns_margin(self, key: CaseMeasure) -> float:
        return self.tolerances.margin(key.measure, in_turns=True)


def _smallest(draw: _Draw, case_id: str) -> float | None:
    """Return the smallest of some slowdowns that is caught in nine of ten checks; a larger one is caught more often."""
    low, high = 0, len(_STEPS)
    while low < high:
        middle = (low + high) // 2
        if draw.rate(case_id, _STEPS[middle]).value >= DETECTION:
            high = middle
        else:
            low = middle + 1
    return _STEPS[low] if low < len(_STEPS) else None
