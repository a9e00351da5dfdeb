"""Which trials speak for a claim, and why none does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bench.analysis.run_journals import RunJournals
from bench.claims.evidence import (
    ClaimSide,
    Undecided,
    UndecidedCode,
    common_seeds,
    comparable_seeds,
    distinct_sides,
    find_sides,
)
from bench.claims.statements import Selector
from bench.plan.case import Case
from bench.plan.expand import NotRun
from bench.store.records import Journal, ResolvedSuite, RunRecord

MakeRun = Callable[..., RunRecord]
MakeJournal = Callable[..., Journal]
MakeCase = Callable[..., Case]
SELECTORS: Mapping[str, Selector] = {
    "rnn": Selector(model="lstm"),
    "cnn": Selector(model="cnn"),
    "on-gpu": Selector(model="lstm-cudnn", device="gpu"),
}


@pytest.fixture
def of(make_run: MakeRun) -> Callable[..., RunJournals]:
    """Return a function that puts journals into a run that planned their cases."""

    def build(*journals: Journal, **changes: Any) -> RunJournals:
        cases = {journal.start.case.case_id: journal.start.case for journal in journals}
        return RunJournals(make_run(list(cases.values()) or ["lstm"], seeds=range(9), **changes), journals)

    return build


def _sides(*names: str, runs: list[RunJournals], full_data: bool = True) -> tuple[ClaimSide, ...] | Undecided:
    return find_sides(names, SELECTORS, runs, full_data=full_data)


def _code(found: tuple[ClaimSide, ...] | Undecided) -> UndecidedCode:
    assert isinstance(found, Undecided)
    return found.code


def test_seeds_that_computed_the_same_are_one_by_themselves_and_several_beside_what_differs(
    of: Any, make_journal: MakeJournal
) -> None:
    """A network that sets a seed of its own: alone it has one seed, and against another each of that other's."""
    first = make_journal(seed=0)
    alike = [make_journal(seed=seed).model_copy(update={"epochs": first.epochs}) for seed in range(5)]
    found = _sides("rnn", "cnn", runs=[of(*alike, *(make_journal("cnn", seed) for seed in range(5)))])
    assert isinstance(found, tuple)
    assert [list(side.by_seed) for side in distinct_sides(found[:1])] == [[0]]
    assert common_seeds(*distinct_sides(found)) == (0, 1, 2, 3, 4)


def test_a_case_speaks_with_one_trial_a_seed(of: Any, make_journal: MakeJournal) -> None:
    found = _sides("rnn", runs=[of(make_journal(seed=1), make_journal(seed=0), make_journal("cnn"))])
    assert isinstance(found, tuple)
    (side,) = found
    assert (side.name, [journal.start.seed for journal in side.trials]) == ("rnn", [0, 1])


def test_a_seed_of_two_runs_counts_once_and_an_ok_trial_stands_in_for_a_crashed_one(
    of: Any, make_journal: MakeJournal
) -> None:
    first = of(make_journal(seed=0, train_s=10.0), make_journal(seed=1, status="oom"))
    second = of(make_journal(seed=0, train_s=20.0), make_journal(seed=1, train_s=20.0))
    found = _sides("rnn", runs=[first, second])
    assert isinstance(found, tuple)
    assert [journal.epochs[0].train_s for journal in found[0].trials] == [10.0, 20.0]


def test_trials_without_an_epoch_are_counted_apart(of: Any, make_journal: MakeJournal) -> None:
    found = _sides("rnn", runs=[of(make_journal(seed=0), make_journal(seed=1, val_accuracy=(), status="oom"))])
    assert isinstance(found, tuple)
    assert (list(found[0].by_seed), len(found[0].crashed)) == ([0], 1)
    assert [journal.start.seed for journal in found[0].trials] == [0, 1]


def test_of_a_seed_of_several_runs_the_longest_ok_trial_speaks_in_whatever_order_they_are_named(
    of: Any, make_journal: MakeJournal, make_case: MakeCase
) -> None:
    short, long = make_case(epochs=3), make_case(epochs=10)
    runs = [
        of(make_journal(short, run_id="c")),
        of(make_journal(long, run_id="b"), make_journal(long, seed=1, run_id="b", status="oom")),
        of(make_journal(long, run_id="a"), make_journal(short, seed=1, run_id="a")),
    ]
    for order in itertools.permutations(runs):
        found = _sides("rnn", runs=list(order))
        assert isinstance(found, tuple)
        spoke = [(journal.start.run_id, journal.start.case.epochs) for journal in found[0].trials]
        assert spoke == [("a", 10), ("a", 3)]


def test_one_name_of_a_data_set_with_two_contents_makes_no_pair(of: Any, make_journal: MakeJournal) -> None:
    journal = make_journal()
    changed = journal.start.data.model_copy(update={"sha256": "0" * 64})
    first = of(journal, make_journal("cnn"))
    second = of(make_journal("cnn", data=changed), make_journal(seed=1, data=changed))
    assert isinstance(_sides("rnn", "cnn", runs=[first]), tuple)
    refused = Undecided(UndecidedCode.DATA_DIFFERS, {"dataset": "mnist", "num_checksums": 2})
    assert _sides("rnn", "cnn", runs=[of(journal), second]) == refused
    assert _sides("rnn", runs=[first, second]) == refused
    renamed = changed.model_copy(update={"name": "fashion_mnist"})
    assert isinstance(_sides("rnn", "cnn", runs=[of(journal, make_journal("cnn", data=renamed))]), tuple)


def test_a_part_of_the_data_speaks_only_where_the_claim_allows_it(
    of: Any, make_journal: MakeJournal, make_case: MakeCase
) -> None:
    runs = [of(make_journal(make_case(train_size=600)))]
    refused = _sides("rnn", runs=runs)
    assert _code(refused) == UndecidedCode.SUBSET
    assert isinstance(refused, Undecided)
    assert (refused.data["num_train"], refused.data["num_train_available"]) == (600, 60_000)
    assert isinstance(_sides("rnn", runs=runs, full_data=False), tuple)


def test_whole_data_speaks_where_a_part_stands_before_it(
    of: Any, make_journal: MakeJournal, make_case: MakeCase
) -> None:
    found = _sides("rnn", runs=[of(make_journal(make_case(train_size=600))), of(make_journal(seed=3))])
    assert isinstance(found, tuple)
    assert list(found[0].by_seed) == [3]


def test_two_sides_stand_on_one_device(of: Any, make_journal: MakeJournal, make_case: MakeCase) -> None:
    cpu, gpu, cnn = make_case(), make_case(device="gpu"), make_case("cnn", device="gpu")
    found = _sides("rnn", "cnn", runs=[of(make_journal(cpu), make_journal(gpu), make_journal(cnn))])
    assert isinstance(found, tuple)
    assert [side.case.device for side in found] == ["gpu", "gpu"]
    assert _code(_sides("rnn", "cnn", runs=[of(make_journal(cpu), make_journal(cnn))])) == UndecidedCode.NO_PAIR


def test_what_was_not_trained_has_its_reason(of: Any, make_journal: MakeJournal, make_case: MakeCase) -> None:
    found = _sides("cnn", runs=[of(make_journal())])
    assert found == Undecided(UndecidedCode.NO_CASE, {"case": "cnn", "flags": "--model cnn"})
    assert _code(_sides("rnn", runs=[of()])) == UndecidedCode.NOT_STARTED
    left = NotRun(case=make_case("lstm-cudnn", device="gpu"), reason="no GPU is visible")
    suite = ResolvedSuite(name="claims", description="", targets=(0.9,), timeout_s=None, trials=(), not_run=(left,))
    reason = _sides("on-gpu", runs=[of(make_journal(), suite=suite)])
    assert reason == Undecided(UndecidedCode.NOT_RUN, {"case": "on-gpu", "why": "no GPU is visible"})


def test_seconds_compare_on_one_machine_with_nothing_beside(of: Any, make_journal: MakeJournal) -> None:
    here = make_journal().start.environment
    other = here.model_copy(update={"fingerprint": "ffffffffffff"})
    slowed = here.model_copy(update={"variables": {"ONEDNN_MAX_CPU_ISA": "SSE41"}})
    run = of(
        make_journal(seed=0), make_journal("cnn", seed=0),
        make_journal(seed=1), make_journal("cnn", seed=1, environment=other),
        make_journal(seed=2), make_journal("cnn", seed=2, concurrent=True), make_journal(seed=3),
        make_journal(seed=4), make_journal("cnn", seed=4, environment=slowed),
    )  # fmt: skip
    found = _sides("rnn", "cnn", runs=[run])
    assert isinstance(found, tuple)
    assert common_seeds(*found) == (0, 1, 2, 4)
    assert comparable_seeds(*found) == (0,)
