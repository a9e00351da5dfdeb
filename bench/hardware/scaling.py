"""Strong scaling: how much faster the same work becomes with more threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.unpaired import summarize_ratio
from bench.hardware.ratios import SpeedRatio


@dataclass(frozen=True)
class ScalingPoint:
    """The same work on `num_threads` threads against the fewest that were measured.

    `efficiency` is the speed-up over what as many more threads promise. `serial_share` is the share of the work that
    would have to be serial to explain the speed-up: one that grows with the threads is overhead, not serial work.
    For `num_in_turns` see `bench.hardware.ratios.SpeedRatio`.
    """

    num_threads: int
    speedup: Interval
    efficiency: float
    serial_share: float | None
    num_in_turns: int | None = None


def summarize_scaling(
    throughputs: Mapping[int, Sequence[float]], measured: Mapping[int, SpeedRatio] | None = None
) -> tuple[ScalingPoint, ...]:
    """Return a point for each number of threads, the fewest first; empty below two numbers of threads.

    The serial share is e = (1/s − 1/p) / (1 − 1/p) of Karp and Flatt, Measuring Parallel Processor Performance, CACM 33
    (1990), with s the speed-up and p the factor of threads; below 0 where more threads gain more than their number.

    Args:
        throughputs: examples per second of each trial, by number of threads.
        measured: speed-ups against the fewest threads that are known better than by the throughputs, as in turns.
    """
    numbers = sorted(number for number, values in throughputs.items() if values)
    if len(numbers) < 2:  # noqa: PLR2004 - one number of threads has nothing to scale against
        return ()
    fewest = numbers[0]
    points = []
    for number in numbers:
        better = (measured or {}).get(number)
        speedup = better.interval if better else summarize_ratio(throughputs[number], throughputs[fewest])
        if speedup is not None:
            is_base = number == fewest
            shown = Interval(1.0, None, None, speedup.n, "none") if is_base else speedup
            points.append(
                _point(number, number / fewest, shown, better.num_in_turns if better and not is_base else None)
            )
    return tuple(points)


def _point(num_threads: int, factor: float, speedup: Interval, num_in_turns: int | None) -> ScalingPoint:
    serial = (1 / speedup.value - 1 / factor) / (1 - 1 / factor) if factor > 1 else None
    return ScalingPoint(num_threads, speedup, speedup.value / factor, serial, num_in_turns)
