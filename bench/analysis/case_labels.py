"""Short names for cases: what a table's first column and a figure's legend can hold."""

from __future__ import annotations

from collections.abc import Iterable

from bench.plan.case import Case
from bench.settings import TABLE

# What tells two cases of one model apart, in the order in which a label names it.
_AXES = tuple(name for name, setting in TABLE.items() if name != "model" and setting.in_id is not None)
_OF_THE_DATA = tuple(name for name, setting in TABLE.items() if setting.follows_data)


def case_labels(cases: Iterable[Case]) -> dict[str, str]:
    """Map each `case_id` to the model's name and those settings alone that vary among `cases`.

    `lstm` and `cnn` where only the model varies; `lstm · batch 32` and `lstm · batch 128` where the batch varies too.
    Unique, since two cases with different ids differ in some axis, and every axis that differs is named; but for the
    number of examples where it follows from the batch size, as in suite `hardware`, and what follows from the data set.
    """
    unique = {case.case_id: case for case in cases}
    varying = [axis for axis in _AXES if len({getattr(case, axis) for case in unique.values()}) > 1]
    following = [("batch_size", "train_size"), *(("dataset", axis) for axis in _OF_THE_DATA)]
    silent = {axis for leader, axis in following if _follows(leader, axis, unique.values())}
    varying = [axis for axis in varying if axis not in silent]
    return {case_id: " · ".join([case.model, *_settings(case, varying)]) for case_id, case in unique.items()}


def _follows(leader: str, axis: str, cases: Iterable[Case]) -> bool:
    """Tell whether each value of one setting goes with one value of another."""
    pairs = {(getattr(case, leader), getattr(case, axis)) for case in cases}
    return len(pairs) == len({value for value, _ in pairs})


def changed_settings(stock: Case, case: Case) -> tuple[str, ...]:
    """Return what makes a case another one than `stock`, in words: `lstm-fast`, `jit on`, `8 steps per execution`."""
    model = (case.model,) if case.model != stock.model else ()
    return (*model, *_settings(case, [axis for axis in _AXES if getattr(case, axis) != getattr(stock, axis)]))


def _settings(case: Case, axes: Iterable[str]) -> list[str]:
    words = (TABLE[axis].word_label(getattr(case, axis)) for axis in axes)
    return [word for word in words if word]
