"""What a reader must know below the table of a check: problems, tolerances, how it was measured, what it can see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.analysis.trial.measures import SPEEDS, Measure
from bench.gate.judgement.findings import GateResult, MeasureVerdict, TrialProblem
from bench.units import counted, format_percent

_OK = (
    "“ok” says that no regression was found, not that both sides are equal: they are where the row says so, for the "
    "whole 95 % interval lies within the tolerance."
)
_UNUSUAL: Mapping[Measure, str] = {
    "typical_step_s": "A typical step is the mean without the fifth of the turns at each end; throughput is of all the "
    "turns that both sides had.",
    "step_p05_s": "An undisturbed step is the 5th percentile of a process's steps, which other programs on the machine "
    "affect the least.",
}


def word_notes(result: GateResult) -> list[str]:
    """Return what a reader must know below the table, as plain text."""
    notes = [word_problem(problem) for problem in result.problems]
    if not result.findings:
        return notes
    return [
        *notes,
        _word_tolerances(result),
        *([_OK] if any(finding.outcome == "ok" for finding in result.findings) else []),
        *(words for name, words in _UNUSUAL.items() if any(one.key.measure == name for one in result.findings)),
        *_word_design(result),
        *_word_spread(result),
        *_word_visible(result),
    ]


def word_problem(problem: TrialProblem) -> str:
    """Say which trial did not end ok, and what to do where the base is at fault."""
    first_line = (problem.message.splitlines() or [""])[0]
    hint = "; without the base there is nothing to compare with" if problem.side == "base" else ""
    return f"{problem.side}: {problem.trial_id} ended {problem.status}: {first_line}{hint}"


def _word_tolerances(result: GateResult) -> str:
    limits = result.tolerances
    start, larger = map(format_percent, (limits.max_first_step_growth, limits.max_memory_growth))
    return (
        f"Tolerated: {_word_slowdown(result)} slower, {start} slower to start, {larger} larger, "
        f"{limits.max_accuracy_drop:g} less accurate. A row fails where enough pairs in turns, or further processes, "
        "confirm a worsening beyond that: Holm-adjusted p ≤ 0.01, and the whole 95 % interval."
    )


def _word_slowdown(result: GateResult) -> str:
    limits = result.tolerances
    kinds = {one.in_turns for one in result.findings if one.key.measure in SPEEDS}
    in_turns, alone = map(format_percent, (limits.max_slowdown_in_turns, limits.max_slowdown))
    if kinds == {True, False} and in_turns != alone:
        return f"{in_turns} (in turns) or {alone} (back to back)"
    return in_turns if kinds == {True} else alone


def _word_design(result: GateResult) -> list[str]:
    if not result.is_paired:
        return [
            "The base is a stored run of this machine, so nothing is paired: the threshold is learned from the spread "
            "between its processes, and a drift of the machine since then can still look like a change."
        ]
    cases = {one.label: one.key.case_id for one in result.findings}
    labels: dict[str, list[str]] = {}
    for label, case_id in cases.items():
        labels.setdefault(_word_pairs(result, case_id), []).append(label)
    return [f"{', '.join(names)}: {words}" if len(labels) > 1 else words for words, names in labels.items()]


def _word_pairs(result: GateResult, case_id: str) -> str:
    """Say how the pairs of one case ran, and what that means for its speeds."""
    counts = {one.case_id: (one.num_in_turns, one.num_pairs) for one in result.pairs}
    num_in_turns, num_pairs = counts.get(case_id, (0, 0))
    findings = [one for one in result.findings if one.key.case_id == case_id]
    is_told = any(one.in_turns for one in findings)
    if not num_in_turns:
        return "Pairs ran back to back in fresh processes, which side first drawn for each pair; nothing is left out."
    if num_in_turns < num_pairs:
        judged = "are those of the pairs in turns alone" if is_told else "are judged as if all had run so"
        return (
            f"Of {counted(num_pairs, 'pair')} in fresh processes, {num_in_turns} trained in turns and those that "
            f"followed back to back; speeds {judged}."
        )
    if not is_told and _have_speeds(findings):
        return (
            "The sides of a pair trained in turns, but too few steps for turns to compare, so that speeds are judged "
            "as back to back; more examples or epochs would tell more."
        )
    led = " what leading is worth is taken out, and" if is_told else ""
    return (
        "The sides of a pair, fresh processes both, trained in turns of a few steps; a coin drew for each pair which "
        f"one led;{led} nothing is left out."
    )


def _have_speeds(findings: Sequence[MeasureVerdict]) -> bool:
    """Tell whether speeds are judged of a case: both sides ended ok, and its times are reported."""
    return any(one.num_base and one.num_head for one in findings if one.key.measure in SPEEDS)


def _word_spread(result: GateResult) -> list[str]:
    """Say how far pairs in turns differ, by the throughput of each case."""
    spreads = [
        f"{one.label} {100 * one.spread:.1f} % over {counted(one.num_head, 'pair')}"
        for one in result.findings
        if one.key.measure == "throughput" and one.spread is not None
    ]
    return [f"Spread between pairs in turns (standard deviation): {', '.join(spreads)}."] if spreads else []


def _word_visible(result: GateResult) -> list[str]:
    """Say what stage 1's pairs could have seen of the steps' speed, for each case that did not fail."""
    smallest: dict[str, float] = {}
    for finding in result.findings:
        if finding.key.measure in SPEEDS and finding.outcome != "regression" and finding.visible is not None:
            smallest[finding.label] = min(finding.visible, smallest.get(finding.label, finding.visible))
    seen = ", ".join(f"{label} {100 * visible:.1f} %" for label, visible in smallest.items())
    return [f"Nine of ten checks would have flagged a slowdown of this much: {seen}."] if seen else []
