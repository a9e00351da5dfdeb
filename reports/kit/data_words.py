"""What a run is trained on, in words that are true for its data: on the console when it begins, and in its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.data.axes import seem_reversed, word_example
from bench.data.dataset import DataInfo
from bench.data.registry import builtin_datasets
from bench.plan.case import Case
from bench.units import format_percent

_MAX_CLASSES = 5


def word_data(data: Mapping[Case, DataInfo]) -> list[str]:
    """Return one sentence for each data set and way to scale it, in the order of the cases."""
    sentences = (f"{word_set(info)} {word_scaling(case, info)}" for case, info in data.items())
    return list(dict.fromkeys(sentences))


def word_set(info: DataInfo) -> str:
    """Return `series.npz: 1,000 training and 200 validation examples, each 60 steps of 3 features; 2 classes …`."""
    example = word_example(info.example_shape, info.layout)
    if info.lengths and info.is_padded:
        longest = min(info.lengths.longest, info.example_shape[0])
        example += f", padded at the end: they have {info.lengths.shortest:,} to {longest:,} of their own"
    return (
        f"{info.name}: {info.num_train:,} training and {info.num_test:,} validation examples, each {example}; "
        f"{info.num_classes:,} classes{_word_shares(info)}.{_word_reading(info)}"
    )


def _word_reading(info: DataInfo) -> str:
    """Say how a file of the user's was read, where that could have been otherwise."""
    if info.name in builtin_datasets():
        return ""
    how = info.source.partition("; ")[2]
    told = f" How it was read: {how}." if how else ""
    if info.layout == "tokens":
        told += " Integers of two axes are ids of tokens; give values, such as pixels, a last axis: x[..., None]."
    return told


def word_scaling(case: Case, info: DataInfo) -> str:
    """Say what is done to the values before a network gets them."""
    if case.scaling == "unit" and info.divisor == 1:
        return "Values are used as they are: the largest is 1."
    if case.scaling == "unit" and info.divisor is not None:
        why = "the largest of uint8" if info.dtype == "uint8" else "the largest of the training examples"
        return f"Values are divided by {info.divisor:g}, {why}."
    return _SCALINGS[case.scaling]


_SCALINGS = {
    "standard": "Each feature has the training examples' mean subtracted and is divided by their deviation.",
    "unit": "Values are divided by 255 (uint8), or else by the largest of the training examples.",
    "none": "Values are used as they are.",
}


def word_reversed(infos: Iterable[DataInfo]) -> list[str]:
    """Warn of each data set whose axes likelier stand in another order."""
    found = (info for info in infos if seem_reversed(info.example_shape, info.layout))
    return list(dict.fromkeys(f"{info.name}: {word_order(info)}" for info in found))


def word_order(info: DataInfo) -> str:
    """Say which other order of axes is likelier."""
    return (
        f"examples of shape {info.example_shape} are read as {word_example(info.example_shape, info.layout)}; if "
        f"{info.example_shape[0]} is the number of channels or features, give --axes channels-first"
    )


def _word_shares(info: DataInfo) -> str:
    """Return the shares of few classes, or of the largest of many, among the training examples."""
    if not info.class_counts_train:
        return ""
    shares = sorted(zip(info.class_counts_train, info.class_names, strict=True), key=lambda pair: -pair[0])
    if len(shares) <= _MAX_CLASSES:
        return f" ({', '.join(f'{name} {_share(count, info)}' for count, name in shares)})"
    if shares[0][0] == shares[-1][0]:
        return f", each {_share(shares[0][0], info)} of the training examples"
    ends = [f"{_share(count, info)} ({name})" for count, name in (shares[0], shares[-1])]
    return f", from {ends[0]} to {ends[1]} of the training examples"


def _share(count: int, info: DataInfo) -> str:
    return format_percent(round(count / info.num_train, 3))
