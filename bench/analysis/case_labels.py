"""Short names for cases: what a table's first column and a figure's legend can hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bench.plan.case import Case
from bench.settings import TABLE

# What tells two cases of one model apart, in the order in which a label names it.
_AXES = tuple(name for name, setting in TABLE.items() if name != "model" and setting.in_id is not None)
_NO_VALUE = object()  # None is a value
_OF_THE_DATA = tuple(name for name, setting in TABLE.items() if setting.follows_data)


def case_labels(cases: Iterable[Case]) -> dict[str, str]:
    """Map each `case_id` to the model's name and those settings alone in which the case differs from most of `cases`.

    `lstm` and `cnn` where only the model varies; `lstm`, `cnn` and `cnn · unscaled` where two of three are scaled. The
    commonest value goes without saying, and of two that are as common the default. Where each case has a partner that
    differs in that setting alone, the two are compared, and each is named: `lstm · batch 32` and `lstm · batch 128`.
    Unique, since two cases with different ids differ in some axis, and at most one of the two has the commonest value
    there; but for the number of examples where it follows from the batch size, as in suite `hardware`, and what follows
    from the data set.
    """
    unique = {case.case_id: case for case in cases}
    usual = _usual_settings(unique.values())
    return {
        case_id: " · ".join(
            [case.model, *_settings(case, [axis for axis, value in usual.items() if getattr(case, axis) != value])]
        )
        for case_id, case in unique.items()
    }


def unsaid_settings(cases: Iterable[Case]) -> tuple[str, ...]:
    """Return in words what the labels of these cases leave out because most have it: `batch 32`, `scaled`."""
    words = (TABLE[axis].word_label(value) for axis, value in _usual_settings(cases).items() if value is not _NO_VALUE)
    return tuple(word for word in words if word)


def _usual_settings(cases: Iterable[Case]) -> Mapping[str, object]:
    """Map each setting that varies to the value that labels leave out; to `_NO_VALUE` where each has to be named."""
    found = list({case.case_id: case for case in cases}.values())
    varying = [axis for axis in _AXES if len({getattr(case, axis) for case in found}) > 1]
    following = [("batch_size", "train_size"), *(("dataset", axis) for axis in _OF_THE_DATA)]
    silent = {axis for leader, axis in following if _follows(leader, axis, found)}
    told = [axis for axis in varying if axis not in silent]
    return {axis: _usual(axis, [other for other in told if other != axis], found) for axis in told}


def _usual(axis: str, others: Sequence[str], cases: Sequence[Case]) -> object:
    """Return the value that goes without saying; `_NO_VALUE` where none does, or another one has no word of its own."""
    counts = Counter(getattr(case, axis) for case in cases)
    most = max(counts.values())
    commonest = [value for value, number in counts.items() if number == most]
    if len(commonest) > 1:
        default = TABLE[axis].default
        commonest = [default] if most > 1 and default in commonest and not _are_paired(others, cases) else []
    is_told = all(TABLE[axis].word_label(value) for value in counts if [value] != commonest)
    return commonest[0] if commonest and is_told else _NO_VALUE


def _are_paired(axes: Sequence[str], cases: Sequence[Case]) -> bool:
    """Tell whether each case has a partner that is equal to it in its model and these settings."""
    alike = Counter((case.model, *(getattr(case, axis) for axis in axes)) for case in cases)
    return min(alike.values()) > 1


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
