"""Rebuilds a run's report from its journals: read back, summarise, write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.analysis.run_summary import summarize_loaded
from bench.api.answers import page_answers
from bench.api.gpu_page import write_gpu_page
from bench.api.named_runs import default_folder, load_one_run
from bench.reports.run.markdown import write_report
from bench.store.run_folder import LoadedRun, paused_collection


def report(name: str, output: Path, targets: Sequence[float] | None = None) -> Path:
    """Rebuild the report of a run, without training, and return its path; the same journals give the same bytes.

    Args:
        name: a folder, an id, `latest`, or an archive of one run, whose report goes into a folder of its id beside it.
        output: the folder that holds the runs.
        targets: validation accuracies to time; the suite's where None.

    Raises:
        StoreError: where the run is missing or damaged, or its folder cannot be written.
    """
    with paused_collection():
        run = load_one_run(name, output)
        write_gpu_page(run, report_folder(name, run))
        folder, summary, answers = report_folder(name, run), summarize_loaded(run, targets), page_answers(run)
        del run  # of a large one the journals take as much memory as drawing does
        return write_report(folder, summary, answers)


def report_folder(name: str, run: LoadedRun) -> Path:
    """Return where a run's report goes: into its folder, or of an archive into one of its id beside it."""
    folder = default_folder(name, run)
    return folder if folder == run.folder else folder / run.record.run_id
