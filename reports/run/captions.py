"""The figures' captions and alternative texts: what one sees, in words, for those who do not see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.kit.figures.axes import MAX_CASES
from bench.reports.kit.wording import word_curve
from bench.reports.run.datasets import by_dataset
from bench.reports.run.figures.accuracy import draw_accuracy_against_seconds, draw_accuracy_per_epoch
from bench.reports.run.figures.epoch_times import MAX_PANELS, draw_ledger, timed_cases
from bench.reports.run.figures.network import distinct_networks, draw_networks
from bench.reports.run.figures.throughput import draw_throughput
from bench.reports.run.figures.time_to_target import MAX_LINES, draw_share_reached, tried_cases
from bench.reports.run.thin_curves import word_thin_curves
from bench.setting_definition import slug
from bench.settings import TABLE
from bench.units import format_accuracy, format_percent, format_rate, format_seconds, format_shape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_DESCRIBED = 6


@dataclass(frozen=True)
class Plot:
    """One figure of the report: its file's stem, what draws it, and its words (plain text).

    `shows_all` tells that it draws every case, however many there are.
    """

    stem: str
    draw: Callable[[RunSummary], Figure | None]
    alternative: Callable[[RunSummary], str]
    words: Callable[[RunSummary], str]
    shows_all: bool = False

    def caption(self, summary: RunSummary) -> str:
        """Return what the figure's marks mean, and which cases it shows where it cannot show all."""
        if self.shows_all or len(summary.cases) <= MAX_CASES:
            return self.words(summary)
        return f"{self.words(summary)} Only the first {MAX_CASES} cases are drawn; the tables have all."


@dataclass(frozen=True)
class Drawing:
    """One plot of one data set, or of all where it shows layers alone or the run has no other."""

    plot: Plot
    stem: str
    summary: RunSummary
    dataset: str = ""

    @property
    def alternative(self) -> str:
        """What one sees, in words."""
        return f"{self._prefix}{self.plot.alternative(self.summary)}"

    @property
    def caption(self) -> str:
        """What the marks mean, below the figure."""
        return f"{self._prefix}{self.plot.caption(self.summary)}"

    @property
    def _prefix(self) -> str:
        return f"Data set {self.dataset}. " if self.dataset else ""


def drawings_of(plot: Plot, summary: RunSummary) -> tuple[Drawing, ...]:
    """Return what a plot draws: a figure for each data set, since accuracies of two sets are of two scales."""
    groups = by_dataset(summary.cases)
    if plot.shows_all or len(groups) <= 1:
        return (Drawing(plot, plot.stem, summary),)
    drawn = {dataset: tuple(_without_set(case) for case in cases) for dataset, cases in groups.items()}
    return tuple(
        Drawing(plot, f"{plot.stem}-{slug(dataset)}", replace(summary, cases=cases), dataset)
        for dataset, cases in drawn.items()
    )


def _without_set(case: CaseSummary) -> CaseSummary:
    """Leave the data set out of a label: the words around the figure name it once for all cases."""
    named = f" · {TABLE['dataset'].word_label(case.case.dataset)}"
    return replace(case, label=case.label.replace(named, "", 1))


def _describe_epochs(summary: RunSummary) -> str:
    return _describe("Line chart of accuracy per epoch.", summary, _first_to_last)


def _describe_seconds(summary: RunSummary) -> str:
    return _describe("Line chart of validation accuracy against training time.", summary, _last_with_seconds)


def _describe_reached(summary: RunSummary) -> str:
    return _describe("Chart of the seeds that reached each target against training time.", summary, _hits)


def _describe_throughput(summary: RunSummary) -> str:
    return _describe("Bar chart of training examples per second, and of the first step.", summary, _rate)


def _describe_ledger(summary: RunSummary) -> str:
    return _describe("Stacked bars of the seconds of each epoch.", summary, _epoch_seconds)


def _describe_networks(summary: RunSummary) -> str:
    """Name each drawn network's blocks from the input to the output."""
    drawn = [
        f"{title}: input {format_shape(blocks[0].input_shape)}, {', '.join(block.layer.kind for block in blocks)}"
        for title, blocks in distinct_networks(summary.cases)
    ]
    return f"Diagram of the layers of each network. {'; '.join(drawn)}."


def _describe(kind: str, summary: RunSummary, words_of: Callable[[CaseSummary], str]) -> str:
    """Return the kind of the chart and what it shows of the first cases; the table holds them all."""
    described = [words for case in summary.cases if (words := words_of(case))]
    rest = len(described) - _MAX_DESCRIBED
    more = f"; and {rest} more in the table" if rest > 0 else ""
    return f"{kind} {'; '.join(described[:_MAX_DESCRIBED])}{more}."


def _first_to_last(case: CaseSummary) -> str:
    if not case.curve.points:
        return ""
    first, last = case.curve.points[0], case.curve.points[-1]
    ends = f"{format_accuracy(first.val_accuracy.value)} after epoch {first.epoch}"
    if last is not first:
        ends += f" to {format_accuracy(last.val_accuracy.value)} after epoch {last.epoch}"
    return f"{case.label}: validation from {ends}" if last is not first else f"{case.label}: validation {ends}"


def _last_with_seconds(case: CaseSummary) -> str:
    if not case.curve.points or not case.case.reports_times:
        return ""
    last = case.curve.points[-1]
    return f"{case.label}: {format_accuracy(last.val_accuracy.value)} after {format_seconds(last.train_elapsed_s)}"


def _hits(case: CaseSummary) -> str:
    told = [f"{result.hits} of {result.num_trials} to {format_percent(result.target)}" for result in case.targets]
    return f"{case.label}: {', '.join(told)}" if told and case.case.reports_times else ""


def _rate(case: CaseSummary) -> str:
    if case.fit_throughput is None:
        return ""
    first = f", first step {format_seconds(case.first_step_s.value)}" if case.first_step_s else ""
    return f"{case.label}: {format_rate(case.fit_throughput.value)} examples per second{first}"


def _epoch_seconds(case: CaseSummary) -> str:
    if case.fit_epoch_s is None or case.epoch_val_s is None:
        return ""
    training, validation = format_seconds(case.fit_epoch_s.value), format_seconds(case.epoch_val_s.value)
    return f"{case.label}: {training} of training and {validation} of validation per epoch"


def _caption_curves(summary: RunSummary) -> str:
    kinds = dict.fromkeys(word_curve(case.curve.kind) for case in summary.cases if case.curve.points)
    return f"Thick: {' or '.join(kinds)}. {word_thin_curves(summary)} The vertical axis may not start at 0."


def _caption_reached(summary: RunSummary) -> str:
    if len(tried_cases(summary)) > MAX_LINES:
        return "Filled marker: a seed that reached the target. Hollow: one whose budget ended below it."
    return (
        "Each step up (filled marker) is a seed that reached the target. A hollow marker is the end of the budget, "
        "with the remaining seeds below the target."
    )


def _caption_ledger(summary: RunSummary) -> str:
    told = "Means over trials. The first step belongs to its epoch and happens once per process."
    is_by_row = len(timed_cases(summary)) > MAX_PANELS
    return f"Upper bar: the first epoch. Lower bar: the mean of the later ones. {told}" if is_by_row else told


PLOTS = (
    Plot(
        "networks",
        draw_networks,
        _describe_networks,
        lambda _: (
            "Each box is a layer with its parameters, each arrow the shape of one example. "
            "A loop is the state that a recurrent layer passes from step to step."
        ),
        shows_all=True,
    ),
    Plot("accuracy-per-epoch", draw_accuracy_per_epoch, _describe_epochs, _caption_curves),
    Plot("accuracy-against-seconds", draw_accuracy_against_seconds, _describe_seconds, _caption_curves),
    Plot(
        "share-reached",
        draw_share_reached,
        _describe_reached,
        _caption_reached,
    ),
    Plot(
        "throughput",
        draw_throughput,
        _describe_throughput,
        lambda _: "Bars: geometric means over trials. Dots: each trial. Lines below the dots: the table's intervals.",
    ),
    Plot(
        "epoch-seconds",
        draw_ledger,
        _describe_ledger,
        _caption_ledger,
    ),
)
