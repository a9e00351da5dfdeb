"""Seconds from an easy to a hard target: where the ranking flips, and each comparison in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from bench.analysis.statistics.unpaired import inverse
from bench.analysis.summary_types import CaseSummary, Comparison, Contrast, Interval, RunSummary, TargetResult
from bench.reports.kit.cells import seconds_cell, word_more
from bench.reports.kit.tables import Table, numbers, words
from bench.reports.kit.values import note_on
from bench.reports.kit.wording import UNTOLD, word_in_turns, word_interval
from bench.reports.run.sections.time_to_target import by_data
from bench.units import MISSING, counted, format_percent, format_ratio

_Soonest = tuple[float, str | None]
HOW_TO_READ = (
    f"{note_on('train_s_to_target')} A dash: no median reaches the target, several may be the first between two "
    "validations, or a budget ends too early."
)


def sweep_tables(summary: RunSummary) -> tuple[Table, ...]:
    """Return the median training seconds to each target of the sweep; tables as `by_data` has groups."""
    tables = (_sweep_table(cases, title) for title, cases in by_data(summary))
    return tuple(table for table in tables if table)


def _sweep_table(group: Sequence[CaseSummary], title: str) -> Table | None:
    """Return a row a case, and who is there first."""
    timed = [case for case in group if case.case.reports_times]
    cases = [case for case in timed if any(result.num_trials for result in case.sweep)]
    if not cases:
        return None
    targets = [result.target for result in cases[0].sweep]
    rows = [(case.label, *(seconds_cell(result.median_train_s, result, is_bound=result.is_bound)
             for result in case.sweep)) for case in cases]  # fmt: skip
    soonest = [(target, _soonest(cases, place)) for place, target in enumerate(targets)]
    if len(cases) > 1:
        rows.append(("fastest", *(label or MISSING for _, label in soonest)))
    columns = (*words("median seconds to"), *numbers(*map(format_percent, targets)))
    return Table(title, columns, tuple(rows), _word_ranking(soonest) if len(cases) > 1 else "", is_mixed=True)


def _soonest(cases: Sequence[CaseSummary], place: int) -> str | None:
    """Name the case whose median is known to come before that of every other; None where none is."""
    results = [(case.sweep[place], case.label) for case in cases if case.sweep[place].num_trials]
    known = [(seconds, label) for result, label in results if (seconds := result.median_train_s) is not None]
    if not known:
        return None
    least_s, first = min(known, key=lambda pair: pair[0])
    others = [result for result, label in results if label != first]
    return first if all(least_s <= _earliest_s(other) for other in others) else None


def _earliest_s(result: TargetResult) -> float:
    """Return the seconds before which the median did not come, as far as validations tell; infinity for never."""
    known = result.median_train_s_beyond if result.median_train_s is None else result.median_since_s
    return math.inf if known is None else known


def _word_ranking(soonest: Sequence[_Soonest]) -> str:
    """Say who is the fastest to which targets, and where that changes."""
    reached = [(target, label) for target, label in soonest if label is not None]
    if not reached:
        return f"It is not known of any target which case is the fastest. {HOW_TO_READ}"
    groups = [(label, [target for target, _ in group]) for label, group in groupby(reached, key=lambda pair: pair[1])]
    if len(groups) == 1:
        first = groups[0][0]
        return f"By the medians {first} is the fastest wherever that is known: the ranking does not flip. {HOW_TO_READ}"
    parts = ", ".join(f"{label} to {_word_targets(targets)}" for label, targets in groups)
    return f"The ranking flips; by the medians the fastest is {parts}. {HOW_TO_READ}"


def _word_targets(targets: Sequence[float]) -> str:
    if len(targets) == 1:
        return format_percent(targets[0])
    return f"{format_percent(targets[0])} … {format_percent(targets[-1])}"


def comparison_sentences(summary: RunSummary) -> tuple[str, ...]:
    """Return one sentence a comparison: who reaches the primary target faster, and how surely.

    Where that is not known of the primary target, it is about the hardest of which it is. The ratio is over trials that
    came there. Where some did not, it would flatter the side that loses the most trials, so that such a target is told
    by the medians alone, and only where no other is left.
    """
    sentences = (_word_comparison(comparison, summary.primary_target) for comparison in summary.comparisons)
    return tuple(sentence for sentence in sentences if sentence)


def _word_comparison(comparison: Comparison, primary: float | None) -> str:
    def rank(contrast: Contrast) -> tuple[bool, float]:
        return contrast.target == primary, contrast.target or 0.0

    found = [contrast for contrast in comparison.contrasts if contrast.measure == "train_s_to_target"]
    whole = [contrast for contrast in found if contrast.effect and (contrast.leader or not contrast.untold)]
    if whole:
        return _word_ratio(max(whole, key=rank))
    one = [
        contrast for contrast in found if (contrast.a_value is None) != (contrast.b_value is None) and contrast.leader
    ]
    if one:
        return _word_miss(max(one, key=rank))
    part = [contrast for contrast in found if contrast.leader and contrast.a_value and contrast.b_value]
    return _word_part(max(part, key=rank)) if part else ""


def _word_ratio(contrast: Contrast) -> str:
    """Say who reaches a target how many times faster, or at least, with the interval, and whether that is decided."""
    assert contrast.effect is not None  # noqa: S101 - the caller chose these
    is_b = contrast.effect.value >= 1
    first, second = (contrast.b, contrast.a) if is_b else (contrast.a, contrast.b)
    ratio = contrast.effect if is_b else inverse(contrast.effect)
    least = "at least " if contrast.are_bounds[is_b] else ""  # of its own time only an upper bound is known
    sentence = (
        f"{first} reaches {format_percent(contrast.target)} {least}{format_ratio(ratio.value)} faster than {second} "
        f"({_word_bounds(ratio)}{_word_turns(contrast)})"
    )
    return f"{sentence}{_word_superiority(contrast, first, second, is_b=is_b)}.{_word_open(contrast)}"


def _word_turns(contrast: Contrast) -> str:
    measured = word_in_turns(contrast.num_in_turns, contrast.num_pairs)
    return f", {measured}" if measured else ""


def _word_bounds(ratio: Interval) -> str:
    seeds = counted(ratio.n, "seed")
    if ratio.low is None or ratio.high is None:
        return f"{seeds}, so no interval" if ratio.n == 1 else f"{seeds} without a spread, so no interval"
    kind = word_interval(ratio.kind, ratio.n)
    return f"{format_ratio(ratio.low)} … {format_ratio(ratio.high)}, {kind} seeds"


def _word_superiority(contrast: Contrast, first: str, second: str, *, is_b: bool) -> str:
    """Say how often one side is sooner: on how many seeds, or from ten up in which share of all pairs of trials."""
    if contrast.superiority is None or contrast.superiority.low is None or contrast.superiority.high is None:
        wins = contrast.wins
        return f"; on {wins.b if is_b else wins.a} of {counted(wins.of, 'seed')}" if wins.of > 1 else ""
    slower = contrast.superiority  # P(seconds of a > seconds of b)
    value, low, high = slower.value, slower.low, slower.high
    if not is_b:
        value, low, high = 1 - value, 1 - contrast.superiority.high, 1 - contrast.superiority.low
    return (
        f"; a trial of {first} is faster than one of {second} with probability {value:.2f} "
        f"({low:.2f} … {high:.2f}, Newcombe)"
    )


def _word_open(contrast: Contrast) -> str:
    """Say that a difference is not decided, and why, or how many further seeds would decide."""
    if contrast.decided:
        return ""
    if contrast.untold:
        return f" Not decided: {UNTOLD[contrast.untold]}."
    if contrast.num_more_pairs:
        return f" Not decided: {word_more(contrast.num_more_pairs)} would decide."
    return " Not decided."


def _word_part(contrast: Contrast) -> str:
    sooner, later = (contrast.a, contrast.b) if contrast.leader == "a" else (contrast.b, contrast.a)
    return (
        f"{sooner} reaches {format_percent(contrast.target)} faster than {later} in the median trial; some trials do "
        "not reach it, so there is no ratio of times."
    )


def _word_miss(contrast: Contrast) -> str:
    reached, missed = (contrast.b, contrast.a) if contrast.a_value is None else (contrast.a, contrast.b)
    return (
        f"{reached} reaches {format_percent(contrast.target)} within its epoch budget in its median trial, "
        f"{missed} does not."
    )
