"""Accuracy per epoch, and each comparison of two cases."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.summary_types import CaseSummary, Comparison, Contrast, Interval, RunSummary
from bench.reports.kit.cells import (
    accuracy_cell,
    cell,
    epochs_text,
    explain_intervals,
    format_number,
    word_more,
    yes_no,
)
from bench.reports.kit.tables import Column, Table, numbers, without_empty_columns, words
from bench.reports.kit.wording import UNTOLD
from bench.reports.run.datasets import by_dataset
from bench.reports.run.headline import name_measure
from bench.units import (
    MISSING,
    counted,
    format_accuracy,
    format_count,
    format_points,
    format_rate,
    format_ratio,
)

_CASES_A_TABLE = 3
_MAX_CLASSES = 12
_RECALLS = (
    "A class's recall is the share of its validation examples that are answered rightly, and the balanced accuracy the "
    "mean of the recalls: always answering one class of two has 50 %, however rare the other is."
)
_SUPERIORITY = (
    "P is how often a trial of the first has the larger figure than a trial of the second, over every combination of "
    "the two, with Newcombe's 95 % interval."
)
# What the pairs of a comparison are.
_PAIRED = (
    "Pairs: rates and epoch times are of neighbouring trials in the order they ran, for a machine drifts and a seed "
    "makes nothing faster; accuracies, and times and epochs to a target, are of one seed. Ahead: the better side by "
    "the effect, or by the columns where there is none, decided or not."
)
_IN_TURNS = (
    "Pairs are of one seed. In turns: both sides trained alternately, a few steps each, so that the machine's other "
    "work slowed both alike. The effect on rates and epoch times is then of the turns that both had (the trimmed mean "
    "over them), and need not be the ratio of the two columns, which are over all of each side's own seconds; of all "
    "of fit it has each side's own validations and ending. A time to a target is a side's own seconds, and in turns if "
    "neither side had ended before. Ahead: the better side by the effect, or by the columns where there is none, "
    "decided or not."
)


def accuracy_tables(summary: RunSummary) -> tuple[Table, ...]:
    """Return accuracy per epoch: a row an epoch, of one data set three cases a table, so that none is too wide."""
    cases = [case for case in summary.cases if case.curve.points]
    chunks = [
        group[start : start + _CASES_A_TABLE]
        for group in by_dataset(cases).values()
        for start in range(0, len(group), _CASES_A_TABLE)
    ]
    note = explain_intervals(point.val_accuracy for case in cases for point in case.curve.points)
    return tuple(_accuracy_table(chunk, note if chunk is chunks[-1] else "") for chunk in chunks)


def classes_table(summary: RunSummary) -> Table | None:
    """Return how well each class is known at the end of the budget: a row a case, few classes with a column each."""
    cases = [case for case in summary.cases if case.balanced_accuracy]
    if not cases:
        return None
    named = cases[0].data.class_names if cases[0].data else ()
    is_shown = 0 < len(named) <= _MAX_CLASSES and all(case.data and case.data.class_names == named for case in cases)
    columns = (
        *words("case"),
        *numbers("balanced accuracy", "lowest recall"),
        *numbers(*(f"recall of {name}" for name in named if is_shown)),
    )
    rows = tuple(
        (
            case.label,
            accuracy_cell(case.balanced_accuracy),
            format_accuracy(min((recall for recall in case.recalls if recall is not None), default=None)),
            *(format_accuracy(recall) for recall in case.recalls if is_shown),
        )
        for case in cases
    )
    note = explain_intervals(case.balanced_accuracy for case in cases)
    return Table("Accuracy by class at the end of the budget", columns, rows, f"{note} {_RECALLS}".strip())


def comparison_tables(summary: RunSummary) -> tuple[Table, ...]:
    """Return one table for each two cases that differ by their model alone, or by one way to run it."""
    return tuple(_comparison_table(comparison) for comparison in summary.comparisons)


def _accuracy_table(cases: Sequence[CaseSummary], note: str) -> Table:
    columns: list[Column] = [*numbers("epoch")]
    for case in cases:
        columns += numbers(f"{case.label} validation", f"{case.label} training")
    points = [{point.epoch: point for point in case.curve.points} for case in cases]
    rows = []
    for epoch in sorted(set().union(*points)):
        found = [of_case.get(epoch) for of_case in points]
        cells = [
            text
            for point in found
            for text in (
                accuracy_cell(point.val_accuracy) if point else "",
                format_accuracy(point.accuracy) if point and point.accuracy is not None else "",
            )
        ]
        rows.append((format_count(epoch), *cells))
    title = f"Accuracy per epoch: {', '.join(case.label for case in cases)}"
    return Table(title, tuple(columns), tuple(rows), note)


def _comparison_table(comparison: Comparison) -> Table:
    larger = f"P({comparison.a} > {comparison.b})"
    columns = (
        *words("measure"), *numbers(comparison.a, comparison.b, "effect", "pairs"), *words("in turns", "better on"),
        *numbers(larger), *words("ahead", "decided"),
    )  # fmt: skip
    rows = tuple(_contrast_row(contrast) for contrast in comparison.contrasts)
    note = explain_intervals(
        (contrast.effect for contrast in comparison.contrasts), "In parentheses, of an effect", "pairs"
    )
    paired = _IN_TURNS if any(contrast.num_in_turns for contrast in comparison.contrasts) else _PAIRED
    has_superiority = any(contrast.superiority for contrast in comparison.contrasts)
    note = f"{note} {paired} {_SUPERIORITY if has_superiority else ''}".strip()
    title = f"{comparison.a} against {comparison.b}"
    return without_empty_columns(Table(title, columns, rows, note, is_mixed=True))


def _contrast_row(contrast: Contrast) -> tuple[str, ...]:
    ahead = {"a": contrast.a, "b": contrast.b, None: MISSING}[contrast.leader]
    return (
        name_measure(contrast),
        *(
            _value(contrast, value, is_bound=is_bound, is_counted=is_counted)
            for value, is_bound, is_counted in zip(
                (contrast.a_value, contrast.b_value), contrast.are_medians_bounds, contrast.are_counted, strict=True
            )
        ),
        _effect(contrast, contrast.effect),
        format_count(contrast.num_pairs),
        _in_turns(contrast),
        word_wins(contrast),
        cell(contrast.superiority, lambda share: MISSING if share is None else f"{share:.2f}"),
        ahead,
        _decided(contrast),
    )


def _in_turns(contrast: Contrast) -> str:
    """Return on how many pairs an effect was measured in turns; a dash where that means nothing."""
    found, pairs = contrast.num_in_turns, contrast.num_pairs
    if found is None or not pairs:
        return MISSING
    return f"{found} of {pairs}" if 0 < found < pairs else yes_no(bool(found))


def word_wins(contrast: Contrast) -> str:
    """Return `cnn on 5 of 5 seeds`, or of pairs where neighbours in time are paired; of even sides both numbers."""
    wins, noun = contrast.wins, "pair" if contrast.pairing == "time" else "seed"
    if not wins.of or (contrast.untold and not wins.a + wins.b):
        return MISSING
    of_all = f"of {counted(wins.of, noun)}"
    if wins.a == wins.b:
        return f"each on {wins.a} {of_all}"
    return f"{contrast.a} on {wins.a} {of_all}" if wins.a > wins.b else f"{contrast.b} on {wins.b} {of_all}"


def _decided(contrast: Contrast) -> str:
    """Return whether a difference is decided, and why nobody can tell, or how many further seeds would decide."""
    if contrast.untold:
        return f"no; {UNTOLD[contrast.untold]}"
    if not contrast.whole:
        return "no; not every trial gets there"
    more = contrast.num_more_pairs
    return f"no; {word_more(more)}" if more and not contrast.decided else yes_no(contrast.decided)


def _value(contrast: Contrast, value: float | None, *, is_bound: bool, is_counted: bool) -> str:
    """Format one side's figure; a side that missed the target is over its budget, not without a figure."""
    if value is None:
        return MISSING if contrast.target is None or not is_counted else "> budget"
    if contrast.measure in {"val_accuracy_first_epoch", "val_accuracy_budget"}:
        return format_accuracy(value)
    if contrast.measure.endswith("throughput"):
        return format_rate(value)
    if contrast.measure == "epochs_to_target":
        return epochs_text(value)
    return f"{'≤ ' if is_bound else ''}{format_number(value)} s"


def _effect(contrast: Contrast, effect: Interval | None) -> str:
    """Return an effect with its interval; of upper bounds on one side's times it is a bound, from above or below."""
    text = cell(effect, format_ratio if contrast.effect_kind == "ratio" else format_points)
    is_above, is_below = contrast.are_bounds
    return text if effect is None or not (is_above or is_below) else f"{'≤' if is_above else '≥'} {text}"
