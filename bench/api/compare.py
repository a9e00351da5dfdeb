"""Compares two runs case by case, or one measure over many runs: read, compare, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.run_journals import RunJournals
from bench.analysis.trial.measures import Measure
from bench.api.named_runs import Tell, default_folder, load_one_run, open_runs, say_nothing
from bench.compare.history import build_history
from bench.compare.history_types import History
from bench.compare.two_runs import compare_runs, find_machine_difference
from bench.compare.two_runs_types import RunChange
from bench.errors import ConfigError, NothingSelectedError
from bench.reports.compare.history import write_history
from bench.reports.compare.two_runs import word_refusal

_MAX_SHOWN = 8


@dataclass(frozen=True)
class ComparedRuns:
    """Two runs compared; `set_aside` names each journal that is damaged."""

    change: RunChange
    set_aside: tuple[str, ...]


@dataclass(frozen=True)
class DrawnHistory:
    """One measure over many runs, with its page; `set_aside` names each journal that is damaged."""

    history: History
    page: Path
    set_aside: tuple[str, ...]


def compare(
    name_a: str,
    name_b: str,
    output: Path,
    *,
    max_change: float = 0.05,
    max_accuracy_change: float = 0.005,
    force: bool = False,
    tell: Tell = say_nothing,
) -> ComparedRuns:
    """Compare run B with run A, case by case.

    Args:
        name_a: a folder, an id, `latest`, or an archive of one run.
        name_b: likewise.
        output: the folder that holds the runs.
        max_change: share below which no change matters.
        max_accuracy_change: the same of accuracy, absolute.
        force: compare runs of different fingerprints, labelled.
        tell: called with a sentence for what is passed over.

    Raises:
        ConfigError: for the same run twice, or two fingerprints without `force`.
        NothingSelectedError: no case is in both.
        StoreError: where a run is missing or damaged.
    """
    runs = [load_one_run(name, output, tell) for name in (name_a, name_b)]
    a, b = (RunJournals(run.record, run.journals) for run in runs)
    if a.record.run_id == b.record.run_id:
        raise ConfigError(f"compare: expected two runs, received {a.record.run_id} twice")
    difference = find_machine_difference(a, b)
    if difference and not force:
        raise ConfigError(word_refusal(difference))
    change = compare_runs(a, b, max_change, max_accuracy_change)
    if not change.cases:
        raise NothingSelectedError(
            f"compare: no case is in both runs; A has {_word_cases(change.only_a)}; B has {_word_cases(change.only_b)}"
        )
    return ComparedRuns(change, tuple(problem for run in runs for problem in run.set_aside))


def _word_cases(case_ids: Sequence[str]) -> str:
    hidden = len(case_ids) - _MAX_SHOWN
    more = f" and {hidden} more" if hidden > 0 else ""
    return (", ".join(case_ids[:_MAX_SHOWN]) or "none") + more


def history(
    names: Sequence[str],
    output: Path,
    measure: Measure = "throughput",
    *,
    target: float | None = None,
    to: Path | None = None,
    file_name: str = "history.md",
    tell: Tell = say_nothing,
) -> DrawnHistory:
    """Return a measure's history over the runs of one machine, and write its page with a figure.

    Args:
        names: the runs: folders, ids, `latest`, or archives.
        output: the folder that holds the runs.
        measure: what is followed.
        target: the validation accuracy that `train_s_to_target` is to; the latest run's lowest where None.
        to: the page; `file_name` in the first run's folder where None.
        file_name: see `to`.
        tell: called with a sentence for what is passed over.

    Raises:
        NothingSelectedError: where no trial has started in the runs.
        StoreError: where a run is missing or damaged, or the page cannot be written.
    """
    with open_runs(names, output, tell) as loaded:
        runs = [RunJournals(run.record, run.journals) for run in loaded]
    if not any(run.journals for run in runs):
        raise NothingSelectedError("compare: no trial has started in these runs")
    found = build_history(runs, measure, target)
    page = write_history(to or default_folder(names[0], loaded[0]) / file_name, found)
    return DrawnHistory(found, page, tuple(problem for run in loaded for problem in run.set_aside))
