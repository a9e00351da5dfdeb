"""Seeds that computed the same are one, and a case of one seed decides nothing about accuracy."""

from bench.analysis.cautions import find_cautions
from bench.analysis.equal_seeds import distinct_seeds, repeated_seeds
from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import CautionCode


def copy_of(journal, make_journal, seed):
    """Return the journal of another seed that computed what this one did."""
    return make_journal(journal.start.case, seed).model_copy(update={"epochs": journal.epochs})


def test_equal_curves_are_one_seed_and_others_stay(make_journal):
    first, third = make_journal("cnn", 0), make_journal("cnn", 2)
    assert distinct_seeds([first, copy_of(first, make_journal, 1), third]) == [first, third]


def test_a_seed_of_several_cases_is_repeated_where_all_of_them_are(make_journal):
    """On seed 1 both cases do what they did on seed 0; on seed 2 one of them does, and on seed 3 the sides change."""
    lstm, cnn = make_journal("lstm", 0), make_journal("cnn", 0)
    same = [copy_of(lstm, make_journal, seed) for seed in (1, 2)]
    others = [copy_of(cnn, make_journal, 1), make_journal("cnn", 2)]
    sides = dict(enumerate([lstm, *same])), dict(enumerate([cnn, *others]))
    assert repeated_seeds(sides) == {1}
    crossed = {0: lstm, 3: copy_of(cnn, make_journal, 3)}, {0: cnn, 3: copy_of(lstm, make_journal, 3)}
    assert repeated_seeds(crossed) == frozenset()


def test_trials_without_an_epoch_all_stay(make_journal):
    assert len(distinct_seeds([make_journal("cnn", seed, val_accuracy=()) for seed in (0, 1)])) == 2


def test_three_equal_trials_decide_no_accuracy_and_are_three_of_speed(make_case, make_journal, make_run):
    cases = [make_case("lstm"), make_case("mine:build")]
    first = make_journal(cases[1], 0)
    journals = [make_journal(cases[0], seed, val_accuracy=(0.90 + seed / 1000, 0.91, 0.92)) for seed in range(3)]
    journals += [first, *(copy_of(first, make_journal, seed) for seed in (1, 2))]
    summary = summarize_run(make_run(cases, seeds=range(3)), journals)
    contrasts = {contrast.measure: contrast for contrast in summary.comparisons[0].contrasts}
    assert (contrasts["val_accuracy_budget"].num_pairs, contrasts["val_accuracy_budget"].decided) == (1, False)
    assert contrasts["fit_throughput"].num_pairs == 3
    mine = summary.cases[1]
    assert (mine.final_val_accuracy.n, mine.targets[0].num_trials, mine.fit_throughput.n) == (1, 1, 3)
    found = [caution for caution in summary.cautions if caution.code is CautionCode.EQUAL_SEEDS]
    assert [(caution.labels, caution.data) for caution in found] == [
        (("mine:build",), {"num_trials": 3, "num_distinct": 1})
    ]


def test_trials_of_different_networks_under_one_name_are_named(make_journal, make_run):
    journals = [make_journal("cnn", 0), make_journal("cnn", 1, built={"num_params": 7_850})]
    summary = summarize_run(make_run(["cnn"], seeds=(0, 1)), journals)
    found = find_cautions(make_run(["cnn"], seeds=(0, 1)), summary.cases, (), journals)
    assert CautionCode.NETWORK_DIFFERS in {caution.code for caution in found}
