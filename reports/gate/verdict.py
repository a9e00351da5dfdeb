"""A check's verdict: for the terminal, as Markdown for a job's summary or a pull request's comment, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench.analysis.statistics.sample_size import More
from bench.analysis.trial.measures import Measure
from bench.gate.check_folder import CheckRecord, RevisionRecord
from bench.gate.judgement.findings import (
    GateReason,
    GateResult,
    GateVerdict,
    MeasureVerdict,
    Shown,
)
from bench.reports.gate.notes import word_notes
from bench.reports.kit.cells import cell, word_more
from bench.reports.kit.escaping import escape_markdown, escape_terminal
from bench.reports.kit.json_document import make_document
from bench.reports.kit.measures import MEASURES
from bench.reports.kit.tables import Table, numbers, render_markdown_table, render_plain_table, words
from bench.units import (
    MISSING,
    counted,
    format_fraction,
    signed,
)

_WORSE: Mapping[Measure, str] = {
    "throughput": "slower",
    "typical_step_s": "slower in its typical step",
    "step_p05_s": "slower in its undisturbed steps",
    "first_step_s": "slower to start",
    "peak_rss_bytes": "larger",
    "peak_device_bytes": "larger",
    "final_val_accuracy": "less accurate",
}
_REASONS: Mapping[GateReason, str] = {
    GateReason.TOO_FEW: "needs at least {needs} {unit}s, has {has}",
    GateReason.TOO_FEW_TO_CONFIRM: "flagged; to confirm it needs at least {needs} fresh {unit}s, has {has}",
    GateReason.ONE_SLOT: "the coin gave the head the same slot in all {has} {unit}s: more of them tell the two apart",
    GateReason.NOT_CONFIRMED: "flagged, and fresh {unit}s neither confirmed nor refuted it",
    GateReason.NOT_SURE: "beyond the tolerance by its mean, and not surely so after {has} {unit}s",
    GateReason.NOT_SHOWN: "a drop beyond the tolerance is not ruled out",
    GateReason.HALF_THE_ERRORS: "less than half of the base's errors: has training seen the test data?",
    GateReason.NO_FIGURE: "trials with a value: {base} of the base, {head} of the head",
    GateReason.MACHINE_MOVED: "the machine has changed: its canary takes {percent} % of its former time",
}
_VERDICTS: Mapping[GateVerdict, str] = {
    "ok": "no regression was found",
    "implausible": "no regression was found, but an accuracy is implausibly better: look before you merge",
    "inconclusive": "no regression was confirmed, but the check is inconclusive",
    "regression": "regression",
}
_SHOWN: Mapping[Shown, str] = {
    "equivalent": "equal within the tolerance",
    "no worse": "no worse than tolerated",
}
_SHORT_HASH = 10


def render_check(record: CheckRecord, result: GateResult) -> str:
    """Return the verdict for a terminal; its last line is the verdict itself."""
    table = check_table(result)
    lines = [
        *(escape_terminal(line) for line in word_sides(record)),
        "",
        *([render_plain_table(table.columns, table.rows), ""] if table.rows else []),
        *(escape_terminal(note) for note in word_notes(result)),
        f"verdict: {escape_terminal(word_verdict(result))}",
    ]
    return "\n".join(lines)


def render_check_markdown(record: CheckRecord, result: GateResult) -> str:
    """Return the verdict as Markdown, with its own heading: a job's summary, or a comment."""
    table = check_table(result)
    lines = [
        f"## Benchmark check: {escape_markdown(word_verdict(result))}",
        "",
        *(f"- {escape_markdown(line)}" for line in word_sides(record)),
        "",
        *([render_markdown_table(table.columns, table.rows), ""] if table.rows else []),
        *(f"- {escape_markdown(note)}" for note in word_notes(result)),
        "",
    ]
    return "\n".join(lines)


def check_json(record: CheckRecord, result: GateResult) -> dict[str, Any]:
    """Return every figure as values that JSON has; a missing figure is None."""
    check = record.model_dump(mode="json", by_alias=True)
    told = {"outcome": outcome_word(result), "in_turns": result.in_turns, "check": check}
    return make_document({**told, **asdict(result)})


def outcome_word(result: GateResult) -> str:
    """Return the one word for the whole check: a problem comes before every finding."""
    return "failed" if result.problems else result.outcome


def word_verdict(result: GateResult) -> str:
    """Return the whole check's verdict in a sentence without its full stop."""
    if result.problems:
        return "no verdict: a trial did not end ok"
    bad = [finding for finding in result.findings if finding.outcome == "regression"]
    named = "; ".join(f"{finding.label} is {word_worse(finding)}" for finding in bad)
    return f"{_VERDICTS[result.outcome]}{': ' if named else ''}{named}"


def word_worse(finding: MeasureVerdict) -> str:
    """Return `10.3 % slower`, or `0.0421 less accurate`."""
    value = finding.worse.value if finding.worse else 0.0
    measure = finding.key.measure
    amount = format_fraction(value) if measure == "final_val_accuracy" else f"{100 * value:.1f} %"
    return f"{amount} {_WORSE[measure]}"


def word_measure(measure: Measure) -> str:
    """Return what a measure is called."""
    return MEASURES[measure][0]


def check_table(result: GateResult) -> Table:
    """Return one row a case and measure."""
    columns = (
        *words("case", "measure"),
        *numbers("base", "head", "head is worse by", f"{name_unit(result)}s"),
        *words("verdict", "because"),
    )
    return Table("Check", columns, tuple(_cells(one, result) for one in result.findings), is_mixed=True)


def word_sides(record: CheckRecord) -> list[str]:
    """Say what was compared with what."""
    base = f"the stored run {record.baseline}, of {_word_revision(record.base)}" if record.baseline else None
    alone = [f"back to back: {record.back_to_back}"] if record.back_to_back else []
    return [f"base: {base or _word_revision(record.base)}", f"head: {_word_revision(record.head)}", *alone]


def name_unit(result: GateResult) -> str:
    """Return what one value of a check is: a `pair`, or a `trial` where a stored run stands for the base."""
    return "pair" if result.is_paired else "trial"


def word_because(finding: MeasureVerdict, unit: str) -> str:
    """Say what keeps a finding from a clean verdict; `unit` is from `name_unit`."""
    if finding.reason is None:
        return _word_confirmed(finding, unit) if finding.outcome == "regression" else _word_shown(finding)
    text = _REASONS[finding.reason].format(**finding.data, unit=unit)
    more, low, high = (finding.data.get(name) for name in ("more", "more_low", "more_high"))
    if more is None:
        return text
    plan = counted(more, f"more {unit}")
    if low is not None and high is not None:
        plan = word_more(More(more, low, high), f"more {unit}")
    return f"{text}; {plan} would decide"


def _word_confirmed(finding: MeasureVerdict, unit: str) -> str:
    return f"sure after {counted(finding.num_head, unit)}" if finding.in_turns else "confirmed with fresh processes"


def _word_shown(finding: MeasureVerdict) -> str:
    """Say whether an `ok` is more than that nothing was flagged."""
    if finding.shown is not None:
        return _SHOWN[finding.shown]
    high = finding.worse.high if finding.worse else None
    if high is None:
        return "not flagged"
    is_accuracy = finding.key.measure == "final_val_accuracy"
    return f"not flagged; {signed(high) if is_accuracy else _share(high)} is not ruled out"


def _word_revision(revision: RevisionRecord) -> str:
    at = f" at {revision.commit[:_SHORT_HASH]}" if revision.commit else ""
    return f"{revision.name}{at}{', with changes that are not committed' if revision.is_dirty else ''}"


def _cells(finding: MeasureVerdict, result: GateResult) -> tuple[str, ...]:
    name, text_of = MEASURES[finding.key.measure]
    return (
        finding.label,
        name,
        text_of(finding.base),
        text_of(finding.head),
        worse_cell(finding),
        str(finding.num_head) if result.is_paired else f"{finding.num_base} / {finding.num_head}",
        finding.outcome,
        word_because(finding, name_unit(result)),
    )


def worse_cell(finding: MeasureVerdict) -> str:
    """Return by how much the head is worse, with the interval."""
    if finding.key.measure == "final_val_accuracy":
        return cell(finding.worse, signed)
    return cell(finding.worse, _share)


def _share(share: float | None) -> str:
    return MISSING if share is None else f"{signed(100 * share, '+.1f')} %"
