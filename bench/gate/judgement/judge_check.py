"""From a check's folder to its verdict, by its journals alone."""

from __future__ import annotations

from collections.abc import Sequence

from bench.gate.check_folder import (
    LoadedCheck,
)
from bench.gate.judgement.findings import GateResult, Tolerances
from bench.gate.judgement.judge_measures import judge
from bench.gate.judgement.measure_values import StageJournals
from bench.store.records import Journal


def judge_check(check: LoadedCheck, tolerances: Tolerances) -> GateResult:
    """Return a check's verdict, from its journals alone."""
    screen, confirm = stage_sides(check)
    return judge(screen, confirm, tolerances, is_paired=check.record.baseline is None)


def stage_sides(check: LoadedCheck) -> tuple[StageJournals, StageJournals]:
    """Return the journals of both stages; of a stored baseline, on both of them, the cases that the head trained.

    A stored run may hold cases that the flags left out, and trials that failed in their time: neither is the head's.
    """
    of = check.journals
    if check.record.baseline is None:
        return StageJournals(of["screen", "base"], of["screen", "head"]), StageJournals(
            of["confirm", "base"], of["confirm", "head"]
        )
    stored = [journal for journal in of["screen", "base"] if journal.status == "ok"]
    return _beside(stored, of["screen", "head"]), _beside(stored, of["confirm", "head"])


def _beside(stored: Sequence[Journal], head: tuple[Journal, ...]) -> StageJournals:
    """Return the head's journals beside the stored ones of the same cases."""
    cases = {journal.start.case.case_id for journal in head}
    return StageJournals(tuple(journal for journal in stored if journal.start.case.case_id in cases), head)
