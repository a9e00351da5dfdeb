"""Compares machines and devices: read the runs with their ceilings, summarise, write the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.api.answers import put_on_page
from bench.api.named_runs import Tell, default_folder, open_runs, say_nothing
from bench.errors import NothingSelectedError
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.machines import MeasuredRun
from bench.reports.hardware.page import write_hardware_report
from bench.reports.hardware.page_answer import hardware_answer
from bench.store.ceilings_file import read_ceilings


def hardware(
    names: Sequence[str],
    output: Path,
    *,
    targets: Sequence[float] | None = None,
    reference: str | None = None,
    prices: Sequence[str] = (),
    to: Path | None = None,
    tell: Tell = say_nothing,
) -> Path:
    """Compare some runs across machines and devices, and return the page that was written with its figures.

    Written into the first run's folder, the answer is what that run's page then opens with.

    Args:
        names: the runs: folders, ids, `latest`, or archives.
        output: the folder that holds the runs.
        targets: validation accuracies to cost; those of the runs' suites where None.
        reference: `MACHINE` or `MACHINE/DEVICE` that speed-ups are against; the first place where None.
        prices: `machine=USD/hour` each.
        to: the folder to write into; the first run's where None.
        tell: called with a sentence for what is passed over.

    Raises:
        ConfigError: for a reference or a price of a machine or a device that no run is from.
        NothingSelectedError: where no trial has started in the runs.
        StoreError: where a run is missing or damaged, or the page cannot be written.
    """
    with open_runs(names, output, tell) as loaded:
        runs = [MeasuredRun(run.record, run.journals, read_ceilings(run.folder), run.superseded) for run in loaded]
    if not any(run.journals for run in runs):
        raise NothingSelectedError("hardware: no trial has started in these runs")
    set_aside = [problem for run in loaded for problem in run.set_aside]
    summary = summarize_hardware(runs, targets, reference, prices, set_aside)
    if to is None:
        put_on_page(loaded[0], hardware_answer(summary))
    return write_hardware_report(to or default_folder(names[0], loaded[0]), summary)
