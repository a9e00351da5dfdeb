"""What a search for the first bad commit came to: for the terminal, as Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from bench.gate.bisect.bisect_record import BisectStep
from bench.gate.bisect.search import BisectResult
from bench.gate.judgement.findings import GateResult, MeasureVerdict
from bench.reports.gate.verdict import word_measure, worse_cell
from bench.reports.kit.escaping import escape_markdown, escape_terminal
from bench.reports.kit.tables import Table, numbers, render_markdown_table, render_plain_table, words
from bench.units import MISSING

_SHORT_HASH = 10
Results = Mapping[str, GateResult]


def render_bisect(result: BisectResult, results: Results) -> str:
    """Return the tested commits for a terminal; `results` are those of each commit's check."""
    table = bisect_table(result, results)
    return f"{render_plain_table(table.columns, table.rows)}\n\n{escape_terminal(word_bisect(result))}"


def render_bisect_markdown(result: BisectResult, results: Results) -> str:
    """Return the tested commits as Markdown, under a heading of their own."""
    table = bisect_table(result, results)
    return f"## {escape_markdown(word_bisect(result))}\n\n{render_markdown_table(table.columns, table.rows)}\n"


def bisect_json(result: BisectResult, results: Results) -> dict[str, Any]:
    """Return the record with its suspects, and each step's findings of what the bad end is worse in.

    `first_bad` is None where it was not found; findings are as in `check_json`.
    """
    culprit = result.culprit
    record = result.record.model_dump(mode="json", by_alias=True)
    told = [_told(result, step, results) for step in result.record.steps]
    steps = [
        {**step, "findings": [asdict(one) for one in found]} for step, found in zip(record["steps"], told, strict=True)
    ]
    return {
        **record,
        "steps": steps,
        "suspects": list(result.suspects),
        "first_bad": culprit.commit if culprit else None,
        "is_out_of_time": result.is_out_of_time,
    }


def word_bisect(result: BisectResult) -> str:
    """Return what was found in a sentence without its full stop."""
    if not result.suspects:
        bad = result.record.steps[0]
        why = f" ({bad.why})" if bad.why else ""
        again = "; --resume tries it again" if bad.may_pass else ""
        good = result.record.good[:_SHORT_HASH]
        return f"{_name(bad)} is not surely worse than {good}{why}: nothing to search{again}"
    if result.culprit is not None:
        return f"the first bad commit is {_name(result.culprit)}"
    hashes = ", ".join(commit[:_SHORT_HASH] for commit in result.suspects)
    one_of = f"the first bad commit is one of {len(result.suspects)}"
    if result.is_out_of_time:
        return f"{one_of}, not all of which could be tested in time: {hashes}; --resume goes on"
    num_again = sum(step.may_pass for step in result.record.steps if step.commit in result.suspects)
    again = f"; --resume tries {num_again} of them again" if num_again else ""
    return f"{one_of}, some of which could not be tested: {hashes}{again}"


def bisect_table(result: BisectResult, results: Results) -> Table:
    """Return one row a tested commit, with how surely it is worse by what the bad end is."""
    columns = (*words("commit", "subject", "verdict", "measure"), *numbers("head is worse by", "Holm's p", "pairs"))
    rows = tuple(_row(step, _deciding(result, step, results)) for step in result.record.steps)
    return Table("Bisection", columns, rows, is_mixed=True)


def _row(step: BisectStep, found: MeasureVerdict | None) -> tuple[str, ...]:
    verdict = f"{step.outcome}: {step.why}" if step.why else step.outcome
    if found is None:
        return step.commit[:_SHORT_HASH], step.subject, verdict, MISSING, MISSING, MISSING, MISSING
    p_value = MISSING if found.p_value is None else f"{found.p_value:.2g}"
    measure = f"{found.label}: {word_measure(found.key.measure)}"
    return (step.commit[:_SHORT_HASH], step.subject, verdict, measure, worse_cell(found), p_value, str(found.num_head))


def _deciding(result: BisectResult, step: BisectStep, results: Results) -> MeasureVerdict | None:
    """Return the finding with the smallest p among the measures by which the bad end is worse."""
    by_p: Callable[[MeasureVerdict], float] = lambda one: 1.0 if one.p_value is None else one.p_value  # noqa: E731
    return min(_told(result, step, results), key=by_p, default=None)


def _told(result: BisectResult, step: BisectStep, results: Results) -> list[MeasureVerdict]:
    """Return a step's findings of what the bad end is worse in, all where it is in nothing; none without a check."""
    found = results.get(step.commit)
    wanted = {(one.case_id, one.measure) for one in result.record.steps[0].failed}
    findings = found.findings if found else ()
    return [one for one in findings if not wanted or (one.key.case_id, one.key.measure) in wanted]


def _name(step: BisectStep) -> str:
    return f"{step.commit[:_SHORT_HASH]} ({step.subject})"
