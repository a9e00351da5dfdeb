"""Renders the proof of the gate from the journals of its checks: which verdicts came, and what the gate could see."""

from __future__ import annotations

import functools
import math
import re
import shlex
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from bench.analysis import frames
from bench.analysis.statistics.interval import wilson_interval
from bench.errors import EXIT_OK, EXIT_REGRESSION
from bench.gate.check_folder import LoadedCheck, load_check
from bench.gate.judgement.calibration import calibrate
from bench.gate.judgement.findings import GateResult, MeasureVerdict, Tolerances
from bench.gate.judgement.judge_check import judge_check, stage_sides
from bench.gate.judgement.measure_values import StageJournals, collect_values
from bench.gate.judgement.turn_values import collect_turn_values
from bench.gate.request import DEFAULT_CONFIRM_PAIRS, DEFAULT_PAIRS
from bench.host.environment import Environment
from bench.reports.gate.calibration import render_calibration
from bench.reports.gate.verdict import check_table, word_verdict
from bench.reports.kit.escaping import escape_markdown, fence_markdown
from bench.reports.kit.machine import describe_machine
from bench.reports.kit.tables import Table, numbers, render_markdown, words
from bench.store.records import Journal
from bench.units import MISSING, counted, format_seconds

ARCHIVE, TRIALS = "proof.tar.xz", "trials.csv"
_SEEDS_A_CHECK = 10_000
_FEWEST_PAIRS = 2
_TOO_FEW = "Too few pairs of unchanged code to tell."
TRIAL_COLUMNS = (
    "scenario", "stage", "side", "order", "slot", "started_at", frames.MODEL, frames.SEED, frames.STATUS, frames.EPOCH,
    frames.EXAMPLES, frames.TRAIN_S, frames.FIRST_STEP_S, frames.FIRST_STEP_EXAMPLES, frames.ITERATOR_S,
    frames.STEP_P05_S, frames.STEP_P50_S, frames.VAL_ACCURACY, frames.PEAK_RSS_BYTES, frames.CANARY_GEMM_S,
)  # fmt: skip

METHOD = """\
Each check trained two revisions of one repository in pairs of fresh processes, with the networks `lstm` and `cnn` as a
user's own, the settings of suite `ci` and the default budget, in turns where nothing else is said."""
_LOADED = "-beside-load"
_KINDS = {
    "unchanged": "*unchanged* compares a revision with itself, so it must pass",
    "slower-3": "*slower-3* has real work in both networks' forward passes, as much as made an epoch 3 % longer in a "
    "pilot, and must fail",
    "slower-5": "*slower-5* has as much as 5 % longer, and must fail",
    "dropout": "*dropout* drops nine of ten values before the output, and must fail",
    "frozen": "*frozen* lets only the output learn, and must fail",
    "back-to-back": "*back-to-back* is unchanged code, one side after the other (`--alone`)",
    _LOADED: "*beside-load* ran with one busy process on each core",
}


@dataclass(frozen=True)
class Proved:
    """One scenario: what was expected of the check's exit status, what came, and the check as it reads back."""

    name: str
    expected: int
    exit: int
    seconds: float
    check: LoadedCheck

    @property
    def kind(self) -> str:
        """The scenario's name without its round's number."""
        return re.sub(r"-round\d+$", "", self.name)

    @property
    def environment(self) -> Environment:
        """Where it ran."""
        return self.check.journals["screen", "head"][0].start.environment

    @property
    def machine(self) -> str:
        """The processor that it ran on; two machines of one are told apart by their fingerprints."""
        return self.environment.cpu_model or self.environment.machine

    @property
    def group(self) -> tuple[str, str]:
        """What it shares a row with: the checks of its kind on its machine."""
        return self.kind, self.environment.fingerprint

    @functools.cached_property
    def result(self) -> GateResult:
        """The check's verdict, from its journals."""
        return judge_check(self.check, Tolerances())


def read_proof(folder: Path, results: Iterable[dict[str, object]]) -> list[Proved]:
    """Return each scenario with its check, which stands in `checks/` of the proof's folder.

    Raises:
        StoreError: where a check's record is missing or damaged.
    """
    return [
        Proved(
            name=str(one["scenario"]),
            expected=int(str(one["expected"])),
            exit=int(str(one["exit"])),
            seconds=float(str(one["seconds"])),
            check=load_check(folder / "checks" / str(one["check_id"])),
        )
        for one in results
    ]


def render_proof(proved: Sequence[Proved], command: Sequence[str], note: str = "") -> str:
    """Return the whole proof as Markdown; `note` is what a reader must know of how it was measured."""
    days = sorted({f"{one.check.record.created_at:%Y-%m-%d}" for one in proved})
    return (
        "\n\n".join(
            [
                "# What the gate catches, and what it lets pass",
                f"Measured on {' and '.join(days)}. {METHOD} {_word_kinds(proved)}.",
                _summarize(proved),
                *([escape_markdown(note)] if note else []),
                f"## In short\n\n{render_markdown(kinds_table(proved))}",
                f"## Every check\n\n{render_markdown(verdict_table(proved))}",
                f"## What was found\n\n{_render_findings(proved)}",
                f"## What it can see here\n\n{_render_sight(proved)}",
                f"What each trial measured, when and in which order: `{TRIALS}`; every journal: `{ARCHIVE}`.",
                *_render_machines(proved),
                f"## Make it again\n\n{fence_markdown(shlex.join(command), 'sh')}",
            ]
        )
        + "\n"
    )


def _word_kinds(proved: Sequence[Proved]) -> str:
    """Say what each kind of check is; one beside load is of two kinds."""
    kinds = {one.kind.removesuffix(_LOADED) for one in proved}
    kinds |= {_LOADED for one in proved if one.kind.endswith(_LOADED)}
    return "; ".join(words for kind, words in _KINDS.items() if kind in kinds)


def _render_machines(proved: Sequence[Proved]) -> list[str]:
    """Return a section a machine: a proof may go on where another day finds it."""
    machines: dict[Table, list[str]] = {}
    for one in proved:
        machines.setdefault(_machine_table(one), []).append(one.name)
    titles = [_title_machine(names, len(machines)) for names in machines.values()]
    return [f"## {title}\n\n{render_markdown(table)}" for title, table in zip(titles, machines, strict=True)]


def _title_machine(names: Sequence[str], num_machines: int) -> str:
    if num_machines == 1:
        return "The machine"
    return f"The machine of {' to '.join(dict.fromkeys((names[0], names[-1])))}"


def _machine_table(one: Proved) -> Table:
    # A check's commit is the repository's that was checked, here a made-up one.
    rows = tuple(row for row in describe_machine(one.environment) if row[0] != "commit")
    return Table("The machine", words("what", "this machine"), rows)


def trials_table(proved: Sequence[Proved]) -> pd.DataFrame:
    """Return what each trial measured, a row an epoch, which suite `ci` has one of.

    `order` is a trial's place among all of its check's, in the order in which they started (`started_at`, UTC); `slot`
    is its place among those that took turns, empty where it had the machine to itself.
    """
    return pd.concat([_check_rows(one) for one in proved], ignore_index=True)[list(TRIAL_COLUMNS)]


def _trials(one: Proved) -> list[tuple[Journal, str, str]]:
    return [(journal, stage, side) for (stage, side), journals in one.check.journals.items() for journal in journals]


def _check_rows(one: Proved) -> pd.DataFrame:
    trials = _trials(one)
    trials.sort(key=lambda trial: (trial[0].start.started_at, _slot(trial[0]) or 0))
    found = [
        frames.epochs_frame([journal]).assign(
            scenario=one.name,
            stage=stage,
            side=side,
            order=order,
            slot=_slot(journal),
            started_at=journal.start.started_at.isoformat(),
        )
        for order, (journal, stage, side) in enumerate(trials, start=1)
    ]
    return pd.concat(found, ignore_index=True).astype({"slot": "Int64"})


def _slot(journal: Journal) -> int | None:
    return journal.start.in_turns.slot if journal.start.in_turns else None


def verdict_table(proved: Sequence[Proved]) -> Table:
    """Return a row a scenario."""
    columns = (*words("scenario"), *numbers("pairs of each case", "fresh pairs of a flagged one"),
               *words("must", "did", "verdict"), *numbers("time"))  # fmt: skip
    return Table("Every check", columns, tuple(_row(one) for one in proved), is_mixed=True)


def _row(one: Proved) -> tuple[str, ...]:
    record = one.check.record
    seeds = {journal.start.seed for journal in one.check.journals["confirm", "head"]}
    fresh = str(len(seeds)) if seeds else "none"
    did = _word_exit(one.exit)
    verdict = word_verdict(one.result)
    return one.name, str(record.num_pairs), fresh, _word_exit(one.expected), did, verdict, format_seconds(one.seconds)


def _word_exit(status: int) -> str:
    return {EXIT_OK: "pass", EXIT_REGRESSION: "fail"}.get(status, f"exit {status}")


def _summarize(proved: Sequence[Proved]) -> str:
    """Return what came of the checks in turns, and apart from them what came of those back to back."""
    in_turns = [one for one in proved if one.check.record.back_to_back is None]
    alone = [one for one in proved if one.check.record.back_to_back is not None]
    back_to_back = f" Back to back {_count_failures(alone)}." if alone else ""
    return f"**{_count_failures(in_turns)}.{back_to_back}**"


def _count_failures(proved: Sequence[Proved]) -> str:
    unchanged = [one for one in proved if not one.expected]
    changed = [one for one in proved if one.expected]
    alarms = sum(bool(one.exit) for one in unchanged)
    caught = sum(one.exit == one.expected for one in changed)
    num_open = sum(one.exit == EXIT_OK and one.result.outcome == "inconclusive" for one in unchanged)
    told = (
        f"{alarms} of {counted(len(unchanged), 'check')} of unchanged code failed{_word_share(alarms, unchanged)}"
        f"{f', {num_open} stayed inconclusive' if num_open else ''}"
    )
    return f"{told}; {caught} of {counted(len(changed), 'check')} of worse code did" if changed else told


def _word_share(alarms: int, unchanged: Sequence[Proved]) -> str:
    share = wilson_interval(alarms, len(unchanged))
    return f" (95 % interval {share.low:.0%} to {share.high:.0%})" if share else ""


def _render_findings(proved: Sequence[Proved]) -> str:
    """Return every regression that a check found."""
    tables = {one.name: check_table(_regressions(one.result)) for one in proved}
    rows = tuple((name, *row) for name, table in tables.items() for row in table.rows)
    if not rows:
        return "Nothing was found."
    columns = (*words("check"), *next(iter(tables.values())).columns)
    return render_markdown(Table("What was found", columns, rows, is_mixed=True))


def _regressions(result: GateResult) -> GateResult:
    return replace(result, findings=tuple(found for found in result.findings if found.outcome == "regression"))


def kinds_table(proved: Sequence[Proved]) -> Table:
    """Return a row a kind of check and machine: how many failed, what one took, how two processes of a pair differ."""
    groups = list(dict.fromkeys(one.group for one in proved))
    labels = list(dict.fromkeys(finding.label for one in proved for finding in one.result.findings))
    columns = (*words("checks", "machine", "must"), *numbers("failed", "networks caught", "time, median", "longest"),
               *numbers(*(f"{what} {label}" for what in ("slower:", "spread of") for label in labels)))  # fmt: skip
    rows = tuple(_kind_row([one for one in proved if one.group == group], labels) for group in groups)
    note = (
        "Slower: what an example costs the head beyond what it costs the base, in the pairs that decided, the checks' "
        "median. "
        "Spread: the standard deviation of the ratio of a pair's two throughputs in stage 1, the checks' median. "
        "Networks caught: how many of a network in a check had a regression."
    )
    return Table("In short", columns, rows, note, is_mixed=True)


def _kind_row(checks: Sequence[Proved], labels: Sequence[str]) -> tuple[str, ...]:
    failed = sum(one.exit == EXIT_REGRESSION for one in checks)
    caught = {(number, found.label) for number, one in enumerate(checks)
              for found in one.result.findings if found.outcome == "regression"}  # fmt: skip
    seconds = [one.seconds for one in checks]
    slower = [_word_median([found.worse.value for one in checks if (found := _find_throughput(one, label))
                            and found.worse], "+.1%") for label in labels]  # fmt: skip
    spreads = [
        _word_median([spread for one in checks if (spread := pair_spread(one, label))], ".1%") for label in labels
    ]
    num_networks = len(checks) * len(labels)
    first = checks[0]
    return (first.kind, first.machine, _word_exit(first.expected), f"{failed} of {len(checks)}",
            f"{len(caught)} of {num_networks}", format_seconds(statistics.median(seconds)),
            format_seconds(max(seconds)), *slower, *spreads)  # fmt: skip


def _word_median(values: Sequence[float], form: str) -> str:
    return format(statistics.median(values), form) if values else MISSING


def _find_throughput(one: Proved, label: str) -> MeasureVerdict | None:
    return next((f for f in one.result.findings if f.label == label and f.key.measure == "throughput"), None)


def pair_spread(one: Proved, label: str) -> float | None:
    """Return by how much the ratio of the throughputs of stage 1's pairs scatters, a share; None below three pairs."""
    found = _find_throughput(one, label)
    if found is None:
        return None
    screen = stage_sides(one.check)[0]
    in_turns = collect_turn_values([screen])
    if found.key in in_turns:
        deviation = in_turns[found.key].pairs.residual_deviation()
    else:
        worsening = collect_values(screen, is_paired=True)[found.key].worsening()
        deviation = float(np.std(worsening, ddof=1)) if len(worsening) > _FEWEST_PAIRS else None
    return None if deviation is None else math.expm1(deviation)


def _render_sight(proved: Sequence[Proved]) -> str:
    """Return what checks see that are drawn from a machine's quiet pairs of unchanged code."""
    how = "Drawn from stage 1 of the checks `unchanged` above, as `bench check --calibrate` draws from its own pairs."
    unchanged = [one for one in proved if one.kind == "unchanged"]
    machines = {one.group: one.machine for one in unchanged}
    seen = [f"{machine}:\n\n{_see([one for one in unchanged if one.group == group])}"
            for group, machine in machines.items()]  # fmt: skip
    return "\n\n".join([how, *seen]) if seen else _TOO_FEW


def _see(unchanged: Sequence[Proved]) -> str:
    pairs = _pool([stage_sides(one.check)[0] for one in unchanged])
    calibration = calibrate(pairs, Tolerances(), DEFAULT_PAIRS, DEFAULT_CONFIRM_PAIRS)
    if calibration is None:
        return _TOO_FEW
    return fence_markdown(render_calibration(calibration), "text")


def _pool(screens: Sequence[StageJournals]) -> StageJournals:
    """Return several checks' pairs as one's; seeds, which say what is a pair, are made different."""
    return StageJournals(
        tuple(_reseed(journal, number) for number, sides in enumerate(screens) for journal in sides.base),
        tuple(_reseed(journal, number) for number, sides in enumerate(screens) for journal in sides.head),
    )


def _reseed(journal: Journal, number: int) -> Journal:
    start = journal.start.model_copy(update={"seed": journal.start.seed + number * _SEEDS_A_CHECK})
    return journal.model_copy(update={"start": start})
