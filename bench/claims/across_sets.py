"""Judges which of two groups of networks is ahead on most data sets; it counts sets, and pools no seeds across them.

On one set the best of a group speaks for it, seed by seed: the maximum over its networks is a figure of the group that
was fixed before anything was trained, so that no network is chosen after the fact. On several sets a statement is
supported where it is on more than half of them, and refuted where its opposite is on at least half. That so many sets
are on one side is tested by the partial conjunction of Benjamini and Heller, Screening for Partial Conjunction
Hypotheses, Biometrics 64 (2008), in Bonferroni's form: of k sets the r-th smallest p-value, times k − r + 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.equal_seeds import repeated_seeds
from bench.analysis.run_journals import RunJournals, ended_trials, one_a_seed, planned_cases
from bench.analysis.statistics.interval import CONFIDENCE, Interval, summarize_values
from bench.analysis.statistics.paired import paired_difference, t_test_p
from bench.claims.decision_rules import ClaimVerdict, error_of_effects, judge_effects
from bench.claims.evidence import Undecided, UndecidedCode, has_full_data, times_compare
from bench.claims.findings import Finding
from bench.claims.predicates import accuracy_within, elapsed_train_s, or_none_learned, val_accuracy_after
from bench.claims.set_findings import NetworkOnSet, SetFinding, TrialPointer
from bench.claims.statements import OF_THE_DATA, AheadOnSets, ClaimSet
from bench.plan.case import Case
from bench.settings import MODEL_OPTIONS
from bench.store.records import Journal

EQUAL_PARAMETERS = 0.05  # of the fewest
Trials = Mapping[str, Mapping[int, Journal]]  # a journal a seed, by the name of its case in the claims file


@dataclass(frozen=True)
class _OneSet:
    """What was trained on one data set: a case of each name, and its trials."""

    dataset: str
    cases: Mapping[str, Case]
    trials: Trials


def judge_across_sets(claim: AheadOnSets, claims: ClaimSet, runs: Sequence[RunJournals]) -> Finding:
    """Judge a claim on each data set that has trials of both groups, and on most of them."""
    sides = claims.groups[claim.case], claims.groups[claim.than]
    found = [_judge_set(claim, one, sides) for one in _find_sets(claim, claims, runs, sides)]
    tested = [one for one in found if one.verdict != "not tested"]
    if not tested:
        reason = Undecided(UndecidedCode.NO_SETS, {"case": claim.case, "than": claim.than})
        return Finding(claim, "not tested", sets=tuple(found), reason=reason)
    verdict, p_value = _judge_most_sets(tested)
    num_seeds = min(len(one.leads) for one in tested)
    return Finding(
        claim, verdict, seeds=tuple(sorted({seed for one in tested for seed in one.seeds})), sets=tuple(found),
        cases=tuple(network.case_id for one in found for network in one.networks),
        trials=tuple(pointer for one in found for pointer in one.trials), p_value=p_value,
        error=error_of_effects(num_seeds, claim.min_seeds),
        reason=_why_open(claim, num_seeds) if verdict == "inconclusive" else None,
    )  # fmt: skip


def _why_open(claim: AheadOnSets, num_seeds: int) -> Undecided:
    if num_seeds < claim.min_seeds:
        return Undecided(UndecidedCode.FEW_SEEDS, {"num_seeds": num_seeds, "min_seeds": claim.min_seeds})
    return Undecided(UndecidedCode.OPEN, {"num_seeds": num_seeds})


def _judge_most_sets(tested: Sequence[SetFinding]) -> tuple[ClaimVerdict, float]:
    """Return the verdict on most sets, and its p-value; one set speaks for itself."""
    k = len(tested)
    fewest_for, fewest_against = k // 2 + 1, (k + 1) // 2
    verdicts = [one.verdict for one in tested]
    p_for, p_against = (
        partial_conjunction([_p_value(one, sign) for one in tested], fewest)
        for sign, fewest in ((1, fewest_for), (-1, fewest_against))
    )
    sides: tuple[tuple[ClaimVerdict, int, float], ...] = (
        ("supported", fewest_for, p_for), ("refuted", fewest_against, p_against),
    )  # fmt: skip
    for verdict, fewest, p_value in sides:
        if verdicts.count(verdict) >= fewest and (k == 1 or p_value <= 1 - CONFIDENCE):
            return verdict, p_value
    return "inconclusive", min(p_for, p_against)


def partial_conjunction(p_values: Sequence[float], fewest: int) -> float:
    """Return the p-value that fewer than `fewest` of some effects are real."""
    return min(1.0, (len(p_values) - fewest + 1) * sorted(p_values)[fewest - 1])


def _p_value(one: SetFinding, sign: int) -> float:
    """Return the p-value of one set's lead in one direction, by Student's t; 1 where it points in the other."""
    p_value = t_test_p(one.leads)
    return 1.0 if p_value is None or sign * sum(one.leads) <= 0 else p_value


def _find_sets(
    claim: AheadOnSets, claims: ClaimSet, runs: Sequence[RunJournals], sides: Sequence[Sequence[str]]
) -> Iterable[_OneSet]:
    """Yield the data sets on which both groups have a trained case, in the order in which they were planned."""
    names = [name for side in sides for name in side]
    is_equal = claim.parameters == "equal"
    is_open = OF_THE_DATA | (frozenset(MODEL_OPTIONS) if is_equal else frozenset())
    planned = planned_cases(runs)
    for dataset in claim.datasets or dict.fromkeys(case.dataset for case in planned):
        matching = {
            name: {case: found for case in planned if case.dataset == dataset
                   and claims.cases[name].matches(case, is_open) and (found := _trials(claim, case, runs))}
            for name in names
        }  # fmt: skip
        chosen = max(_variants(matching, is_equal), key=lambda cases: _num_members(cases, sides), default={})
        if _num_members(chosen, sides):
            yield _OneSet(dataset, chosen, {name: matching[name][case] for name, case in chosen.items()})


def _num_members(cases: Mapping[str, Case], sides: Sequence[Sequence[str]]) -> int:
    """Return how many names have a case; 0 where one side has none."""
    counts = [sum(name in cases for name in side) for side in sides]
    return sum(counts) if all(counts) else 0


def _trials(claim: AheadOnSets, case: Case, runs: Sequence[RunJournals]) -> dict[int, Journal]:
    whole = (one for one in ended_trials(case, runs) if not claim.full_data or has_full_data(one))
    return {seed: journal for seed, journal in one_a_seed(whole).items() if journal.epochs}


def _variants(
    matching: Mapping[str, Mapping[Case, Mapping[int, Journal]]], is_equal: bool
) -> Iterable[dict[str, Case]]:
    """Yield what may speak together: cases that are alike but for the network, and of about one size where asked."""
    every = [(case, trials) for cases in matching.values() for case, trials in cases.items()]
    for reference, trials in every:
        size = _num_params(trials)
        yield {
            name: case
            for name, cases in matching.items()
            for case in itertools.islice(
                (case for case, found in cases.items()
                 if _alike(case, reference) and (not is_equal or _is_about(_num_params(found), size))), 1)
        }  # fmt: skip


def _alike(case: Case, other: Case) -> bool:
    return all(getattr(case, name) == getattr(other, name) for name in (*OF_THE_DATA, "device", "batch_size"))


def _is_about(num_params: int | None, size: int | None) -> bool:
    return num_params is not None and size is not None and abs(num_params - size) <= EQUAL_PARAMETERS * size


def _num_params(trials: Mapping[int, Journal]) -> int | None:
    return next((journal.built.num_params for journal in trials.values() if journal.built), None)


def _judge_set(claim: AheadOnSets, one: _OneSet, sides: Sequence[Sequence[str]]) -> SetFinding:
    """Judge one data set by the best of each side, seed by seed."""
    measure = _within_seconds(one) if claim.by == "seconds" else _after_epochs(one)
    values = {name: {s: v for s in found if (v := measure(name, s)) is not None} for name, found in one.trials.items()}
    best = [_best(values, [name for name in side if name in values]) for side in sides]
    seeds = sorted(best[0].keys() & best[1].keys() - repeated_seeds([*one.trials.values()]))
    a, b = ([side[seed] for seed in seeds] for side in best)
    leads = tuple(x - y for x, y in zip(a, b, strict=True))
    return SetFinding(
        dataset=one.dataset,
        verdict=judge_effects([leads], claim.min_seeds) if leads else "not tested",
        lead=paired_difference(a, b),
        leads=leads,
        seeds=tuple(seeds),
        epochs=min(case.epochs for case in one.cases.values()) if claim.by == "epochs" else None,
        networks=tuple(_network(name, case, values[name], one.trials[name]) for name, case in one.cases.items()),
        trials=tuple(TrialPointer(j.start.run_id, j.trial_id) for found in one.trials.values() for j in found.values()),
    )


def _network(name: str, case: Case, values: Mapping[int, float], trials: Mapping[int, Journal]) -> NetworkOnSet:
    accuracy: Interval | None = summarize_values(list(values.values()))
    return NetworkOnSet(name, case.case_id, _num_params(trials), accuracy)


def _best(values: Mapping[str, Mapping[int, float]], names: Sequence[str]) -> dict[int, float]:
    """Return the best value of some networks on each seed on which all of them have one."""
    seeds = set.intersection(*(set(values[name]) for name in names))
    return {seed: max(values[name][seed] for name in names) for seed in seeds}


def _after_epochs(one: _OneSet) -> Callable[[str, int], float | None]:
    """Return how to read the accuracy after the last epoch that every network's budget has."""
    epochs = min(case.epochs for case in one.cases.values())

    def read(name: str, seed: int) -> float | None:
        return or_none_learned(one.trials[name][seed], val_accuracy_after(one.trials[name][seed], epochs))

    return read


def _within_seconds(one: _OneSet) -> Callable[[str, int], float | None]:
    """Return how to read the accuracy within the training seconds of the seed's soonest finished network.

    Only among trials of one machine under equal settings, with no other measurement beside them, are seconds alike.
    """

    def read(name: str, seed: int) -> float | None:
        journals = [found[seed] for found in one.trials.values() if seed in found]
        finished = [journal for journal in journals if journal.status == "ok"]
        if len(journals) < len(one.trials) or not finished or not all(times_compare(finished[0], j) for j in journals):
            return None
        # Added up as `accuracy_within` does: another order of additions could cost the first network its last epoch.
        limit_s = min(elapsed_train_s(journal)[-1] for journal in finished)
        return or_none_learned(one.trials[name][seed], accuracy_within(one.trials[name][seed], limit_s))

    return read
