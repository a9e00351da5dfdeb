"""Claims files: checked strictly, with sentences that name file, key and what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.claims.claims_file import builtin_claims, load_claims, parse_claims
from bench.errors import ConfigError, MissingDataError
from bench.plan.case import Case
from bench.plan.expand import expand_cases
from bench.plan.suite import Axes, load_suite
from bench.plan.toml_file import MAX_TOML_BYTES

PLAIN = Case(model="cnn", epochs=12)
CASES = '[cases]\nrnn = { model = "lstm" }\ncnn = { model = "cnn" }\n'
CLAIM = '[[claims]]\nid = "one"\nstatement = "It is."\npredicate = "sooner"\ncase = "rnn"\nthan = "cnn"\ntarget = 0.9\n'
SMALL = 'name = "mine"\nsource = "A book."\n' + CASES + CLAIM


def parse(text):
    return parse_claims(text.encode(), "mine.toml")


def test_a_small_file_asks_for_five_seeds_and_all_data():
    (claim,) = parse(SMALL).claims
    assert (claim.predicate, claim.case, claim.than, claim.target) == ("sooner", "rnn", "cnn", 0.9)
    assert (claim.min_seeds, claim.full_data, claim.note) == (5, True, "")


def test_a_selector_remembers_what_was_named():
    assert parse(SMALL).cases["rnn"].model_fields_set == {"model"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("target", "traget", r"mine\.toml: claims\.0: unknown key traget; did you mean 'target'\? \(allowed: case, "),
        ("target = 0.9\n", "", r"mine\.toml: claims\.0: key target is missing"),
        ("target = 0.9", "target = 90.0", r"claims\.0: target: input should be less than or equal to 1, received 90"),
        ("target = 0.9", "target = nan", r"claims\.0: target: input should be a finite number"),
        ('"sooner"', '"soner"', r"claims\.0\.predicate: expected one of reaches, .*'soner'; did you mean 'sooner'\?"),
        ('"sooner"', "7", r"claims\.0\.predicate: expected one of reaches, .*received '7'"),
        ('predicate = "sooner"\n', "", r"claims\.0: key predicate is missing; expected one of reaches"),
        ('than = "cnn"', 'than = "cn"', r"claims\.0\.than: expected one of rnn, cnn, received 'cn'; did you mean"),
        ('than = "cnn"', 'than = "rnn"', r"claims\.0\.than: expected another case than 'rnn'"),
        ('case = "rnn"', 'case = "lstm"', r"claims\.0\.case: expected one of rnn, cnn, received 'lstm'"),
        ('model = "lstm"', 'model = "lsmt"', r"cases\.rnn: model: expects one of .*did you mean 'lstm'"),
        ('model = "lstm"', 'model = "lstm", scalling = "none"', r"cases\.rnn: unknown key scalling; did you mean 'sca"),
        (
            'model = "lstm"',
            'model = "lstm", scaling = "non"',
            r"cases\.rnn: scaling: input should be 'unit', 'standard'",
        ),
        ('source = "A book."\n', "", r"mine\.toml: key source is missing"),
        ('id = "one"', 'id = "../one"', r"claims\.0: id: "),
        (
            'id = "one"',
            'id = "one"\nmin_seeds = 0',
            r"claims\.0: min_seeds: input should be greater than or equal to 1",
        ),
    ],
)
def test_a_fault_is_named_with_file_key_and_what_is_allowed(old, new, sentence):
    assert old in SMALL
    with pytest.raises(ConfigError, match=sentence):
        parse(SMALL.replace(old, new, 1))


def test_an_id_stands_once():
    with pytest.raises(ConfigError, match=r"claims\.1\.id: 'one' appears twice"):
        parse(SMALL + CLAIM)


def test_a_file_without_a_claim_is_refused():
    with pytest.raises(ConfigError, match="claims"):
        parse('name = "mine"\nsource = "A book."\nclaims = []\n' + CASES)


@pytest.mark.parametrize("content", [b"\xff", b"x = " + b"[" * 100_000, b"x = " + b"9" * 5000, b"claims = 3", b""])
def test_hostile_toml_gives_a_clear_error(content):
    with pytest.raises(ConfigError, match=r"mine\.toml: "):
        parse_claims(content, "mine.toml")


def test_a_huge_file_a_missing_file_and_an_unknown_name_are_refused(tmp_path):
    path = tmp_path / "big.toml"
    path.write_bytes(b"#" * (MAX_TOML_BYTES + 1))
    with pytest.raises(ConfigError, match="at most 1,048,576 bytes"):
        load_claims(str(path))
    with pytest.raises(ConfigError, match=r"cannot read nowhere\.toml: No such file"):
        load_claims("nowhere.toml")
    with pytest.raises(ConfigError, match=r"one of .*tutorial, .*received 'tutorail'; did you mean 'tutorial'"):
        load_claims("tutorail")


def test_the_tutorials_eight_statements_are_there_and_each_says_how_it_was_read():
    claims = builtin_claims()["tutorial"].claims
    assert {claim.id[0] for claim in claims} == set("12345678")
    assert all(claim.note and claim.min_seeds >= 5 and claim.full_data for claim in claims)
    assert [(claim.target, claim.within_epochs) for claim in claims if claim.predicate == "reaches"] == [(0.9, 3)]
    assert [claim.at_least_epochs for claim in claims if claim.predicate == "needs_at_least"] == [10]


@given(st.binary(max_size=200))
def test_any_bytes_give_claims_or_a_clear_error(content):
    try:
        claims = parse_claims(content, "mine.toml")
    except ConfigError as error:
        assert str(error).startswith("mine.toml: ")
    else:
        assert claims.claims


def test_the_suite_claims_trains_every_case_that_the_tutorials_claims_are_about():
    cases, not_run = expand_cases(load_suite("claims"), Axes(), lambda device: "cpu" if device == "auto" else device)
    assert not_run == ()
    claims = load_claims("tutorial")
    for name, selector in claims.cases.items():
        assert any(selector.matches(case) for case in cases), name
    budgets = {case.case_id: case.epochs for case in cases}
    assert (budgets["lstm-mnist-b32-float32-cpu-pipeline"], budgets["cnn-mnist-b32-float32-cpu-pipeline"]) == (3, 10)
    assert len(load_suite("claims").seeds) >= max(claim.min_seeds for claim in claims.claims)


def test_the_sweep_for_the_discrepancy_trains_shallow_cnns_beyond_the_claimed_epoch():
    suite = load_suite("discrepancy")
    cases, not_run = expand_cases(
        suite,
        Axes(),
        lambda _: "cpu",
        find_missing_data=lambda name: None if name == "mnist" else MissingDataError(name),
    )
    assert {case.model for case in cases} == {"cnn"}
    assert all(case.epochs > 10 for case in cases)
    assert len({case.case_id for case in cases}) == 10
    assert [left.case.dataset for left in not_run] == ["fashion_mnist", "cifar10"]
    tried = {axis for case in cases for axis in Case.model_fields if getattr(case, axis) != getattr(PLAIN, axis)}
    assert tried == {
        "optimizer", "learning_rate", "scaling", "activation", "output_activation", "train_size", "filters",
        "batch_size", "input",
    }  # fmt: skip
