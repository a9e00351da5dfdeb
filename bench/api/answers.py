"""What a run's page opens with besides its own comparison: the questions that the run was made to answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.run_journals import RunJournals, planned_cases
from bench.analysis.run_summary import summarize_loaded
from bench.claims.claims_file import builtin_claims
from bench.claims.findings import Finding
from bench.claims.judge_claims import judge_claims
from bench.claims.statements import ClaimSet
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.machines import MeasuredRun
from bench.reports.claims.page_answer import claims_answer
from bench.reports.hardware.page_answer import hardware_answer
from bench.reports.kit.answer import Answer
from bench.reports.run.html import PAGE_NAME, write_page
from bench.store.ceilings_file import read_ceilings
from bench.store.run_folder import LoadedRun

_FEWEST_SETTINGS = 3  # that make a run a search for what does as a claim says


def page_answers(run: LoadedRun) -> tuple[Answer, ...]:
    """Return what a run alone answers of the built-in claims, and of the devices where it measured several.

    The same journals give the same answers, whatever was asked of the run before.
    """
    return (*_of_the_claims(run), *_of_the_hardware(run))


def put_on_page(run: LoadedRun, asked: Answer) -> None:
    """Let a run's page open with an answer that was asked for, in the place of what the run alone says of that.

    A folder without a page gets none. `bench report` writes the page anew, with what the run alone answers.

    Raises:
        StoreError: the folder cannot be written.
    """
    if not (run.folder / PAGE_NAME).is_file():
        return
    others = [answer for answer in page_answers(run) if answer.key != asked.key]
    write_page(run.folder, summarize_loaded(run), answers=[asked, *others])


def _of_the_claims(run: LoadedRun) -> Iterator[Answer]:
    """Yield the verdicts on each set of claims that this run is about."""
    journals = RunJournals(run.record, run.journals)
    for claims in builtin_claims().values() if run.journals else ():
        findings = judge_claims(claims, [journals])
        if _is_tested(findings) or _is_searched(claims, findings, journals):
            yield claims_answer(claims, findings, [run.record.run_id])


def _is_tested(findings: Sequence[Finding]) -> bool:
    """Tell whether a run tests at least half the claims of a set, and decides one."""
    num_tested = sum(finding.is_tested for finding in findings)
    return 2 * num_tested >= len(findings) and any(finding.is_decided for finding in findings)


def _is_searched(claims: ClaimSet, findings: Sequence[Finding], run: RunJournals) -> bool:
    """Tell whether a run tests none of the claims and tries several settings of the network of a claim."""
    models = {case.model for case in planned_cases([run])}
    return not any(finding.is_tested for finding in findings) and any(
        len(finding.neighbours) >= _FEWEST_SETTINGS and models == {claims.cases[finding.claim.case].model}
        for finding in findings
    )


def _of_the_hardware(run: LoadedRun) -> Iterator[Answer]:
    """Yield the comparison of devices where the run measured several, or what its device can do at most."""
    ceilings = read_ceilings(run.folder)
    devices = {journal.start.case.device for journal in run.journals}
    if run.journals and (len(devices) > 1 or ceilings):
        measured = MeasuredRun(run.record, run.journals, ceilings, run.superseded)
        yield hardware_answer(summarize_hardware([measured], set_aside=run.set_aside))
