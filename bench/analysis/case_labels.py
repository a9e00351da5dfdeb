"""Short names for cases: what a table's first column and a figure's legend can hold."""

from __future__ import annotations

from collections.abc import Iterable

from bench.plan.case import Case
from bench.settings import TABLE

# What tells two cases of one model apart, in the order in which a label names it.
_AXES = tuple(name for name, setting in TABLE.items() if name != "model" and setting.in_id is not None)


def case_labels(cases: Iterable[Case]) -> dict[str, str]:
    """Map each `case_id` to the model's name and those settings alone that vary among `cases`.

    `lstm` and `cnn` where only the model varies; `lstm · batch 32` and `lstm · batch 128` where the batch varies too.
    Unique, since two cases with different ids differ in some axis, and every axis that differs is named; but for the
    number of examples where it follows from the batch size, as in suite `hardware`.
    """
    unique = {case.case_id: case for case in cases}
    varying = [axis for axis in _AXES if len({getattr(case, axis) for case in unique.values()}) > 1]
    if len({(case.batch_size, case.train_size) for case in unique.values()}) == len(
        {case.batch_size for case in unique.values()}
    ):
        varying = [axis for axis in varying if axis != "train_size"]
    return {case_id: " · ".join([case.model, *_settings(case, varying)]) for case_id, case in unique.items()}


def changed_settings(stock: Case, case: Case) -> tuple[str, ...]:
    """Return what makes a case another one than `stock`, in words: `lstm-fast`, `jit on`, `8 steps per execution`."""
    model = (case.model,) if case.model != stock.model else ()
    return (*model, *_settings(case, [axis for axis in _AXES if getattr(case, axis) != getattr(stock, axis)]))


def _settings(case: Case, axes: Iterable[str]) -> list[str]:
    words = (TABLE[axis].word_label(getattr(case, axis)) for axis in axes)
    return [word for word in words if word]
