"""Cases that differ by a setting and computed the same to the last bit."""

from __future__ import annotations

from collections.abc import Callable

from bench.analysis.equal_cases import by_seed, group_equal_cases
from bench.analysis.run_journals import RunJournals
from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import CautionCode
from bench.claims.claims_file import load_claims
from bench.claims.judge_claims import judge_claims
from bench.plan.case import Case
from bench.reports.claims.wording import name_neighbour, word_neighbours
from bench.reports.kit.files import PUBLISHED
from bench.store.find_runs import list_runs
from bench.store.records import Journal
from bench.store.run_folder import load_run

MakeJournal = Callable[..., Journal]
PLAIN = Case(model="cnn", epochs=2)
WIDE = PLAIN.model_copy(update={"filters": 128})
IN_EIGHTS = PLAIN.model_copy(update={"steps_per_execution": 8})


def with_losses(journal: Journal, *losses: float) -> Journal:
    epochs = zip(journal.epochs, losses, strict=True)
    return journal.model_copy(
        update={"epochs": tuple(epoch.model_copy(update={"loss": loss, "val_loss": loss}) for epoch, loss in epochs)}
    )


def trials(make_journal: MakeJournal, case: Case, *losses: tuple[float, ...]) -> dict[int, Journal]:
    return {
        seed: with_losses(make_journal(case, seed, val_accuracy=(0.9,) * len(of_seed)), *of_seed)
        for seed, of_seed in enumerate(losses)
    }


def test_two_settings_with_the_same_losses_on_every_shared_seed_are_one(make_journal: MakeJournal) -> None:
    plain = trials(make_journal, PLAIN, (0.5, 0.25), (0.5, 0.125))
    wide = trials(make_journal, WIDE, (0.5, 0.25))
    assert group_equal_cases({PLAIN: plain, WIDE: wide}) == ((PLAIN, WIDE),)


def test_one_bit_of_one_epoch_of_one_seed_tells_two_cases_apart(make_journal: MakeJournal) -> None:
    plain = trials(make_journal, PLAIN, (0.5, 0.25), (0.5, 0.125))
    wide = trials(make_journal, WIDE, (0.5, 0.25), (0.5, 0.12500000000000003))
    assert group_equal_cases({PLAIN: plain, WIDE: wide}) == ((PLAIN,), (WIDE,))


def test_another_way_to_run_the_same_function_is_no_setting_that_changed_nothing(make_journal: MakeJournal) -> None:
    twin = IN_EIGHTS.model_copy(update={"model": "cnn-fast"})
    found = {case: trials(make_journal, case, (0.5, 0.25)) for case in (PLAIN, IN_EIGHTS, twin)}
    assert group_equal_cases(found) == ((PLAIN,), (IN_EIGHTS,), (twin,))


def test_a_number_of_examples_that_changed_nothing_is_named_for_a_network_and_for_its_twin(
    make_journal: MakeJournal,
) -> None:
    fewer = PLAIN.model_copy(update={"train_size": 1000})
    twin = fewer.model_copy(update={"model": "cnn-fast"})
    for other in (fewer, twin):
        found = {case: trials(make_journal, case, (0.5, 0.25)) for case in (PLAIN, other)}
        assert group_equal_cases(found) == ((PLAIN, other),)


def test_without_a_seed_or_an_epoch_in_common_nothing_is_equal(make_journal: MakeJournal) -> None:
    plain = trials(make_journal, PLAIN, (0.5, 0.25))
    other = {1: make_journal(WIDE, 1)}
    assert group_equal_cases({PLAIN: plain, WIDE: other}) == ((PLAIN,), (WIDE,))
    assert group_equal_cases({PLAIN: plain, WIDE: by_seed([make_journal(WIDE, val_accuracy=())])}) == (
        (PLAIN,),
        (WIDE,),
    )


def test_the_published_sweep_counts_the_setting_that_changed_nothing_once() -> None:
    """An output's sigmoid did not act when it was trained: its losses are plain gradient descent's, bit for bit."""
    runs = {name.split("-")[1]: load_run(PUBLISHED / name) for name in (folder.name for folder in list_runs(PUBLISHED))}
    sweep = runs["discrepancy"]
    (caution,) = [
        one for one in summarize_run(sweep.record, sweep.journals).cautions if one.code is CautionCode.EQUAL_CASES
    ]
    assert len(caution.labels) == 2
    findings = judge_claims(
        load_claims("tutorial"), [RunJournals(run.record, run.journals) for run in (runs["claims"], sweep)]
    )
    (finding,) = [one for one in findings if one.neighbours]
    assert len(finding.neighbours) == 10  # of 11 that were trained
    assert word_neighbours(finding).startswith("10 other settings were tried.")
    assert [len(one.same) for one in finding.neighbours].count(1) == 1
    assert any("and, bit for bit, " in name_neighbour(one) for one in finding.neighbours)
