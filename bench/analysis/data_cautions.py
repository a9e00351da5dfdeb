"""What a run's data have that makes accuracies less than they seem, as facts; see `bench.analysis.cautions`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.analysis.summary_types import CaseSummary, Caution, CautionCode, Datum
from bench.data.axes import seem_reversed, word_example
from bench.data.dataset import DataInfo

_FEW_EXAMPLES = 2  # of a class on average, fewer than which nothing of it can be learned
_UNEVEN = 1.5  # times the share of a class among equally large ones


def cautions_of_the_data(cases: Sequence[CaseSummary]) -> Iterator[Caution]:
    """Yield what each data set has to be known of, and where one name stands for several."""
    tests: dict[tuple[CautionCode, int], list[str]] = {}
    subsets: dict[tuple[tuple[str, int], ...], list[str]] = {}
    checksums: dict[str, dict[str, list[str]]] = {}
    for case in cases:
        if case.data:
            is_split = case.case.validation_split is not None
            code = CautionCode.VALIDATION_IS_SPLIT if is_split else CautionCode.VALIDATION_IS_TEST
            tests.setdefault((code, case.data.num_test), []).append(case.label)
            subsets.setdefault(_subset(case.data), []).append(case.label)
            checksums.setdefault(case.data.name, {}).setdefault(case.data.sha256, []).append(case.label)
    yield from _of_each_set(cases)
    yield from _of_padding(cases)
    for (code, num_test), labels in tests.items():
        yield about_cases(labels, code, {"num_test": num_test})
    for subset, labels in subsets.items():
        if subset:
            yield about_cases(labels, CautionCode.SUBSET, dict(subset))
    for name, groups in checksums.items():
        if len(groups) > 1:
            labels = [label for group in groups.values() for label in group]
            yield about_cases(labels, CautionCode.DATA_DIFFERS, {"dataset": name, "num_checksums": len(groups)})


def _of_each_set(cases: Sequence[CaseSummary]) -> Iterator[Caution]:
    """Yield what each data set has that makes its accuracies less than they seem; one that several cases share once."""
    by_data: defaultdict[DataInfo, list[CaseSummary]] = defaultdict(list)
    for case in cases:
        if case.data:
            by_data[case.data].append(case)
    for info, group in by_data.items():
        labels = [case.label for case in group]
        if seem_reversed(info.example_shape, info.layout):
            shape = word_example(info.example_shape, info.layout)
            yield about_cases(labels, CautionCode.AXES, {"dataset": info.name, "example": shape})
        if info.num_repeated:
            counts: dict[str, Datum] = {"dataset": info.name, "num_repeated": info.num_repeated}
            yield about_cases(labels, CautionCode.REPEATED, {**counts, "num_test": info.num_test})
        if info.num_classes * _FEW_EXAMPLES > info.num_train:
            sizes: dict[str, Datum] = {"num_classes": info.num_classes, "num_train": info.num_train}
            yield about_cases(labels, CautionCode.MANY_CLASSES, {"dataset": info.name, **sizes})
        if info.majority_accuracy is not None and info.majority_accuracy * info.num_classes >= _UNEVEN:
            share: dict[str, Datum] = {"majority": info.majority_accuracy}
            yield about_cases(labels, CautionCode.MAJORITY, {"dataset": info.name, **share})


def _of_padding(cases: Sequence[CaseSummary]) -> Iterator[Caution]:
    padded: dict[tuple[tuple[str, Datum], ...], list[str]] = {}
    for case in cases:
        if case.data and case.data.lengths:
            lengths = case.data.lengths.model_dump()
            told = {"dataset": case.data.name, **lengths, "num_steps": case.data.example_shape[0]}
            padded.setdefault(tuple(told.items()), []).append(case.label)
    for data, labels in padded.items():
        yield about_cases(labels, CautionCode.PADDED, dict(data))


def _subset(data: DataInfo) -> tuple[tuple[str, int], ...]:
    """Return the sizes of a data set of which a part is used, and nothing for a whole one."""
    if (data.num_train, data.num_test) == (data.num_train_available, data.num_test_available):
        return ()
    return (
        ("num_train", data.num_train),
        ("num_train_available", data.num_train_available),
        ("num_test", data.num_test),
        ("num_test_available", data.num_test_available),
    )


def about_cases(labels: Iterable[str], code: CautionCode, data: Mapping[str, Datum]) -> Caution:
    """Return a caution about the cases of these labels."""
    return Caution(code, tuple(labels), data)
