"""Holm's procedure: what several tests at once decide together."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float], num_tests: int | None = None) -> tuple[float, ...]:
    """Return Holm's adjusted p-values in the order given, among `num_tests` tests of which the others have p = 1.

    Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6 (1979).
    """
    total = len(p_values) if num_tests is None else num_tests
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (total - rank) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)
