"""The figures of README.md and docs/results.md, taken from published reports and never typed by hand.

python -m tools.showcase            write them between the pages' markers, and the README's picture
"""

from __future__ import annotations

import functools
import os
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.run_journals import RunJournals
from bench.analysis.run_summary import summarize_loaded, summarize_run
from bench.analysis.summary_types import CautionCode, RunSummary
from bench.atomic_file import write_atomic
from bench.claims.claims_file import DEFAULT_CLAIMS, load_claims
from bench.claims.findings import Finding
from bench.claims.judge_claims import judge_claims
from bench.claims.statements import AheadOnSets, ClaimSet, Reproduces
from bench.errors import StoreError
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.hardware_types import HardwareSummary
from bench.hardware.machines import MeasuredRun
from bench.plan.case import Case
from bench.plan.suite import load_suite
from bench.reports.claims.across_sets import matrix_table, word_sets
from bench.reports.claims.page import page_name, statements_table
from bench.reports.hardware.page import HARDWARE_REPORT_NAME
from bench.reports.hardware.wording import answer, name_place
from bench.reports.kit.cells import accuracy_cell
from bench.reports.kit.escaping import escape_markdown
from bench.reports.kit.figures.theme import render_png
from bench.reports.kit.files import PUBLISHED
from bench.reports.kit.machine import describe_machine
from bench.reports.kit.tables import numbers, render_markdown_table, words
from bench.reports.run.captions import PLOTS
from bench.reports.run.figures.accuracy import draw_accuracy_against_seconds
from bench.reports.run.headline import headline, verdict
from bench.reports.run.markdown import REPORT_NAME, render_comparisons
from bench.store.ceilings_file import read_ceilings
from bench.store.find_runs import list_runs
from bench.store.records import RunRecord
from bench.store.run_folder import LoadedRun, load_run, read_record
from bench.units import MISSING, counted, format_accuracy, format_rate
from tools.batch_table import BFLOAT16, PEERS, Row, batch_table, precision_rows, word_ceilings

ROOT = Path(__file__).parents[1]
README, RESULTS = ROOT / "README.md", ROOT / "docs" / "results.md"
PICTURE = ROOT / "docs" / "figures" / "accuracy-against-seconds.png"
_TARGETS = (0.9,)  # what the tutorial tells of
_REMARKS = ("3-rnn-more-accurate", "2-cnn-needs-10-epochs")  # the claims that the README opens with
_SEQUENCES = "sequences"  # a suite and its claims
_STANDINGS = {"supported": "ahead", "refuted": "behind"}
_PAPER, _PAPER_MODEL = "fcn-paper", "fcn"  # claims, and the network that they are about
_PLOT = "accuracy-against-seconds"
_MACHINE_ROWS = ("processor", "cores", "GPU", "tensorflow", "keras")


@dataclass(frozen=True)
class Showcase:
    """What stands between two markers of a page.

    Attributes:
        name: as the markers have it.
        page: the page's path.
        render: returns the text; it is given the way from the page's folder to the published runs.
    """

    name: str
    page: Path
    render: Callable[[str], str]

    @property
    def markers(self) -> tuple[str, str]:
        """The lines before and after what is written."""
        return f"<!-- {self.name}: written by `python -m tools.showcase` -->", f"<!-- end of {self.name} -->"

    def text(self) -> str:
        """Return what should stand there now."""
        return self.render(os.path.relpath(PUBLISHED.resolve(), self.page.parent))

    def place(self, page: str) -> str:
        """Return a page's text with what stands between the markers replaced.

        Raises:
            StoreError: a marker is missing.
        """
        begin, end = self.markers
        before, found, rest = page.partition(begin)
        _, closing, after = rest.partition(end)
        if not found or not closing:
            raise StoreError(f"{self.page.name}: expected the lines {begin!r} and {end!r}")
        parts = [begin, *([text] if (text := self.text()) else []), end]
        return before + "\n\n".join(parts) + after


def render_hardware_showcase(summary: HardwareSummary, run: RunRecord, folder: str) -> str:
    """Return throughput by batch size, a row a network and device, and the origin of a published hardware run."""
    sizes = sorted({row.case.batch_size for row in summary.rows if row.fit_throughput})
    rates: dict[tuple[str, str], dict[int, str]] = {}
    for row in summary.rows:
        if row.fit_throughput:
            of_row = rates.setdefault((row.variant, name_place(row.place, summary)), {})
            of_row[row.case.batch_size] = format_rate(row.fit_throughput.value)
    columns = (*words("training examples/s as fit costs", "device"), *numbers(*(f"batch {size:,}" for size in sizes)))
    rows = [(*key, *(of_row.get(size, MISSING) for size in sizes)) for key, of_row in rates.items()]
    parts = [
        render_markdown_table(columns, rows),
        f"{escape_markdown(answer(summary))} {_word_origin(run)}; [the whole report]({folder}/{HARDWARE_REPORT_NAME}).",
    ]
    return "\n\n".join(parts)


def _word_origin(run: RunRecord) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in describe_machine(run.environment) if name in _MACHINE_ROWS)
    return f"Measured on {run.created_at:%Y-%m-%d} ({escape_markdown(machine)}) by `{shlex.join(run.command)}`"


def find_published(*suites: str, published: Path = PUBLISHED, trains: Callable[[Case], bool] | None = None) -> Path:
    """Return the folder of the latest published run of one of these suites, which `trains` a case of some kind.

    Raises:
        StoreError: there is none.
    """
    folders = _published(*suites, published=published, trains=trains)
    if not folders:
        named = " or ".join(suites)
        raise StoreError(
            f"expected a published run of suite {named} in {published}; publish one as CONTRIBUTING.md says"
        )
    return folders[-1]


def find_tutorial() -> Path:
    """Return the folder of the latest published run that trained the tutorial's networks on its data."""
    return find_published("tutorial", "claims", trains=_is_of_the_tutorial)


def _published(*suites: str, published: Path = PUBLISHED, trains: Callable[[Case], bool] | None = None) -> list[Path]:
    """Return the folders of the published runs of some suites, or of any, that train a case of a kind; latest last."""

    def is_meant(record: RunRecord) -> bool:
        is_of_suites = not suites or record.suite.name in suites
        return is_of_suites and (trains is None or any(trains(trial.case) for trial in record.suite.trials))

    return [folder for folder in list_runs(published) if is_meant(read_record(folder))]


def published_showcase(published: str) -> str:
    """Return headline, picture and origin of the latest published run that holds the tutorial's comparison.

    With them stand the verdicts on the tutorial's claims and on those about sequences.
    """
    folder, run, summary = _tutorial_run()
    plot = next(plot for plot in PLOTS if plot.stem == PICTURE.stem)
    parts = [
        f"**{escape_markdown(headline(summary))}** {escape_markdown(verdict(summary))}",
        _word_remarks(),
        f"![{escape_markdown(plot.alternative(summary))}]({PICTURE.relative_to(ROOT)})",
        f"{_word_origin(run.record)}. {_word_quiet(run)} [The whole report]({published}/{folder.name}/{REPORT_NAME}) "
        "and its journals are in this repository.",
    ]
    return "\n\n".join([*parts, *word_sequences(), *word_paper(published)])


def _word_remarks() -> str:
    """Return the verdicts on the two remarks that the README quotes, and how many of all claims got which."""
    findings = _judge_tutorial().findings
    found = {one.claim.id: one for one in findings}
    statements = {name: escape_markdown(found[name].claim.statement.removesuffix(".")) for name in _REMARKS}
    remarks = [f"{statement}: **{found[name].verdict}**." for name, statement in statements.items()]
    verdicts = Counter(one.verdict for one in findings).most_common()
    counts = ", ".join(f"{number} {verdict}" for verdict, number in verdicts)
    where = f"{RESULTS.relative_to(ROOT)}#the-tutorials-claims"
    num_together = sum(bool(one.holds_together) for one in findings)
    together = f"; {num_together} of the {sum(one.is_decided for one in findings)} decided hold together (Holm)"
    return f"{' '.join(remarks)} [All {len(findings)} claims of the tutorial]({where}): {counts}{together}."


def word_sequences() -> list[str]:
    """Ask whether recurrent networks are ahead on sequences, and answer each way to compare; empty without a run."""
    found = judge_sequences()
    if found is None:
        return []
    where = f"[suite `{_SEQUENCES}`]({RESULTS.relative_to(ROOT)}#{_SEQUENCES})"
    sets = [one.dataset for one in found.on_several_sets[0].sets]
    rows = [(_word_basis(one), *(_STANDINGS.get(of_set.verdict, "not decided") for of_set in one.sets))
            for one in found.on_several_sets]  # fmt: skip
    question = f"On a time series, on sound and on words ({where}), are the recurrent networks the most accurate?"
    note = f"Not decided: the interval over {_count_seeds(found)} has both. {_word_origin(found.runs[0].record)}."
    return [question, render_markdown_table(words("recurrent networks are", *sets), rows), note]


def _count_seeds(judged: _Judged) -> str:
    """Return the fewest to the most seeds that verdicts rest on: `5 seeds`."""
    numbers_of = sorted({len(one.seeds) for one in judged.findings if one.is_tested})
    return f"{' to '.join(map(str, dict.fromkeys((numbers_of[0], numbers_of[-1]))))} seeds"


def _word_basis(finding: Finding) -> str:
    """Name one of the ways to compare recurrent and convolutional networks."""
    claim = finding.claim
    assert isinstance(claim, AheadOnSets)  # noqa: S101 - no other is about several sets
    return "at equal parameters" if claim.parameters == "equal" else f"per {claim.by.removesuffix('s')}"


def word_paper(published: str) -> list[str]:
    """Lay the accuracies that a paper reports of one network beside those of the published runs; empty without any."""
    found = judge_paper()
    if found is None:
        return []
    page = f"{published}/{found.runs[0].record.run_id}/{page_name(found.claims)}"
    text = f"Does `{_PAPER_MODEL}` reach the accuracies that [a review of such networks]({page}) published of it?"
    columns = (*words("data set"), *numbers("published", "here"), *words("within 1 pp"))
    note = (
        f"In parentheses: smallest to largest of {_count_seeds(found)}. Within 1 pp: by the interval of the "
        "difference, which the page has."
    )
    return [text, render_markdown_table(columns, [_paper_row(one) for one in found.findings]), note]


def _paper_row(finding: Finding) -> tuple[str, ...]:
    claim = finding.claim
    assert isinstance(claim, Reproduces)  # noqa: S101 - the set has no others
    ours = next((estimate.interval for estimate in finding.estimates if estimate.interval), None)
    verdict = {"supported": "yes", "refuted": "no", "inconclusive": "not decided"}.get(finding.verdict, "not run")
    return claim.id, format_accuracy(claim.published), accuracy_cell(ours), verdict


def published_comparison(published: str) -> str:
    """Return every measure of the tutorial's two networks beside each other, and the origin."""
    folder, run, summary = _tutorial_run()
    return (
        f"{render_comparisons(summary)}\n\n{_word_origin(run.record)}; "
        f"[the whole report]({published}/{folder.name}/{REPORT_NAME})."
    )


@functools.cache
def _tutorial_run() -> tuple[Path, LoadedRun, RunSummary]:
    """Return the run, and the summary of its cases that the tutorial has."""
    folder = find_tutorial()
    run = load_run(folder)
    own = [journal for journal in run.journals if _is_of_the_tutorial(journal.start.case)]
    trials = tuple(trial for trial in run.record.suite.trials if _is_of_the_tutorial(trial.case))
    record = run.record.model_copy(update={"suite": run.record.suite.model_copy(update={"trials": trials})})
    return folder, run, summarize_run(record, own, _TARGETS)


def _word_quiet(run: LoadedRun) -> str:
    """Say in how many trials the machine was disturbed, which the headline's times cannot show."""
    whole = summarize_run(run.record, run.journals, set_aside=run.set_aside)
    slow = {one.data["trial_id"] for one in whole.cautions if one.code is CautionCode.CANARY_DRIFT}
    why = ": the machine was shared" if slow else ""
    canary = "The canary, a small fixed load that is timed between epochs,"
    return f"{canary} ran slow in {len(slow)} of {counted(len(run.journals), 'trial')}{why}."


def _is_of_the_tutorial(case: Case) -> bool:
    """Tell the tutorial's two cases from what else a suite trains beside them."""
    told = case.model_dump(include={"model", "epochs", "device", "input", "validate_every"})
    return case == Case(**told) and case.model in {
        model for entry in load_suite("tutorial").cases for model in entry.model or ()
    }


def published_claims(published: str) -> str:
    """Return the verdicts on the tutorial's claims by the latest published run of suite `claims`."""
    judged = _judge_tutorial()
    table = statements_table(judged.findings)
    first = judged.runs[0].record
    page = f"{published}/{first.run_id}/{page_name(judged.claims)}"
    shown = render_markdown_table(table.columns, table.rows)
    return f"{shown}\n\n{_word_origin(first)}; [the evidence]({page})."


@dataclass(frozen=True)
class _Judged:
    """Published runs, of which the first has the page of these claims, and the verdicts by all of them."""

    runs: tuple[LoadedRun, ...]
    claims: ClaimSet
    findings: tuple[Finding, ...]

    @property
    def on_several_sets(self) -> list[Finding]:
        """The verdicts that count sets."""
        return [one for one in self.findings if len(one.sets) > 1]


@functools.cache
def _judge_tutorial() -> _Judged:
    """Return the verdicts on the tutorial's claims by the latest published run of suite `claims` and latest sweep."""
    return _judge(DEFAULT_CLAIMS, [find_published("claims"), *_published("discrepancy")[-1:]])


@functools.cache
def judge_sequences(published: Path = PUBLISHED) -> _Judged | None:
    """Return the verdicts on sequences by all published runs of that suite; None where there is none."""
    folders = _published(_SEQUENCES, published=published)
    return _judge(_SEQUENCES, folders) if folders else None


@functools.cache
def judge_paper(published: Path = PUBLISHED) -> _Judged | None:
    """Return the verdicts on a paper's figures by all published runs of its network; None where there is none."""
    folders = _published(published=published, trains=lambda case: case.model == _PAPER_MODEL)
    return _judge(_PAPER, folders) if folders else None


def _judge(name: str, folders: Sequence[Path]) -> _Judged:
    runs, claims = tuple(map(load_run, folders)), load_claims(name)
    return _Judged(runs, claims, judge_claims(claims, [RunJournals(run.record, run.journals) for run in runs]))


def published_sequences(published: str) -> str:
    """Return data sets and networks of the published runs of suite `sequences`; nothing where there is none."""
    found = judge_sequences()
    table = matrix_table(found.findings) if found else None
    if found is None or table is None:
        return ""
    first = found.runs[0].record
    page = f"{published}/{first.run_id}/{page_name(found.claims)}"
    verdicts = [
        f"- {one.claim.statement} **{one.verdict}**: {escape_markdown(word_sets(one))}."
        for one in found.on_several_sets
    ]
    parts = [
        f"## {_SEQUENCES.title()}",
        "Which is the most accurate on a time series, on sound and on words, after equally many epochs? The best "
        f"network of a group speaks for it, seed by seed: {_word_groups(found.claims)}.",
        render_markdown_table(table.columns, table.rows),
        f"{escape_markdown(table.note)} {_word_origin(first)}; [the evidence]({page}).",
        "\n".join(verdicts),
    ]
    return "\n\n".join(parts)


def _word_groups(claims: ClaimSet) -> str:
    return escape_markdown("; ".join(f"{name} are {', '.join(networks)}" for name, networks in claims.groups.items()))


def published_hardware(published: str) -> str:
    """Return the table of the latest published run of suite `hardware`."""
    folder = find_published("hardware")
    run = load_run(folder)
    summary = summarize_hardware(
        [MeasuredRun(run.record, run.journals, read_ceilings(folder))], set_aside=run.set_aside
    )
    return render_hardware_showcase(summary, run.record, f"{published}/{folder.name}")


def published_precision(published: str) -> str:
    """Return what bfloat16 gained and cost in each published run of suite `precision`; nothing without one."""
    heads = ("network", f"{BFLOAT16} against float32")
    return "\n\n".join(
        _render_by_batch(folder, published, heads, precision_rows, *map(word_ceilings, read_ceilings(folder).values()))
        for folder in _published("precision")
    )


def published_peers(published: str) -> str:
    """Return the ratios of speeds of the latest published run of suite `peers`."""
    return _render_by_batch(find_published("peers"), published, ("ratio",), lambda _: PEERS)


def _render_by_batch(
    folder: Path, published: str, heads: Sequence[str], rows: Callable[[RunSummary], Sequence[Row]], *sentences: str
) -> str:
    """Return how pairs of a run's cases differ by batch size, with some sentences and the origin below."""
    run = load_run(folder)
    summary = summarize_loaded(run)
    table = batch_table(summary, heads, rows(summary))
    origin = f"{_word_origin(run.record)}; [the whole report]({published}/{folder.name}/{REPORT_NAME})."
    below = " ".join([escape_markdown(table.note), *sentences, origin])
    return f"{render_markdown_table(table.columns, table.rows)}\n\n{below}"


SHOWCASES = (
    Showcase("showcase", README, published_showcase),
    Showcase("comparison", RESULTS, published_comparison),
    Showcase("claims", RESULTS, published_claims),
    Showcase("sequences", RESULTS, published_sequences),
    Showcase("peers", RESULTS, published_peers),
    Showcase("hardware", RESULTS, published_hardware),
    Showcase("precision", RESULTS, published_precision),
)


def main() -> None:
    """Write all showcases into their pages, and the picture of the tutorial's two networks."""
    for showcase in SHOWCASES:
        text = showcase.page.read_text(encoding="utf-8")
        write_atomic(showcase.page, showcase.place(text).encode())
    figure = draw_accuracy_against_seconds(_tutorial_run()[-1])
    if figure is not None:
        PICTURE.parent.mkdir(exist_ok=True)
        write_atomic(PICTURE, render_png(figure))


if __name__ == "__main__":
    main()
