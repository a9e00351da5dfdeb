"""The section that sets stock beside tuned, against a golden text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.summary_types import Interval, RunSummary
from bench.analysis.tuned_types import Gap, TunedRates, TunedRow, TunedSummary
from bench.reports.run.html import render_page
from bench.reports.run.markdown import render_report
from bench.reports.run.sections.tuned import gap_sentences, tuned_table
from tests.reports.golden import assert_golden

MakeSummary = Callable[..., RunSummary]


def rate(value: float) -> Interval:
    return Interval(value, value - 50, value + 50, 5, "range")


def ratio(value: float) -> Interval:
    return Interval(value, value - 0.1, value + 0.1, 5, "t")


TUNED = TunedSummary(
    rows=(
        TunedRow(
            "lstm", "lstm-fast", ("lstm-fast", "1 intra-op thread"),
            fit=TunedRates(rate(900.0), rate(1530.0), ratio(1.7)),
            steady=TunedRates(rate(1000.0), rate(1800.0), ratio(1.8)),
            whole=ratio(1.6),
        ),
        TunedRow(
            "cnn", None, (), fit=TunedRates(rate(2900.0), None, None), steady=TunedRates(rate(3100.0), None, None)
        ),
    ),
    gaps=(Gap("lstm", "cnn", ratio(3.1), ratio(1.9)),),
    untuned=("cnn-deep",),
)  # fmt: skip
SENTENCE = (
    "The lstm / cnn gap is 3.10× (3.00× … 3.20×) as they come and 1.90× (1.80× … 2.00×) at their best, "
    "in training time per example as fit costs."
)


def test_the_section_reads_as_the_golden_one(full_summary: RunSummary) -> None:
    """`UPDATE_GOLDEN=1` rewrites it."""
    report = render_report(replace(full_summary, tuned=TUNED), [])
    section = report[report.index("## Stock and tuned") : report.index("## Peak memory")]
    assert_golden("tuned.md", section)


def test_the_page_has_the_same_sentence_and_table(full_summary: RunSummary) -> None:
    page = render_page(replace(full_summary, tuned=TUNED), {})
    assert SENTENCE in page
    assert "lstm-fast, 1 intra-op thread" in page


def test_a_run_without_tuned_cases_has_no_such_section(full_summary: RunSummary) -> None:
    assert tuned_table(full_summary) is None
    assert "Stock and tuned" not in render_report(full_summary, [])
    assert "Stock and tuned" not in render_page(full_summary, {})


def test_a_gap_of_one_seed_says_that_it_has_no_interval(make_summary: MakeSummary) -> None:
    one = Interval(3.1, None, None, 1, "none")
    summary = make_summary(tuned=replace(TUNED, gaps=(Gap("lstm", "cnn", one, one), Gap("lstm", "cnn", one, None))))
    assert gap_sentences(summary) == (
        "The lstm / cnn gap is 3.10× (no interval) as they come and 3.10× (no interval) at their best, "
        "in training time per example as fit costs.",
    )


def test_a_gain_and_a_gap_say_whether_they_were_measured_in_turns(make_summary: MakeSummary) -> None:
    first, second = TUNED.rows
    first = replace(first, steady=replace(first.steady, num_in_turns=5))
    gap = replace(TUNED.gaps[0], stock_in_turns=5, best_in_turns=0)
    summary = make_summary(tuned=replace(TUNED, rows=(first, second), gaps=(gap,)))
    table = tuned_table(summary)
    assert table is not None
    assert (table.columns[-1].title, [row[-1] for row in table.rows]) == ("ratios", ["in turns", ""])
    assert gap_sentences(summary) == (
        "The lstm / cnn gap is 3.10× (3.00× … 3.20×) (in turns) as they come and 1.90× (1.80× … 2.00×) (not in "
        "turns) at their best, in training time per example as fit costs.",
    )
