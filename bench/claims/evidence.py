"""Which trials speak for a claim's cases: one a seed, of the same whole data, on one machine where seconds compare."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bench.analysis.equal_seeds import repeated_seeds
from bench.analysis.run_journals import RunJournals, ended_trials, one_a_seed, planned_cases
from bench.claims.statements import Selector
from bench.host.fingerprint import have_comparable_times
from bench.plan.case import Case
from bench.settings import TABLE
from bench.store.records import Journal


class UndecidedCode(StrEnum):
    """Why a claim could not be decided or tested; the keys of `Undecided.data` follow each code."""

    NO_CASE = "no_case"  # case, flags: what `bench run` is given to train it
    NO_SETS = "no_sets"  # case, than: of two groups
    NOT_RUN = "not_run"  # case, why
    NOT_STARTED = "not_started"  # case
    SUBSET = "subset"  # case, num_train, num_train_available, num_test, num_test_available
    DATA_DIFFERS = "data_differs"  # dataset, num_checksums
    NO_PAIR = "no_pair"  # case, than: no device or no seed in common
    NO_FIGURE = "no_figure"  # num_trials, num_crashed: crashes, or budgets too short to tell
    TIMES_DIFFER = "times_differ"  # num_seeds: on other machines, or beside other measurements
    SHORT_BUDGET = "short_budget"  # num_open, num_seeds: seeds that cannot tell, and would decide
    FEW_SEEDS = "few_seeds"  # num_seeds, min_seeds
    OPEN = "open"  # num_seeds
    BETWEEN_VALIDATIONS = "between_validations"  # num_between, num_seeds: both sides pass, either may be first
    DETERMINISTIC = "deterministic"  # case: it reports no times, which the claim is about


@dataclass(frozen=True)
class Undecided:
    """A fact that kept a verdict from being reached; its wording belongs to the reports."""

    code: UndecidedCode
    data: Mapping[str, str | int]


@dataclass(frozen=True)
class ClaimSide:
    """One case of a claim with a journal a seed, one at least; `name` is the claims file's.

    `by_seed` holds the trials that came to the end of an epoch, `crashed` those that did not.
    """

    name: str
    case: Case
    by_seed: Mapping[int, Journal]
    crashed: tuple[Journal, ...] = ()

    @property
    def trials(self) -> tuple[Journal, ...]:
        """All its journals in the order of their seeds."""
        return tuple(sorted((*self.by_seed.values(), *self.crashed), key=lambda journal: journal.start.seed))


def find_sides(
    names: Sequence[str], selectors: Mapping[str, Selector], runs: Sequence[RunJournals], *, full_data: bool
) -> tuple[ClaimSide, ...] | Undecided:
    """Return a side for each of one or two names, or why there is none.

    Where several cases of the runs match the first name, the first of which the others have a partner on the same
    device speaks: planned ones in suite order, runs in the order given. A seed that several runs trained counts once;
    see `bench.analysis.run_journals.one_a_seed`.
    """
    candidates = [_matching(selectors[name], runs) for name in names]
    for name, found in zip(names, candidates, strict=True):
        if not found:
            return _why_none(name, selectors[name], runs)
    reason: Undecided | None = None
    for cases in _on_one_device(candidates, [selectors[name] for name in names]):
        sides = _gather_all(names, cases, runs, full_data=full_data)
        if not isinstance(sides, Undecided):
            return sides
        reason = reason or sides
    return reason or Undecided(UndecidedCode.NO_PAIR, {"case": names[0], "than": names[-1]})


def distinct_sides(sides: Sequence[ClaimSide]) -> tuple[ClaimSide, ...]:
    """Return the sides without seeds that say nothing new of an accuracy; see `bench.analysis.equal_seeds`."""
    repeated = repeated_seeds([side.by_seed for side in sides])
    return tuple(
        replace(side, by_seed={seed: one for seed, one in side.by_seed.items() if seed not in repeated})
        for side in sides
    )


def comparable_seeds(a: ClaimSide, b: ClaimSide) -> tuple[int, ...]:
    """Return the seeds on which both sides have times that compare: one machine and its settings, nothing beside."""
    return tuple(seed for seed in common_seeds(a, b) if times_compare(a.by_seed[seed], b.by_seed[seed]))


def in_order(journals: Iterable[Journal]) -> list[Journal]:
    """Return journals in the order they ran: times are paired by time, for a machine drifts."""
    return sorted(journals, key=lambda journal: (journal.start.started_at, journal.start.seed))


def common_seeds(a: ClaimSide, b: ClaimSide) -> tuple[int, ...]:
    """Return the seeds that both sides have, in order."""
    return tuple(sorted(a.by_seed.keys() & b.by_seed.keys()))


def times_compare(a: Journal, b: Journal) -> bool:
    """Tell whether times of two trials compare: one machine and its settings, and nothing measured beside."""
    same = have_comparable_times(a.start.environment, b.start.environment)
    return same and not (a.start.concurrent or b.start.concurrent)


def _matching(selector: Selector, runs: Sequence[RunJournals]) -> list[Case]:
    return [case for case in planned_cases(runs) if selector.matches(case)]


def _on_one_device(candidates: Sequence[Sequence[Case]], selectors: Sequence[Selector]) -> Iterable[tuple[Case, ...]]:
    """Yield the cases that speak together; where a selector names its device, the other side's may be another."""
    if len(candidates) == 1:
        yield from ((case,) for case in candidates[0])
        return
    free = all("device" not in selector.model_fields_set for selector in selectors)
    for first in candidates[0]:
        yield from ((first, second) for second in candidates[1] if not free or first.device == second.device)


def _why_none(name: str, selector: Selector, runs: Sequence[RunJournals]) -> Undecided:
    for run in runs:
        for left in run.record.suite.not_run:
            if selector.matches(left.case):
                return Undecided(UndecidedCode.NOT_RUN, {"case": name, "why": left.reason})
    return Undecided(UndecidedCode.NO_CASE, {"case": name, "flags": _flags(selector)})


def _flags(selector: Selector) -> str:
    """Return what `bench run` is given to train the case that a selector stands for."""
    named = [(TABLE[name].flag, getattr(selector, name)) for name in TABLE if name in selector.model_fields_set]
    return shlex.join(
        [
            word
            for flag, value in named
            if value is not None and value is not False
            for word in ((flag,) if value is True else (flag, str(value)))
        ]
    )


def _gather_all(
    names: Sequence[str], cases: Sequence[Case], runs: Sequence[RunJournals], *, full_data: bool
) -> tuple[ClaimSide, ...] | Undecided:
    sides: list[ClaimSide] = []
    for name, case in zip(names, cases, strict=True):
        found = _gather(name, case, runs, full_data=full_data)
        if isinstance(found, Undecided):
            return found
        sides.append(found)
    return _data_difference(sides) or tuple(sides)


def _gather(name: str, case: Case, runs: Sequence[RunJournals], *, full_data: bool) -> ClaimSide | Undecided:
    found = ended_trials(case, runs)
    whole = [journal for journal in found if not full_data or has_full_data(journal)]
    if not found:
        return Undecided(UndecidedCode.NOT_STARTED, {"case": name})
    if not whole:
        return Undecided(UndecidedCode.SUBSET, {"case": name, **_sizes(found[0])})
    by_seed = one_a_seed(whole)
    started = {seed: journal for seed, journal in by_seed.items() if journal.epochs}
    return ClaimSide(name, case, started, tuple(journal for journal in by_seed.values() if not journal.epochs))


def _data_difference(sides: Iterable[ClaimSide]) -> Undecided | None:
    """Return why trials do not speak together whose data set has one name and several contents."""
    checksums: defaultdict[str, set[str]] = defaultdict(set)
    for journal in (journal for side in sides for journal in side.by_seed.values()):
        checksums[journal.start.data.name].add(journal.start.data.sha256)
    for name, found in checksums.items():
        if len(found) > 1:
            return Undecided(UndecidedCode.DATA_DIFFERS, {"dataset": name, "num_checksums": len(found)})
    return None


def _sizes(journal: Journal) -> dict[str, int]:
    data = journal.start.data
    return {
        "num_train": data.num_train,
        "num_train_available": data.num_train_available,
        "num_test": data.num_test,
        "num_test_available": data.num_test_available,
    }


def has_full_data(journal: Journal) -> bool:
    """Return whether a trial had all examples of both halves."""
    data = journal.start.data
    return (data.num_train, data.num_test) == (data.num_train_available, data.num_test_available)
