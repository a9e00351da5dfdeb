"""The answer in one or two sentences, and how far to trust it; plain text, for the report and the terminal alike."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING

from bench.units import (
    counted,
    format_accuracy,
    format_percent,
    format_points,
    format_rate,
    format_ratio,
    format_seconds,
)

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.summary_types import CaseSummary, Comparison, Contrast, ContrastMeasure, RunSummary

_MAX_CASES_ALONE = 3
_MEASURES: dict[ContrastMeasure, str] = {
    "val_accuracy_first_epoch": "validation accuracy after one epoch",
    "val_accuracy_budget": "validation accuracy at the end of the budget",
    "fit_throughput": "training examples per second, as fit costs",
    "whole_fit_throughput": "training examples per second, all of fit",
    "throughput": "training examples per second, steady",
    "fit_epoch_s": "training time per epoch, as fit costs",
    "steady_epoch_s": "training time per epoch, steady",
    "train_s_to_target": "training time to the target",
    "epochs_to_target": "epochs to the target",
}


def headline(summary: RunSummary) -> str:
    """Return the answer to "recurrent or convolutional" with its figures, or what the models reached by themselves."""
    stopped = {case.label for case in summary.cases if not case.final_val_accuracy}
    sentences = [sentence for contrast in _shown(summary) if (sentence := _word_contrast(contrast, stopped))]
    if sentences:
        return " ".join([*sentences, *_word_changes(summary)])
    reached = [_word_case(case) for case in summary.cases if case.final_val_accuracy][:_MAX_CASES_ALONE]
    return " ".join(reached) or "No trial completed its epoch budget, so there is no answer yet."


def verdict(summary: RunSummary) -> str:
    """Return one sentence on which of the headline's differences are decided; empty where nothing is compared."""
    # They need scipy, which no list should wait for.
    from bench.reports.kit.cells import word_more  # noqa: PLC0415
    from bench.reports.kit.wording import word_level  # noqa: PLC0415

    shown = _shown(summary)
    pair = [contrast for contrast in shown if contrast.effect]
    if not pair:
        return ""
    enough = [contrast for contrast in pair if contrast.num_pairs >= contrast.needs_pairs]
    pairs = min(contrast.num_pairs for contrast in enough or pair)
    if not enough:
        needed = max(contrast.needs_pairs for contrast in pair)
        return f"{_count_seeds(pairs)} cannot decide a difference; a verdict needs at least {needed}."
    undecided = [contrast for contrast in pair if not contrast.decided]
    has_changes = bool(_word_changes(summary))
    if not undecided:
        verb = "is" if len(pair) == 1 else "are"
        every = "This difference" if len(pair) == 1 else "These differences"
        sides = f" of {pair[0].a} and {pair[0].b}" if has_changes and not _has_several_pairs(shown) else ""
        is_all = len(pair) == len(shown) and not has_changes
        which = every if is_all else f"Of these, {_list_measures(pair, shown)}{sides}"
        return f"{which} {verb} decided at {word_level(pairs)} over {_count_seeds(pairs).lower()}."
    plans = [contrast.num_more_pairs for contrast in undecided if contrast.num_more_pairs is not None]
    longest = max(plans, key=lambda plan: plan.high) if len(plans) == len(undecided) else None
    advice = f"; {word_more(longest)} would decide" if longest else ""
    listed = _list_measures(undecided, shown)
    return f"Undecided at {word_level(pairs)} over {_count_seeds(pairs).lower()}: {listed}{advice}."


def name_measure(contrast: Contrast) -> str:
    """Return what a contrast is about: `training time to 90 %`."""
    if contrast.epoch is not None:
        return f"validation accuracy after {counted(contrast.epoch, 'epoch')}, the shorter budget"
    name = _MEASURES[contrast.measure]
    return name if contrast.target is None else name.replace("the target", format_percent(contrast.target))


def _shown(summary: RunSummary) -> list[Contrast]:
    """Return the contrasts of the first two cases that answer, with the run's primary target alone.

    Of several data sets those of the first two cases of each, in fewer measures.
    """
    pairs = _first_pairs(summary)
    if len(pairs) > 1:
        measures = {"val_accuracy_budget", "fit_throughput"}
        return [contrast for pair in pairs for contrast in pair if contrast.measure in measures]
    pair = pairs[0] if pairs else []
    shown = [contrast for contrast in pair if contrast.measure in {"val_accuracy_first_epoch", "fit_throughput"}]
    to_targets = [contrast for contrast in pair if contrast.measure == "train_s_to_target"]
    return shown + [contrast for contrast in to_targets if contrast.target == summary.primary_target]


def _first_pairs(summary: RunSummary) -> list[list[Contrast]]:
    """Return the contrasts of the first two cases that answer on each data set."""
    sets = {case.label: case.case.dataset for case in summary.cases}
    first: dict[str | None, Contrast] = {}
    for contrast in summary.headlines:
        first.setdefault(sets.get(contrast.a), contrast)
    return [[one for one in summary.headlines if (one.a, one.b) == (pair.a, pair.b)] for pair in first.values()]


def _word_contrast(contrast: Contrast, stopped: Container[str]) -> str:
    """Say one difference; `stopped` are the cases of which no trial came to the end of its budget."""
    if contrast.measure == "val_accuracy_first_epoch":
        return _word_accuracy(contrast, "After one epoch")
    if contrast.measure == "val_accuracy_budget":
        return _word_accuracy(contrast, _word_budget(contrast))
    if contrast.measure == "fit_throughput":
        return _word_throughput(contrast)
    if contrast.measure == "train_s_to_target":
        return _word_target(contrast, stopped)
    return ""


def _word_budget(contrast: Contrast) -> str:
    if contrast.epoch is None:
        return "At the end of the budget"
    return f"After {counted(contrast.epoch, 'epoch')}, the shorter budget,"


def _word_accuracy(contrast: Contrast, when: str) -> str:
    if contrast.a_value is None or contrast.b_value is None:
        return ""
    return (
        f"{when} {contrast.a} reaches {format_accuracy(contrast.a_value)} validation accuracy "
        f"and {contrast.b} {format_accuracy(contrast.b_value)}."
    )


def _word_throughput(contrast: Contrast) -> str:
    from bench.reports.kit.wording import say_measured  # noqa: PLC0415 - it needs scipy, which no list should wait for

    if contrast.effect is None:
        return ""
    return (
        f"{contrast.a} trains {format_ratio(contrast.effect.value)} as many examples per second as {contrast.b}, as "
        f"fit costs{say_measured((contrast.num_in_turns, contrast.num_pairs))} "
        f"({format_rate(contrast.a_value)} against {format_rate(contrast.b_value)}"
        f"{' over all epochs' if contrast.num_in_turns else ''})."
    )


def _word_target(contrast: Contrast, stopped: Container[str]) -> str:
    """Say the seconds to one target; nothing if neither side reached it, or of one no trial tells."""
    if (contrast.a_value is None and contrast.b_value is None) or not all(contrast.are_counted):
        return ""
    values = zip(
        (contrast.a, contrast.b), (contrast.a_value, contrast.b_value), contrast.are_medians_bounds, strict=True
    )
    sides = [
        f"{label} was stopped before it got there"
        if seconds is None and label in stopped
        else _word_seconds(label, seconds, is_bound=is_bound)
        for label, seconds, is_bound in values
    ]
    return f"To reach {format_percent(contrast.target)} validation accuracy, {' and '.join(sides)}."


def _word_seconds(label: str, seconds: float | None, *, is_bound: bool) -> str:
    if seconds is None:
        return f"{label} does not get there within its budget in its median trial"
    return f"{label} trains for {'at most ' if is_bound else ''}{format_seconds(seconds)}"


def _word_changes(summary: RunSummary) -> list[str]:
    """Say for each other way in which networks were run what it gained, from the least to the most."""
    told = {(contrast.a, contrast.b) for contrast in _shown(summary)}
    changes: dict[str, list[Comparison]] = {}
    for comparison in summary.comparisons:
        if comparison.change and (comparison.a, comparison.b) not in told:
            changes.setdefault(comparison.change, []).append(comparison)
    return [sentence for change, found in changes.items() if (sentence := _word_change(change, found))]


def _word_change(change: str, comparisons: Sequence[Comparison]) -> str:
    from bench.reports.kit.wording import say_measured  # noqa: PLC0415 - it needs scipy, which no list should wait for

    speeds = _effects(comparisons, "fit_throughput")
    points = [difference for difference, *_ in _effects(comparisons, "val_accuracy_budget")]
    if not speeds:
        return ""
    ends = (choose(speeds, key=lambda one: one[:2]) for choose in (min, max))
    gains = _from_to(f"{format_ratio(ratio)} ({of})" for ratio, of, _ in ends)
    measured = say_measured(*(counts for *_, counts in speeds))
    apart = _from_to(format_points(point) for point in (min(points), max(points))) if points else ""
    accuracy = f", at a difference in accuracy of {apart} on the mean" if points else ""
    return f"With {change} networks train {gains} as many examples per second, as fit costs{measured}{accuracy}."


def _from_to(ends: Iterable[str]) -> str:
    """Return `least to most`, or the one text where both read the same."""
    return " to ".join(dict.fromkeys(ends))


def _effects(
    comparisons: Sequence[Comparison], measure: ContrastMeasure
) -> list[tuple[float, str, tuple[int | None, int]]]:
    """Return one measure's effect of each comparison, with what was changed, and its pairs in turns and all pairs."""
    return [
        (contrast.effect.value, comparison.b, (contrast.num_in_turns, contrast.num_pairs))
        for comparison in comparisons
        for contrast in comparison.contrasts
        if contrast.measure == measure and contrast.effect
    ]


def _word_case(case: CaseSummary) -> str:
    assert case.final_val_accuracy  # noqa: S101 - the caller chose these
    epochs = counted(case.case.epochs, "epoch")
    rate = (
        f" and trains {format_rate(case.fit_throughput.value)} examples per second, as fit costs"
        if case.fit_throughput
        else ""
    )
    reached = format_accuracy(case.final_val_accuracy.value)
    return f"{case.label} reaches {reached} validation accuracy in {epochs}{rate}."


def _count_seeds(num_seeds: int) -> str:
    return "One seed" if num_seeds == 1 else f"{num_seeds} seeds"


def _list_measures(contrasts: Sequence[Contrast], shown: Sequence[Contrast]) -> str:
    """Name some of the contrasts that are shown, with their sides where these are of several data sets."""
    if not _has_several_pairs(shown):
        return " and ".join(map(_name_within_sentence, contrasts))
    return " and ".join(
        f"{_name_within_sentence(contrast)} ({contrast.a} against {contrast.b})" for contrast in contrasts
    )


def _has_several_pairs(shown: Sequence[Contrast]) -> bool:
    return len({(contrast.a, contrast.b) for contrast in shown}) > 1


def _name_within_sentence(contrast: Contrast) -> str:
    """Return `training examples per second (as fit costs)`, since a comma would end the list that it stands in."""
    name, _, basis = name_measure(contrast).partition(", ")
    return f"{name} ({basis})" if basis else name
