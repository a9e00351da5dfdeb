"""Two cases of one run against each other, measure by measure, on the seeds they share."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bench.analysis.case_labels import changed_settings
from bench.analysis.contrast_sides import SPEEDS, Side, TurnsOfTwo, effect_kind, measure_sides, target_sides
from bench.analysis.statistics.interval import CONFIDENCE, MIN_FOR_AN_INTERVAL, Floats
from bench.analysis.statistics.paired import paired_difference, paired_ratio, sign_flip_p, smallest_n_for_sign_flip
from bench.analysis.statistics.sample_size import more_to_decide
from bench.analysis.statistics.unpaired import superiority
from bench.analysis.summary_types import CaseSummary, Comparison, Contrast, ContrastMeasure, Interval, Untold, Wins
from bench.networks.registry import original_of
from bench.plan.case import Case
from bench.settings import OF_THE_EXECUTION, OF_THE_NETWORK, TUNABLE
from bench.store.records import Journal

_MEASURED: tuple[ContrastMeasure, ...] = (
    "val_accuracy_first_epoch",
    "val_accuracy_budget",
    "fit_throughput",
    "whole_fit_throughput",
    "throughput",
    "fit_epoch_s",
    "steady_epoch_s",
)
_TIMED = frozenset({*SPEEDS, "train_s_to_target"})
_HEADLINES = frozenset({"val_accuracy_first_epoch", "val_accuracy_budget", "fit_throughput", "train_s_to_target"})
_LESS_IS_BETTER = frozenset({"fit_epoch_s", "steady_epoch_s", "train_s_to_target", "epochs_to_target"})
_OF_A_PYTORCH_NETWORK = OF_THE_NETWORK | OF_THE_EXECUTION - {"precision"}
_OF_A_TWIN = OF_THE_NETWORK | TUNABLE
_MIN_FOR_SUPERIORITY = 10  # below it the interval of P(a > b) is so wide that it tells nothing


def compare_cases(
    cases: Sequence[CaseSummary], journals: Mapping[str, Sequence[Journal]], targets: Sequence[float]
) -> tuple[Comparison, ...]:
    """Return a comparison of each two cases that differ by their model alone, and then by one way to run it alone.

    With its model a case's own options and epoch budget may differ; a PyTorch network also settles the backend and the
    settings that Keras has alone, a faster twin those that it is at its best with, and a backend the input.
    `journals` are by case_id. `a` is the recurrent one where the other is convolutional, the faster twin of two twins,
    the one that is run in another way than as it comes where one network is run in two, and the first in suite order
    otherwise. Every interval is at 95 % by itself: among twenty that show nothing, one is expected to look decided.
    """
    is_in_turns = any(journal.start.in_turns for each in journals.values() for journal in each)

    def compare(a: CaseSummary, b: CaseSummary, change: str | None = None) -> Comparison:
        return Comparison(a.label, b.label, _contrasts(a, b, journals, targets, is_in_turns), change)

    pairs = list(itertools.combinations(cases, 2))
    of_models = (_in_order(a, b) for a, b in pairs if _differ_by_model(a, b))
    of_ways = (_changed_first(a, b, way) for a, b in pairs if (way := _changed_way(a.case, b.case)))
    return (
        *(compare(a, b) for a, b in of_models),
        *(compare(a, b, ", ".join(changed_settings(b.case, a.case))) for a, b in of_ways),
    )


def headlines(cases: Sequence[CaseSummary], comparisons: Sequence[Comparison]) -> tuple[Contrast, ...]:
    """Return the contrasts that answer "recurrent or convolutional", or the first comparison's where none can.

    For each setting (batch size, device …) these are the first recurrent and the first convolutional case of the suite.
    """
    families = {case.label: case.family for case in cases}
    settings = {case.label: _setting(case.case) for case in cases}
    answering = [c for c in comparisons if (families[c.a], families[c.b]) == ("recurrent", "convolutional")]
    first: dict[tuple[object, ...], Comparison] = {}
    for comparison in answering or comparisons[:1]:
        first.setdefault(settings[comparison.a], comparison)
    return tuple(c for comparison in first.values() for c in comparison.contrasts if c.measure in _HEADLINES)


def _differ_by_model(a: CaseSummary, b: CaseSummary) -> bool:
    settled = OF_THE_NETWORK
    if any(case.resolved and not case.resolved.is_of_keras for case in (a, b)):
        settled = _OF_A_PYTORCH_NETWORK
    elif _is_twin(a, b) or _is_twin(b, a):
        settled = _OF_A_TWIN
    return a.case.model != b.case.model and _setting(a.case, settled) == _setting(b.case, settled)


def _changed_way(a: Case, b: Case) -> str | None:
    """Return the one setting by which one network is run in two ways; None of other pairs of cases."""
    differs = {name for name, value in a if value != getattr(b, name)}
    ways = differs - {"input"} if "backend" in differs else differs
    return next(iter(ways)) if len(ways) == 1 and ways <= OF_THE_EXECUTION else None


def _changed_first(a: CaseSummary, b: CaseSummary, way: str) -> tuple[CaseSummary, CaseSummary]:
    """Return the case that is run as it comes second, so that a ratio is what the change gains."""
    return (b, a) if a.case.is_default(way) else (a, b)


def _setting(case: Case, settled: frozenset[str] = OF_THE_NETWORK) -> tuple[object, ...]:
    """Return all of a case's values but those that choosing its network settles."""
    return tuple(value for name, value in case if name not in settled)


def _in_order(a: CaseSummary, b: CaseSummary) -> tuple[CaseSummary, CaseSummary]:
    return (b, a) if (a.family, b.family) == ("convolutional", "recurrent") or _is_twin(b, a) else (a, b)


def _is_twin(a: CaseSummary, b: CaseSummary) -> bool:
    return a.case.model != b.case.model == original_of(a.case.model)


def _contrasts(
    a: CaseSummary,
    b: CaseSummary,
    journals: Mapping[str, Sequence[Journal]],
    targets: Sequence[float],
    is_in_turns: bool,
) -> tuple[Contrast, ...]:
    sides = (a, journals.get(a.case_id, ())), (b, journals.get(b.case_id, ()))
    turns = TurnsOfTwo.between(sides[0][1], sides[1][1]) if is_in_turns else None
    budgets = {a.case.epochs, b.case.epochs}
    shorter = min(budgets)
    found = [_contrast(measure, None, *measure_sides(measure, sides, shorter, turns)) for measure in _MEASURED]
    if len(budgets) > 1:
        found = [_at_shorter_budget(contrast, shorter) for contrast in found]
    of_targets: tuple[ContrastMeasure, ...] = ("train_s_to_target", "epochs_to_target")
    for index, target in enumerate(targets):
        found += [_contrast(measure, target, *target_sides(measure, (a, b), index, turns)) for measure in of_targets]
    reports_times = a.case.reports_times and b.case.reports_times
    return tuple(contrast for contrast in found if reports_times or contrast.measure not in _TIMED)


def _at_shorter_budget(contrast: Contrast, epoch: int) -> Contrast:
    return replace(contrast, epoch=epoch) if contrast.measure == "val_accuracy_budget" else contrast


@dataclass(frozen=True)
class _Order:
    """What two sides amount to; the `differences` of pairs are of logarithms where the effect is a ratio."""

    effect: Interval | None
    differences: Floats
    whole: bool
    leader: Literal["a", "b"] | None
    is_decided: bool


def _contrast(measure: ContrastMeasure, target: float | None, a: Side, b: Side) -> Contrast:
    seen = _order(measure, a, b)
    surely = _order_at_worst(measure, seen, a, b)
    untold = _why_untold(seen, surely, a, b)
    decided = untold is None and seen.is_decided
    is_open = seen.whole and not (decided or untold)
    return Contrast(
        measure=measure,
        target=target,
        a=a.label,
        b=b.label,
        a_value=a.value,
        b_value=b.value,
        leader=seen.leader if surely and surely.leader == seen.leader else None,
        whole=seen.whole,
        decided=decided,
        num_pairs=len(seen.differences),
        needs_pairs=_needs_pairs(seen.effect),
        num_more_pairs=more_to_decide(surely.differences) if surely and is_open else None,
        effect_kind=effect_kind(measure),
        effect=_told_effect(measure, seen, a, b),
        superiority=_superiority(a, b),
        wins=_count_wins(measure, a, b),
        pairing="time" if measure in SPEEDS and not a.in_turns else "seed",
        untold=untold,
        are_bounds=(bool(a.bounds), bool(b.bounds)),
        are_medians_bounds=(a.is_bound, b.is_bound),
        are_counted=(a.is_counted, b.is_counted),
        num_in_turns=None if a.in_turns is None else len(a.in_turns & a.by_key.keys() & b.by_key.keys()),
    )


def _told_effect(measure: ContrastMeasure, seen: _Order, a: Side, b: Side) -> Interval | None:
    """Return the effect that a table shows; of times of which one side's are upper bounds, a bound on their ratio.

    It is one only with the other side's at their earliest. None of two sides with upper bounds, and where a trial
    missed the target: the pairs that both came there speak for a part of the seeds, and flatter who loses most.
    """
    if not seen.whole or (a.bounds and b.bounds):
        return None
    if a.bounds:
        return _order(measure, a, b.at_earliest).effect
    return _order(measure, a.at_earliest, b).effect if b.bounds else seen.effect


def _order(measure: ContrastMeasure, a: Side, b: Side) -> _Order:
    keys = sorted(a.by_key.keys() & b.by_key.keys())
    values_a, values_b = [a.by_key[key] for key in keys], [b.by_key[key] for key in keys]
    ratio = effect_kind(measure) == "ratio"
    effect = (paired_ratio if ratio else paired_difference)(values_a, values_b)
    differences: Floats = np.subtract(*map(np.log, (values_a, values_b))) if ratio else np.subtract(values_a, values_b)
    # Seeds on which only one side reached the target have no ratio: the others represent only a part of the seeds.
    whole = not (a.missed or b.missed)
    leader = _leader(measure, effect if whole else None, a, b)
    is_decided = whole and _is_decided(effect, differences, 1.0 if ratio else 0.0)
    return _Order(effect, differences, whole, leader, is_decided)


def _order_at_worst(measure: ContrastMeasure, seen: _Order, a: Side, b: Side) -> _Order | None:
    """Return the order with each trial of the side behind at its earliest: right after the validation before its hit.

    None where there was none before: such a trial may have come in no time, which has no ratio.
    """
    behind = a if seen.leader == "b" else b
    if not behind.since:
        return seen
    if behind.bounds:
        return None
    return _order(measure, a.at_earliest, b) if behind is a else _order(measure, a, b.at_earliest)


def _why_untold(seen: _Order, surely: _Order | None, a: Side, b: Side) -> Untold | None:
    """Return why it is unknown, or not decided, which side reached a target first; None for other measures.

    What the validations show must hold wherever between two of them each trial came to the target.
    """
    if seen.leader is None and (a.value is None or b.value is None):
        return None if a.value is b.value or not (a.is_counted and b.is_counted) else "budget"
    holds = surely and surely.leader == seen.leader and (surely.is_decided or not seen.is_decided)
    return None if holds else "between validations"


def _superiority(a: Side, b: Side) -> Interval | None:
    of_a, of_b = list(a.all_values.values()), list(b.all_values.values())
    is_enough = min(len(of_a), len(of_b)) >= _MIN_FOR_SUPERIORITY
    return superiority(of_a, of_b) if is_enough and _order_is_known(a, b) else None


def _order_is_known(a: Side, b: Side) -> bool:
    """Tell whether of every trial of one side and every one of the other it is known which is larger, or that they tie.

    Two misses tie: neither came. A miss and a later hit do not, nor do two hits between whose validations either may be
    the first.
    """
    if not (a.by_key or b.by_key):
        return False
    (latest_a, earliest_a), (latest_b, earliest_b) = (
        [np.array([values[key] for key in side.all_values]) for values in (side.all_values, side.earliest)]
        for side in (a, b)
    )
    latest_a, earliest_a = latest_a[:, None], earliest_a[:, None]
    tie = (latest_a == latest_b) & ((earliest_a == latest_a) & (earliest_b == latest_b) | np.isinf(latest_a))
    return bool(np.all((latest_a < earliest_b) | (latest_b < earliest_a) | tie))


def _count_wins(measure: ContrastMeasure, a: Side, b: Side) -> Wins:
    """Count the pairs on which each side is known to be better.

    One that missed a target is worse than one that had reached it by then.
    """
    latest_a, latest_b, earliest_a, earliest_b = a.all_values, b.all_values, a.earliest, b.earliest
    keys = latest_a.keys() & latest_b.keys()
    larger = sum(earliest_a[key] > latest_b[key] for key in keys)
    smaller = sum(earliest_b[key] > latest_a[key] for key in keys)
    return Wins(smaller, larger, len(keys)) if measure in _LESS_IS_BETTER else Wins(larger, smaller, len(keys))


def _needs_pairs(effect: Interval | None) -> int:
    """Return the fewest pairs that can decide: two for an interval, six where equal values leave the test alone."""
    equal = effect is not None and effect.kind == "none" and effect.n >= MIN_FOR_AN_INTERVAL
    return smallest_n_for_sign_flip(1 - CONFIDENCE) if equal else MIN_FOR_AN_INTERVAL


def _is_decided(effect: Interval | None, differences: Floats, neutral: float) -> bool:
    """Return whether the interval leaves "no difference" out; where equal values have none, whether the test does."""
    if effect is None or effect.kind != "none":
        return effect is not None and effect.excludes(neutral)
    p_value = sign_flip_p(differences)
    return p_value is not None and p_value <= 1 - CONFIDENCE


def _leader(measure: ContrastMeasure, effect: Interval | None, a: Side, b: Side) -> Literal["a", "b"] | None:
    """Return the better side: by the pairs where there are some, or else by each side's figure.

    A side whose median trial has reached the target beats one that is known to come later: that trained for as long
    and had not. Where the other stopped before, either may be the first.
    """
    if effect is not None:
        ahead = effect.value - (0.0 if effect_kind(measure) == "difference" else 1.0)
    elif a.value is not None and b.value is not None:
        ahead = a.value - b.value
    elif measure.endswith("_to_target"):
        return "a" if _is_sooner(a, b) else "b" if _is_sooner(b, a) else None
    else:
        return None
    if ahead == 0:
        return None
    return "b" if (ahead > 0) == (measure in _LESS_IS_BETTER) else "a"


def _is_sooner(a: Side, b: Side) -> bool:
    """Tell whether the median of `a` is known, and that of `b` to be later."""
    return a.value is not None and b.value is None and b.is_counted and (b.beyond is None or a.value <= b.beyond)
