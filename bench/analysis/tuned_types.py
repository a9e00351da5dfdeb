"""What tuning gave in a run that trained stock and tuned cases side by side; throughputs are examples per second."""

from __future__ import annotations

from dataclasses import dataclass

from bench.analysis.statistics.interval import Interval


@dataclass(frozen=True)
class TunedRates:
    """One kind of throughput of both; `gain` is tuned / stock, pair by pair.

    `num_in_turns` is on how many of them it comes from the turns that both had; None for a run without turns.
    """

    stock: Interval | None
    tuned: Interval | None
    gain: Interval | None
    num_in_turns: int | None = None


@dataclass(frozen=True)
class TunedRow:
    """A stock case and its tuned one, by label; `tuned` is None where the tuning found stock settings the fastest.

    `changes` are the settings that differ, in words. `fit` is as `fit` costs, `steady` of the steps alone; `whole` is
    tuned / stock over all of `fit`, until it returns.
    """

    stock: str
    tuned: str | None
    changes: tuple[str, ...]
    fit: TunedRates
    steady: TunedRates
    whole: Interval | None = None


@dataclass(frozen=True)
class Gap:
    """How many times as long a training example takes the recurrent case as the convolutional one, as `fit` costs.

    `stock` is of both as they come, `best` of both at their fastest: a tuned case, or stock where none is faster;
    `stock_in_turns` and `best_in_turns` are as `TunedRates.num_in_turns`.
    """

    recurrent: str
    convolutional: str
    stock: Interval | None
    best: Interval | None
    stock_in_turns: int | None = None
    best_in_turns: int | None = None


@dataclass(frozen=True)
class TunedSummary:
    """All that a report says of tuned cases; `untuned` are the stock cases without a tuning, by label."""

    rows: tuple[TunedRow, ...]
    gaps: tuple[Gap, ...]
    untuned: tuple[str, ...]
