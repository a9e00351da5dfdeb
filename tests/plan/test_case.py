"""Case and trial ids: readable, safe as file names, and unique."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.plan.case import Case, Trial
from bench.setting_definition import slug


def test_a_default_case_reads_as_its_parts(make_case):
    assert make_case("lstm").case_id == "lstm-mnist-b32-float32-cpu"


def test_a_trial_adds_its_seed(make_case):
    assert Trial(case=make_case("lstm"), seed=3, index=7).trial_id == "lstm-mnist-b32-float32-cpu-s3"


def test_each_setting_that_is_not_the_default_is_named(make_case):
    case = make_case(
        "cnn-deep", device="cpu:2", scaling="none", train_size=500, jit="on", filters=8, depth=6, deterministic=True
    )
    assert case.case_id == "cnn-deep-mnist-b32-float32-cpu2-unscaled-n500-jit_on-f8-d6-deterministic"


def test_an_optimizer_its_rate_and_an_activation_are_named(make_case):
    case = make_case("cnn", optimizer="sgd", learning_rate=1e-05, activation="sigmoid")
    assert case.case_id == "cnn-mnist-b32-float32-cpu-sgd-lr1e-05-sigmoid"


def test_threads_within_and_between_operations_are_named(make_case):
    case = make_case("lstm", intra_op_threads=1, inter_op_threads=2)
    assert case.case_id == "lstm-mnist-b32-float32-cpu-intra1-inter2"


def test_the_epoch_budget_is_no_part_of_a_case(make_case):
    assert make_case(epochs=1).case_id == make_case(epochs=9).case_id


def test_a_name_that_is_safe_stays_as_it_is():
    assert slug("mnist-pixels") == "mnist-pixels"


@pytest.mark.parametrize(
    "name",
    [
        "my.models:build",
        "../../etc/passwd",
        "Ünïcode",
        "a" * 80,
        "|<b>",
        "/",
        ".hidden",
        "a" + "." * 60,
        "a" * 50 + "." + "b" * 39,
    ],
)
def test_a_name_that_is_not_safe_becomes_safe_and_keeps_a_hash(name):
    assert re.fullmatch(r"[a-z0-9._]*_[0-9a-f]{6}", slug(name))


def test_names_that_look_alike_do_not_share_a_journal():
    assert slug("a/b") != slug("a:b")


@given(st.text(min_size=1, max_size=120))
def test_any_name_gives_a_file_name(name):
    result = slug(name)
    assert re.fullmatch(r"[a-z0-9._-]{1,60}", result)
    assert not result.startswith(".")


@pytest.mark.parametrize(
    "change",
    [{"batch_size": 0}, {"epochs": 0}, {"batch_size": "32"}, {"precision": "int8"}, {"x": 1}, {"inter_op_threads": 0}],
)
def test_a_case_that_cannot_be_is_refused(change):
    with pytest.raises(ValidationError):
        Case(**{"model": "lstm", "epochs": 1, **change})


def test_times_of_deterministic_operations_are_not_reported():
    assert Case(model="lstm", epochs=3).reports_times
    assert not Case(model="lstm", epochs=3, deterministic=True).reports_times
