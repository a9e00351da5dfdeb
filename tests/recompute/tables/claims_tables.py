"""The tables of a claims page: a verdict for each claim, and the settings that come nearest to one."""

from __future__ import annotations

import math
import statistics
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Case, Json, Run, Trial, pair_by_seed
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.tables.claim_judgement import MIN_SEEDS, Judgement, hold_together, judge
from tests.recompute.tables.sets_judgement import OnSet, judge_each, judge_sets
from tests.recompute.tables.target_tables import or_over
from tests.recompute.values.interval import Interval
from tests.recompute.values.trial_values import Target, best_accuracy, to_target
from tests.recompute.wording import (
    NONE,
    accuracy,
    cell,
    count,
    epochs,
    plural,
    points,
    ratio,
    whole_percent,
    word_more,
    yes_no,
)

_NEARLY = 0.02
_OF_SETS = "ahead_on_sets"
_OPEN_VERDICTS = {"inconclusive", "not tested"}
_PLACES = {"ahead": {"supported"}, "behind": {"refuted"}, "not decided": _OPEN_VERDICTS}
_FIVE = 5  # values, of which the smallest to the largest leave the mean out once in 16 times


def read_claims(path: Path) -> Json:
    """Return a claims' file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def recompute(claims: Json, runs: Sequence[Run], table: Table) -> Recomputed:
    """Return what one table of a claims page should hold; `runs` are those whose journals judge.

    Raises:
        KeyError: for a table that no definition is known of.
    """
    kinds = {"claim": verdict_table, "setting": _neighbours, "data set": matrix_table}
    return kinds[table.header[0]](claims, runs, table)


def verdict_table(claims: Json, runs: Sequence[Run], table: Table) -> Recomputed:
    """Return a row a claim; the README names it by its statement and leaves out what a refusal advises."""
    judged = [_judge(claim, claims, runs) for claim in claims["claims"]]
    rows = list(zip(claims["claims"], judged, hold_together(judged), strict=True))
    columns: Columns = {
        "claim": lambda row: row[0]["id"],
        "the claim": lambda row: row[0]["statement"],
        "verdict": lambda row: row[1].verdict,
        "seeds": lambda row: count(len(row[1].seeds)) if row[1].seeds else NONE,
        "holds under Holm": lambda row: NONE if row[2] is None else yes_no(row[2]),
        "what the journals say": lambda row: _say(row[0], row[1], with_advice=table.header[0] == "claim"),
    }
    return Recomputed(rows, columns)


def _judge(claim: Json, claims: Json, runs: Sequence[Run]) -> Judgement:
    return (judge_sets if claim["predicate"] == _OF_SETS else judge)(claim, claims, runs)


def matrix_table(claims: Json, runs: Sequence[Run], table: Table) -> Recomputed:
    """Return a row a data set: each network's accuracy after the shortest budget, and who is ahead."""
    plain = [one for one in claims["claims"] if one["predicate"] == _OF_SETS and one.get("by") != "seconds"]
    plain = [one for one in plain if one.get("parameters") != "equal"]
    claim, sets = max(((one, judge_each(one, claims, runs)) for one in plain), key=lambda pair: len(pair[1]))
    names = {"supported": claim["case"], "refuted": claim["than"]}

    def of_network(name: str) -> Callable[[OnSet], str]:
        return lambda one: cell(one.accuracies.get(name), accuracy)

    networks = {name: of_network(name) for name in table.header[1:-1]}
    missing = {name for one in sets for name in one.accuracies} ^ networks.keys()
    if missing:
        raise ValueError(
            f"line {table.line}: expected a column for each network, received {sorted(missing)} too few or many"
        )
    ahead: Columns = {"ahead": lambda one: names.get(one.verdict, "not decided")}
    return Recomputed(sets, {table.header[0]: lambda one: one.dataset, **networks, **ahead})


def _say_sets(claim: Json, judged: Judgement) -> str:
    """Say on which sets who is ahead, of one set by how much, and what keeps it open."""
    case, than, total = claim["case"], claim["than"], len(judged.sets)
    if total == 1:
        text = _word_set(judged.sets[0], case, than)
    else:
        parts = []
        for words, verdicts in _PLACES.items():
            names = [one.dataset for one in judged.sets if one.verdict in verdicts]
            if names or verdicts != _OPEN_VERDICTS:
                listed = f" ({', '.join(names)})" if names else ""
                parts.append(f"{words} on {len(names)} of {plural(total, 'set')}{listed}")
        text = f"{case} {'; '.join(parts)}"
    if judged.is_decided:
        return text
    return f"{text}; {_word_few(min(len(one.leads) for one in judged.sets if one.leads))}"


def _word_set(one: OnSet, case: str, than: str) -> str:
    lead = one.lead
    assert lead is not None
    where = "behind" if lead.value < 0 else "ahead of"
    size = lead.mapped(lambda value: -value) if lead.value < 0 else lead
    when = "within equal seconds" if one.epochs is None else f"after epoch {count(one.epochs)}"
    return (
        f"{one.dataset}: {when} the best of {case} is {where} the best of {than} by {cell(size, _size)}, "
        f"{_word_kind(lead)}"
    )


def _word_kind(interval: Interval) -> str:
    if interval.kind == "none":
        return "one value, so no range" if interval.n == 1 else "equal values, so no interval"
    level = "93.75 %" if interval.kind == "sign-flip" and interval.n == _FIVE else "95 %"
    return f"{level} interval ({interval.kind}) over {plural(interval.n, 'seed')}"


def _say(claim: Json, judged: Judgement, *, with_advice: bool) -> str:
    if judged.why_not:
        return judged.why_not if with_advice else judged.why_not.partition("; `")[0]
    if judged.sets:
        return _say_sets(claim, judged)
    if judged.are_all_between_validations:
        return _why_open(judged)
    effect = _word_effect(claim, judged)
    return effect if judged.is_decided else f"{effect}; {_why_open(judged)}"


def _why_open(judged: Judgement) -> str:
    num_seeds = len(judged.seeds)
    if judged.num_between:
        return (
            f"for {judged.num_between} of {plural(num_seeds, 'seed')} either side may have been first: between two "
            "validations; use --validate-every, or claim a harder target"
        )
    more = f"; {word_more(judged.more)} would decide" if judged.more else ""
    return f"{_word_few(num_seeds)}{more}"


def _word_few(num_seeds: int) -> str:
    if num_seeds < MIN_SEEDS:
        return f"{num_seeds} of the {MIN_SEEDS} seeds that it needs"
    return f"inconclusive with {plural(num_seeds, 'seed')}"


def _word_effect(claim: Json, judged: Judgement) -> str:
    interval, epoch = judged.worst
    if judged.kind == "share":
        of_all = f"{whole_percent(interval.low or 0.0)} … {whole_percent(interval.high or 0.0)} of all"
        hits = round(interval.value * interval.n)
        if judged.next_seed:
            predicted, by = judged.next_seed
            low, high = accuracy(predicted.low or 0.0), accuracy(predicted.high or 0.0)
            held = f"holds for {hits} of {plural(interval.n, 'seed')}"
            best = f"the next seed's best accuracy at any validation by epoch {by}"
            return f"{held}; {best}: {low} … {high} (95 % prediction)"
        return f"holds for {hits} of {plural(interval.n, 'seed')} ({of_all}, 95 % interval)"
    over = _word_kind(interval)
    if judged.kind == "published":
        by = f"differs from the published {accuracy(claim['published'])} by {cell(interval, points)}"
        near = f"within {100 * claim.get('within', 0.01):g} pp counts as reproduced"
        return f"after epoch {epoch} {claim['case']} {by}, {over}; {near}"
    if judged.kind == "difference":
        where = "behind" if interval.value < 0 else "ahead of"
        size = interval.mapped(lambda value: -value) if interval.value < 0 else interval
        return f"after epoch {epoch} {claim['case']} is {where} {claim['than']} by {cell(size, _size)}, {over}"
    return f"{_word_ratio(claim, interval)}, {over}{_word_turns(judged.num_in_turns, interval.n)}"


def _size(lead: float) -> str:
    return points(lead).removeprefix("+")


def _word_ratio(claim: Json, interval: Interval) -> str:
    case, than = claim["case"], claim["than"]
    if claim["predicate"] == "slower":
        return f"an epoch of {case} takes {cell(interval, ratio)} as long as one of {than}"
    if claim["predicate"] == "faster":
        return f"{case} trains {cell(interval, ratio)} as many examples per second as {than}"
    if interval.value < 1:
        case, than, interval = than, case, interval.mapped(lambda value: 1 / value)
    return f"{case} gets there {cell(interval, ratio)} faster than {than}"


def _word_turns(number: int | None, of: int) -> str:
    if number is None or not of:
        return ""
    if 0 < number < of:
        return f", in turns on {number} of {of} pairs"
    return ", in turns" if number else ", not in turns"


def _neighbours(claims: Json, runs: Sequence[Run], _: Table) -> Recomputed:
    """Return the other settings of the network that a claim says needs many epochs, the nearest to it first."""
    claim = next(one for one in claims["claims"] if one["predicate"] == "needs_at_least")
    own = judge(claim, claims, runs).sides[0].case
    others = {case: run.of(case) for run in runs for case in run.cases if case["model"] == own["model"] and case != own}
    labels = name_cases([own, *others])
    every = {own: next(run.of(own) for run in runs if own in run.cases), **others}
    groups = [group for group in _group_equal(every) if own not in group]
    known = [_Neighbour(first, others[first], claim, tuple(labels[one] for one in rest)) for first, *rest in groups]
    columns: Columns = {
        "setting": lambda one: (
            f"{labels[one.case]} (and, bit for bit, {', '.join(one.same)})" if one.same else labels[one.case]
        ),
        "reached": lambda one: f"{len(one.target.hits)}/{len(one.target.arrivals)}",
        "epoch budget": lambda one: count(one.case["epochs"]),
        "median epochs": lambda one: or_over(one.target.median_epochs, epochs),
        "median best accuracy": lambda one: accuracy(one.best),
        "as late as claimed": lambda one: yes_no(one.is_as_late),
    }
    return Recomputed(sorted(known, key=lambda one: (one.distance, labels[one.case])), columns)


def _group_equal(trials: dict[Case, Sequence[Trial]]) -> list[list[Case]]:
    """Return the cases in groups of one computation: settings differ, and all losses are the same to the last bit."""
    groups: list[list[Case]] = []
    for case, own in trials.items():
        group = next((group for group in groups if _are_bit_equal(trials[group[0]], own)), None)
        if group is None:
            groups.append([case])
        else:
            group.append(case)
    return groups


def _are_bit_equal(a: Sequence[Trial], b: Sequence[Trial]) -> bool:
    pairs = [pair for x, y in pair_by_seed(a, b).values() for pair in zip(x.epochs, y.epochs, strict=False)]
    return bool(pairs) and all(x[name] == y[name] for x, y in pairs for name in ("loss", "accuracy", "val_loss"))


class _Neighbour:
    """Another setting: when it passes the target, or is taken to, one epoch after a budget that it nearly passed in."""

    def __init__(self, case: Case, trials: Sequence[Trial], claim: Json, same: tuple[str, ...]) -> None:
        self.case, self.same = case, same
        self.target: Target = to_target(trials, claim["target"])
        self.best = statistics.median(map(best_accuracy, trials))
        is_near = self.best >= claim["target"] - _NEARLY
        passes = self.target.median_epochs or (case["epochs"] + 1 if is_near else None)
        self.is_as_late = passes is not None and passes >= claim["at_least_epochs"]
        self.distance = math.inf if passes is None else abs(math.log(passes / claim["at_least_epochs"]))
