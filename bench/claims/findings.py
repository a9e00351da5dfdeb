"""What judging a claim comes to: a verdict, the estimates that it rests on, and what kept it open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.analysis.statistics.holm import holm
from bench.analysis.statistics.interval import CONFIDENCE, Interval
from bench.analysis.statistics.sample_size import More
from bench.analysis.trial.time_to_target import is_crash
from bench.claims.decision_rules import ClaimVerdict, Judgement
from bench.claims.estimates import SideEstimate
from bench.claims.evidence import ClaimSide, Undecided, UndecidedCode, common_seeds
from bench.claims.neighbours import Neighbour
from bench.claims.set_findings import SetFinding, TrialPointer
from bench.claims.statements import Claim

EffectKind = Literal["share", "difference", "ratio", "published"]


@dataclass(frozen=True)
class Effect:
    """The estimate that a verdict rests on; `epoch` where it is of one epoch.

    A share is of the seeds on which the statement holds, with `num_open` among all that cannot tell. A difference is
    `case` minus `than`, or of kind `published` ours minus the paper's, and a ratio says how many times sooner, slower
    or faster `case` is, as the predicate has it.
    `num_in_turns` is on how many seeds a ratio of speeds is that of the turns which both sides had, or both sides
    trained in turns until they came to the target; None where no trial took turns, and of other effects.
    """

    kind: EffectKind
    interval: Interval
    epoch: int | None = None
    num_open: int = 0
    num_in_turns: int | None = None


@dataclass(frozen=True)
class Finding:
    """A claim's verdict and all it rests on; `reason` tells what kept it from being supported or refuted.

    `seeds` are those that were judged, `num_more_seeds` how many further ones would decide. `cases` are the ids of the
    cases that spoke. `neighbours` are other settings of the case, nearest to what was claimed first. `sets` are the
    data sets of a claim about several. `p_value` and `error` are the judgement's, `adjusted_p` is Holm's over all
    claims of the set.
    """

    claim: Claim
    verdict: ClaimVerdict
    effects: tuple[Effect, ...] = ()
    estimates: tuple[SideEstimate, ...] = ()
    seeds: tuple[int, ...] = ()
    num_more_seeds: More | None = None
    reason: Undecided | None = None
    cases: tuple[str, ...] = ()
    trials: tuple[TrialPointer, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    p_value: float | None = None
    error: float | None = None
    adjusted_p: float | None = None
    sets: tuple[SetFinding, ...] = ()

    @property
    def is_tested(self) -> bool:
        """Whether trials tell of the claim at all."""
        return self.verdict != "not tested"

    @property
    def is_decided(self) -> bool:
        """Whether the claim is supported or refuted, by itself."""
        return self.verdict in {"supported", "refuted"}

    @property
    def holds_together(self) -> bool | None:
        """Whether a verdict holds beside those on all other claims of the set; None of a claim that is not decided."""
        return (self.adjusted_p or 0.0) <= 1 - CONFIDENCE if self.is_decided else None


def conclude(
    claim: Claim,
    judgement: Judgement,
    effects: Sequence[Effect],
    estimates: tuple[SideEstimate, ...],
    seeds: Sequence[int],
) -> Finding:
    """Put a finding together; an open verdict says whether seeds were lacking or the effect was unclear."""
    is_open = judgement.verdict == "inconclusive"
    num_seeds = min(effect.interval.n for effect in effects)
    return Finding(
        claim,
        judgement.verdict,
        effects=tuple(effects),
        estimates=estimates,
        seeds=tuple(seeds),
        num_more_seeds=judgement.num_more if is_open else None,
        p_value=judgement.p_value,
        error=judgement.error,
        reason=_why_open(claim, judgement, num_seeds) if is_open else None,
    )


def hold_together(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with Holm's adjusted p-values over all claims that were tested.

    One that no test could decide, whatever it said, counts with p = 1.
    """
    tested = [finding for finding in findings if finding.is_tested]
    adjusted = iter(holm([1.0 if finding.p_value is None else finding.p_value for finding in tested]))
    return tuple(replace(one, adjusted_p=next(adjusted)) if one.is_tested else one for one in findings)


def any_by_chance(findings: Sequence[Finding]) -> float:
    """Return how often at least one of the tested claims is decided where all are at their border, and independent."""
    return 1 - math.prod(1 - (finding.error or 0.0) for finding in findings)


def _why_open(claim: Claim, judgement: Judgement, num_seeds: int) -> Undecided:
    if judgement.num_open:
        return Undecided(UndecidedCode.SHORT_BUDGET, {"num_open": judgement.num_open, "num_seeds": num_seeds})
    if num_seeds < claim.min_seeds:
        return Undecided(UndecidedCode.FEW_SEEDS, {"num_seeds": num_seeds, "min_seeds": claim.min_seeds})
    return Undecided(UndecidedCode.OPEN, {"num_seeds": num_seeds})


def untold(claim: Claim, estimates: tuple[SideEstimate, ...], sides: Sequence[ClaimSide]) -> Finding:
    """Return a finding of trials that cannot tell: they crashed, or their budgets ended before the answer."""
    trials = [journal for side in sides for journal in side.trials]
    data = {"num_trials": len(trials), "num_crashed": sum(map(is_crash, trials))}
    return Finding(claim, "not tested", estimates=estimates, reason=Undecided(UndecidedCode.NO_FIGURE, data))


def unpaired(claim: Claim, a: ClaimSide, b: ClaimSide, estimates: tuple[SideEstimate, ...]) -> Finding:
    """Return a finding of two sides without a seed in common, or with none on which their times compare."""
    num_seeds = len(common_seeds(a, b))
    if num_seeds:
        reason = Undecided(UndecidedCode.TIMES_DIFFER, {"num_seeds": num_seeds})
    elif not (a.by_seed and b.by_seed) or _seeds(a) & _seeds(b):
        return untold(claim, estimates, (a, b))  # crashes alone kept them from a pair
    else:
        reason = Undecided(UndecidedCode.NO_PAIR, {"case": a.name, "than": b.name})
    return Finding(claim, "not tested", estimates=estimates, reason=reason)


def _seeds(side: ClaimSide) -> set[int]:
    return {journal.start.seed for journal in side.trials}
