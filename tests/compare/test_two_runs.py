"""Two runs against each other on made-up journals."""

import pytest

from bench.analysis.run_journals import RunJournals
from bench.compare.two_runs import compare_runs, find_machine_difference
from bench.compare.two_runs_types import ComparisonCaution, NotComparable
from bench.reports.compare.two_runs import word_because

SECONDS = {0: 60.0, 1: 61.0, 2: 62.0}
OTHER_RUN = "20261122T091500Z-tutorial-0002"
ACCURACIES = (0.85, 0.97, 0.98)


@pytest.fixture
def run(make_case, make_journal, make_run):
    """Return a factory of runs: models by seeds, each epoch `slower` times as long as SECONDS."""

    def make(
        models=("lstm",), seeds=(0, 1, 2), slower=1.0, epochs=3, val_accuracy=ACCURACIES, environment=None, **extra
    ):
        start = {"environment": environment} if environment else {}
        cases = [make_case(model, epochs=epochs) for model in models]
        journals = tuple(
            make_journal(
                case, seed, train_s=slower * SECONDS[seed], first_step_s=2.0 * slower,
                val_accuracy=[value - seed / 1000 for value in val_accuracy], **extra, **start,
            )
            for seed in seeds
            for case in cases
        )  # fmt: skip
        return RunJournals(make_run(cases, seeds, **start), journals)

    return make


def rows_of(comparison, case=0):
    return {(row.measure, row.target): row for row in comparison.cases[case].rows}


def test_a_run_half_as_fast_is_slower_in_every_time_and_equal_in_accuracy(run):
    rows = rows_of(compare_runs(run(), run(slower=2.0), 0.05, 0.005))
    throughput = rows["throughput", None]
    assert throughput.effect.value == pytest.approx(0.5)
    assert throughput.a == pytest.approx((180_000 - 32) / (3 * 61 - 2), rel=1e-3)
    assert (throughput.verdict, throughput.pairing, throughput.num_more) == ("slower", "unpaired", None)
    accuracy = rows["final_val_accuracy", None]
    assert (accuracy.kind, accuracy.effect.value) == ("difference", 0.0)
    assert accuracy.pairing == "paired by seed, not interleaved"


def test_seeds_that_computed_the_same_are_one_pair_of_accuracies_and_several_of_speeds(run):
    """Networks that set a seed of their own: three trials a side, all alike."""
    alike = [run(), run(slower=2.0)]
    alike = [
        RunJournals(one.record, tuple(j.model_copy(update={"epochs": one.journals[0].epochs}) for j in one.journals))
        for one in alike
    ]
    rows = rows_of(compare_runs(*alike, 0.05, 0.005))
    assert rows["final_val_accuracy", None].effect.n == 1
    assert rows["throughput", None].num_a == 3


def test_equal_runs_are_equivalent_where_their_spread_is_known_and_need_more_where_it_is_not(run):
    rows = rows_of(compare_runs(run(), run(), 0.05, 0.005))
    assert rows["throughput", None].verdict == "equivalent"
    first_step = rows["first_step_s", None]  # equal on all three seeds: no spread, so no interval
    assert (first_step.verdict, first_step.needs, first_step.num_more) == ("inconclusive", 7, None)
    accuracy = rows["final_val_accuracy", None]
    assert (accuracy.verdict, accuracy.needs, accuracy.num_more) == ("inconclusive", 6, None)


def test_one_seed_needs_two_and_is_never_called_equivalent(run):
    rows = compare_runs(run(seeds=(0,)), run(seeds=(0,), slower=2.0), 0.05, 0.005).cases[0].rows
    judged = {row.measure: (row.verdict, row.needs, row.num_more) for row in rows if row.why is None}
    assert {"throughput", "first_step_s", "train_s_to_target", "final_val_accuracy"} <= set(judged)
    assert set(judged.values()) == {("inconclusive", 2, None)}


def test_cases_that_one_run_lacks_are_listed(run):
    comparison = compare_runs(run(("lstm", "cnn")), run(("lstm", "cnn-deep")), 0.05, 0.005)
    assert [case.label for case in comparison.cases] == ["lstm"]
    assert comparison.only_a == ("cnn-mnist-b32-float32-cpu",)
    assert comparison.only_b == ("cnn-deep-mnist-b32-float32-cpu",)


def test_a_target_that_a_shared_seed_missed_is_not_compared(run):
    row = rows_of(compare_runs(run(), run(val_accuracy=(0.9, 0.95, 0.9805)), 0.05, 0.005))["train_s_to_target", 0.98]
    assert (row.verdict, row.why, row.data) == (
        "not comparable",
        NotComparable.NOT_ALL_HIT,
        {"a": 1, "b": 1, "seeds": 3},
    )


def test_other_seeds_leave_the_times_comparable_and_not_the_accuracy(run):
    rows = rows_of(compare_runs(run(seeds=(0, 1)), run(seeds=(2,)), 0.05, 0.005))
    assert rows["throughput", None].verdict == "inconclusive"
    assert rows["final_val_accuracy", None].why == NotComparable.NO_COMMON_SEED
    assert rows["train_s_to_target", 0.9].why == NotComparable.NO_COMMON_SEED


def test_other_epoch_budgets_leave_the_rate_comparable_and_not_what_grows_with_training(run):
    rows = rows_of(compare_runs(run(), run(epochs=4, val_accuracy=(*ACCURACIES, 0.99)), 0.05, 0.005))
    assert rows["throughput", None].verdict == "equivalent"
    assert rows["peak_rss_bytes", None].why == NotComparable.BUDGETS_DIFFER
    assert (rows["final_val_accuracy", None].why, rows["final_val_accuracy", None].data) == (
        NotComparable.BUDGETS_DIFFER, {"a": 3, "b": 4},
    )  # fmt: skip


def test_other_data_under_the_same_name_is_not_compared(run, make_journal):
    data = make_journal().start.data.model_copy(update={"sha256": "0" * 64})
    rows = compare_runs(run(), run(data=data), 0.05, 0.005).cases[0].rows
    assert {row.verdict for row in rows} == {"not comparable"}


def test_a_case_that_never_started_has_no_figure(run):
    a = run()
    comparison = compare_runs(a, RunJournals(a.record, ()), 0.05, 0.005)
    assert {row.verdict for row in comparison.cases[0].rows} == {"not comparable"}


def test_trials_that_did_not_end_ok_are_counted_and_have_no_final_accuracy(run):
    failed = run(seeds=(1,), epochs=3, status="failed", val_accuracy=(0.9,)).journals
    b = run(seeds=(0, 2))
    comparison = compare_runs(run(), RunJournals(run().record, (*b.journals, *failed)), 0.05, 0.005)
    rows = rows_of(comparison)
    assert comparison.cases[0].num_not_ok == (0, 1)
    assert (rows["throughput", None].num_b, rows["final_val_accuracy", None].num_b) == (3, 2)


def test_a_clock_that_saw_no_time_pass_gives_no_ratio(run):
    rows = rows_of(compare_runs(run(), run(slower=0.0), 0.05, 0.005))
    for measure, target in (("throughput", None), ("first_step_s", None), ("train_s_to_target", 0.9)):
        assert (rows[measure, target].verdict, rows[measure, target].num_b) == ("not comparable", 0)


def test_different_machines_are_told_with_what_differs_and_label_every_time(run, environment):
    other = environment.model_copy(update={"fingerprint": "ffffffffffff", "cpu_model": "Another CPU"})
    a, b = run(), run(environment=other)
    assert find_machine_difference(a, a) is None
    difference = find_machine_difference(a, b)
    assert (difference.fingerprints_a, difference.fingerprints_b) == (("a1b2c3d4e5f6",), ("ffffffffffff",))
    assert difference.fields == (("CPU", "Example CPU", "Another CPU"),)
    comparison = compare_runs(a, b, 0.05, 0.005)
    assert comparison.machines == difference
    for row in comparison.cases[0].rows:
        assert row.labels == (() if row.measure == "final_val_accuracy" else (ComparisonCaution.MACHINES_DIFFER,))


def test_one_run_of_two_machines_differs_from_every_other(run, environment):
    other = environment.model_copy(update={"fingerprint": "ffffffffffff"})
    mixed = RunJournals(run().record, (*run(seeds=(0,)).journals, *run(seeds=(1,), environment=other).journals))
    assert find_machine_difference(mixed, run()).fingerprints_a == ("a1b2c3d4e5f6", "ffffffffffff")


def test_times_of_a_run_in_turns_and_of_one_that_was_not_are_labelled(run, take_turns):
    a, b = run(), run()
    b = RunJournals(
        b.record, tuple(one for journal in b.journals for one in take_turns([journal, journal], (1, 1))[:1])
    )
    rows = rows_of(compare_runs(a, b, 0.05, 0.005))
    assert rows["throughput", None].labels == (ComparisonCaution.TURNS_DIFFER,)
    assert rows["final_val_accuracy", None].labels == ()
    assert rows_of(compare_runs(b, b, 0.05, 0.005))["throughput", None].labels == ()


def test_a_trial_whose_partner_failed_before_it_trained_is_as_one_alone(run, take_turns):
    a, b = run(), run()
    started = (take_turns([journal, journal], (1, 1), num_epochs=0)[0] for journal in b.journals)
    rows = rows_of(compare_runs(a, RunJournals(b.record, tuple(started)), 0.05, 0.005))
    assert rows["throughput", None].labels == ()


def test_times_that_were_measured_beside_others_are_labelled(run):
    rows = rows_of(compare_runs(run(), run(concurrent=True), 0.05, 0.005))
    assert rows["throughput", None].labels == (ComparisonCaution.CONCURRENT,)
    assert rows["final_val_accuracy", None].labels == ()


@pytest.mark.parametrize(
    ("val_accuracy", "slower"), [((0.96, 0.97, 0.98), 9.0), ((0.85, 0.97, 0.98), 1.5), ((0.85, 0.97, 0.98), 1.0)]
)
def test_a_target_of_which_validations_leave_the_change_open_is_not_compared(run, val_accuracy, slower):
    """It is passed within the first epoch, or between validations of which either run's may be the earlier."""
    runs = run(val_accuracy=val_accuracy), run(val_accuracy=val_accuracy, slower=slower)
    row = rows_of(compare_runs(*runs, 0.05, 0.005))["train_s_to_target", 0.9]
    assert (row.verdict, row.why, row.effect) == ("not comparable", NotComparable.BETWEEN_VALIDATIONS, None)


def test_a_target_is_compared_where_the_change_is_larger_than_what_is_between_validations(run):
    for runs, effect, verdict in ((1.0, 3.0), 3.0, "slower"), ((3.0, 1.0), 1 / 3, "faster"):
        a, b = (run(slower=slower) for slower in runs)
        row = rows_of(compare_runs(a, b, 0.05, 0.005))["train_s_to_target", 0.9]
        assert (row.effect.value, row.verdict, row.why) == (pytest.approx(effect), verdict, None)


def test_a_variable_that_differs_makes_times_not_comparable_and_is_named(run, environment):
    slowed = environment.model_copy(update={"variables": {"ONEDNN_MAX_CPU_ISA": "SSE41"}})
    difference = find_machine_difference(run(), run(environment=slowed))
    assert difference.fields == (("ONEDNN_MAX_CPU_ISA", "not set", "'SSE41'"),)
    mixed = run(environment=slowed)
    assert rows_of(compare_runs(run(), mixed, 0.05, 0.005))["throughput", None].labels == (
        ComparisonCaution.MACHINES_DIFFER,
    )


def test_times_of_deterministic_trials_are_not_compared_and_the_rest_is(make_case, make_journal, make_run):
    case = make_case(deterministic=True)
    journals = tuple(make_journal(case, seed, val_accuracy=(0.9 + seed / 100,) * 3) for seed in (0, 1))
    runs = [RunJournals(make_run([case], (0, 1)), journals) for _ in range(2)]
    rows = compare_runs(*runs, 0.05, 0.005).cases[0].rows
    untold = {row.measure: (row.a, row.b, row.effect, row.verdict) for row in rows if row.why}
    assert set(untold) == {"throughput", "fit_throughput", "first_step_s", "train_s_to_target"}
    assert set(untold.values()) == {(None, None, None, "not comparable")}
    assert {row.why for row in rows if row.why} == {NotComparable.DETERMINISTIC}
    assert word_because(rows[0]) == "deterministic operations can be slower"
