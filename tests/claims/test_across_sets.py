"""Claims about several data sets: each set by itself, sets counted, and no seeds pooled across them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.analysis.run_journals import RunJournals
from bench.claims.across_sets import partial_conjunction
from bench.claims.claims_file import load_claims, parse_claims
from bench.claims.evidence import UndecidedCode
from bench.claims.findings import Finding
from bench.claims.judge_claims import judge_claims
from bench.claims.statements import AheadOnSets, ClaimSet, Selector
from bench.errors import ConfigError
from bench.plan.expand import expand_cases
from bench.plan.suite import Axes, load_suite

NOISE = (0.0, 0.0003, 0.0001, 0.0004, 0.0002)
SETS = ("japanese-vowels", "spoken-digits", "word-languages")
Judge = Callable[..., Finding]


@pytest.fixture
def judge(make_case: Any, make_journal: Any, make_run: Any) -> Judge:
    """Return a function that judges one claim on gru and lstm against fcn.

    `accuracies` has a final accuracy by (model, data set); journals are of five seeds, of two epochs.
    """

    def build(accuracies: dict[tuple[str, str], float], num_seeds: int = 5, **keys: Any) -> Finding:
        trial = {"train_s": 10.0, "num_params": {}, "options": {}, **keys.pop("trial", {})}
        journals = [
            make_journal(
                make_case(model, dataset=dataset, scaling="standard", epochs=2, **trial["options"].get(model, {})),
                seed,
                val_accuracy=(accuracy - 0.1, accuracy + NOISE[(seed + ord(model[0])) % 5]),
                train_s=trial["train_s"][model] if isinstance(trial["train_s"], dict) else trial["train_s"],
                built={"num_params": trial["num_params"].get(model, 1000)},
            )
            for (model, dataset), accuracy in accuracies.items()
            for seed in range(num_seeds)
        ]
        fields = {"id": "one", "statement": "It is.", "predicate": "ahead_on_sets", "case": "rnns", "than": "cnns"}
        claims = ClaimSet(
            name="mine", source="A book.", cases={name: Selector(model=name) for name in ("gru", "lstm", "fcn")},
            groups={"rnns": ("gru", "lstm"), "cnns": ("fcn",)}, claims=(AheadOnSets(**fields, **keys),),
        )  # fmt: skip
        cases = list(dict.fromkeys(journal.start.case for journal in journals))
        run = make_run(cases or ["lstm"], seeds=range(num_seeds))
        (finding,) = judge_claims(claims, [RunJournals(run, tuple(journals))])
        return finding

    return build


def on_sets(*leads: float) -> dict[tuple[str, str], float]:
    """Return accuracies whose gru is ahead of fcn by so much, one data set each."""
    return {
        key: value
        for dataset, lead in zip(SETS, leads, strict=False)
        for key, value in (((("gru"), dataset), 0.8 + lead), ((("fcn"), dataset), 0.8))
    }


@pytest.mark.parametrize(
    ("leads", "verdict"),
    [
        ((0.1,), "supported"),
        ((-0.1,), "refuted"),
        ((0.0,), "inconclusive"),
        ((0.1, 0.1, -0.1), "supported"),
        ((0.1, 0.1, 0.0), "supported"),
        ((0.1, -0.1, -0.1), "refuted"),
        ((0.1, 0.0, 0.0), "inconclusive"),
        ((0.1, 0.0, -0.1), "inconclusive"),
        ((0.1, 0.1), "supported"),
        ((0.1, -0.1), "refuted"),  # one of two is not most
    ],
)
def test_it_is_decided_by_the_number_of_sets_on_which_it_holds(judge: Judge, leads: Any, verdict: str) -> None:
    assert judge(on_sets(*leads)).verdict == verdict


def test_a_large_lead_on_one_set_does_not_outweigh_two_small_ones_of_the_others(judge: Judge) -> None:
    finding = judge(on_sets(0.15, -0.01, -0.01))
    assert finding.verdict == "refuted"
    assert [one.verdict for one in finding.sets] == ["supported", "refuted", "refuted"]
    assert [one.dataset for one in finding.sets] == list(SETS)


def test_each_sets_lead_is_of_its_own_seeds(judge: Judge) -> None:
    finding = judge(on_sets(0.1, -0.05))
    assert [round(one.lead.value, 3) for one in finding.sets if one.lead] == [0.1, -0.05]
    assert [one.seeds for one in finding.sets] == [(0, 1, 2, 3, 4)] * 2
    assert all(pointer.trial_id.split("-")[1] in one.dataset for one in finding.sets for pointer in one.trials)


def test_the_best_of_a_group_speaks_for_it_on_each_seed(judge: Judge) -> None:
    accuracies = {("gru", SETS[0]): 0.7, ("lstm", SETS[0]): 0.9, ("fcn", SETS[0]): 0.8}
    (one,) = judge(accuracies).sets
    assert one.verdict == "supported"
    assert one.lead is not None
    assert round(one.lead.value, 3) == 0.1
    assert [(network.name, round(network.accuracy.value, 2)) for network in one.networks if network.accuracy] == [
        ("gru", 0.7), ("lstm", 0.9), ("fcn", 0.8),
    ]  # fmt: skip


def test_a_claim_names_its_data_sets_or_takes_all_that_both_groups_have(judge: Judge) -> None:
    accuracies = {**on_sets(0.1, -0.1), ("gru", "mine.npz"): 0.9}
    assert [one.dataset for one in judge(accuracies).sets] == list(SETS[:2])
    finding = judge(accuracies, datasets=(SETS[1],))
    assert [one.dataset for one in finding.sets] == [SETS[1]]
    assert finding.verdict == "refuted"


def test_within_equal_seconds_the_slower_network_has_fewer_epochs(judge: Judge) -> None:
    accuracies = {("gru", SETS[0]): 0.85, ("fcn", SETS[0]): 0.8}
    assert judge(accuracies, by="seconds").verdict == "supported"
    finding = judge(accuracies, by="seconds", trial={"train_s": {"gru": 19.0, "fcn": 10.0}})
    (one,) = finding.sets
    assert one.lead is not None
    assert round(one.lead.value, 2) == -0.05  # 0.75 after gru's first epoch against 0.8
    assert finding.verdict == "refuted"


def test_at_equal_parameters_only_networks_of_one_size_speak(judge: Judge) -> None:
    accuracies = {("gru", SETS[0]): 0.85, ("lstm", SETS[0]): 0.9, ("fcn", SETS[0]): 0.8}
    sizes = {"gru": 1040, "lstm": 5000, "fcn": 1000}
    finding = judge(accuracies, parameters="equal", trial={"num_params": sizes, "options": {"gru": {"units": 9}}})
    (one,) = finding.sets
    assert [network.name for network in one.networks] == ["gru", "fcn"]
    far = judge(accuracies, parameters="equal", trial={"num_params": {"gru": 1060, "lstm": 5000, "fcn": 1000}})
    assert far.verdict == "not tested"


def test_without_both_groups_nothing_is_tested_and_the_reason_says_what_to_run(judge: Judge) -> None:
    finding = judge({("gru", SETS[0]): 0.9})
    assert finding.verdict == "not tested"
    assert finding.reason
    assert finding.reason.code is UndecidedCode.NO_SETS


def test_few_seeds_decide_nothing(judge: Judge) -> None:
    finding = judge(on_sets(0.1), num_seeds=3)
    assert finding.verdict == "inconclusive"
    assert finding.reason
    assert finding.reason.code is UndecidedCode.FEW_SEEDS


@pytest.mark.parametrize(
    ("p_values", "fewest", "expected"),
    [([0.01], 1, 0.01), ([0.01, 0.5, 0.02], 2, 0.04), ([0.01, 0.02, 0.03], 1, 0.03), ([0.4, 0.9], 2, 0.9)],
)
def test_a_partial_conjunction_takes_the_rth_smallest_times_the_rest(p_values: Any, fewest: int, expected: Any) -> None:
    assert partial_conjunction(p_values, fewest) == pytest.approx(expected)


def test_the_claims_on_sequences_find_their_cases_in_the_suite() -> None:
    claims = load_claims("sequences")
    scalings = {"japanese-vowels": "standard", "spoken-digits": "standard", "word-languages": "none"}
    cases, _ = expand_cases(load_suite("sequences"), Axes(), lambda _: "cpu", own_scaling=scalings.__getitem__)
    of_the_data = frozenset({"dataset", "scaling", "max_length", "vocabulary"})
    assert all(any(selector.matches(case, of_the_data) for selector in claims.cases.values()) for case in cases)
    assert {name for names in claims.groups.values() for name in names} == claims.cases.keys()
    named = {dataset for claim in claims.claims for dataset in getattr(claim, "datasets", None) or ()}
    assert named == {case.dataset for case in cases}


def test_a_group_of_a_case_that_is_not_there_and_a_claim_on_no_group_are_refused() -> None:
    text = (
        'name = "m"\nsource = "s"\n[cases]\ngru = { model = "gru" }\nfcn = { model = "fcn" }\n[groups]\na = ["gru"]\n'
        'b = ["fcn"]\n[[claims]]\nid = "1"\nstatement = "It is."\npredicate = "ahead_on_sets"\ncase = "a"\nthan = "b"\n'
    )
    assert parse_claims(text.encode(), "m.toml").groups == {"a": ("gru",), "b": ("fcn",)}
    with pytest.raises(ConfigError, match=r"groups\.b: expected one of gru, fcn, received 'fnc'; did you mean 'fcn'"):
        parse_claims(text.replace('b = ["fcn"]', 'b = ["fnc"]').encode(), "m.toml")
    with pytest.raises(ConfigError, match=r"claims\.0\.than: expected one of a, b, received 'fcn'"):
        parse_claims(text.replace('than = "b"', 'than = "fcn"').encode(), "m.toml")
