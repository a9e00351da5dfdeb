"""What a run's data have that makes accuracies less than they seem: cautions, and a floor under targets."""

from __future__ import annotations

import pytest

from bench.analysis.case_summary import balanced_accuracy
from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import CautionCode
from bench.analysis.trial.time_to_target import TARGET_SWEEP


@pytest.fixture
def summarize(make_case, make_journal, make_run):
    """Return what summarizes a run of one case whose description of the data has these values."""

    def make(*, val_accuracy=(0.95, 0.97, 0.98), recalls=(), **changes):
        journal = make_journal(make_case("cnn"), val_accuracy=val_accuracy)
        data = journal.start.data.model_copy(update=changes)
        end = journal.end.model_copy(update={"recalls": recalls})
        changed = journal.model_copy(update={"start": journal.start.model_copy(update={"data": data}), "end": end})
        return summarize_run(make_run(["cnn"]), [changed])

    return make


def found(summary, code):
    return [(caution.labels, caution.data) for caution in summary.cautions if caution.code is code]


@pytest.mark.parametrize(
    ("changes", "code", "data"),
    [
        (
            {"example_shape": (1, 28, 28), "layout": "image"},
            CautionCode.AXES,
            {"dataset": "mnist", "example": "1 rows of 28 pixels with 28 channels"},
        ),
        ({"num_repeated": 7}, CautionCode.REPEATED, {"dataset": "mnist", "num_repeated": 7, "num_test": 10_000}),
        (
            {"num_classes": 60_000},
            CautionCode.MANY_CLASSES,
            {"dataset": "mnist", "num_classes": 60_000, "num_train": 60_000},
        ),
        (
            {"num_classes": 2, "majority_accuracy": 0.96},
            CautionCode.MAJORITY,
            {"dataset": "mnist", "majority": 0.96},
        ),
    ],
)
def test_each_fact_about_the_data_is_a_caution(summarize, changes, code, data):
    assert found(summarize(**changes), code) == [(("cnn",), data)]


def test_ordinary_data_have_none_of_them(summarize):
    summary = summarize(num_repeated=0, majority_accuracy=0.1135, layout="image")
    codes = {CautionCode.AXES, CautionCode.REPEATED, CautionCode.MANY_CLASSES, CautionCode.MAJORITY}
    assert not codes & {caution.code for caution in summary.cautions}


def test_targets_that_the_largest_class_reaches_are_left_out(summarize):
    summary = summarize(majority_accuracy=0.96)
    assert (summary.targets, summary.majority) == ((0.98,), 0.96)
    assert [result.target for result in summary.cases[0].sweep] == [0.97, 0.98, 0.99]
    assert summarize(majority_accuracy=0.5).targets == (0.9, 0.98)


def test_where_no_target_is_left_one_halfway_to_all_examples_stands(summarize):
    assert summarize(majority_accuracy=0.995).targets == (0.998,)


def test_a_journal_that_tells_no_classes_keeps_every_target(summarize):
    summary = summarize()
    assert (summary.targets, summary.majority) == ((0.9, 0.98), None)
    assert tuple(result.target for result in summary.cases[0].sweep) == TARGET_SWEEP


def test_the_balanced_accuracy_is_the_mean_recall_of_the_classes_that_are_there(summarize):
    case = summarize(recalls=(1.0, 0.0, None)).cases[0]
    assert (case.balanced_accuracy.value, case.recalls) == (0.5, (1.0, 0.0, None))
    assert balanced_accuracy(()) is None
    assert summarize().cases[0].balanced_accuracy is None
