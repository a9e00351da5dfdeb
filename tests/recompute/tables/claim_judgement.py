"""What journals say of a claim: the verdict, and the estimate that it rests on."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from tests.recompute.journals import Case, Json, Run, Trial
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values import turns
from tests.recompute.values.interval import Interval, are_equal, paired, paired_ratio, wilson
from tests.recompute.values.planning import More, fewest_beyond_half, more_pairs, more_seeds

MIN_SEEDS = 5
# What a claim is about that does not name them; it is about any value of the other settings.
_OPTIONAL = {"units", "filters", "depth", "learning_rate", "activation", "output_activation", "intra_op_threads"}
_DEFAULTS: Json = {"scaling": "unit", "batch_size": 32, "dataset": "mnist", "precision": "float32", "optimizer": "adam"}


@dataclass(frozen=True)
class Side:
    """One side of a claim: its name in the claims' file, its case, and a trial for each seed."""

    name: str
    case: Case
    by_seed: dict[int, Trial]

    @property
    def trials(self) -> list[Trial]:
        return [self.by_seed[seed] for seed in sorted(self.by_seed)]


@dataclass(frozen=True)
class Judgement:
    """A verdict; `epoch` is of the estimate where it is of one epoch."""

    verdict: str
    seeds: tuple[int, ...] = ()
    effects: tuple[tuple[Interval, int | None], ...] = ()
    kind: str = ""
    more: More | None = None
    why_not: str = ""
    sides: tuple[Side, ...] = ()
    p_value: float | None = None
    next_seed: tuple[Interval, int] | None = None
    are_all_between_validations: bool = False
    num_between: int = 0
    sets: tuple[Any, ...] = ()
    num_in_turns: int | None = None

    @property
    def is_decided(self) -> bool:
        return self.verdict in {"supported", "refuted"}

    @property
    def worst(self) -> tuple[Interval, int | None]:
        """Return the effect that speaks most against the claim."""

        def bound(one: tuple[Interval, int | None]) -> float:
            found = one[0].high if self.verdict == "refuted" else one[0].low
            return one[0].value if found is None else found

        return min(self.effects, key=bound)


def judge(claim: Json, claims: Json, runs: Sequence[Run]) -> Judgement:
    """Return the judgement on one claim of a claims' file by the journals of some runs."""
    sides: list[Side] = []
    for name in (claim["case"], claim.get("than")):
        if name is None:
            continue
        found = _side(name, claims["cases"][name], runs)
        if isinstance(found, str):
            return Judgement("not tested", why_not=found)
        sides.append(found)
    seeds = tuple(sorted(set.intersection(*(set(side.by_seed) for side in sides))))
    trials = [tuple(side.by_seed[seed] for side in sides) for seed in seeds]
    return replace(_PREDICATES[claim["predicate"]](claim, trials), seeds=seeds, sides=tuple(sides))


def hold_together(judged: Sequence[Judgement]) -> list[bool | None]:
    """Tell of each decided claim whether it holds at 5 % over all tested ones (Holm); None of the others.

    One that no test could decide, whatever it said, counts with p = 1.
    """
    tested = sorted(
        (1.0 if one.p_value is None else one.p_value, place)
        for place, one in enumerate(judged)
        if one.verdict != "not tested"
    )
    adjusted, largest = dict.fromkeys(range(len(judged)), 1.0), 0.0
    for rank, (p_value, place) in enumerate(tested):
        largest = max(largest, min(1.0, (len(tested) - rank) * p_value))
        adjusted[place] = largest
    return [adjusted[place] <= 0.05 if one.is_decided else None for place, one in enumerate(judged)]


def _side(name: str, selector: Json, runs: Sequence[Run]) -> Side | str:
    """Return the first case that the selector means, or why it could not run."""
    for run in runs:
        for case in run.cases:
            if matches(selector, case):
                return Side(name, case, {trial.seed: trial for trial in run.of(case)})
    refused = [
        left["reason"] for run in runs for left in run.record["suite"]["not_run"] if matches(selector, left["case"])
    ]
    if refused:
        return f"{name} cannot run here: {refused[0]}"
    flags = [word for setting, value in selector.items() for word in (f"--{setting.replace('_', '-')}", str(value))]
    return f"no trial trained {name}; train it: python -m bench run {shlex.join(flags)}"


def matches(selector: Json, case: Json, also_open: Collection[str] = ()) -> bool:
    """Tell whether a case has what a selector names, a data set by its last part, and else the usual values."""
    usual = {name: value for name, value in _DEFAULTS.items() if name in case} | dict.fromkeys(_OPTIONAL & case.keys())
    wanted = {name: value for name, value in usual.items() if name not in also_open} | selector
    known = {**case, "dataset": case["dataset"].rpartition("/")[2]} if "dataset" in selector else case
    return all(known[name] == value for name, value in wanted.items())


Pairs = list[tuple[Trial, ...]]


def _in_epochs(trial: Trial, target: float) -> tuple[float, float]:
    """Return the earliest and the latest epoch in which a trial comes to a target."""
    found = of_trial.arrive(trial, target)
    return (found.epochs, found.epochs) if found.is_hit else (found.epochs + 1, math.inf)


def _answer(holds: bool, fails: bool) -> bool | None:
    return True if holds else False if fails else None


def _reaches(trial: Trial, target: float, within: int) -> bool | None:
    earliest, latest = _in_epochs(trial, target)
    return _answer(latest <= within, earliest > within)


def _opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _is_first(a: tuple[float, float], b: tuple[float, float]) -> bool | None:
    return _answer(a[1] < b[0], a[0] >= b[1])


def _most(answers: Sequence[bool | None]) -> Judgement:
    """Judge whether a statement holds on more than half of all seeds; one that cannot tell may hold or fail."""
    n, hits, num_open = len(answers), answers.count(True), answers.count(None)
    share = replace(wilson(hits, n), high=wilson(hits + num_open, n).high)
    verdicts = {_most_of(count, n) for count in (hits, hits + num_open)}
    verdict = verdicts.pop() if len(verdicts) == 1 else "inconclusive"
    more = more_seeds(hits, n) if verdict == "inconclusive" and not num_open else None
    fewer = max(min(count, n - count) for count in range(hits, hits + num_open + 1))
    p_value = min(1.0, 2 * float(stats.binom.cdf(fewer, n, 0.5)))
    return Judgement(verdict, effects=((share, None),), kind="share", more=more, p_value=p_value)


def _next_seed(trials: Pairs, epoch: int) -> tuple[Interval, int] | None:
    """Return what another seed's best accuracy by the end of an epoch is likely to be (Student's t)."""
    bests = [
        max(one["val_accuracy"] for whole in trial.epochs[:epoch] for one in of_trial.validations(whole))
        for (trial,) in trials
        if len(trial.epochs) >= epoch
    ]
    if len(bests) < 2 or are_equal(bests):
        return None
    n, mean = len(bests), float(np.mean(bests))
    reach = float(stats.t.ppf(0.975, n - 1)) * float(np.std(bests, ddof=1)) * math.sqrt(1 + 1 / n)
    return Interval(mean, mean - reach, mean + reach, n, "prediction"), epoch


def _most_of(hits: int, n: int) -> str:
    if n < MIN_SEEDS or max(hits, n - hits) < fewest_beyond_half(n):
        return "inconclusive"
    return "supported" if 2 * hits > n else "refuted"


def _effects(
    differences: Sequence[Sequence[float]], shown: Sequence[Interval], epochs: Sequence[int | None], kind: str
) -> Judgement:
    """Judge effects with their figures: what is shown of each, after which epoch, and how many more seeds decide."""
    verdict = judge_effects(differences)
    more = more_pairs(differences[0]) if verdict == "inconclusive" and len(differences) == 1 else None
    effects, p_value = tuple(zip(shown, epochs, strict=True)), _p_of_effects(differences)
    return Judgement(verdict, effects=effects, kind=kind, more=more, p_value=p_value)


def judge_effects(differences: Sequence[Sequence[float]]) -> str:
    """Judge whether every mean is above 0, by its interval; one that is surely below refutes."""
    intervals = [paired(values) for values in differences]
    decided = [one for one in intervals if one is not None and one.n >= MIN_SEEDS and one.excludes(0.0)]
    signs = {one.value > 0 for one in decided}
    surely_below = any(_is_surely_below(values, len(differences)) for values in differences)
    if surely_below or (len(decided) == len(intervals) and signs == {False}):
        return "refuted"
    return "supported" if len(decided) == len(intervals) and signs == {True} else "inconclusive"


def _p_of_effects(differences: Sequence[Sequence[float]]) -> float:
    """Return the two-sided p-value that all effects lie on one side of 0, or that one is surely below (Student's t)."""
    p_values = [1.0 if are_equal(one) else float(stats.ttest_1samp(one, 0.0).pvalue) for one in differences]
    below = [p_value for p_value, one in zip(p_values, differences, strict=True) if math.fsum(one) < 0]
    if len(below) in {0, len(p_values)}:
        return max(p_values)
    return min(1.0, len(p_values) * min(below))


def _is_surely_below(values: Sequence[float], num_effects: int) -> bool:
    interval = paired(values)
    if (
        interval is None
        or not interval.excludes(0.0)
        or interval.value > 0
        or len(values) < MIN_SEEDS
        or are_equal(values)
    ):
        return False
    return float(stats.ttest_1samp(values, 0.0).pvalue) <= 0.05 / num_effects


def _ratio(over: Sequence[float], under: Sequence[float], factor: float) -> Judgement:
    shown = paired_ratio(over, under)
    logs = [math.log(x / y / factor) for x, y in zip(over, under, strict=True)]
    return _effects([logs], [shown] if shown else [], [None], "ratio")


def _judge_reaches(claim: Json, trials: Pairs) -> Judgement:
    within = claim["within_epochs"]
    judged = _most([_reaches(trial, claim["target"], within) for (trial,) in trials])
    return replace(judged, next_seed=_next_seed(trials, within))


def _judge_needs(claim: Json, trials: Pairs) -> Judgement:
    before = claim["at_least_epochs"] - 1
    judged = _most([_opposite(_reaches(trial, claim["target"], before)) for (trial,) in trials])
    return replace(judged, next_seed=_next_seed(trials, before))


def _judge_stays(claim: Json, trials: Pairs) -> Judgement:
    judged = _most([_opposite(_reaches(trial, claim["limit"], claim["epochs"])) for (trial,) in trials])
    return replace(judged, next_seed=_next_seed(trials, claim["epochs"]))


def _judge_fewer(claim: Json, trials: Pairs) -> Judgement:
    return _most([_is_first(_in_epochs(a, claim["target"]), _in_epochs(b, claim["target"])) for a, b in trials])


def _judge_ahead(claim: Json, trials: Pairs) -> Judgement:
    epochs = claim["after_epochs"]
    leads = [
        [_accuracy(a, epoch) - _accuracy(b, epoch) for a, b in trials if min(len(a.epochs), len(b.epochs)) >= epoch]
        for epoch in epochs
    ]
    shown = [interval for lead in leads if (interval := paired(lead))]
    return _effects(leads, shown, epochs, "difference")


def _accuracy(trial: Trial, epoch: int) -> float:
    return float(trial.epochs[epoch - 1]["val_accuracy"])


def _judge_sooner(claim: Json, trials: Pairs) -> Judgement:
    found = [tuple(of_trial.arrive(trial, claim["target"]) for trial in pair) for pair in trials]
    answers = [_is_first(*map(_in_seconds, pair)) for pair in found]
    between = [answer is None and a.is_hit and b.is_hit for answer, (a, b) in zip(answers, found, strict=True)]
    if all(one.is_hit and not one.is_bound for pair in found for one in pair) and not any(between):
        judged = _ratio([b.seconds for _, b in found], [a.seconds for a, _ in found], 1.0)
        together = [
            turns.were_together(*pair, *(one.epochs for one in came)) for pair, came in zip(trials, found, strict=True)
        ]
        return replace(judged, num_in_turns=sum(together) if _took_turns(trials) else None)
    if all(between):
        return Judgement("inconclusive", are_all_between_validations=True, num_between=len(between))
    return replace(_most(answers), num_between=sum(between))


def _in_seconds(found: of_trial.Arrival) -> tuple[float, float]:
    """Return between which seconds a trial came: those of the validation before, and of the one that saw it."""
    if found.is_hit:
        return found.since, found.seconds
    return math.nextafter(found.seconds, math.inf), math.inf


def _judge_slower(claim: Json, trials: Pairs) -> Judgement:
    """Judge the seconds of an epoch as `fit` costs."""
    return _by_speed(claim, trials, of_trial.fit_epoch_s, -1)


def _judge_faster(claim: Json, trials: Pairs) -> Judgement:
    """Judge examples per second as `fit` costs."""
    return _by_speed(claim, trials, of_trial.fit_throughput, 1)


def _by_speed(claim: Json, trials: Pairs, speed: Callable[[Trial], float], exponent: int) -> Judgement:
    """Judge a speed of the seeds that took turns as these tell it, or else of neighbours in time."""
    factors = [turns.correct(*pair) for pair in trials]
    if any(factors):
        over = [speed(a) * (factor or 1.0) ** exponent for (a, _), factor in zip(trials, factors, strict=True)]
        under = [speed(b) for _, b in trials]
    else:
        sides = (sorted(side, key=lambda trial: trial.start["started_at"]) for side in zip(*trials, strict=True))
        over, under = (list(map(speed, side)) for side in sides)
    told = sum(factor is not None for factor in factors) if _took_turns(trials) else None
    return replace(_ratio(over, under, claim.get("factor", 1.0)), num_in_turns=told)


def _took_turns(trials: Pairs) -> bool:
    return any(turns.any_took_turns(pair) for pair in trials)


def _judge_reproduces(claim: Json, trials: Pairs) -> Judgement:
    """Judge the accuracy after the budget by Welch's interval of its difference from a published one."""
    (first,) = trials[0]
    epochs = int(first.case["epochs"])
    values = [_accuracy(trial, epochs) for (trial,) in trials if len(trial.epochs) >= epochs]
    n, within, difference = len(values), claim.get("within", 0.01), float(np.mean(values)) - claim["published"]
    if n < 2:
        return Judgement("inconclusive", effects=((Interval(difference), epochs),), kind="published")
    parts = (float(np.var(values, ddof=1)) / n, n), (claim["deviation"] ** 2 / claim["runs"], claim["runs"])
    error = math.sqrt(sum(part for part, _ in parts))
    freedom = error**4 / sum(part**2 / (number - 1) for part, number in parts) if error else 1.0
    reach = float(stats.t.ppf(0.975, freedom)) * error
    shown = Interval(difference, difference - reach, difference + reach, n, "t")
    verdict = "inconclusive"
    if n >= MIN_SEEDS and abs(difference) + reach <= within:
        verdict = "supported"
    elif n >= MIN_SEEDS and abs(difference) - reach > within:
        verdict = "refuted"
    beyond = abs(within - abs(difference))
    p_value = 2 * float(stats.t.sf(beyond / error, freedom)) if error else float(not beyond)
    return Judgement(verdict, effects=((shown, epochs),), kind="published", p_value=p_value)


_PREDICATES: dict[str, Callable[[Json, Any], Judgement]] = {
    "reaches": _judge_reaches,
    "needs_at_least": _judge_needs,
    "stays_below": _judge_stays,
    "ahead_per_epoch": _judge_ahead,
    "fewer_epochs": _judge_fewer,
    "sooner": _judge_sooner,
    "slower": _judge_slower,
    "faster": _judge_faster,
    "reproduces": _judge_reproduces,
}
