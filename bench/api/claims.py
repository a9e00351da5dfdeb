"""Judges claims by journals: read the claims and the runs, judge, write the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.run_journals import RunJournals
from bench.api.answers import put_on_page
from bench.api.named_runs import Tell, default_folder, open_runs, say_nothing
from bench.claims.claims_file import DEFAULT_CLAIMS, load_claims
from bench.claims.findings import Finding
from bench.claims.judge_claims import judge_claims
from bench.claims.statements import ClaimSet
from bench.reports.claims.page import write_claims
from bench.reports.claims.page_answer import claims_answer


@dataclass(frozen=True)
class JudgedClaims:
    """Claims with what was found of each; `set_aside` names each journal that is damaged."""

    claims: ClaimSet
    findings: tuple[Finding, ...]
    run_ids: tuple[str, ...]
    page: Path
    set_aside: tuple[str, ...]


def claims(
    names: Sequence[str], output: Path, claims_name: str = DEFAULT_CLAIMS, *, tell: Tell = say_nothing
) -> JudgedClaims:
    """Judge claims by the journals of some runs, and write the page with all evidence into the first one's folder.

    The page of that run then opens with the verdicts.

    Args:
        names: the runs: folders, ids, `latest`, or archives.
        output: the folder that holds the runs.
        claims_name: a claim set's name, or a file ending in `.toml`.
        tell: called with a sentence for what is passed over.

    Raises:
        ConfigError: for claims that are unknown or not valid.
        StoreError: where a run is missing, or its folder cannot be written.
    """
    asked = load_claims(claims_name)
    with open_runs(names, output, tell) as runs:
        pass  # all that is judged has been read
    findings = judge_claims(asked, [RunJournals(run.record, run.journals) for run in runs])
    run_ids = tuple(run.record.run_id for run in runs)
    page = write_claims(default_folder(names[0], runs[0]), asked, findings, run_ids, claims_name)
    put_on_page(runs[0], claims_answer(asked, findings, run_ids))
    return JudgedClaims(asked, findings, run_ids, page, tuple(problem for run in runs for problem in run.set_aside))
