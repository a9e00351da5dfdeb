"""What judged claims say on a run's page: the verdicts in a table, and what each rests on, folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import get_args

from bench.claims.claims_file import DEFAULT_CLAIMS
from bench.claims.decision_rules import ClaimVerdict
from bench.claims.findings import Finding
from bench.claims.statements import ClaimSet
from bench.reports.claims.across_sets import matrix_table
from bench.reports.claims.page import evidence_lines, neighbours_table, statements_table
from bench.reports.claims.wording import HOW_JUDGED, word_family, word_needs, word_neighbours
from bench.reports.kit.answer import Answer, AnswerPart
from bench.reports.kit.escaping import escape_html
from bench.units import counted


def claims_answer(claims: ClaimSet, findings: Sequence[Finding], run_ids: Sequence[str]) -> Answer:
    """Return the verdicts, or where the runs only try other settings of a network what these come to."""
    key = "claims" if claims.name == DEFAULT_CLAIMS else f"claims-{claims.name}"
    source = f"Source: {claims.source}. Judged by the journals of {', '.join(run_ids)}."
    if not any(finding.is_tested for finding in findings):
        told = [finding for finding in findings if finding.neighbours]
        headline = " ".join(f'"{one.claim.statement}" {word_neighbours(one)}' for one in told)
        tables = tuple(table for one in told if (table := neighbours_table(one)))
        return Answer(key, "What it would take", headline, (source,), parts=(AnswerPart("", tables=tables),))
    parts = (*_of_the_sets(findings), *map(_part, findings), _how_judged())
    return Answer(key, "Do the claims hold?", _headline(findings), (source,), statements_table(findings), parts)


def _headline(findings: Sequence[Finding]) -> str:
    """Return how many claims have which verdict: `Of 12 claims 2 are supported, 7 refuted and 3 not tested.`."""
    counts = Counter(finding.verdict for finding in findings)
    told = [f"{counts[verdict]} {verdict}" for verdict in get_args(ClaimVerdict) if counts[verdict]]
    first, *others = told
    verb = "is" if first.startswith("1 ") else "are"
    number, _, verdict = first.partition(" ")
    listed = ", ".join([f"{number} {verb} {verdict}", *others[:-1]])
    return f"Of {counted(len(findings), 'claim')} {listed}{f' and {others[-1]}' if others else ''}."


def _of_the_sets(findings: Sequence[Finding]) -> Iterator[AnswerPart]:
    family, matrix = word_family(findings), matrix_table(findings)
    if family:
        yield AnswerPart("", notes=(escape_html(family),))
    if matrix:
        yield AnswerPart(matrix.title, tables=(matrix,))


def _part(finding: Finding) -> AnswerPart:
    """Return what one verdict rests on, and the other settings of the network that were tried."""
    claim = finding.claim
    table, tried = neighbours_table(finding), word_neighbours(finding)
    notes = [claim.statement, claim.note, f"Needs {word_needs(claim)}.", *evidence_lines(finding), tried]
    return AnswerPart(
        f"{claim.id}: {finding.verdict}",
        tables=(table,) if table else (),
        notes=tuple(escape_html(note) for note in notes if note),
        is_folded=True,
    )


def _how_judged() -> AnswerPart:
    return AnswerPart("How a verdict is reached", notes=tuple(map(escape_html, HOW_JUDGED)), is_folded=True)
