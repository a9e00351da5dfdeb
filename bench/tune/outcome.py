"""What the search for a case's fastest settings came to, from its trials' journals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.analysis.statistics.interval import Interval, summarize_rates, summarize_values
from bench.analysis.statistics.paired import paired_ratio
from bench.analysis.trial.throughput import fit_throughput
from bench.analysis.trial.turn_series import turns_factor
from bench.plan.case import Case
from bench.plan.tuning import Search
from bench.store.records import Journal, ResolvedSuite
from bench.store.tunings_file import Tuning
from bench.tune.halving import Known, Measured, Replay, TrialKey, next_rung, replay

Journals = Mapping[TrialKey, Journal]


@dataclass(frozen=True)
class SearchResult:
    """What came of one search; rates are those of the last rung's pairs as `fit` costs, and the gain is best / stock.

    `best` is the case that came to the last rung, None where no candidate ended ok; `is_faster` says that its gain's
    whole interval lies beyond the search's smallest one. `is_whole` is False while trials are still to be run, and
    `stock_ran` where the case as it comes did not end ok, so that nothing was searched. `num_in_turns` is on how many
    pairs the gain comes from the turns that both had; None where no trial took turns.
    """

    stock: Case
    best: Case | None
    stock_rate: Interval | None
    best_rate: Interval | None
    stock_first_step_s: Interval | None
    best_first_step_s: Interval | None
    gain: Interval | None
    is_faster: bool
    is_whole: bool
    stock_ran: bool
    num_tried: int
    num_failed: int
    num_candidates: int
    num_in_turns: int | None = None


def next_trials(suite: ResolvedSuite, journals: Sequence[Journal]) -> tuple[tuple[Case, int], ...]:
    """Return the cases and seeds that a tuning runs next, the journals' own among them; empty where all is decided."""
    known = collect_measured(journals, suite.timeout_s)
    rungs = (next_rung(search, known) for search in suite.searches)
    return next((rung.trials for rung in rungs if rung), ())


def judge_searches(suite: ResolvedSuite, journals: Sequence[Journal]) -> tuple[SearchResult, ...]:
    """Return what each search of a tuning came to, as far as its journals go."""
    known = collect_measured(journals, suite.timeout_s)
    by_key = {(journal.start.case.case_id, journal.start.seed): journal for journal in journals}
    return tuple(judge_search(search, known, by_key) for search in suite.searches)


def to_tuning(outcome: SearchResult, run_id: str, measured_at: datetime) -> Tuning:
    """Return a whole search's outcome as the user's cache keeps it."""
    gain = outcome.gain
    return Tuning(
        stock=outcome.stock,
        tuned=outcome.best if outcome.is_faster else None,
        gain=gain.value if gain else None,
        gain_low=gain.low if gain else None,
        gain_high=gain.high if gain else None,
        num_pairs=gain.n if gain else 0,
        run_id=run_id,
        measured_at=measured_at,
    )


def collect_measured(journals: Sequence[Journal], timeout_s: float | None) -> dict[TrialKey, Measured]:
    """Return what each ended trial of a tuning gave; one that was ended for its time cost `timeout_s`."""
    return {(j.start.case.case_id, j.start.seed): _measure(j, timeout_s) for j in journals if j.end}


def judge_search(search: Search, known: Known, journals: Journals | None = None) -> SearchResult:
    """Return what a search came to, as far as it is known; a pair of which one side failed is left out.

    Where `journals` say that a pair took turns, its ratio is that of the turns.
    """
    walked = replay(search, known)
    stocks, bests = _sides(search, walked, known)
    factors, any_turns = _turns(stocks, walked.finalist, search.stock, journals or {})
    gain = paired_ratio(
        [best.throughput * (factor or 1.0) for best, factor in zip(bests, factors, strict=True)],
        [stock.throughput for stock in stocks],
    )
    is_whole = walked.rungs[-1].is_known(known)
    pilot = known.get((search.stock.case_id, search.first_seed))
    tried = {case.case_id for rung in walked.rungs for case, seed in rung.trials if (case.case_id, seed) in known}
    tried.discard(search.stock.case_id)
    return SearchResult(
        stock=search.stock,
        best=walked.finalist,
        stock_rate=summarize_rates([stock.throughput for stock in stocks]),
        best_rate=summarize_rates([best.throughput for best in bests]),
        stock_first_step_s=_first_steps(stocks),
        best_first_step_s=_first_steps(bests),
        gain=gain,
        is_faster=bool(is_whole and gain and gain.low is not None and gain.low > search.min_gain),
        is_whole=is_whole,
        stock_ran=pilot is None or pilot.throughput is not None,
        num_tried=len(tried),
        num_failed=len({case_id for (case_id, _), one in known.items() if case_id in tried and one.throughput is None}),
        num_candidates=len(search.candidates),
        num_in_turns=sum(factor is not None for factor in factors) if any_turns else None,
    )


def _turns(
    stocks: Sequence[_Timed], best: Case | None, stock: Case, journals: Journals
) -> tuple[list[float | None], bool]:
    """Return of each pair what its turns correct the ratio by, None where it took none; and whether any trial did."""
    pairs = [
        (journals.get((best.case_id if best else "", one.seed)), journals.get((stock.case_id, one.seed)))
        for one in stocks
    ]
    factors = [turns_factor(one, other) if one and other else None for one, other in pairs]
    return factors, any(journal.start.in_turns for pair in pairs for journal in pair if journal)


def _sides(search: Search, walked: Replay, known: Known) -> tuple[list[_Timed], list[_Timed]]:
    """Return stock's and the finalist's trials of the last rung, pair by pair."""
    if walked.finalist is None:
        return [], []
    seeds = sorted({seed for _, seed in walked.rungs[-1].trials})
    pairs = [(_timed(search.stock, seed, known), _timed(walked.finalist, seed, known)) for seed in seeds]
    whole = [(stock, best) for stock, best in pairs if stock and best]
    return [stock for stock, _ in whole], [best for _, best in whole]


@dataclass(frozen=True)
class _Timed:
    """A trial that ended ok."""

    seed: int
    throughput: float
    first_step_s: float | None


def _timed(case: Case, seed: int, known: Known) -> _Timed | None:
    measured = known.get((case.case_id, seed))
    return _Timed(seed, measured.throughput, measured.first_step_s) if measured and measured.throughput else None


def _first_steps(trials: Sequence[_Timed]) -> Interval | None:
    return summarize_values([trial.first_step_s for trial in trials if trial.first_step_s is not None])


def _measure(journal: Journal, timeout_s: float | None) -> Measured:
    epochs, end = journal.epochs, journal.end
    took_s = end.total_s if end and end.total_s is not None else 0.0
    if journal.status == "timeout":
        took_s = timeout_s or 0.0
    if journal.status != "ok":
        return Measured(None, took_s)
    return Measured(fit_throughput(journal.start.case, epochs), took_s, epochs[0].first_step_s if epochs else None)
