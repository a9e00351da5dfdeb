"""Verdicts at once: which hold together, and how often one of them is chance."""

from __future__ import annotations

import pytest

from bench.claims.decision_rules import ClaimVerdict
from bench.claims.findings import Finding, any_by_chance, hold_together
from bench.claims.statements import PREDICATES


def finding(number: int, verdict: ClaimVerdict, p_value: float | None, error: float | None = 0.0625) -> Finding:
    claim = PREDICATES["reaches"](  # type: ignore[call-arg]
        id=f"c{number}", statement="It passes.", predicate="reaches", case="rnn", target=0.9, within_epochs=3
    )
    return Finding(claim, verdict, p_value=p_value, error=None if p_value is None else error)


FINDINGS = [
    finding(1, "supported", 0.001), finding(2, "refuted", 0.0625), finding(3, "inconclusive", 0.3),
    finding(4, "not tested", None), finding(5, "refuted", 0.02),
]  # fmt: skip


def test_holm_counts_every_claim_that_was_tested() -> None:
    held = hold_together(FINDINGS)
    assert [one.adjusted_p for one in held] == pytest.approx([0.004, 0.125, 0.3, None, 0.06])
    assert [one.holds_together for one in held] == [True, False, None, None, False]


def test_a_claim_that_no_test_could_decide_counts_among_the_others() -> None:
    held = hold_together([*FINDINGS, finding(6, "inconclusive", None)])
    assert [one.adjusted_p for one in held] == pytest.approx([0.005, 0.1875, 0.6, None, 0.08, 1.0])


def test_the_chance_of_any_verdict_is_that_of_independent_claims_at_their_border() -> None:
    assert any_by_chance([finding(number, "supported", 0.0625) for number in range(7)]) == pytest.approx(
        0.3635, abs=1e-4
    )
    assert any_by_chance(FINDINGS) == pytest.approx(1 - 0.9375**4)
    assert any_by_chance([]) == 0.0
