"""A trial's turns, over all its epochs."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.statistics.turn_ratio import TurnSeries
from bench.store.records import EpochEvent


def collect_turns(epochs: Sequence[EpochEvent]) -> TurnSeries:
    """Return the turns of all epochs in order; none for a trial that had the machine to itself."""
    turns = [epoch.turns for epoch in epochs if epoch.turns is not None]
    return TurnSeries(
        numbers=[number for each in turns for number in each.numbers],
        seconds=[seconds for each in turns for seconds in each.seconds],
        examples=[examples for each in turns for examples in each.examples],
    )
