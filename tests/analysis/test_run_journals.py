"""Several runs together: which cases they planned, and which trial of a seed counts."""

from __future__ import annotations

from collections.abc import Callable

from bench.analysis.run_journals import RunJournals, ended_trials, one_a_seed, planned_cases
from bench.plan.case import Case
from bench.store.records import Journal, RunRecord

MakeRun = Callable[..., RunRecord]
MakeJournal = Callable[..., Journal]
MakeCase = Callable[..., Case]


def test_every_case_of_the_runs_is_listed_once_and_one_that_only_a_journal_has_comes_last(
    make_run: MakeRun, make_journal: MakeJournal
) -> None:
    first = RunJournals(make_run(["lstm", "cnn"]), (make_journal("cnn"),))
    second = RunJournals(make_run(["cnn"]), (make_journal("cnn-deep"),))
    assert [case.model for case in planned_cases([first, second])] == ["lstm", "cnn", "cnn-deep"]


def test_a_trial_that_still_runs_has_not_ended(
    make_run: MakeRun, make_journal: MakeJournal, make_case: MakeCase
) -> None:
    runs = [RunJournals(make_run(["lstm"]), (make_journal(seed=0), make_journal("cnn"), make_journal(seed=1)))]
    running = make_journal(seed=2).model_copy(update={"end": None, "is_running": True})
    runs.append(RunJournals(make_run(["lstm"]), (running,)))
    assert [journal.start.seed for journal in ended_trials(make_case(), runs)] == [0, 1]


def test_of_a_seeds_trials_one_that_ended_ok_counts_before_an_older_one(make_journal: MakeJournal) -> None:
    journals = [make_journal(seed=0, run_id="a", status="oom"), make_journal(seed=0, run_id="b")]
    assert [journal.start.run_id for journal in one_a_seed(journals).values()] == ["b"]
