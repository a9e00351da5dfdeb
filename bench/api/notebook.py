"""What a notebook or a script asks: train a run or read one back, look at it, compare two, judge claims.

`import bench` is all it takes: `bench.run`, `bench.load`, `bench.compare` and `bench.claims` are the functions below.
They call what the verbs of the command line call. Every trial is a fresh process here, too, so a network is named as
there, by its name or as `module:function` of a file; one that a notebook's cell defines cannot be trained.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bench.analysis.frames import epochs_frame, trials_frame, validations_frame
from bench.analysis.run_summary import summarize_loaded
from bench.api import claims as claims_api
from bench.api import compare as compare_api
from bench.api import run as run_api
from bench.api.estimate import estimate
from bench.api.named_runs import load_one_run
from bench.api.report import report as rebuild_report
from bench.api.report import report_folder
from bench.api.shown_figure import ShownFigure, draw_figure
from bench.api.typed_command import word_command
from bench.claims.claims_file import DEFAULT_CLAIMS
from bench.claims.decision_rules import ClaimVerdict
from bench.host.capture import capture_environment
from bench.plan.suite import Axes
from bench.plan.validation_errors import validate
from bench.reports.claims.page import claims_table, render_claims_table
from bench.reports.compare.frame import comparison_frame
from bench.reports.compare.two_runs import render_comparison, render_comparison_markdown
from bench.reports.kit.escaping import escape_markdown
from bench.reports.kit.tables import render_markdown
from bench.reports.run.front import describe_counts
from bench.reports.run.headline import headline, verdict
from bench.reports.run.html import PAGE_NAME
from bench.reports.terminal.console import make_observer
from bench.run.session.executor import Executor, LocalExecutor
from bench.run.session.open_session import Session
from bench.run.session.planning import Request
from bench.store.archive import ARCHIVE_SUFFIX
from bench.store.find_runs import LATEST
from bench.store.run_folder import LoadedRun

if TYPE_CHECKING:
    import pandas as pd

    from bench.analysis.summary_types import RunSummary
    from bench.reports.run.observer import RunObserver

RESULTS = "results"


@dataclass(frozen=True, repr=False)
class Run:
    """A run as its journals read back.

    Attributes:
        name: what finds it again: its folder, or the archive that it came in.
        loaded: its record and its journals, value by value as they were measured.
    """

    name: str
    loaded: LoadedRun

    @property
    def run_id(self) -> str:
        """Its id, as `bench list runs` shows it."""
        return self.loaded.record.run_id

    @property
    def folder(self) -> Path:
        """Where its report goes: its own folder, or of an archive one of its id beside the archive."""
        return report_folder(self.name, self.loaded)

    @cached_property
    def summary(self) -> RunSummary:
        """Every figure of its report as values; see `bench.analysis.summary_types`."""
        return summarize_loaded(self.loaded)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row a trial: its case, settings and seed, its seconds, throughput, accuracy and memory.

        The columns are those of `trials.csv` that `bench export` writes; what each value means is on the page
        "What each value means". What a trial lacks is NaN.
        """
        return trials_frame(self.loaded.journals)

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch of a trial, as in `epochs.csv`: losses, accuracies, seconds and the machine's state."""
        return epochs_frame(self.loaded.journals)

    @cached_property
    def validations(self) -> pd.DataFrame:
        """One row a validation, those within epochs too, as in `validations.csv`: what was seen after which seconds."""
        return validations_frame(self.loaded.journals)

    def figure(self, name: str = "accuracy", *, dataset: str | None = None) -> ShownFigure:
        """Draw a figure of the report, which shows itself in Jupyter.

        Args:
            name: `accuracy` (against training seconds), `accuracy-per-epoch`, `share-reached`, `throughput`,
                `epoch-seconds` or `networks`.
            dataset: which data set's, where the run has several.

        Raises:
            ConfigError: for another name, or where the data set must be named.
            NothingSelectedError: the run has nothing to show in it.
        """
        return draw_figure(self.summary, name, dataset)

    def report(self, targets: Sequence[float] | None = None) -> Path:
        """Rebuild report.md with its figures and the page index.html, and return the report's path.

        Args:
            targets: validation accuracies to time, such as `[0.95, 0.97]`; the suite's where None.

        Raises:
            StoreError: the folder cannot be written.
        """
        return rebuild_report(self.name, self.folder.parent, targets)

    @property
    def page(self) -> Path:
        """The interactive page beside the report, for a browser or `IPython.display.IFrame`."""
        return self.folder / PAGE_NAME

    def resume(self, *, retry_failed: bool = False, progress: bool = True) -> Run:
        """Train what is left of a run that was interrupted, and return it whole.

        Args:
            retry_failed: repeat trials that failed, too.
            progress: write a line an epoch to stderr.

        Raises:
            ConfigError: another machine, another version of a network, or a tuning.
        """
        return _finish(run_api.resume(self.folder, watch=_watch(progress), retry_failed=retry_failed))

    def __repr__(self) -> str:
        """Return what came of it in a few sentences."""
        return "\n".join([f"{self.run_id}: {describe_counts(self.summary.num_by_status)}", *self._answers()])

    def _repr_markdown_(self) -> str:
        counts = describe_counts(self.summary.num_by_status)
        return "\n\n".join([f"**{escape_markdown(self.run_id)}**: {counts}", *map(escape_markdown, self._answers())])

    def _answers(self) -> list[str]:
        return [text for text in (headline(self.summary), verdict(self.summary)) if text]


@dataclass(frozen=True, repr=False)
class RunComparison:
    """Two runs compared case by case; in Jupyter it shows itself as a table.

    Attributes:
        compared: every value of it, and the journals that are damaged.
    """

    compared: compare_api.ComparedRuns

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a case and measure: both values, B / A or B − A with its 95 % interval, and the verdict."""
        return comparison_frame(self.compared.change)

    def __repr__(self) -> str:
        """Return what `bench compare` prints."""
        return render_comparison(self.compared.change)

    def _repr_markdown_(self) -> str:
        return render_comparison_markdown(self.compared.change)


@dataclass(frozen=True, repr=False)
class Verdicts:
    """Claims with their verdicts; in Jupyter they show themselves as a table.

    Attributes:
        judged: every finding with its evidence, and the path of the page that has it.
    """

    judged: claims_api.JudgedClaims

    @property
    def by_claim(self) -> dict[str, ClaimVerdict]:
        """`supported`, `refuted`, `inconclusive` or `not tested`, by the claim's id."""
        return {finding.claim.id: finding.verdict for finding in self.judged.findings}

    @property
    def page(self) -> Path:
        """The page with all evidence."""
        return self.judged.page

    def __repr__(self) -> str:
        """Return what `bench claims` prints."""
        return render_claims_table(self.judged.findings)

    def _repr_markdown_(self) -> str:
        return render_markdown(claims_table(self.judged.findings))


def run(
    suite: str | None = None,
    *,
    seeds: int | str | Sequence[int] | None = None,
    targets: Sequence[float] = (),
    timeout_s: float | None = None,
    memory_limit_bytes: int | None = None,
    matched: bool = False,
    match: Literal["parameters"] | None = None,
    tuned: bool = False,
    in_turns: bool | None = None,
    ceilings: bool = False,
    allow_concurrent: bool = False,
    output: str | Path = RESULTS,
    progress: bool = True,
    **settings: Any,
) -> Run:
    """Train every case of a suite with every seed, write the report, and return the run.

    `bench.run("quick", model=["lstm", "cnn"], seeds=3)` is `python -m bench run quick --model lstm,cnn --seeds 3`.

    Args:
        suite: a suite's name, or a file ending in `.toml`; `tutorial` where None.
        seeds: a count, a list such as `[0, 7]`, or text as `--seeds` takes it.
        targets: validation accuracies to time; the suite's where empty.
        timeout_s: seconds after which a trial is ended.
        memory_limit_bytes: private memory that a trial may take; Linux alone.
        matched: equal execution settings for all networks.
        match: `parameters` gives all networks the number of the smallest, within 5 %.
        tuned: beside each case its fastest settings, as `bench tune` found them on this machine.
        in_turns: train the cases of a seed in turns, or one after the other; as the suite has it where None.
        ceilings: measure first what the devices can do at most.
        allow_concurrent: measure beside another measurement, and label the results; wait for its end otherwise.
        output: the folder that holds the runs.
        progress: write a line an epoch to stderr.
        settings: what the flags of `bench run` set, under the same names: `model`, `epochs`, `dataset`, `batch_size`,
            `train_size`, `device`, `backend` and so on. A list makes a case of each of its values.

    Raises:
        ConfigError, DataError, DeviceError, NothingSelectedError: for what cannot be run as asked, before any training.
        KeyboardInterrupt: the notebook's stop; what was measured is kept, and `bench.load("latest").resume()` goes on.
    """
    kept = tuple(seeds) if isinstance(seeds, Sequence) and not isinstance(seeds, str) else seeds
    request = Request(
        suite, validate(Axes, settings, "bench.run"), kept, tuple(targets), timeout_s, matched, memory_limit_bytes,
        tuned, in_turns, match,
    )  # fmt: skip
    folder = Path(output)
    command = word_command(request, folder, with_ceilings=ceilings, allow_concurrent=allow_concurrent)
    executor = LocalExecutor(capture_environment(output=folder), allow_concurrent)
    return _finish(
        run_api.run(request, folder, executor=executor, watch=_watch(progress), with_ceilings=ceilings, command=command)
    )


def load(name: str | Path = LATEST, output: str | Path = RESULTS) -> Run:
    """Read a run back from its journals, without training.

    Args:
        name: a folder, an id, `latest`, or an archive of one run (`bench export RUN --archive FILE.tar.gz`).
        output: the folder that holds the runs.

    Raises:
        StoreError: the run is missing or damaged.
    """
    loaded = load_one_run(str(name), Path(output))
    place = Path(name) if str(name).endswith(ARCHIVE_SUFFIX) else loaded.folder
    return Run(str(place.absolute()), loaded)


def compare(
    a: Run | str | Path,
    b: Run | str | Path,
    *,
    max_change: float = 0.05,
    max_accuracy_change: float = 0.005,
    force: bool = False,
    output: str | Path = RESULTS,
) -> RunComparison:
    """Compare run B with run A, case by case: speed, first step, time to accuracy, memory and accuracy.

    Args:
        a: a run, or what `load` takes.
        b: likewise.
        max_change: share below which no change matters.
        max_accuracy_change: the same of accuracy, absolute.
        force: compare runs of different machines, labelled.
        output: the folder that holds the runs.

    Raises:
        ConfigError: for the same run twice, or two machines without `force`.
        NothingSelectedError: no case is in both.
        StoreError: a run is missing or damaged.
    """
    compared = compare_api.compare(
        _name(a),
        _name(b),
        Path(output),
        max_change=max_change,
        max_accuracy_change=max_accuracy_change,
        force=force,
    )
    return RunComparison(compared)


def claims(*runs: Run | str | Path, claims: str | Path = DEFAULT_CLAIMS, output: str | Path = RESULTS) -> Verdicts:
    """Judge claims by the journals of some runs, and write the page with all evidence beside the first one's report.

    Args:
        runs: runs, or what `load` takes; the latest where none is given.
        claims: a claim set's name, or a file ending in `.toml`.
        output: the folder that holds the runs.

    Raises:
        ConfigError: for claims that are unknown or not valid.
        StoreError: a run is missing or damaged.
    """
    names = [_name(one) for one in runs or (LATEST,)]
    return Verdicts(claims_api.claims(names, Path(output), str(claims)))


def _name(run: Run | str | Path) -> str:
    return run.name if isinstance(run, Run) else str(run)


def _finish(finished: run_api.FinishedRun) -> Run:
    """Return the run as it reads back, unless somebody stopped it: cells below must not go on as if it were whole."""
    if finished.interrupt:
        again = f"bench.load({str(finished.folder)!r}).resume()"
        raise KeyboardInterrupt(f"stopped; what was measured is kept, and {again} goes on") from finished.interrupt
    return load(finished.folder)


def _watch(progress: bool) -> run_api.ObserverFor | None:
    """Return what makes the view of a run: lines, since a cell's output is no terminal."""

    def watch(session: Session, executor: Executor) -> RunObserver:
        expected = estimate(session.plan, executor.environment, session.folder.parent).seconds_by_case
        return make_observer(live=False, stdout=io.StringIO(), expected_s=expected)

    return watch if progress else None
