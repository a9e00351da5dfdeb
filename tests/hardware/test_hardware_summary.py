from __future__ import annotations

from dataclasses import replace

import pytest

from bench.errors import ConfigError
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.hardware_types import NoThroughput, Place
from bench.reports.hardware.wording import word_absence

LAPTOP = {"hostname": "laptop", "fingerprint": "aaaaaaaaaaaa"}
NODE = {"hostname": "node7", "fingerprint": "bbbbbbbbbbbb", "run_id": "20261122T091500Z-hardware-0001"}


@pytest.fixture
def laptop(make_source):
    """One core trains the lstm at 100 and 200 examples/s at batch 32 and 512, the cnn at 200 and 100; two cores."""
    throughputs = {
        ("lstm", "cpu:1", 32): 100.0, ("lstm", "cpu:1", 512): 200.0,
        ("cnn", "cpu:1", 32): 200.0, ("cnn", "cpu:1", 512): 100.0,
        ("lstm", "cpu:2", 32): 150.0, ("cnn", "cpu:2", 32): 400.0,
    }  # fmt: skip
    return make_source(throughputs, gflops={"cpu:1": 10.0}, not_run=[("lstm", "gpu", 32)], **LAPTOP)


@pytest.fixture
def node(make_source):
    return make_source({("lstm", "cpu:1", 32): 300.0, ("cnn", "cpu:1", 32): 900.0}, energy_j=50.0, **NODE)


def find_row(summary, model, machine, device, batch_size=32):
    (row,) = [
        row
        for row in summary.rows
        if (row.case.model, row.place, row.case.batch_size) == (model, Place(machine, device), batch_size)
    ]
    return row


def test_throughput_leaves_the_first_step_out_and_has_the_range_of_its_trials(laptop):
    row = find_row(summarize_hardware([laptop]), "lstm", "laptop", "cpu:1")
    assert (row.throughput.low, row.throughput.high) == pytest.approx((100.0, 102.0))
    assert row.throughput.n == 2


def test_the_speed_up_is_against_the_same_case_at_the_reference(laptop, node):
    summary = summarize_hardware([laptop, node])
    assert summary.reference == Place("laptop", "cpu:1")
    assert find_row(summary, "lstm", "node7", "cpu:1").speedup.value == pytest.approx(3.0)
    assert find_row(summary, "cnn", "node7", "cpu:1").speedup.value == pytest.approx(4.5)
    reference = find_row(summary, "lstm", "laptop", "cpu:1").speedup
    assert (reference.value, reference.kind) == (1.0, "none")


def test_a_trial_that_still_runs_is_no_figure_yet_and_no_error(make_source):
    source = make_source({("lstm", "cpu:1", 32): 100.0, ("cnn", "cpu:1", 32): 200.0}, energy_j=50.0, **LAPTOP)
    *ended, last = source.journals
    running = last.model_copy(update={"end": None, "is_running": True})
    summary = summarize_hardware([replace(source, journals=(*ended, running))], targets=[0.8])
    (row,) = [row for row in summary.rows if row.case == last.start.case]
    assert row.throughput.n == 1
    assert {(cost.variant, cost.result.num_trials) for cost in summary.to_target} == {("lstm", 2), ("cnn", 1)}


def test_cases_of_two_budgets_are_one_place_on_a_curve(make_source):
    short = make_source({("lstm", "cpu:1", 32): 100.0, ("lstm", "cpu:2", 32): 150.0}, **LAPTOP)
    long = make_source({("lstm", "cpu:1", 32): 400.0}, **LAPTOP)
    journals = (*short.journals, *(with_epochs(journal, 9) for journal in long.journals))
    summary = summarize_hardware([replace(short, journals=journals)], reference="laptop/cpu:1")
    (row,) = [row for row in summary.rows if row.place.device == "cpu:2"]
    assert row.speedup.value == pytest.approx(150 / 200)  # 200 is the geometric mean of 100 and 400
    assert [point.speedup.value for point in summary.scalings[0].points][-1] == pytest.approx(150 / 200)


def test_drifting_trials_of_two_runs_are_counted_apart(make_source):
    first = make_source({("lstm", "cpu:1", 32): 100.0}, **LAPTOP)
    second = make_source({("lstm", "cpu:1", 32): 100.0}, run_id="20261122T091500Z-hardware-0001", **LAPTOP)
    slow = [slowed(source) for source in (first, second)]
    assert [one.num_drifting for one in summarize_hardware(slow).noise] == [2]


def with_epochs(journal, epochs):
    """Return the journal of a case that differs in its budget."""
    case = journal.start.case.model_copy(update={"epochs": epochs})
    return journal.model_copy(update={"start": journal.start.model_copy(update={"case": case})})


def slowed(source):
    """Make the canary of the first of a source's trials twice as slow."""
    first, *rest = source.journals
    epochs = tuple(
        epoch.model_copy(update={"noise": epoch.noise.model_copy(update={"canary": twice(epoch.noise.canary)})})
        for epoch in first.epochs
    )
    return replace(source, journals=(first.model_copy(update={"epochs": epochs}), *rest))


def twice(canary):
    return canary.model_copy(update={"gemm_s": 2 * canary.gemm_s})


@pytest.mark.parametrize("asked", ["node7", "node7/cpu:1", "bbbbbbbbbbbb", "bbbb/cpu:1"])
def test_the_reference_can_be_chosen_by_name_or_fingerprint(laptop, node, asked):
    summary = summarize_hardware([laptop, node], reference=asked)
    assert find_row(summary, "lstm", "laptop", "cpu:1").speedup.value == pytest.approx(1 / 3)
    assert find_row(summary, "lstm", "laptop", "cpu:1", 512).speedup is None


@pytest.mark.parametrize(
    ("asked", "words"), [("node8", "did you mean 'node7'"), ("laptop/gpu", "has figures for cpu:1")]
)
def test_a_reference_that_no_run_is_from_is_refused(laptop, node, asked, words):
    with pytest.raises(ConfigError, match=words):
        summarize_hardware([laptop, node], reference=asked)


def test_efficiency_is_the_achieved_rate_over_the_devices_own_ceiling(laptop):
    row = find_row(summarize_hardware([laptop]), "lstm", "laptop", "cpu:1")
    # √(100 · 102) examples/s of 35 MFLOP against 10 GFLOP/s, and against half of that at one LSTM step's shapes.
    assert row.efficiency == pytest.approx(100 * 1.02**0.5 * 35e6 / 10e9)
    assert row.step_efficiency == pytest.approx(100 * 1.02**0.5 * 35e6 / 5e9)


def test_without_a_ceiling_there_is_no_efficiency(laptop):
    row = find_row(summarize_hardware([laptop]), "lstm", "laptop", "cpu:2")
    assert (row.ceiling, row.efficiency) == (None, None)


def test_only_a_recurrent_network_at_batch_32_is_held_against_one_lstm_steps_ceiling(laptop):
    summary = summarize_hardware([laptop])
    assert find_row(summary, "cnn", "laptop", "cpu:1").step_efficiency is None
    assert find_row(summary, "lstm", "laptop", "cpu:1", 512).step_efficiency is None


def test_a_case_that_had_no_gpu_keeps_its_row(laptop):
    row = find_row(summarize_hardware([laptop]), "lstm", "laptop", "gpu")
    assert row.absence == NoThroughput("no gpu", "device 'gpu' was asked for and no GPU is visible here; see bench env")
    assert (row.throughput, row.speedup, row.efficiency) == (None, None, None)


def test_a_trial_that_failed_or_never_started_keeps_its_row(laptop):
    failed = [
        journal if journal.start.case.model == "cnn" else journal.model_copy(update={"epochs": (), "end": None})
        for journal in laptop.journals
    ]
    kept = [journal for journal in failed if journal.start.case.batch_size == 32]
    summary = summarize_hardware([type(laptop)(laptop.record, tuple(kept), {})])
    assert find_row(summary, "lstm", "laptop", "cpu:1").absence == NoThroughput("not ok", "2 killed")
    assert find_row(summary, "cnn", "laptop", "cpu:1", 512).absence == NoThroughput("not started", "")


def test_what_the_cnn_does_twice_as_fast_costs_the_lstm_twice_as_much(laptop, node):
    ratios = {(one.place, one.batch_size): one.ratio.value for one in summarize_hardware([laptop, node]).cost_ratios}
    assert ratios == {
        (Place("laptop", "cpu:1"), 32): pytest.approx(2.0),
        (Place("laptop", "cpu:1"), 512): pytest.approx(0.5),
        (Place("laptop", "cpu:2"), 32): pytest.approx(400 / 150),
        (Place("node7", "cpu:1"), 32): pytest.approx(3.0),
    }


def test_the_answer_changes_at_the_batch_size_where_the_curves_cross(laptop):
    (crossover,) = summarize_hardware([laptop]).crossovers
    assert (crossover.kind, crossover.where, crossover.a, crossover.b) == (
        "models", Place("laptop", "cpu:1"), "lstm", "cnn",
    )  # fmt: skip
    assert crossover.crossing.x == pytest.approx(128.0)
    assert not crossover.crossing.a_leads_before


def test_a_crossing_is_clear_where_the_trials_of_both_sides_stand_apart_around_it(make_source, laptop):
    assert summarize_hardware([laptop]).crossovers[0].is_clear
    close = {("lstm", "cpu:1", 32): 100.0, ("lstm", "cpu:1", 512): 201.0,
             ("cnn", "cpu:1", 32): 200.0, ("cnn", "cpu:1", 512): 200.0}  # fmt: skip
    (crossover,) = summarize_hardware([make_source(close, **LAPTOP)]).crossovers
    assert not crossover.is_clear
    (alone,) = summarize_hardware([make_source({**close, ("lstm", "cpu:1", 512): 900.0}, seeds=(0,))]).crossovers
    assert not alone.is_clear  # one trial a side has no bounds


def test_sizes_at_which_the_ratio_is_open_lie_between_those_that_decide_a_crossing(make_source):
    lstm, sizes = (100.0, 199.5, 400.0), (32, 128, 512)
    throughputs = {("lstm", "cpu:1", size): rate for size, rate in zip(sizes, lstm, strict=True)}
    throughputs |= {("cnn", "cpu:1", size): 200.0 for size in sizes}
    (crossover,) = summarize_hardware([make_source(throughputs, **LAPTOP)]).crossovers
    assert (crossover.crossing.before, crossover.crossing.after, crossover.is_clear) == (32, 512, True)
    assert 128 < crossover.crossing.x < 129


@pytest.mark.parametrize(
    ("lstm", "told"),
    [
        ((300.0, 100.0, 200.5, 100.0), [(8, 16, True), (16, 32, False), (32, 64, False)]),  # 16 says that cnn leads
        ((300.0, 199.5, 200.5, 100.0), [(8, 64, True)]),  # three crossings of one decided change
    ],
)
def test_the_nearest_decided_sizes_decide_a_crossing_and_say_so_once(make_source, lstm, told):
    sizes = (8, 16, 32, 64)
    throughputs = {("lstm", "cpu:1", size): rate for size, rate in zip(sizes, lstm, strict=True)}
    throughputs |= {("cnn", "cpu:1", size): 200.0 for size in sizes}
    found = summarize_hardware([make_source(throughputs, **LAPTOP)]).crossovers
    assert [(one.crossing.before, one.crossing.after, one.is_clear) for one in found] == told


def test_a_throughput_is_a_geometric_mean_so_that_a_speedup_is_the_ratio_of_two(laptop):
    summary = summarize_hardware([laptop])
    one, two = (find_row(summary, "lstm", "laptop", device) for device in ("cpu:1", "cpu:2"))
    assert one.throughput.value == pytest.approx(100 * 1.02**0.5)
    assert two.throughput.value / one.throughput.value == pytest.approx(two.speedup.value)


def test_a_gpu_overtakes_its_machines_cpu_where_their_curves_cross(make_source):
    throughputs = {("lstm", "cpu:1", 32): 200.0, ("lstm", "cpu:1", 512): 200.0,
             ("lstm", "gpu", 32): 100.0, ("lstm", "gpu", 512): 400.0}  # fmt: skip
    (crossover,) = summarize_hardware([make_source(throughputs, **LAPTOP)]).crossovers
    assert (crossover.kind, crossover.where, crossover.b) == ("places", "lstm", Place("laptop", "gpu"))
    assert crossover.crossing.x == pytest.approx(128.0)


def test_scaling_is_of_the_same_machine_and_case(laptop, node):
    scalings = summarize_hardware([laptop, node]).scalings
    assert [(one.variant, one.machine, one.batch_size) for one in scalings] == [
        ("lstm", "laptop", 32), ("cnn", "laptop", 32),
    ]  # fmt: skip
    assert [point.efficiency for point in scalings[0].points] == pytest.approx([1.0, 0.75])


def test_a_target_costs_seconds_dollars_and_joules(laptop, node):
    summary = summarize_hardware([laptop, node], prices=["node7=3.6"])
    (cost,) = [one for one in summary.to_target if one.place.machine == "node7" and one.variant == "lstm"]
    assert cost.result.target == 0.8
    assert cost.usd == pytest.approx(cost.result.median_train_s / 1000)
    assert cost.joules == 100.0
    assert cost.sensors == ("package-0",)
    assert all((one.usd, one.joules) == (None, None) for one in summary.to_target if one.place.machine == "laptop")


def test_targets_can_be_asked_for_after_the_fact(node):
    assert {one.result.target for one in summarize_hardware([node], targets=[0.5, 0.99]).to_target} == {0.5, 0.99}


def test_the_same_seeds_are_compared_between_places_and_a_difference_is_flagged(make_source, laptop):
    other = make_source({("lstm", "cpu:1", 32): 300.0}, val_accuracy=(0.7, 0.5), **NODE)
    pairs = summarize_hardware([laptop, other]).curve_pairs
    found = {(pair.variant, pair.b, pair.seed): pair.agreement.agrees for pair in pairs}
    assert found[("lstm", Place("laptop", "cpu:2"), 0)]
    assert not found[("lstm", Place("node7", "cpu:1"), 1)]
    assert all(pair.a == Place("laptop", "cpu:1") for pair in pairs)


def test_curves_of_other_data_are_not_compared(make_source, laptop):
    other = make_source({("lstm", "cpu:1", 32): 300.0}, **NODE)
    changed = tuple(
        journal.model_copy(
            update={
                "start": journal.start.model_copy(
                    update={"data": journal.start.data.model_copy(update={"sha256": "0" * 64})}
                )
            }
        )
        for journal in other.journals
    )
    pairs = summarize_hardware([laptop, type(other)(other.record, changed, {})]).curve_pairs
    assert not [pair for pair in pairs if pair.b.machine == "node7"]


def test_a_subset_that_follows_from_the_batch_size_is_no_part_of_a_networks_name(make_source):
    throughputs = {("lstm", "cpu:1", 32): 100.0, ("lstm", "cpu:1", 1024): 200.0}
    assert {row.variant for row in summarize_hardware([make_source(throughputs, **LAPTOP)]).rows} == {"lstm"}


def test_rows_stand_by_network_batch_size_machine_and_device(laptop, node):
    rows = summarize_hardware([node, laptop]).rows
    assert [(row.variant, row.case.batch_size, *row.place.__dict__.values()) for row in rows][:5] == [
        ("lstm", 32, "node7", "cpu:1"), ("lstm", 32, "laptop", "cpu:1"), ("lstm", 32, "laptop", "cpu:2"),
        ("lstm", 32, "laptop", "gpu"), ("lstm", 512, "laptop", "cpu:1"),
    ]  # fmt: skip


def test_noise_is_told_for_each_machine(laptop, node):
    noisy = node.journals[0].model_copy(
        update={"start": node.journals[0].start.model_copy(update={"concurrent": True})}
    )
    epochs = tuple(
        epoch.model_copy(update={"noise": epoch.noise.model_copy(update={"num_foreign_gpu_processes": 2})})
        for epoch in noisy.epochs
    )
    journals = (noisy.model_copy(update={"epochs": epochs}), *node.journals[1:])
    _, found = summarize_hardware([laptop, type(node)(node.record, journals, {})]).noise
    assert (found.machine, found.num_trials, found.num_concurrent, found.num_foreign) == ("node7", 4, 1, 2)


def test_a_deterministic_case_has_no_throughput_and_no_seconds_and_its_row_says_why(make_source):
    source = make_source({("lstm", "cpu:1", 32): 100.0}, **LAPTOP)
    journals = tuple(
        journal.model_copy(
            update={
                "start": journal.start.model_copy(
                    update={"case": journal.start.case.model_copy(update={"deterministic": True})}
                )
            }
        )
        for journal in source.journals
    )
    summary = summarize_hardware([type(source)(source.record, journals, {})], targets=[0.8], prices=["laptop=2.5"])
    assert all(row.throughput is None for row in summary.rows)
    exact = next(row for row in summary.rows if not row.case.reports_times)
    assert exact.absence == NoThroughput("deterministic", "")
    assert word_absence(exact.absence) == "not timed: deterministic operations can be slower"
    (cost,) = summary.to_target
    assert (cost.result.hits, cost.result.median_epochs, cost.result.median_train_s, cost.usd) == (2, 2, None, None)


def test_a_target_is_told_by_seeds_that_differ_and_lies_above_the_largest_class(make_source):
    source = make_source({("lstm", "cpu:1", 32): 100.0}, **LAPTOP)
    first = source.journals[0]
    data = first.start.data.model_copy(update={"majority_accuracy": 0.6})
    same = tuple(
        one.model_copy(update={"epochs": first.epochs, "start": one.start.model_copy(update={"data": data})})
        for one in source.journals
    )
    summary = summarize_hardware([replace(source, journals=same)], targets=[0.5, 0.8])
    assert summary.targets == (0.8,)
    assert [(cost.result.hits, cost.result.num_trials) for cost in summary.to_target] == [(1, 1)]
