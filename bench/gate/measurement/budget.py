"""Refuses a budget of pairs with which a check could fail nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.trial.measures import TRIAL_MEASURES
from bench.errors import ConfigError
from bench.gate.judgement.looks import LOOK_STEP, NUM_LOOKS, min_pairs_to_fail
from bench.gate.judgement.two_stages import MIN_SCREEN_PAIRS, min_fresh
from bench.plan.case import Case


def check_budget(
    num_pairs: int,
    num_confirm_pairs: int,
    cases: Sequence[Case],
    num_base: int | None = None,
    *,
    in_turns: bool = False,
) -> None:
    """Refuse a budget with which no measure could fail, however slow the head were.

    Args:
        num_pairs: of every case, in stage 1.
        num_confirm_pairs: fresh ones of what is flagged.
        cases: all that are measured, whose measures share the false alarms.
        num_base: the fewest trials of a case that a stored baseline has, where one stands for the base.
        in_turns: whether pairs take turns, of which each look has a share of the false alarms alone.

    Raises:
        ConfigError: for too few pairs in one of the stages.
    """
    num_tests = sum(_num_measures(case) for case in cases)
    screened = max(num_pairs, MIN_SCREEN_PAIRS)
    fresh = min_fresh(screened, num_tests, num_base)
    if in_turns:
        needs = min_pairs_to_fail(num_tests)
        screened = max(screened, needs - LOOK_STEP * (NUM_LOOKS - 1))
        fresh = max(fresh, needs - screened)
    if num_pairs < screened or num_confirm_pairs < fresh:
        raise ConfigError(
            f"check: with {num_pairs} pairs and {num_confirm_pairs} fresh ones of what they flag nothing can fail, "
            f"however slow the head is; expected at least --pairs {screened} --confirm-pairs "
            f"{max(fresh, num_confirm_pairs)}"
        )


def _num_measures(case: Case) -> int:
    """Return how many measures a trial has; the memory of a device is a GPU's alone."""
    return len(TRIAL_MEASURES) - (not case.device.startswith("gpu"))
