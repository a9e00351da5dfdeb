"""Several runs together: which cases they planned, which trials of a case have ended, and which one a seed counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.plan.case import Case
from bench.store.records import Journal, RunRecord


@dataclass(frozen=True)
class RunJournals:
    """One run as it reads back: what was planned, and its trials' journals."""

    record: RunRecord
    journals: tuple[Journal, ...]

    @cached_property
    def cases(self) -> Mapping[str, Case]:
        """Every case by its id, the planned ones in suite order, then those that only a journal has; the first counts.

        An id is formatted and hashed, so each case's is made once.
        """
        cases: dict[str, Case] = {}
        planned = (trial.case for trial in self.record.suite.trials)
        trained = (journal.start.case for journal in self.journals)
        for case in dict.fromkeys((*planned, *trained)):
            cases.setdefault(case.case_id, case)
        return cases

    @cached_property
    def ended(self) -> Mapping[str, Sequence[Journal]]:
        """The journals by their case's id, but for those that still run."""
        ended: defaultdict[str, list[Journal]] = defaultdict(list)
        for journal in self.journals:
            if journal.status != "running":
                ended[journal.start.case.case_id].append(journal)
        return dict(ended)


def planned_cases(runs: Iterable[RunJournals]) -> tuple[Case, ...]:
    """Return every case of the runs once, in the order of runs and suites, then those that only a journal has.

    Of equal ids the first counts.
    """
    cases: dict[str, Case] = {}
    for run in runs:
        for case_id, case in run.cases.items():
            cases.setdefault(case_id, case)
    return tuple(cases.values())


def one_a_trial(journals: Iterable[Journal]) -> tuple[list[Journal], int]:
    """Return the first journal of each trial, and how many others there are: a merged run has one a machine."""
    found = list(journals)
    first: dict[str, Journal] = {}
    for journal in found:
        first.setdefault(journal.trial_id, journal)
    return list(first.values()), len(found) - len(first)


def ended_trials(case: Case, runs: Sequence[RunJournals]) -> list[Journal]:
    """Return a case's journals of all runs but those that still run: to count their hits alone would flatter it."""
    return [journal for run in runs for journal in run.ended.get(case.case_id, ())]


def one_a_seed(journals: Iterable[Journal]) -> dict[int, Journal]:
    """Return a journal for each seed: of several, one that ended ok, then the longest budget's, then the oldest run's.

    The same seed again is no further evidence. The order in which the runs were named plays no part.
    """
    by_seed: dict[int, Journal] = {}
    for journal in sorted(journals, key=_rank):
        by_seed.setdefault(journal.start.seed, journal)
    return by_seed


def _rank(journal: Journal) -> tuple[bool, int, str]:
    return journal.status != "ok", -journal.start.case.epochs, journal.start.run_id
