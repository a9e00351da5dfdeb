"""What the page's script needs: the curves, and every target's answer, as values that go into JSON.

Each figure and each sentence is made here from the summary; the script places them and computes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bench.analysis.summary_types import CaseSummary, CurvePoint, RunSummary, SeedCurve
from bench.reports.kit.escaping import make_visible
from bench.reports.kit.figures.axes import accuracy_limits, are_crowded
from bench.reports.kit.figures.short_names import shorten_together
from bench.reports.kit.figures.theme import COLOURS, LABEL_LIMIT, CaseStyle, case_styles
from bench.reports.kit.tables import Table
from bench.reports.run.sections.time_to_target import TARGET_COLUMNS, target_row
from bench.reports.run.thin_curves import most_seeds
from bench.units import format_accuracy, format_count, format_seconds

# Seconds first: they are the fair comparison.
X_AXES = (("seconds", "Training time (s), validation not counted"), ("epochs", "Epochs"), ("examples", "Examples seen"))
_FALLBACK_TARGET = 0.9
_BANDED = frozenset({"bootstrap"})  # a range's bounds are the seeds' own lines already
_Place = tuple[float | None, float, float]  # one for each of the axes


def page_data(summary: RunSummary) -> Mapping[str, Any]:
    """Return the data of the interactive part; names in it are visible text without control characters."""
    labels = [case.label for case in summary.cases]
    styles = case_styles(labels)
    # Not the styles' names: a browser has more letters than a figure's font.
    names = dict(zip(labels, shorten_together([make_visible(label) for label in labels], LABEL_LIMIT), strict=True))
    most = most_seeds(summary)
    datasets = datasets_with_curves(summary)
    cases = [
        {**_case(case, styles[case.label], names[case.label], most), "dataset": datasets.index(case.case.dataset)}
        for case in cases_with_curves(summary)
    ]
    return {
        "run": make_visible(summary.run_id),
        "cases": cases,
        "datasets": [_dataset(name, summary) for name in datasets],
        "axes": X_AXES,
        "target": first_target(summary),
    }


def cases_with_curves(summary: RunSummary) -> list[CaseSummary]:
    """Return the cases that have something to draw."""
    return [case for case in summary.cases if case.curve.points]


def datasets_with_curves(summary: RunSummary) -> list[str]:
    """Return the data sets of these cases: accuracies of two sets are of two scales, so a chart shows one."""
    return list(dict.fromkeys(case.case.dataset for case in cases_with_curves(summary)))


def first_target(summary: RunSummary) -> float:
    """Return the target that the page opens with: the run's primary one."""
    return _FALLBACK_TARGET if summary.primary_target is None else summary.primary_target


def lowest_target(summary: RunSummary) -> float:
    """Return the least target that the slider offers: a round figure below all that was seen."""
    return accuracy_limits([*_accuracies(cases_with_curves(summary)), first_target(summary)])[0]


def opening_table(summary: RunSummary) -> Table:
    """Return what the first target takes, one row a case; the script replaces the cells as the target moves."""
    target = first_target(summary)
    rows = [
        target_row(case, next(result for result in (*case.targets, *case.steps) if result.target >= target))
        for case in cases_with_curves(summary)
    ]
    return Table("What the target takes", TARGET_COLUMNS, tuple(rows))


def _dataset(name: str, summary: RunSummary) -> Mapping[str, Any]:
    """Return what one data set's chart opens with; `majority` is the accuracy of its largest class, where known."""
    cases = [case for case in cases_with_curves(summary) if case.case.dataset == name]
    majorities = {case.data.majority_accuracy if case.data else None for case in cases}
    return {
        "name": make_visible(name),
        "crowded": are_crowded(_accuracies(cases)),
        "majority": majorities.pop() if len(majorities) == 1 else None,
    }


def _accuracies(cases: Iterable[CaseSummary]) -> list[float]:
    return [*_seen(cases)] or [_FALLBACK_TARGET]


def _seen(cases: Iterable[CaseSummary]) -> Iterator[float]:
    for case in cases:
        yield from (point.val_accuracy.value for point in case.curve.points)
        for seed in case.curve.seeds:
            yield from (one.val_accuracy for one in seed.validations if one.val_accuracy is not None)


def _case(case: CaseSummary, style: CaseStyle, name: str, num_seeds: int) -> Mapping[str, Any]:
    label = make_visible(case.label)
    return {
        "label": label,
        "short": name,
        "colour": COLOURS.index(style.colour),
        "marker": style.marker,
        "points": [_point(label, point, case) for point in case.curve.points],
        "seeds": [_seed(label, seed, case) for seed in case.curve.seeds[:num_seeds]],
        "steps": [{"target": step.target, "cells": target_row(case, step)[1:]} for step in case.steps],
    }


def _point(label: str, point: CurvePoint, case: CaseSummary) -> Mapping[str, Any]:
    """Return one aggregated epoch; its `low` and `high` are a band's, None where the seeds' lines say it all."""
    known = point.val_accuracy
    place = (_seconds(case, point.train_elapsed_s), float(point.epoch), point.num_examples)
    has_band = known.kind in _BANDED
    return {
        "x": place,
        "y": known.value,
        "low": known.low if has_band else None,
        "high": known.high if has_band else None,
        "text": _words(f"{label}, all seeds" if known.n > 1 else label, place, known.value),
    }


def _seed(label: str, seed: SeedCurve, case: CaseSummary) -> Mapping[str, Any]:
    return {"seed": seed.seed, "points": list(_seed_points(label, seed, case))}


def _seed_points(label: str, seed: SeedCurve, case: CaseSummary) -> Iterable[Mapping[str, Any]]:
    for one in seed.validations:
        place = (_seconds(case, one.train_s), one.epochs, float(one.num_examples))
        yield {
            "x": place,
            "y": one.val_accuracy,
            "text": _words(f"{label}, seed {seed.seed}", place, one.val_accuracy),
        }


def _seconds(case: CaseSummary, seconds: float) -> float | None:
    """Return a place on the axis of seconds; None for a case whose times are not reported, which is not on it."""
    return seconds if case.case.reports_times else None


def _words(name: str, place: _Place, value: float | None) -> str:
    seconds, epoch, examples = place
    took = "" if seconds is None else f"{format_seconds(seconds)} of training, "
    return (
        f"{name}, epoch {epoch:.4g}: {format_accuracy(value)} validation accuracy, "
        f"{took}{format_count(round(examples))} examples"
    )
