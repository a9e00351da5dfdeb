from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console

from bench.plan.case import Case, Trial
from bench.reports.terminal.live_table import MAX_ROWS, TrialTable
from bench.reports.terminal.progress import Progress
from bench.store.records import Journal

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CASE = Case(model="lstm", epochs=3)


def lines(table: TrialTable, progress: Progress) -> list[str]:
    console = Console(file=io.StringIO(), width=120, color_system=None)
    with console.capture() as capture:
        console.print(table.render(progress, NOW))
    return [line.strip() for line in capture.get().splitlines() if line.strip()]


def test_every_trial_has_a_row_and_the_known_pace_tells_when_each_ends(make_journal: Callable[..., Journal]) -> None:
    trials = [Trial(case=CASE, seed=seed, index=seed) for seed in range(2)]
    table, progress, journal = TrialTable(trials), Progress(trials), make_journal(CASE)
    head, _, *rows = lines(table, progress)
    assert head.split() == ["case", "seed", "epoch", "val_accuracy", "examples/s", "ETA", "status"]
    assert [line.split()[-2:] for line in rows] == [["–", "waiting"]] * 2
    assert journal.built is not None
    table.start(trials[0])
    progress.start(trials[0])
    progress.add(trials[0], journal.built)
    progress.add(trials[0], journal.epochs[0])
    table.add(trials[0], journal.epochs[0])
    # 63 s an epoch and 3.75 s to start: two more epochs end after 126 s, and the whole second trial 193 s later.
    assert [line.split() for line in lines(table, progress)[2:]] == [
        ["lstm", "0", "1/3", "0.9500", "1,034", "12:02", "running"],
        ["lstm", "1", "0/3", "–", "–", "12:05", "waiting"],
    ]


def test_trials_in_turns_end_when_all_have_had_as_many_seconds(
    make_journal: Callable[..., Journal], take_turns: Callable[..., list[Journal]]
) -> None:
    """Two epochs of 63 s are left of one, three of the other: by turns they end after 252 s and 315 s."""
    cases = CASE, Case(model="cnn", epochs=4), Case(model="gru", epochs=3)
    trials = [Trial(case=case, seed=0, index=index) for index, case in enumerate(cases)]
    table, progress = TrialTable(trials), Progress(trials)
    for trial, journal in zip(
        trials, take_turns([make_journal(trial.case) for trial in trials[:2]], (1, 1)), strict=False
    ):
        table.start(trial)
        progress.start(trial)
        progress.add(trial, journal.epochs[0])
    assert [line.split()[-2:] for line in lines(table, progress)[2:]] == [
        ["12:04", "running"], ["12:05", "running"], ["–", "waiting"]
    ]  # fmt: skip


def test_a_long_run_shows_the_rows_around_the_current_one() -> None:
    trials = [Trial(case=CASE, seed=seed, index=seed) for seed in range(100)]
    table = TrialTable(trials)
    for trial in trials[:50]:
        table.end(trial, "ok")
    shown = lines(table, Progress(trials))
    assert [line.split()[1] for line in shown[2:-1]] == [str(seed) for seed in range(46, 46 + MAX_ROWS)]
    assert shown[-1] == "86 more"


def test_a_name_with_markup_is_shown_as_it_stands() -> None:
    trial = Trial(case=Case(model="[red]x[/red]\x1b[2J:build", epochs=3), seed=0, index=0)
    assert lines(TrialTable([trial]), Progress([trial]))[2].startswith("[red]x[/red]:build")
