"""What a run's page opens with besides its own comparison: the questions that the run was made to answer."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.run_journals import RunJournals
from bench.claims.claims_file import builtin_claims
from bench.claims.findings import Finding
from bench.claims.judge_claims import judge_claims
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.machines import MeasuredRun
from bench.reports.claims.page_answer import claims_answer
from bench.reports.hardware.page_answer import hardware_answer
from bench.reports.kit.answer import Answer
from bench.store.ceilings_file import read_ceilings
from bench.store.run_folder import LoadedRun

_FEWEST_SETTINGS = 3  # that make a run a search for what does as a claim says


def page_answers(run: LoadedRun) -> tuple[Answer, ...]:
    """Return what a run alone answers of the built-in claims, and of the devices where it measured several.

    The same journals give the same answers, whatever was asked of the run before.
    """
    return (*_of_the_claims(run), *_of_the_hardware(run))


def _of_the_claims(run: LoadedRun) -> Iterator[Answer]:
    """Yield the verdicts on each set of claims that this run is about."""
    journals = RunJournals(run.record, run.journals)
    for claims in builtin_claims().values() if run.journals else ():
        findings = judge_claims(claims, [journals])
        if _is_about(findings):
            yield claims_answer(claims, findings, [run.record.run_id])


def _is_about(findings: tuple[Finding, ...]) -> bool:
    """Tell whether a run tests most claims of a set and decides one, or tries many settings for one and tests none."""
    num_tested = sum(finding.is_tested for finding in findings)
    if num_tested:
        return 2 * num_tested >= len(findings) and any(finding.is_decided for finding in findings)
    return any(len(finding.neighbours) >= _FEWEST_SETTINGS for finding in findings)


def _of_the_hardware(run: LoadedRun) -> Iterator[Answer]:
    """Yield the comparison of devices where the run measured several, or what its device can do at most."""
    ceilings = read_ceilings(run.folder)
    devices = {journal.start.case.device for journal in run.journals}
    if run.journals and (len(devices) > 1 or ceilings):
        measured = MeasuredRun(run.record, run.journals, ceilings, run.superseded)
        yield hardware_answer(summarize_hardware([measured], set_aside=run.set_aside))
