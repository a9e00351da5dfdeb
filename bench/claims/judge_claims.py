"""Judges claims by journals: supported, refuted, inconclusive or not tested, each with its estimates and its trials."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bench.analysis.run_journals import RunJournals
from bench.analysis.statistics.paired import paired_difference, paired_ratio
from bench.analysis.trial.throughput import fit_epoch_s, fit_throughput
from bench.analysis.trial.time_to_target import time_to_target
from bench.claims.across_sets import judge_across_sets
from bench.claims.decision_rules import (
    Judgement,
    error_of_effects,
    judge_effects,
    judge_most,
    more_for_effects,
    p_of_effects,
)
from bench.claims.estimates import (
    SideEstimate,
    Speed,
    accuracy_estimates,
    epoch_time_estimates,
    next_estimates,
    target_estimates,
    throughput_estimates,
)
from bench.claims.evidence import (
    ClaimSide,
    Undecided,
    UndecidedCode,
    common_seeds,
    comparable_seeds,
    distinct_sides,
    find_sides,
)
from bench.claims.findings import Effect, Finding, conclude, hold_together, unpaired, untold
from bench.claims.neighbours import find_neighbours
from bench.claims.paired_speeds import PairedSpeeds, count_in_turns, pair_speeds
from bench.claims.predicates import (
    Answer,
    accuracy_lead,
    needs_at_least,
    needs_fewer_epochs,
    reaches,
    seconds_to_target,
    stays_below,
)
from bench.claims.published import judge_reproduces
from bench.claims.set_findings import TrialPointer
from bench.claims.statements import (
    AheadOnSets,
    AheadPerEpoch,
    Claim,
    ClaimSet,
    Faster,
    FewerEpochs,
    NeedsAtLeast,
    Reaches,
    Reproduces,
    Slower,
    Sooner,
    StaysBelow,
)
from bench.store.records import Journal


def judge_claims(claims: ClaimSet, runs: Sequence[RunJournals]) -> tuple[Finding, ...]:
    """Judge every claim of a set by the journals of some runs, in the set's order.

    The same journals give the same verdicts. Every verdict stands for itself; see `Finding.holds_together`.
    """
    return hold_together([_judge(claim, claims, runs) for claim in claims.claims])


def _judge(claim: Claim, claims: ClaimSet, runs: Sequence[RunJournals]) -> Finding:
    untimed = _name_untimed(claim, claims)
    if untimed is not None:
        return Finding(claim, "not tested", reason=Undecided(UndecidedCode.DETERMINISTIC, {"case": untimed}))
    if isinstance(claim, AheadOnSets):
        return judge_across_sets(claim, claims, runs)
    than = getattr(claim, "than", None)
    names = (claim.case,) if than is None else (claim.case, than)
    sides = find_sides(names, claims.cases, runs, full_data=claim.full_data)
    if isinstance(sides, Undecided):
        # Other settings of a network say something even where the one that the claim names was not trained.
        neighbours = find_neighbours(claim, claims.cases[claim.case], runs) if isinstance(claim, NeedsAtLeast) else ()
        return Finding(claim, "not tested", reason=sides, neighbours=neighbours)
    told = sides if isinstance(claim, Sooner | Slower | Faster) else distinct_sides(sides)
    finding = _JUDGES[type(claim)](claim, *told)
    neighbours = find_neighbours(claim, sides[0].case, runs) if isinstance(claim, NeedsAtLeast) else ()
    return replace(
        finding, cases=tuple(side.case.case_id for side in sides), trials=_point(sides), neighbours=neighbours
    )


def _name_untimed(claim: Claim, claims: ClaimSet) -> str | None:
    """Name a case of a claim about speeds or times that reports none; None where all do."""
    if not (isinstance(claim, Sooner | Slower | Faster) or (isinstance(claim, AheadOnSets) and claim.by == "seconds")):
        return None
    names = [name for side in (claim.case, claim.than) for name in claims.groups.get(side, (side,))]
    return next((name for name in names if not claims.cases[name].reports_times), None)


def _point(sides: Sequence[ClaimSide]) -> tuple[TrialPointer, ...]:
    return tuple(TrialPointer(j.start.run_id, j.trial_id) for side in sides for j in side.trials)


def _judge_reaches(claim: Reaches, side: ClaimSide) -> Finding:
    answers = {seed: reaches(j, claim.target, claim.within_epochs) for seed, j in side.by_seed.items()}
    estimates = *target_estimates([side], claim.target), *next_estimates(side, claim.within_epochs, claim.target)
    return _by_most(claim, answers, estimates, [side])


def _judge_needs(claim: NeedsAtLeast, side: ClaimSide) -> Finding:
    answers = {seed: needs_at_least(j, claim.target, claim.at_least_epochs) for seed, j in side.by_seed.items()}
    estimates = *target_estimates([side], claim.target), *next_estimates(side, claim.at_least_epochs - 1, claim.target)
    return _by_most(claim, answers, estimates, [side])


def _judge_stays(claim: StaysBelow, side: ClaimSide) -> Finding:
    answers = {seed: stays_below(j, claim.limit, claim.epochs) for seed, j in side.by_seed.items()}
    estimates = *accuracy_estimates([side], [claim.epochs]), *next_estimates(side, claim.epochs, claim.limit)
    return _by_most(claim, answers, estimates, [side])


def _judge_fewer(claim: FewerEpochs, a: ClaimSide, b: ClaimSide) -> Finding:
    estimates = target_estimates([a, b], claim.target)
    seeds = common_seeds(a, b)
    if not seeds:
        return unpaired(claim, a, b, estimates)
    answers = {seed: needs_fewer_epochs(a.by_seed[seed], b.by_seed[seed], claim.target) for seed in seeds}
    return _by_most(claim, answers, estimates, [a, b])


def _judge_ahead(claim: AheadPerEpoch, a: ClaimSide, b: ClaimSide) -> Finding:
    estimates = accuracy_estimates([a, b], claim.after_epochs)
    seeds = common_seeds(a, b)
    if not seeds:
        return unpaired(claim, a, b, estimates)
    pairs = [(a.by_seed[seed], b.by_seed[seed]) for seed in seeds]
    sides = [accuracy_lead(pairs, epoch) for epoch in claim.after_epochs]
    leads = [[x - y for x, y in zip(*side, strict=True)] for side in sides]
    effects = [
        Effect("difference", interval, epoch)
        for epoch, side in zip(claim.after_epochs, sides, strict=True)
        if (interval := paired_difference(*side))
    ]
    if len(effects) < len(claim.after_epochs):
        return untold(claim, estimates, [a, b])
    return _by_effects(claim, effects, leads, estimates, seeds)


def _judge_sooner(claim: Sooner, a: ClaimSide, b: ClaimSide) -> Finding:
    estimates = target_estimates([a, b], claim.target)
    seeds = comparable_seeds(a, b)
    if not seeds:
        return unpaired(claim, a, b, estimates)
    pairs = [(a.by_seed[seed], b.by_seed[seed]) for seed in seeds]
    of_a, of_b, is_first = seconds_to_target(pairs, claim.target)
    if len(of_a) < len(seeds) or "open" in is_first:
        # Seeds on which one side missed have no ratio: what is left would speak for a part of the seeds. And a ratio of
        # times between whose validations either side may have been first would be one of the validations' distances.
        between = [answer == "open" and _both_reach(*pair, claim.target)
                   for answer, pair in zip(is_first, pairs, strict=True)]  # fmt: skip
        reason = Undecided(UndecidedCode.BETWEEN_VALIDATIONS, {"num_between": sum(between), "num_seeds": len(seeds)})
        if all(between):
            return Finding(claim, "inconclusive", estimates=estimates, seeds=tuple(seeds), reason=reason)
        found = _by_most(claim, dict(zip(seeds, is_first, strict=True)), estimates, [a, b])
        return replace(found, reason=reason) if any(between) and found.verdict == "inconclusive" else found
    times = PairedSpeeds(of_b, of_a, seeds, count_in_turns(pairs, claim.target))
    return _by_ratio(claim, times, 1.0, estimates) or untold(claim, estimates, [a, b])


def _both_reach(a: Journal, b: Journal, target: float) -> bool:
    return time_to_target(a, target).outcome == time_to_target(b, target).outcome == "hit"


def _judge_slower(claim: Slower, a: ClaimSide, b: ClaimSide) -> Finding:
    return _by_speed(claim, a, b, fit_epoch_s, epoch_time_estimates([a, b]))


def _judge_faster(claim: Faster, a: ClaimSide, b: ClaimSide) -> Finding:
    return _by_speed(claim, a, b, fit_throughput, throughput_estimates([a, b]))


def _by_speed(
    claim: Slower | Faster,
    a: ClaimSide,
    b: ClaimSide,
    speed: Speed,
    estimates: tuple[SideEstimate, ...],
) -> Finding:
    """Judge a ratio of one speed, as `fit` costs, among the seeds whose times compare."""
    seeds = comparable_seeds(a, b)
    if not seeds:
        return unpaired(claim, a, b, estimates)
    speeds = pair_speeds(a, b, seeds, speed)
    finding = _by_ratio(claim, speeds, claim.factor, estimates)
    return finding or untold(claim, estimates, [a, b])


def _by_ratio(
    claim: Claim, speeds: PairedSpeeds, neutral: float, estimates: tuple[SideEstimate, ...]
) -> Finding | None:
    """Judge by the ratio a / b of pairs; None of no pair."""
    ratio = paired_ratio(speeds.a, speeds.b)
    if ratio is None:
        return None
    logs = [math.log(x / y / neutral) for x, y in zip(speeds.a, speeds.b, strict=True)]
    effect = Effect("ratio", ratio, num_in_turns=speeds.num_in_turns)
    return _by_effects(claim, [effect], [logs], estimates, speeds.seeds)


def _by_effects(
    claim: Claim, effects: Sequence[Effect], distances: Sequence[Sequence[float]],
    estimates: tuple[SideEstimate, ...], seeds: Sequence[int],
) -> Finding:  # fmt: skip
    """Judge by intervals; `distances` are each effect's values from what the claim says, seed by seed."""
    verdict = judge_effects(distances, claim.min_seeds)
    more = more_for_effects(distances) if len(seeds) >= claim.min_seeds else None
    p_value, error = p_of_effects(distances), error_of_effects(len(seeds), claim.min_seeds)
    judgement = Judgement(verdict, None, more, p_value=p_value, error=error)
    return conclude(claim, judgement, effects, estimates, seeds)


def _by_most(
    claim: Claim, answers: Mapping[int, Answer], estimates: tuple[SideEstimate, ...], sides: Sequence[ClaimSide]
) -> Finding:
    """Judge by the share of seeds on which the statement holds; crashes alone do not count."""
    ended = {seed: answer for seed, answer in sorted(answers.items()) if answer}
    told = [answer == "holds" for answer in ended.values() if answer != "open"]
    num_open = len(ended) - len(told)
    judgement = judge_most(told, claim.min_seeds, num_open)
    if judgement.effect is None:
        return untold(claim, estimates, sides)
    effect = Effect("share", judgement.effect, num_open=num_open)
    return conclude(claim, judgement, [effect], estimates, list(ended))


_JUDGES: Mapping[type[Claim], Callable[..., Finding]] = {
    Reaches: _judge_reaches,
    NeedsAtLeast: _judge_needs,
    StaysBelow: _judge_stays,
    AheadPerEpoch: _judge_ahead,
    FewerEpochs: _judge_fewer,
    Sooner: _judge_sooner,
    Slower: _judge_slower,
    Faster: _judge_faster,
    Reproduces: judge_reproduces,
}
