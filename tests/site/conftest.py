"""Nights of one suite on a machine, of which one made the lstm slower, and the runs of another machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.site.site_types import SiteRun
from bench.store.run_folder import LoadedRun
from tests.conftest import NOW, MakeJournal, MakeValid

MakeNights = Callable[..., list[SiteRun]]


def night_id(day: int, suite: str = "tutorial", digits: str = "0000") -> str:
    """Return the id of the run of a night, counted from 0."""
    return f"{NOW + timedelta(days=day):%Y%m%dT%H%M%SZ}-{suite}-{digits}"


@pytest.fixture(scope="session")
def make_nights(make_valid: MakeValid, make_journal: MakeJournal) -> MakeNights:
    """Return a factory of runs of three seeds, one a night, whose lstm takes `seconds` an epoch.

    The cnn takes half of what the lstm took in the first. `digits` are the end of the runs' ids, and `environment`
    changes fields of the machine's.
    """

    def make(
        seconds: Sequence[float], *, suite: str = "tutorial", digits: str = "0000", **environment: Any
    ) -> list[SiteRun]:
        return [
            one_night(day, {"lstm": epoch_s, "cnn": seconds[0] / 2}, night_id(day, suite, digits), environment)
            for day, epoch_s in enumerate(seconds)
        ]

    def one_night(day: int, seconds: dict[str, float], run_id: str, environment: dict[str, Any]) -> SiteRun:
        record, journals = make_valid(seeds=(0, 1, 2), run_id=run_id, **environment)
        suite = record.suite.model_copy(update={"name": run_id.split("-")[1]})
        record = record.model_copy(update={"created_at": NOW + timedelta(days=day), "suite": suite})
        timed = []
        for start in (journal.start for journal in journals):
            # Each seed, and each night, takes seconds of its own.
            train_s = seconds[start.case.model] * (1 + start.seed / 1000 + day % 3 / 10_000)
            known = {"run_id": run_id, "index": start.index, "data": start.data, "environment": start.environment}
            timed.append(make_journal(start.case, start.seed, train_s=train_s, **known))
        return SiteRun(LoadedRun(Path(run_id), record, tuple(timed), ()), {})

    return make
