"""The data sets of one run: what is read side by side is of one set, since accuracies of two are of two scales."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.summary_types import CaseSummary


def by_dataset(cases: Iterable[CaseSummary]) -> dict[str, list[CaseSummary]]:
    """Return the cases of each data set, in the order of the cases."""
    groups: dict[str, list[CaseSummary]] = {}
    for case in cases:
        groups.setdefault(case.case.dataset, []).append(case)
    return groups
