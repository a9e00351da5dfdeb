"""The ratio of two speeds that were measured in turns, as docs/turns.md defines it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from tests.recompute.journals import Trial
from tests.recompute.values.trial_values import steady_throughput

_FEWEST = 5  # turns on each side
_TRIMMED = 0.2  # at each end
Turn = tuple[int, float]  # its number, and the logarithm of its seconds per example


def any_took_turns(trials: tuple[Trial, ...]) -> bool:
    return any(trial.start.get("in_turns") for trial in trials)


def num_partners(trial: Trial) -> int:
    """Return with how many others a trial took turns."""
    return len(trial.start["in_turns"]["trials"]) - 1 if trial.start.get("in_turns") else 0


def correct(a: Trial, b: Trial) -> float | None:
    """Return what makes the ratio of two throughputs, a over b, that of the turns which both had; None of too few."""
    if not _are_partners(a, b):
        return None
    logs = sorted(y - x for x, y in _pairs(_turns(a), _turns(b), num_partners(a)))
    if len(logs) < _FEWEST:
        return None
    cut = int(_TRIMMED * len(logs))
    in_turns = math.exp(statistics.fmean(logs[cut : len(logs) - cut]))
    return in_turns * steady_throughput(b) / steady_throughput(a)


def were_together(a: Trial, b: Trial, epoch_a: int, epoch_b: int) -> bool:
    """Tell whether neither trial had ended when the other ended this epoch of its own."""
    return _are_partners(a, b) and _was_there(b, a, epoch_a) and _was_there(a, b, epoch_b)


def _are_partners(a: Trial, b: Trial) -> bool:
    of_a, of_b = a.start.get("in_turns"), b.start.get("in_turns")
    return bool(of_a and of_b) and of_a["trials"] == of_b["trials"] and of_a["slot"] != of_b["slot"]


def _was_there(one: Trial, other: Trial, epoch: int) -> bool:
    turns = other.epochs[epoch - 1].get("turns")
    return turns is not None and one.start["in_turns"]["slot"] not in turns["gone"]


def _turns(trial: Trial) -> list[Turn]:
    """Return a trial's turns in order; one of no seconds has no logarithm, but its place."""
    return [
        (number, math.log(seconds / examples) if seconds and examples else math.nan)
        for epoch in trial.epochs
        if epoch.get("turns")
        for number, seconds, examples in zip(
            *(epoch["turns"][name] for name in ("numbers", "seconds", "examples")), strict=True
        )
    ]


def _pairs(a: list[Turn], b: list[Turn], most_apart: int) -> Iterator[tuple[float, float]]:
    """Yield what each turn took beside the next one of the other side in the same round; each is in one pair."""
    i = j = 0
    while i < len(a) and j < len(b):
        is_a_first = a[i][0] < b[j][0]
        own, place, other = (a, i, b[j]) if is_a_first else (b, j, a[i])
        has_later = place + 1 < len(own) and own[place + 1][0] < other[0]
        if has_later or other[0] - own[place][0] > most_apart:
            i, j = (i + 1, j) if is_a_first else (i, j + 1)
            continue
        if not math.isnan(a[i][1] + b[j][1]):
            yield a[i][1], b[j][1]
        i, j = i + 1, j + 1
