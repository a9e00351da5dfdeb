"""Merges runs of one suite that several machines or CI jobs made into one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.api.named_runs import Tell, open_runs, say_nothing
from bench.store.merge_runs import merge_runs


@dataclass(frozen=True)
class MergedRun:
    """The new run's folder; `set_aside` names each journal that is damaged, which is copied as it is."""

    folder: Path
    set_aside: tuple[str, ...]


def merge(
    names: Sequence[str], output: Path, *, command: Sequence[str] = ("bench.api.merge",), tell: Tell = say_nothing
) -> MergedRun:
    """Merge some runs into a new one, whose trials keep their own environments.

    Args:
        names: the runs: folders, ids, `latest`, or archives.
        output: the folder that holds the runs, and in which the new one is made.
        command: what asked for it, as the run's record keeps it.
        tell: called with a sentence for what is passed over.

    Raises:
        ConfigError: the runs are not of one suite, or have a trial twice from one machine.
        StoreError: where a run is missing or damaged, or the disk refuses.
    """
    with open_runs(names, output, tell) as runs:
        folder = merge_runs(runs, output, command)
        return MergedRun(folder, tuple(problem for run in runs for problem in run.set_aside))
