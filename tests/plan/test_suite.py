"""Suite files: checked strictly, with sentences that name file, key and what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ConfigError
from bench.plan.suite import builtin_suites, load_suite, parse_suite
from bench.plan.toml_file import MAX_TOML_BYTES

SMALL = b'name = "mine"\n[[cases]]\nmodel = "lstm"\n'


def test_a_small_suite_has_the_defaults():
    suite = parse_suite(SMALL, "mine.toml")
    assert (suite.seeds, suite.targets, suite.timeout_s) == ((0,), (0.9,), None)


def test_one_value_and_a_list_are_both_fine():
    suite = parse_suite(SMALL + b"batch_size = [32, 128]\nepochs = 2\n", "mine.toml")
    assert suite.cases[0].batch_size == (32, 128)
    assert suite.cases[0].model == ("lstm",)


def test_seeds_may_be_a_count_a_range_or_a_list():
    assert parse_suite(b"seeds = 2\n" + SMALL, "s").seeds == (0, 1)
    assert parse_suite(b'seeds = "4-5"\n' + SMALL, "s").seeds == (4, 5)
    assert parse_suite(b"seeds = [7, 9]\n" + SMALL, "s").seeds == (7, 9)


def test_an_unknown_key_is_named_with_a_suggestion_and_the_allowed_keys():
    with pytest.raises(ConfigError) as caught:
        parse_suite(SMALL + b"batchsize = 32\n", "mine.toml")
    assert "mine.toml: unknown key cases.0.batchsize; did you mean 'batch_size'?" in str(caught.value)
    assert "(allowed: activation, axes, backend, batch_size," in str(caught.value)


def test_a_problem_inside_a_list_is_named_once():
    with pytest.raises(ConfigError) as caught:
        parse_suite(SMALL + b"batchsize = 32\n", "mine.toml")
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_key_at_the_top_is_named_too():
    with pytest.raises(ConfigError, match="unknown key sedes; did you mean 'seeds'"):
        parse_suite(b"sedes = 3\n" + SMALL, "mine.toml")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"epochs = 0", "cases.0.epochs: input should be greater than or equal to 1, received 0"),
        (b'epochs = "3"', "cases.0.epochs: input should be a valid integer, received '3'"),
        (b"batch_size = 1.5", r"cases.0.batch_size.0: input should be a valid integer, received 1.5"),
        (b"batch_size = []", "cases.0.batch_size: value should have at least 1 item"),
        (b'precision = "int8"', "cases.0.precision.0: input should be 'float32', 'mixed_float16'"),
        (b"unroll = 1", "cases.0.unroll.0: input should be a valid boolean, received 1"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected_and_received(line, sentence):
    with pytest.raises(ConfigError, match=sentence):
        parse_suite(SMALL + line + b"\n", "mine.toml")


@pytest.mark.parametrize("value", [b"nan", b"inf", b"-1", b"0", b"1.5", b"true", b'"0.9"'])
def test_a_target_outside_zero_to_one_is_refused(value):
    with pytest.raises(ConfigError, match="targets"):
        parse_suite(b"targets = " + value + b"\n" + SMALL, "mine.toml")


@pytest.mark.parametrize(
    "content",
    [b"name = ", b"\xff\xfe", b"x = " + b"[" * 100_000, b"x = " + b"9" * 5000, b'name = "m"', b'name = "../m"'],
)
def test_hostile_toml_gives_a_clear_error(content):
    with pytest.raises(ConfigError, match=r"mine\.toml: "):
        parse_suite(content, "mine.toml")


def test_a_huge_file_is_refused_by_size(tmp_path):
    path = tmp_path / "big.toml"
    path.write_bytes(b"#" * (MAX_TOML_BYTES + 1))
    with pytest.raises(ConfigError, match="at most 1,048,576 bytes"):
        load_suite(str(path))


def test_a_missing_file_is_named():
    with pytest.raises(ConfigError, match=r"cannot read nowhere\.toml: No such file"):
        load_suite("nowhere.toml")


def test_an_unknown_name_gets_the_known_ones_and_a_suggestion():
    with pytest.raises(ConfigError, match=r"one of .*tutorial.*received 'tutorail'; did you mean 'tutorial'"):
        load_suite("tutorail")


def test_the_tutorial_trains_its_lstm_for_3_epochs_and_its_cnn_for_10():
    entries = load_suite("tutorial").cases
    assert [(entry.model, entry.epochs) for entry in entries] == [(("lstm",), 3), (("cnn",), 10)]


def test_suites_whose_purpose_is_a_ratio_of_speeds_train_in_turns():
    """The discrepancy is one of epochs, each of its cases of another setting."""
    in_turns = {name: suite.in_turns for name, suite in builtin_suites().items()}
    assert in_turns.pop("discrepancy") is False
    assert all(in_turns.values())
    assert not parse_suite(SMALL, "mine.toml").in_turns


def test_every_suite_that_ships_is_named_as_its_file_and_described():
    suites = builtin_suites()
    assert {"quick", "tutorial"} <= suites.keys()
    assert all(suite.description and suite.timeout_s for suite in suites.values())


@given(st.binary(max_size=200))
def test_any_bytes_give_a_suite_or_a_clear_error(content):
    try:
        suite = parse_suite(content, "mine.toml")
    except ConfigError as error:
        assert str(error).startswith("mine.toml: ")
    else:
        assert suite.cases
