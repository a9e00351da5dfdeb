"""Stock against tuned within one run, and what is left of the gap between the families when both run at their best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.analysis.case_labels import changed_settings
from bench.analysis.contrast_sides import in_time_order
from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.paired import paired_ratio
from bench.analysis.summary_types import CaseSummary, Contrast
from bench.analysis.trial.trial_summary import TrialSummary
from bench.analysis.trial.turn_series import turns_factors
from bench.analysis.tuned_types import Gap, TunedRates, TunedRow, TunedSummary
from bench.plan.tuning import TunedCase
from bench.store.records import Journal

Rate = Callable[[TrialSummary], float | None]
Journals = Mapping[str, Sequence[Journal]]  # by case_id


def summarize_tuned(
    tuned: Sequence[TunedCase], cases: Sequence[CaseSummary], headlines: Sequence[Contrast], journals: Journals
) -> TunedSummary | None:
    """Return what tuning gave; None for a run without tuned cases.

    Args:
        tuned: which case is the tuned one of which, as the run was planned.
        cases: the run's.
        headlines: the run's; gaps are reported for their pairs of cases.
        journals: each case's, by its id, for what their turns say.
    """
    if not tuned:
        return None
    by_id = {case.case_id: case for case in cases}
    pairs = [(by_id[one.stock], by_id.get(one.tuned or "")) for one in tuned if one.stock in by_id]
    best_of = {stock.label: best or stock for stock, best in pairs}
    return TunedSummary(
        rows=tuple(_row(stock, best, journals) for stock, best in pairs),
        gaps=_gaps({stock.label: stock for stock, _ in pairs}, best_of, headlines, journals),
        untuned=_untuned(tuned, cases),
    )


def _row(stock: CaseSummary, best: CaseSummary | None, journals: Journals) -> TunedRow:
    fit, fit_in_turns = _ratio(best, stock, _fit_rate, journals) if best else (None, None)
    steady, steady_in_turns = _ratio(best, stock, _steady_rate, journals) if best else (None, None)
    whole, _ = _ratio(best, stock, _whole_rate, journals) if best else (None, None)
    return TunedRow(
        stock=stock.label,
        tuned=best.label if best else None,
        changes=changed_settings(stock.case, best.case) if best else (),
        fit=TunedRates(stock.fit_throughput, best.fit_throughput if best else None, fit, fit_in_turns),
        steady=TunedRates(stock.throughput, best.throughput if best else None, steady, steady_in_turns),
        whole=whole,
    )


def _fit_rate(trial: TrialSummary) -> float | None:
    return trial.fit_throughput


def _steady_rate(trial: TrialSummary) -> float | None:
    return trial.throughput


def _whole_rate(trial: TrialSummary) -> float | None:
    return trial.whole_fit_throughput


def _gaps(
    stocks: Mapping[str, CaseSummary],
    best_of: Mapping[str, CaseSummary],
    headlines: Sequence[Contrast],
    journals: Journals,
) -> tuple[Gap, ...]:
    """Return the gap of each pair of a recurrent and a convolutional case that the headlines are about."""
    compared = dict.fromkeys((contrast.a, contrast.b) for contrast in headlines)
    known = [(stocks[a], stocks[b]) for a, b in compared if a in stocks and b in stocks]
    return tuple(
        _gap(a, b, best_of, journals) for a, b in known if (a.family, b.family) == ("recurrent", "convolutional")
    )


def _gap(a: CaseSummary, b: CaseSummary, best_of: Mapping[str, CaseSummary], journals: Journals) -> Gap:
    stock, stock_in_turns = _ratio(b, a, _fit_rate, journals)
    best, best_in_turns = _ratio(best_of[b.label], best_of[a.label], _fit_rate, journals)
    return Gap(a.label, b.label, stock, best, stock_in_turns, best_in_turns)


def _ratio(a: CaseSummary, b: CaseSummary, rate: Rate, journals: Journals) -> tuple[Interval | None, int | None]:
    """Return the ratio of rates a / b, and on how many seeds they took turns.

    Pairs are of one seed where some took turns, and else neighbours in time, as in `bench.analysis.contrast_sides`.
    """
    rates_a, rates_b = _rates(a, rate), _rates(b, rate)
    of_a, of_b = journals.get(a.case_id, ()), journals.get(b.case_id, ())
    factors = turns_factors(of_a, of_b)
    if factors:
        rates_a = {seed: value * factors.get(seed, 1.0) for seed, value in rates_a.items()}
    else:
        rates_a, rates_b = in_time_order(rates_a, of_a), in_time_order(rates_b, of_b)
    keys = sorted(rates_a.keys() & rates_b.keys())
    ratio = paired_ratio([rates_a[key] for key in keys], [rates_b[key] for key in keys])
    any_turns = any(journal.start.in_turns for journal in (*of_a, *of_b))
    return ratio, len(factors.keys() & set(keys)) if any_turns else None


def _rates(case: CaseSummary, rate: Rate) -> Mapping[int, float]:
    return {trial.seed: value for trial in case.trials if (value := rate(trial)) is not None}


def _untuned(tuned: Sequence[TunedCase], cases: Sequence[CaseSummary]) -> tuple[str, ...]:
    known = {case_id for one in tuned for case_id in (one.stock, one.tuned)}
    return tuple(case.label for case in cases if case.case_id not in known)
