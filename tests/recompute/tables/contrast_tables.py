"""Two cases against each other, measure by measure, on the seeds that they share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Case, Run, Trial, pair_by_seed
from tests.recompute.labels import name_cases, word_changes
from tests.recompute.markdown import Table
from tests.recompute.tables.contrast import Contrast, Side
from tests.recompute.tables.target_tables import targets_of
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values import turns
from tests.recompute.values.interval import geometric_mean, summarize_rates
from tests.recompute.wording import (
    accuracy,
    cell,
    count,
    epochs,
    percent,
    plural,
    rate,
    three_digits,
)


def contrast_table(run: Run, table: Table) -> Recomputed:
    """Return the comparison of the two cases in the heading."""
    cases = {label: case for case, label in name_cases(run.cases).items()}
    sides = {label: cases[label] for label in table.header[1:3]}
    share = frozenset({"P({} > {})".format(*sides), "in turns"})
    return Recomputed(contrasts(run, sides, targets_of(run)), contrast_columns(table), share)


def contrast_columns(table: Table) -> Columns:
    """Return the columns of a comparison whose heading names its two sides."""
    a, b = table.header[1:3]
    return {
        table.header[0]: lambda row: row.name,
        a: lambda row: row.side(row.a),
        b: lambda row: row.side(row.b),
        "effect": lambda row: row.effect_cell,
        "pairs": lambda row: count(len(row.pairs)),
        "in turns": lambda row: row.in_turns,
        "better on": lambda row: row.better_on,
        f"P({a} > {b})": lambda row: cell(row.share, lambda share: f"{share:.2f}"),
        "ahead": lambda row: row.ahead,
        "decided": lambda row: row.decided,
    }


def contrasts(run: Run, sides: Mapping[str, Case], targets: Sequence[float]) -> list[Contrast]:
    """Return every measure of two cases by their labels; accuracies by difference, the rest by ratio."""
    budgets = [case["epochs"] for case in sides.values()]
    at_end = f"after {plural(min(budgets), 'epoch')}, the shorter budget"
    if len(set(budgets)) == 1:
        at_end = "at the end of the budget"
    first, last = (_accuracies(run, sides, epoch) for epoch in (1, min(budgets)))
    return [
        Contrast("validation accuracy after one epoch", *first, False, True, accuracy),
        Contrast(f"validation accuracy {at_end}", *last, False, True, accuracy),
        *(_of_speed(run, sides, *one) for one in _SPEEDS),
        *(contrast for target in targets for contrast in _of_target(run, sides, target)),
    ]


def tuned_table(run: Run, _: Table) -> Recomputed:
    """Return each stock case beside its tuned one.

    Raises:
        KeyError: for a case that tuning left as it was, which no published run has yet.
    """
    labels, by_id = name_cases(run.cases), {_case_id(trial): trial.case for trial in run.trials}
    tuned = {by_id[one["stock"]]: by_id[one["tuned"]] for one in run.record["suite"]["tuned"]}

    def mean(speed: Callable[[Trial], float], case: Case) -> str:
        return cell(summarize_rates([speed(trial) for trial in run.of(case)]), rate)

    def gain(speed: Callable[[Trial], float], stock: Case) -> Contrast:
        return _of_speed(run, {"tuned": tuned[stock], "stock": stock}, "", speed, True, rate)

    columns: Columns = {
        "case": lambda stock: labels[stock],
        "tuned settings": lambda stock: ", ".join(word_changes(stock, tuned[stock])),
    }
    for name, speed in (("as fit costs", of_trial.fit_throughput), ("steady", of_trial.steady_throughput)):
        columns |= {
            f"stock, {name} (examples/s)": partial(mean, speed),
            f"tuned, {name} (examples/s)": lambda stock, speed=speed: mean(speed, tuned[stock]),
            f"tuned / stock, {name}": lambda stock, speed=speed: gain(speed, stock).effect_cell,
        }
    columns["tuned / stock, all of fit"] = lambda stock: gain(of_trial.whole_fit_throughput, stock).effect_cell
    return Recomputed(tuned, {**columns, "ratios": lambda stock: _measured(gain(of_trial.steady_throughput, stock))})


def _case_id(trial: Trial) -> str:
    return str(trial.start["trial_id"]).removesuffix(f"-s{trial.seed}")


def _measured(contrast: Contrast) -> str:
    return {"yes": "in turns", "no": "not in turns"}.get(contrast.in_turns, f"in turns on {contrast.in_turns} pairs")


def _seconds(value: float) -> str:
    return f"{three_digits(value)} s"


_SPEEDS = (
    ("training examples per second, as fit costs", of_trial.fit_throughput, True, rate),
    ("training examples per second, all of fit", of_trial.whole_fit_throughput, True, rate),
    ("training examples per second, steady", of_trial.steady_throughput, True, rate),
    ("training time per epoch, as fit costs", of_trial.fit_epoch_s, False, _seconds),
    ("training time per epoch, steady", of_trial.steady_epoch_s, False, _seconds),
)


def _accuracies(run: Run, sides: Mapping[str, Case], epoch: int) -> list[Side]:
    """Return both sides' accuracy after an epoch, by seed."""
    found = []
    for label, case in sides.items():
        values = {trial.seed: of_trial.accuracy_after(trial, epoch) for trial in run.of(case)}
        known = {seed: value for seed, value in values.items() if value is not None}
        found.append(Side(label, math.fsum(known.values()) / len(known), known))
    return found


def _of_speed(
    run: Run, sides: Mapping[str, Case], name: str, speed: Callable[[Trial], float], more_is_better: bool,
    form: Callable[[float], str],
) -> Contrast:  # fmt: skip
    """Return a speed of two cases: of each seed that took turns as these tell it, or else of neighbours in time."""
    trials = [run.of(case) for case in sides.values()]
    means = [geometric_mean([speed(trial) for trial in side]) for side in trials]
    pairs = pair_by_seed(*trials)
    factors = {seed: factor for seed, pair in pairs.items() if (factor := turns.correct(*pair))}
    if not factors:
        keys = [
            dict(enumerate(map(speed, sorted(side, key=lambda trial: trial.start["started_at"])))) for side in trials
        ]
    else:
        keys = [{trial.seed: speed(trial) for trial in side} for side in trials]
        for seed, factor in factors.items():
            keys[0][seed] *= factor if more_is_better else 1 / factor
    told = frozenset(factors) if turns.any_took_turns(run.trials) else None
    a, b = (Side(label, mean, known, in_turns=told) for label, mean, known in zip(sides, means, keys, strict=True))
    return Contrast(name, a, b, True, more_is_better, form, "seed" if factors else "pair")


def _of_target(run: Run, sides: Mapping[str, Case], target: float) -> list[Contrast]:
    known = {label: of_trial.to_target(run.of(case), target) for label, case in sides.items()}
    together = _together(run, sides, known)
    times = [_times(label, found, together) for label, found in known.items()]
    numbers = [_numbers(label, found) for label, found in known.items()]
    return [
        Contrast(f"training time to {percent(target)}", *times, True, False, _seconds),
        Contrast(f"epochs to {percent(target)}", *numbers, True, False, epochs),
    ]


def _together(run: Run, sides: Mapping[str, Case], known: Mapping[str, of_trial.Target]) -> frozenset[int] | None:
    """Return the seeds of which both sides took turns until they had come to a target."""
    if not turns.any_took_turns(run.trials):
        return None
    came = [{one.seed: one.epochs for one in known[label].hits} for label in sides]
    pairs = pair_by_seed(*(run.of(case) for case in sides.values()))
    both = [seed for seed in pairs if all(seed in side for side in came)]
    return frozenset(seed for seed in both if turns.were_together(*pairs[seed], *(side[seed] for side in came)))


def _times(label: str, found: of_trial.Target, together: frozenset[int] | None) -> Side:
    return Side(
        label,
        found.median_s,
        {one.seed: one.seconds for one in found.hits},
        {one.seed: math.nextafter(one.since, math.inf) for one in found.arrivals if not one.is_hit},
        {one.seed: math.nextafter(one.since, math.inf) for one in found.hits},
        frozenset(one.seed for one in found.hits if one.is_bound),
        found.beyond(lambda one: one.since),
        found.is_bound,
        together,
    )


def _numbers(label: str, found: of_trial.Target) -> Side:
    return Side(
        label,
        found.median_epochs,
        {one.seed: float(one.epochs) for one in found.hits},
        {one.seed: one.epochs + 1.0 for one in found.arrivals if not one.is_hit},
        beyond=found.beyond(lambda one: one.epochs),
    )
