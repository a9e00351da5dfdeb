"""Judges whether a figure of a paper is reproduced: the mean of ours is as near to it as the claim asks.

That there is no difference is never proven, so the claim names how near is near. Reproduced (supported) is where the
whole 95 % interval of the difference lies within that; not reproduced (refuted), where it lies wholly beyond:
Schuirmann, A Comparison of the Two One-Sided Tests Procedure and the Power Approach, Journal of Pharmacokinetics and
Biopharmaceutics 15 (1987). Both sides' spread counts, the paper's as it states it: Welch, The Generalization of
'Student's' Problem when Several Different Population Variances are Involved, Biometrika 34 (1947).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from bench.analysis.statistics.interval import CONFIDENCE, Interval, Values, t_quantile
from bench.claims.decision_rules import ClaimVerdict, Judgement
from bench.claims.estimates import accuracy_estimates
from bench.claims.evidence import ClaimSide
from bench.claims.findings import Effect, Finding, conclude, untold
from bench.claims.predicates import val_accuracy_after
from bench.claims.statements import Reproduces

_FEWEST_FOR_SPREAD = 2


def judge_reproduces(claim: Reproduces, side: ClaimSide) -> Finding:
    """Judge one case by its accuracy after the last epoch of its budget."""
    epochs = side.case.epochs
    estimates = accuracy_estimates([side], [epochs])
    known = {seed: value for seed, j in side.by_seed.items() if (value := val_accuracy_after(j, epochs)) is not None}
    values = list(known.values())
    difference = difference_from(values, claim.published, claim.deviation, claim.runs)
    if difference is None:
        return untold(claim, estimates, [side])
    is_enough = len(known) >= claim.min_seeds
    verdict = judge_nearness(difference, claim.within) if is_enough else "inconclusive"
    p_value = p_of_nearness(values, claim.published, claim.deviation, claim.runs, claim.within)
    judgement = Judgement(verdict, difference, None, p_value=p_value, error=1 - CONFIDENCE if is_enough else 0.0)
    return conclude(claim, judgement, [Effect("published", difference, epochs)], estimates, sorted(known))


def difference_from(values: Values, mean: float, deviation: float, runs: int) -> Interval | None:
    """Return our mean minus the published one with Welch's 95 % interval; None without a value, no bounds of one."""
    n = len(values)
    if not n:
        return None
    difference = float(np.mean(values)) - mean
    if n == 1:
        return Interval(difference, None, None, n, "none")
    error, freedom = _spread(values, deviation, runs)
    reach = t_quantile(freedom) * error
    return Interval(difference, difference - reach, difference + reach, n, "t")


def p_of_nearness(values: Values, mean: float, deviation: float, runs: int, within: float) -> float | None:
    """Return the two-sided p-value that the difference is exactly as large as what counts as near; None of one value.

    It is 0.05 where the interval of `difference_from` ends at the nearer of the two borders.
    """
    if len(values) < _FEWEST_FOR_SPREAD:
        return None
    error, freedom = _spread(values, deviation, runs)
    beyond = abs(within - abs(float(np.mean(values)) - mean))
    return 2 * float(special.stdtr(freedom, -beyond / error)) if error else float(not beyond)


def _spread(values: Values, deviation: float, runs: int) -> tuple[float, float]:
    """Return the standard error of the difference, and Welch's degrees of freedom."""
    n = len(values)
    ours, theirs = float(np.var(values, ddof=1)) / n, deviation**2 / runs
    error = math.sqrt(ours + theirs)
    return error, (ours + theirs) ** 2 / (ours**2 / (n - 1) + theirs**2 / (runs - 1)) if error else 1.0


def judge_nearness(difference: Interval, within: float) -> ClaimVerdict:
    """Return whether an interval lies within a distance from 0, or beyond it."""
    if difference.low is None or difference.high is None:
        return "inconclusive"
    if -within <= difference.low and difference.high <= within:
        return "supported"
    return "refuted" if difference.high < -within or difference.low > within else "inconclusive"
