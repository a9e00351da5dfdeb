"""What journals say of a claim about groups of networks: on each data set, and on most of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from tests.recompute.journals import Case, Json, Run, Trial
from tests.recompute.tables.claim_judgement import Judgement, judge_effects, matches
from tests.recompute.values.interval import Interval, are_equal, paired, summarize

_OF_THE_DATA = ("dataset", "scaling", "max_length", "vocabulary", "axes")
_SIZES = ("units", "filters", "depth")
_NEAR = 0.05  # of the number of parameters
_NO_SETS = (
    "no data set has trials of both {case} and {than} that this claim is about; train them: python -m bench run "
    "sequences, for equal parameters with --match parameters"
)
Trials = dict[int, Trial]  # by seed
Member = tuple[Case, Trials]


@dataclass(frozen=True)
class OnSet:
    """One data set: the verdict, each seed's lead, and each network's accuracies; `epochs` None for equal seconds."""

    dataset: str
    verdict: str
    leads: tuple[float, ...]
    seeds: tuple[int, ...]
    epochs: int | None
    accuracies: dict[str, Interval | None]

    @property
    def lead(self) -> Interval | None:
        return paired(self.leads)

    def p_value(self, sign: int) -> float:
        """Return Student's p that the lead is real, 1 where it points the other way or has no spread."""
        if sign * math.fsum(self.leads) <= 0 or len(self.leads) < 2 or are_equal(self.leads):
            return 1.0
        return float(stats.ttest_1samp(self.leads, 0.0).pvalue)


def judge_sets(claim: Json, claims: Json, runs: Sequence[Run]) -> Judgement:
    """Return the judgement on most data sets that have trials of both groups."""
    sets = judge_each(claim, claims, runs)
    tested = [one for one in sets if one.leads]
    if not tested:
        return Judgement("not tested", why_not=_NO_SETS.format(**claim))
    k = len(tested)
    verdict, p_values = "inconclusive", []
    for name, fewest, sign in (("supported", k // 2 + 1, 1), ("refuted", (k + 1) // 2, -1)):
        ordered = sorted(one.p_value(sign) for one in tested)
        p_values.append(min(1.0, (k - fewest + 1) * ordered[fewest - 1]))
        is_most = sum(one.verdict == name for one in tested) >= fewest
        if is_most and (k == 1 or p_values[-1] <= 0.05):
            verdict, p_values = name, [p_values[-1]]
            break
    seeds = tuple(sorted({seed for one in tested for seed in one.seeds}))
    return Judgement(verdict, seeds, p_value=min(p_values), sets=tuple(sets))


def judge_each(claim: Json, claims: Json, runs: Sequence[Run]) -> list[OnSet]:
    """Return what each data set says that has a trained case of both groups."""
    sides = [claims["groups"][claim[side]] for side in ("case", "than")]
    named = claim.get("datasets") or list(dict.fromkeys(case["dataset"] for run in runs for case in run.cases))
    found = []
    for dataset in [named] if isinstance(named, str) else named:
        members = max(_members(claim, claims, runs, dataset), key=lambda one: _num_of_both(one, sides), default={})
        if _num_of_both(members, sides):
            found.append(_judge_one(claim, dataset, members, sides))
    return found


def _num_of_both(members: dict[str, Member], sides: Sequence[Sequence[str]]) -> int:
    counts = [sum(name in members for name in side) for side in sides]
    return sum(counts) if all(counts) else 0


def _members(claim: Json, claims: Json, runs: Sequence[Run], dataset: str) -> Iterator[dict[str, Member]]:
    """Yield what may speak together: a case for each network, all on the same data, of about one size where asked."""
    is_equal = claim.get("parameters") == "equal"
    is_open = {*_OF_THE_DATA, *(_SIZES if is_equal else ())}
    names = [name for side in ("case", "than") for name in claims["groups"][claim[side]]]
    trained = {
        name: [
            (case, trials)
            for run in runs
            for case in run.cases
            if case["dataset"] == dataset
            and matches(claims["cases"][name], case, is_open)
            and (trials := _whole_trials(run, case))
        ]
        for name in names
    }
    for case, trials in (one for found in trained.values() for one in found):
        size = _num_params(trials)
        alike = {
            name: [
                other
                for other in found
                if all(other[0][setting] == case[setting] for setting in (*_OF_THE_DATA, "device", "batch_size"))
                and (not is_equal or abs(_num_params(other[1]) - size) <= _NEAR * size)
            ]
            for name, found in trained.items()
        }
        yield {name: found[0] for name, found in alike.items() if found}


def _whole_trials(run: Run, case: Case) -> Trials:
    return {
        trial.seed: trial
        for trial in run.of(case)
        if trial.epochs
        and trial.status != "running"
        and all(
            trial.start["data"][f"{name}_available"] == trial.start["data"][name] for name in ("num_train", "num_test")
        )
    }


def _num_params(trials: Trials) -> int:
    return next(int(trial.built["num_params"]) for trial in trials.values() if trial.built)


def _judge_one(claim: Json, dataset: str, members: dict[str, Member], sides: Sequence[Sequence[str]]) -> OnSet:
    shortest = min(case["epochs"] for case, _ in members.values())
    trials = {name: found for name, (_, found) in members.items()}
    by_seconds = claim.get("by") == "seconds"
    read = _within_seconds(trials) if by_seconds else _after_epoch(shortest)
    values = {
        name: {seed: value for seed, trial in found.items() if (value := read(trial)) is not None}
        for name, found in trials.items()
    }
    best = [_best([values[name] for name in side if name in values]) for side in sides]
    seeds = sorted(best[0].keys() & best[1].keys())
    leads = tuple(best[0][seed] - best[1][seed] for seed in seeds)
    return OnSet(
        dataset,
        judge_effects([leads]) if leads else "not tested",
        leads,
        tuple(seeds),
        None if by_seconds else shortest,
        {name: summarize(list(known.values())) for name, known in values.items()},
    )


def _best(values: Sequence[dict[int, float]]) -> dict[int, float]:
    """Return each seed's best of a group, on the seeds that all of its networks have."""
    seeds = set.intersection(*map(set, values))
    return {seed: max(one[seed] for one in values) for seed in seeds}


Read = Callable[[Trial], float | None]


def _after_epoch(epoch: int) -> Read:
    return lambda trial: trial.epochs[epoch - 1]["val_accuracy"] if len(trial.epochs) >= epoch else None


def _within_seconds(trials: dict[str, Trials]) -> Read:
    """Read the accuracy after the last epoch that ended by when the seed's first network had trained its budget."""

    def read(trial: Trial) -> float | None:
        of_seed = [found[trial.seed] for found in trials.values() if trial.seed in found]
        ended = [_train_s(one)[-1] for one in of_seed if one.status == "ok"]
        if len(of_seed) < len(trials) or not ended:
            return None
        num_epochs = int(np.count_nonzero(_train_s(trial) <= min(ended)))
        return trial.epochs[num_epochs - 1]["val_accuracy"] if num_epochs else None

    return read


def _train_s(trial: Trial) -> np.ndarray:
    """Return the seconds of training up to the end of each epoch."""
    return np.cumsum([epoch["train_s"] for epoch in trial.epochs])
