"""Verdicts on a tutorial's claims: a table for the terminal, a Markdown page with all evidence, and JSON."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

from bench.atomic_file import write_atomic
from bench.claims.claims_file import DEFAULT_CLAIMS
from bench.claims.decision_rules import ClaimVerdict
from bench.claims.findings import Effect, Finding
from bench.claims.set_findings import TrialPointer
from bench.claims.statements import ClaimSet
from bench.reports.claims.across_sets import matrix_table, word_sets, word_sets_in_full
from bench.reports.claims.wording import (
    HOW_JUDGED,
    name_neighbour,
    word_effect,
    word_estimate,
    word_family,
    word_needs,
    word_neighbours,
    word_reason,
)
from bench.reports.kit.cells import epochs_text, target_cell, yes_no
from bench.reports.kit.escaping import escape_markdown, fence_markdown
from bench.reports.kit.files import render_template
from bench.reports.kit.json_document import make_document
from bench.reports.kit.tables import Table, numbers, render_markdown_table, render_plain_table, words
from bench.store.run_folder import TRIALS_FOLDER
from bench.units import MISSING, format_accuracy, format_count

_TEMPLATE = "claims.md.j2"
_ADVICE = "; `"


def claims_table(findings: Sequence[Finding]) -> Table:
    """Return one row a claim: its verdict and what it rests on."""
    columns = (*words("claim", "verdict"), *numbers("seeds"), *words("holds under Holm", "what the journals say"))
    return Table("Claims", columns, tuple(map(_row, findings)))


def _row(finding: Finding) -> tuple[str, ...]:
    num_seeds = str(len(finding.seeds)) if finding.seeds else MISSING
    return finding.claim.id, finding.verdict, num_seeds, yes_no(finding.holds_together), _short(finding)


def statements_table(findings: Sequence[Finding]) -> Table:
    """Return the same for readers who do not know the claims by their names, and without what a refusal advises."""
    table = claims_table(findings)
    columns = (*words("the claim"), *table.columns[1:])
    told = zip(findings, table.rows, strict=True)
    return Table(
        table.title,
        columns,
        tuple((one.claim.statement, *row[1:-1], row[-1].partition(_ADVICE)[0]) for one, row in told),
    )


def render_claims_table(findings: Sequence[Finding]) -> str:
    """Return the verdicts for a terminal, with their counts below."""
    table = claims_table(findings)
    family = word_family(findings)
    return f"{render_plain_table(table.columns, table.rows)}\n\n{_counts(findings)}.{' ' if family else ''}{family}"


def write_claims(
    folder: Path, claims: ClaimSet, findings: Sequence[Finding], run_ids: Sequence[str], asked_for: str
) -> Path:
    """Write the page beside the report in a run's folder, and return its path; `run_ids` begins with that run's.

    Args:
        folder: the first run's.
        claims: the claims that were judged.
        findings: the verdicts on them.
        run_ids: the runs by whose journals they were judged.
        asked_for: the claims as the user named them, by name or file.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = folder / page_name(claims)
    write_atomic(path, render_claims(claims, findings, run_ids, asked_for).encode())
    return path


def page_name(claims: ClaimSet) -> str:
    """Return the page's file name: the tutorial's claims have the plain one."""
    return "claims.md" if claims.name == DEFAULT_CLAIMS else f"claims-{claims.name}.md"


def render_claims(claims: ClaimSet, findings: Sequence[Finding], run_ids: Sequence[str], asked_for: str) -> str:
    """Return the page as Markdown: the table, then each claim with its evidence and journals; see `write_claims`."""
    table = claims_table(findings)
    values = {
        "name": escape_markdown(claims.name),
        "description": escape_markdown(claims.description),
        "source": escape_markdown(claims.source),
        "counts": _counts(findings),
        "family": escape_markdown(word_family(findings)),
        "runs": ", ".join(escape_markdown(run_id) for run_id in run_ids),
        "table": render_markdown_table(table.columns, table.rows),
        "matrix": _matrix(findings),
        "how_judged": HOW_JUDGED,
        "findings": [_view(finding, run_ids[0]) for finding in findings],
        "remake": fence_markdown(shlex.join(["python", "-m", "bench", "claims", *run_ids, *_option(asked_for)]), "sh"),
    }
    return render_template(_TEMPLATE, values)


def _matrix(findings: Sequence[Finding]) -> str:
    """Return the table of data sets and networks with its heading; empty where no claim is about several sets."""
    table = matrix_table(findings)
    if table is None:
        return ""
    return f"## {table.title}\n\n{render_markdown_table(table.columns, table.rows)}\n\n{escape_markdown(table.note)}"


def _option(asked_for: str) -> list[str]:
    return [] if asked_for == DEFAULT_CLAIMS else ["--claims", asked_for]


def claims_json(claims: ClaimSet, findings: Sequence[Finding], run_ids: Sequence[str]) -> dict[str, Any]:
    """Return the verdicts as values that JSON has; what does not exist is None."""
    judged = [_values(finding) for finding in findings]
    return make_document({"name": claims.name, "source": claims.source, "runs": list(run_ids), "claims": judged})


def _values(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON has it; its estimates are called `figures` there, as in the schema's first version."""
    values = asdict(finding)
    values["figures"] = values.pop("estimates")
    return {**values, "claim": finding.claim.model_dump(mode="json")}


def _view(finding: Finding, own_run: str) -> Mapping[str, object]:
    claim = finding.claim
    return {
        "id": escape_markdown(claim.id),
        "verdict": finding.verdict,
        "statement": escape_markdown(claim.statement),
        "note": escape_markdown(claim.note),
        "needs": word_needs(claim),
        "lines": [escape_markdown(line) for line in evidence_lines(finding)],
        "neighbours": _neighbours(finding),
        "trials": [_link(pointer, own_run) for pointer in finding.trials],
    }


def evidence_lines(finding: Finding) -> list[str]:
    """Return what a verdict rests on, a line each, as plain text."""
    lines = [word_effect(effect, finding.claim, finding.estimates) for effect in finding.effects]
    lines += [word_estimate(estimate) for estimate in finding.estimates]
    lines += word_sets_in_full(finding)
    return lines + ([word_reason(finding.reason, finding.num_more_seeds)] if finding.reason else [])


def _neighbours(finding: Finding) -> str:
    """Return the other settings as a table below a sentence on the nearest."""
    table = neighbours_table(finding)
    if table is None:
        return ""
    return f"{escape_markdown(word_neighbours(finding))}\n\n{render_markdown_table(table.columns, table.rows)}"


def neighbours_table(finding: Finding) -> Table | None:
    """Return the other settings of a claim's network, nearest to the claim first; None where none was trained."""
    if not finding.neighbours:
        return None
    columns = (*words("setting"), *numbers("reached", "epoch budget", "median epochs", "median best accuracy"),
               *words("as late as claimed"))  # fmt: skip
    rows = tuple(
        (
            name_neighbour(neighbour),
            f"{neighbour.result.hits}/{neighbour.result.num_trials}",
            format_count(neighbour.result.epoch_budget),
            target_cell(neighbour.result.median_epochs, neighbour.result, epochs_text),
            format_accuracy(neighbour.best),
            yes_no(neighbour.is_as_claimed),
        )
        for neighbour in finding.neighbours
    )
    return Table("Other settings, nearest to the claim first", columns, rows)


def _link(pointer: TrialPointer, own_run: str) -> str:
    """Return a link to a journal, as seen from the first run's folder; other runs stand beside it."""
    prefix = "" if pointer.run_id == own_run else f"../{pointer.run_id}/"
    return f"[{escape_markdown(pointer.trial_id)}]({quote(f'{prefix}{TRIALS_FOLDER}/{pointer.trial_id}.jsonl')})"


def _short(finding: Finding) -> str:
    """Return what a table's cell can hold: the effect of the worst epoch, or what kept the claim from one."""
    reason = word_reason(finding.reason, finding.num_more_seeds) if finding.reason else ""
    if finding.sets:
        told = word_sets(finding)
        return f"{told}; {reason}" if reason else told
    if not finding.effects:
        return reason
    effect = word_effect(_worst(finding), finding.claim, finding.estimates)
    return f"{effect}; {reason}" if reason else effect


def _worst(finding: Finding) -> Effect:
    """Return the effect that speaks most against the claim: what is said of each epoch falls with the weakest."""

    def bound(effect: Effect) -> float:
        found = effect.interval.high if finding.verdict == "refuted" else effect.interval.low
        return effect.interval.value if found is None else found

    return min(finding.effects, key=bound)


def _counts(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in get_args(ClaimVerdict))
