"""A case is one fully resolved combination of settings, and a trial is a case with a seed."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from bench.frozen_model import Frozen
from bench.settings import TABLE, Settings

MAX_SEED = 2**32 - 1


class Case(Settings):
    """One fully resolved combination, without the seed.

    `model` is a registry name or `package.module:build`; `device` is `cpu`, `cpu:N` (N threads), `gpu` or `gpu:N`.
    """

    @property
    def case_id(self) -> str:
        """Readable and safe as a file name: `lstm-mnist-b32-float32-cpu`, then each setting that is not the default.

        The epoch budget is no part of it: a longer run of the same case is still the same case.
        """
        return _name_case(self)

    @property
    def reports_times(self) -> bool:
        """Whether its speeds and times are reported.

        Deterministic operations can be slower, so that a figure would read as the network's own.
        """
        return not self.deterministic


def select_data(case: Case) -> dict[str, Any]:
    """Return which part of its data set a case trains on, and how: the options of `bench.data.load.load_dataset`."""
    names = ("train_size", "test_size", "axes", "validation_split", "max_length", "vocabulary")
    return {name: getattr(case, name) for name in names}


@lru_cache(maxsize=4096)
def _name_case(case: Case) -> str:
    """Return `Case.case_id`; a report of 10,000 trials asks for 40,000 ids of few cases."""
    return "-".join(
        setting.word_id(getattr(case, name))
        for name, setting in TABLE.items()
        if setting.in_id is not None and (setting.in_every_id or not case.is_default(name))
    )


class Trial(Frozen):
    """One case with one seed: one fresh worker process, one journal. `index` is its place in the run, from 0.

    `of_run` is the id of the run that trained it, where it was merged into another; None in its own run.
    """

    case: Case
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]
    index: Annotated[int, Field(ge=0)]
    of_run: str | None = None

    @property
    def trial_id(self) -> str:
        """The case with its seed: `lstm-mnist-b32-float32-cpu-s0`."""
        return f"{self.case.case_id}-s{self.seed}"

    @property
    def file_stem(self) -> str:
        """The name of its journal's file: its id, and the run that trained it where that is another."""
        return self.trial_id if self.of_run is None else f"{self.trial_id}.{self.of_run}"
