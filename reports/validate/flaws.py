"""What is wrong with strangers' runs: sentences for a person, and a document for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.reports.kit.escaping import escape_terminal
from bench.reports.kit.json_document import make_document
from bench.units import counted, format_count, format_fraction, format_seconds
from bench.validate.flaws import CheckedRun, Flaw, FlawCode, Unchecked

MAX_SHOWN = 20  # of one run; JSON has all
_SENTENCES: Mapping[FlawCode, str] = {
    FlawCode.UNREADABLE: "{why}",
    FlawCode.TWICE: "a run of this id lies in {other}, too; hand in one of them",
    FlawCode.FOLDER_NAME: "expected in a folder of the run's id {expected}, received {received}",
    FlawCode.RUN_ID: "the {part} in the run's id is {received}, and its record says {expected}",
    FlawCode.FINGERPRINT: "expected fingerprint {expected}, as the environment makes it, received {received}",
    FlawCode.OTHER_MACHINE: "expected the run's fingerprint {expected}, received {received}; `bench merge` makes one "
    "run of several machines'",
    FlawCode.CEILINGS: "ceilings of {received}, a machine that no trial is from",
    FlawCode.STRAY: "no trial of the run's record has this journal",
    FlawCode.TORN: "{why}",
    FlawCode.OTHER_CASE: "trained with other settings than the run's record has: {names}",
    FlawCode.OTHER_TRIAL: "not the trial that the run's record has: another {names}",
    FlawCode.IN_TURNS: "took turns as {received}, expected {expected}",
    FlawCode.NO_SHARE: "epoch {epoch}: expected {name} between 0 and 1, received {received}",
    FlawCode.QUANTILES: "epoch {epoch}: expected quantiles of a step's seconds that grow, and within the epoch's",
    FlawCode.PARTS_EXCEED: "the parts of the trial take {parts_s}, more than its {total_s} of wall time",
    FlawCode.UNACCOUNTED: "{unaccounted_s} of the trial's {total_s} are in no part of it, more than the {limit_s} that "
    "a framework may take to end",
    FlawCode.COPIED: "its epochs took the same seconds as those of {other} to the last bit, which no clock says twice",
    FlawCode.OTHER_DATA: "data set {name}: expected sha256 {expected}, received {received}",
    FlawCode.DATA_FIELD: "data set {name}: expected {field} {expected}, received {received}",
}
_NOT_WHOLE: Mapping[str, str] = {
    "epochs": "expected {expected} epochs, as the budget has, received {received}",
    "built": "epochs were trained, and no line says of which network",
    "end": "the end line counts {received} epochs, there are {expected}",
    "examples": "expected epochs of {expected} training examples, as the data set has, received one of {received}",
}


def render_checked(runs: Sequence[CheckedRun]) -> str:
    """Return a sentence for each flaw and one for each run without any, and what they come to, for a terminal."""
    lines = [escape_terminal(line) for run in runs for line in _word_run(run)]
    num_valid = sum(run.is_valid for run in runs)
    return "\n".join([*lines, f"{counted(len(runs), 'run')} checked: {format_count(num_valid)} valid"])


def checked_json(runs: Sequence[CheckedRun]) -> dict[str, Any]:
    """Return everything that was found as values that JSON has, each flaw with its sentence."""
    values = [
        {
            **asdict(run),
            "is_valid": run.is_valid,
            "flaws": [{**asdict(flaw), "sentence": word_flaw(flaw)} for flaw in run.flaws],
        }
        for run in runs
    ]
    return make_document({"is_valid": all(run.is_valid for run in runs), "runs": values})


def word_flaw(flaw: Flaw) -> str:
    """Return what is wrong in a sentence without its full stop, beginning with the file that it is in."""
    sentence = _SENTENCES[flaw.code] if flaw.code in _SENTENCES else _NOT_WHOLE[str(flaw.data["what"])]
    words = sentence.format(**{name: _word_value(name, value) for name, value in flaw.data.items()})
    return f"{flaw.where}: {words}" if flaw.where else words


def _word_run(run: CheckedRun) -> list[str]:
    """Return a run's flaws, the first of many, or that it is valid and what of it nobody could check here."""
    place = run.source if run.run_id is None or run.run_id in run.source else f"{run.source}: {run.run_id}"
    if run.is_valid:
        trials = counted(run.num_trials, "trial")
        of_planned = "" if run.num_trials == run.num_planned else f" of {format_count(run.num_planned)}"
        return [f"{place}: valid, {trials}{of_planned}{_word_unchecked(run.unchecked)}"]
    hidden = len(run.flaws) - MAX_SHOWN
    lines = [f"{place}: {word_flaw(flaw)}" for flaw in run.flaws[:MAX_SHOWN]]
    return [*lines, *([f"{place}: {format_count(hidden)} more, which --json has"] if hidden > 0 else [])]


def _word_unchecked(unchecked: Sequence[Unchecked]) -> str:
    hidden = len(unchecked) - MAX_SHOWN
    parts = [f"; data set {one.dataset} could not be checked: {one.why}" for one in unchecked[:MAX_SHOWN]]
    return "".join(parts) + (f"; and {format_count(hidden)} more" if hidden > 0 else "")


def _word_value(name: str, value: str | float) -> str:
    if isinstance(value, str):
        return value
    if name.endswith("_s"):
        return format_seconds(value)
    return format_count(value) if isinstance(value, int) else format_fraction(value)
