"""The ratio of two cells: in turns seed by seed, else of separate sides; nothing of it changes without turns."""

import pytest

from bench.analysis.statistics.unpaired import summarize_ratio
from bench.analysis.trial.throughput import fit_throughput, steady_throughput
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.ratios import ratio_of_speeds
from bench.reports.hardware.sections import cost_ratio_table, hardware_throughput_table, scaling_table

RATES = {("lstm", "cpu:1", 32): 500.0, ("lstm", "cpu:2", 32): 500.0, ("cnn", "cpu:2", 32): 500.0}
# Seconds an example in the turns: twice as fast on two threads, and the cnn twice as fast as the lstm on two.
COSTS = {("lstm", "cpu:1", 32): 0.004, ("lstm", "cpu:2", 32): 0.002, ("cnn", "cpu:2", 32): 0.001}


@pytest.fixture
def source(make_source, take_turns):
    """Return what makes a machine's run, of which the trials of some seeds took turns."""

    def make(in_turns):
        run = make_source(RATES, seeds=(0, 1, 2))
        journals = []
        for seed in (0, 1, 2):
            group = [journal for journal in run.journals if journal.start.seed == seed]
            journals += take_turns(group, list(COSTS.values())) if seed in in_turns else group
        return type(run)(run.record, tuple(journals), run.ceilings)

    return make


def side(source, device, model="lstm"):
    return [one for one in source.journals if (one.start.case.device, one.start.case.model) == (device, model)]


def test_a_ratio_in_turns_is_of_pairs_of_one_seed(source):
    run = source({0, 1, 2})
    ratio = ratio_of_speeds(side(run, "cpu:2"), side(run, "cpu:1"), fit_throughput)
    assert (ratio.interval.value, ratio.interval.n, ratio.num_in_turns) == (pytest.approx(2.0), 3, 3)


@pytest.mark.parametrize(("in_turns", "count"), [((), None), ({0, 2}, 0)])
def test_unless_every_seed_took_turns_two_sides_are_compared(source, in_turns, count):
    run = source(in_turns)
    a, b = side(run, "cpu:2"), side(run, "cpu:1")
    values = [[steady_throughput(one.start.case, one.epochs) for one in each] for each in (a, b)]
    ratio = ratio_of_speeds(a, b, steady_throughput)
    assert (ratio.interval, ratio.num_in_turns) == (summarize_ratio(*values), count)


@pytest.mark.parametrize(("lead_above", "crossings"), [(1.02, [(False, True)]), (0.98, [])])
def test_curves_cross_where_turns_say_so(make_source, take_turns, lead_above, crossings):
    """The machine drifts by a fifth from seed to seed, so that separate sides would tell nothing."""
    rates = {("lstm", "cpu:1", 32): 198.0, ("lstm", "cpu:1", 512): 202.0, ("cnn", "cpu:1", 32): 200.0,
             ("cnn", "cpu:1", 512): 200.0}  # fmt: skip
    run, journals = make_source(rates, seeds=(0, 1, 2)), []
    for seed, size in ((seed, size) for seed in (0, 1, 2) for size in (32, 512)):
        group = [one for one in run.journals if (one.start.seed, one.start.case.batch_size) == (seed, size)]
        lead = (0.98 if size == 32 else lead_above) + 0.001 * seed
        costs = [0.001 * (1 if one.start.case.model == "cnn" else 1 / lead) for one in group]
        for one in take_turns(group, costs):
            epochs = [each.model_copy(update={"train_s": each.train_s * 1.2**seed}) for each in one.epochs]
            journals.append(one.model_copy(update={"epochs": tuple(epochs)}))
    found = summarize_hardware([type(run)(run.record, tuple(journals), run.ceilings)]).crossovers
    assert [(one.crossing.a_leads_before, one.is_clear) for one in found] == crossings


def test_a_side_without_a_figure_has_no_ratio(source):
    run = source(())
    assert ratio_of_speeds(side(run, "cpu:2"), [], fit_throughput) is None


def test_the_report_has_each_ratio_of_the_turns_and_says_so(source):
    summary = summarize_hardware([source({0, 1, 2})])
    (cost,), (scaling,) = summary.cost_ratios, summary.scalings
    assert (cost.ratio.value, cost.num_in_turns) == (pytest.approx(2.0), 3)
    assert [point.speedup.value for point in scaling.points] == pytest.approx([1.0, 2.0])
    assert [point.num_in_turns for point in scaling.points] == [None, 3]
    throughput = hardware_throughput_table(summary)
    assert throughput.columns[-1].title == "speed-up is"
    assert [row[-1] for row in throughput.rows] == ["–", "in turns", "–"]
    assert [row[-1] for row in cost_ratio_table(summary).rows] == ["in turns"]
    assert [row[-1] for row in scaling_table(summary).rows] == ["–", "in turns"]


def test_a_report_of_a_run_without_turns_has_no_word_of_them(source):
    summary = summarize_hardware([source(())])
    tables = [table(summary) for table in (hardware_throughput_table, cost_ratio_table, scaling_table)]
    titles = [table.columns[-1].title for table in tables]
    assert not {"speed-up is", "ratio is"} & set(titles)
