"""Sorts runs by machine and suite, and asks of them what changed and which hardware is the faster."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bench.analysis.run_journals import RunJournals
from bench.compare.history import build_history
from bench.compare.history_types import METRICS, History
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.hardware_types import HardwareSummary
from bench.hardware.machines import MeasuredRun
from bench.host.environment import Environment
from bench.site.site_types import MachineSuite, Site, SiteMachine, SiteRun, UnreadRun, Worsening
from bench.store.records import Journal

_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_KEY_LETTERS = 12
_SUITE_OF_ID = slice(17, -5)  # between the time and the four digits
_FEWEST = 2  # runs of a history, points of a case in it, places side by side


def collect_site(runs: Sequence[SiteRun], unread: Sequence[UnreadRun]) -> Site:
    """Return what some runs show together, whatever their order.

    Args:
        runs: each once; those that were merged may be there beside the run that was made of them.
        unread: what cannot be shown, which is passed on.
    """
    ordered = sorted(runs, key=lambda one: (one.run.record.created_at, one.run_id))
    machines = tuple(_machine(key, mine) for key, mine in _by_machine(ordered).items())
    return Site(
        machines=tuple(sorted(machines, key=lambda machine: (_processor(machine.environment), machine.key))),
        worsenings=tuple(sorted(_worsenings(machines), key=lambda one: one.change.created_at, reverse=True)),
        side_by_side=dict(_side_by_side(ordered)),
        unread=tuple(unread),
    )


def suite_of(run_id: str) -> str:
    """Return the suite that a run's id names, which is safe in an address; a record could say anything."""
    return run_id[_SUITE_OF_ID]


def machine_key(environment: Environment) -> str:
    """Return a machine's fingerprint, or a hash of what stands in its place: a stranger's record can say anything."""
    own = environment.fingerprint
    return own if _FINGERPRINT.fullmatch(own) else hashlib.sha256(own.encode()).hexdigest()[:_KEY_LETTERS]


def _by_machine(ordered: Sequence[SiteRun]) -> Mapping[str, list[SiteRun]]:
    found: defaultdict[str, list[SiteRun]] = defaultdict(list)
    for run in ordered:
        for key in _environments(run):
            found[key].append(run)
    return found


def _environments(one: SiteRun) -> dict[str, Environment]:
    """Return the machines of a run's trials by key, or its record's where no trial has begun."""
    trained = [journal.start.environment for journal in one.run.journals]
    return {machine_key(environment): environment for environment in trained or [one.run.record.environment]}


def _machine(key: str, ordered: Sequence[SiteRun]) -> SiteMachine:
    by_suite: defaultdict[str, list[SiteRun]] = defaultdict(list)
    for run in ordered:
        by_suite[suite_of(run.run_id)].append(run)
    suites = tuple(
        MachineSuite(suite, tuple(reversed(mine)), _histories(key, mine)) for suite, mine in sorted(by_suite.items())
    )
    return SiteMachine(key, _environments(ordered[-1])[key], suites)


def _histories(key: str, ordered: Sequence[SiteRun]) -> Mapping[str, History]:
    """Return the histories in which some case has two points; a journal counts once, also where its run was merged."""
    seen: set[tuple[str, str]] = set()
    runs: list[RunJournals] = []
    for one in ordered:
        own = [journal for journal in one.run.journals if machine_key(journal.start.environment) == key]
        fresh = tuple(journal for journal in own if _identity(journal) not in seen)
        seen.update(map(_identity, fresh))
        if fresh:
            runs.append(RunJournals(one.run.record, fresh))
    if len(runs) < _FEWEST:
        return {}
    histories = {metric: build_history(runs, measure) for metric, measure in METRICS.items()}
    return {metric: one for metric, one in histories.items() if any(len(case.points) >= _FEWEST for case in one.cases)}


def _identity(journal: Journal) -> tuple[str, str]:
    return journal.start.run_id, journal.trial_id


def _worsenings(machines: Sequence[SiteMachine]) -> Iterator[Worsening]:
    for machine in machines:
        for suite in machine.suites:
            for metric, history in suite.histories.items():
                yield from _worsenings_of(machine, suite.suite, metric, history)


def _worsenings_of(machine: SiteMachine, suite: str, metric: str, history: History) -> Iterator[Worsening]:
    for case in history.cases:
        for change in case.changes:
            if change.is_worse:
                now = case.levels[-1].mean
                effect = now - change.before if history.measure == "final_val_accuracy" else now / change.before
                yield Worsening(machine, suite, metric, history, case, change, now, effect)


def _side_by_side(ordered: Sequence[SiteRun]) -> Iterator[tuple[str, HardwareSummary]]:
    """Yield the suites that ran on several machines or devices, with the latest run of each machine."""
    latest: defaultdict[str, dict[str, SiteRun]] = defaultdict(dict)
    for run in ordered:
        if run.run.journals:
            latest[suite_of(run.run_id)].update(dict.fromkeys(_environments(run), run))
    for suite, by_machine in sorted(latest.items()):
        chosen = {run.run_id: run for run in by_machine.values()}
        set_aside = [problem for run in chosen.values() for problem in run.run.set_aside]
        summary = summarize_hardware([_measured(run, by_machine) for run in chosen.values()], set_aside=set_aside)
        if len({row.place for row in summary.rows if row.fit_throughput}) >= _FEWEST:
            yield suite, summary


def _measured(one: SiteRun, latest: Mapping[str, SiteRun]) -> MeasuredRun:
    """Return a run with its trials on those machines that have no later one."""
    run = one.run
    journals = tuple(j for j in run.journals if latest[machine_key(j.start.environment)].run_id == one.run_id)
    return MeasuredRun(run.record, journals, one.ceilings, run.superseded)


def _processor(environment: Environment) -> str:
    return environment.cpu_model or environment.machine
