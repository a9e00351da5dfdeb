"""Short names for cases: what a table's first column and a figure's legend can hold."""

from __future__ import annotations

from collections.abc import Iterable

from bench.plan.case import Case

# The axes in the order in which a label names them. The epoch budget is no part of a case's identity.
_AXES = (
    "dataset", "batch_size", "precision", "device", "backend", "scaling", "train_size", "test_size", "jit", "unroll",
    "units", "filters", "depth", "steps_per_execution", "deterministic", "optimizer", "learning_rate", "activation",
    "output_activation",
    "intra_op_threads", "inter_op_threads",
)  # fmt: skip
# `{s}` stands for the plural's ending.
_FORMATS = {
    "batch_size": "batch {:,}",
    "train_size": "{:,} example{s}",
    "test_size": "{:,} test example{s}",
    "jit": "jit {}",
    "units": "{} unit{s}",
    "filters": "{} filter{s}",
    "depth": "depth {}",
    "steps_per_execution": "{} step{s} per execution",
    "learning_rate": "rate {}",
    "output_activation": "{} output",
    "intra_op_threads": "{} intra-op thread{s}",
    "inter_op_threads": "{} inter-op thread{s}",
}
# What None is called on an axis that varies; no entry where it needs no word, being the model's own value.
_USUAL = {"train_size": "all examples", "test_size": "all test examples"}


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
    words = (_word(axis, getattr(case, axis)) for axis in axes)
    return [word for word in words if word]


def _word(axis: str, value: object) -> str:
    """Return the text of one setting; empty where the setting is off or left to the model."""
    if value is None:
        return _USUAL.get(axis, "")
    if isinstance(value, bool):
        return {"unroll": "unrolled"}.get(axis, axis) if value else ""
    if axis == "scaling":
        return "scaled" if value == "unit" else "unscaled"
    return _FORMATS.get(axis, "{}").format(value, s="" if value == 1 else "s")
