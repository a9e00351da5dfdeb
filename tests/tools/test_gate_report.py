"""The proof of the gate as a page: verdicts from journals, unchanged checks' pairs pooled; nothing is trained."""

from __future__ import annotations

import functools
import importlib
import json
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.analysis.statistics import interval as stats
from bench.gate.check_folder import CheckRecord, LoadedCheck, RevisionRecord
from bench.plan.case import Case
from bench.store.records import InTurns, Journal
from tests.conftest import NOW

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "tools"
MAIN = RevisionRecord(name="main", commit=None)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The page's module, which belongs to no package."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(stats, "NUM_RESAMPLES", 199)
    module = importlib.import_module("gate_report")
    monkeypatch.setattr(module, "calibrate", functools.partial(module.calibrate, num_checks=20))
    yield module
    for name in {"gate_report", "gate_proof"} & set(sys.modules):
        del sys.modules[name]


@pytest.fixture
def make_check(make_case: Callable[..., Case], make_journal: Callable[..., Journal]) -> Callable[..., LoadedCheck]:
    """Return a factory of checks whose head costs `factor` times the base; `fresh` pairs are stage 2's."""
    draw = np.random.default_rng(3)

    def journals(seeds: Sequence[int], factor: float) -> tuple[Journal, ...]:
        case = make_case("cnn")
        return tuple(make_journal(case, seed, train_s=60 * factor * draw.lognormal(sigma=0.02)) for seed in seeds)

    def make(num_pairs: int, factor: float = 1.0, fresh: int = 0) -> LoadedCheck:
        record = CheckRecord(
            check_id="20261122T081500Z-check-3f2a", created_at=datetime(2026, 11, 22, 8, 15, tzinfo=UTC),
            version="0.1.0", command=("python",), base=MAIN, head=MAIN, num_pairs=num_pairs, num_confirm_pairs=18,
            order_seed=0,
        )  # fmt: skip
        seeds, later = range(num_pairs), range(1000, 1000 + fresh)
        return LoadedCheck(
            Path("check"), record,
            {("screen", "base"): journals(seeds, 1.0), ("screen", "head"): journals(seeds, factor),
             ("confirm", "base"): journals(later, 1.0), ("confirm", "head"): journals(later, factor)}, (),
        )  # fmt: skip

    return make


def test_the_page_counts_false_alarms_and_catches(report: ModuleType, make_check: Callable[..., LoadedCheck]) -> None:
    page = report.render_proof(
        [
            report.Proved("unchanged-round1", 0, 0, 200.0, make_check(7)),
            report.Proved("unchanged-round2", 0, 0, 200.0, make_check(7)),
            report.Proved("slower", 3, 3, 500.0, make_check(10, factor=1.3, fresh=18)),
        ],
        ["python", "proof.py"],
        note="Beside it *others* ran.",
    )
    assert "Beside it \\*others\\* ran." in page
    assert "| commit" not in page
    alarms = "0 of 2 checks of unchanged code failed (95 % interval 0% to 66%)"
    assert f"**{alarms}; 1 of 1 check of worse code did.**" in page
    assert page.count("no regression was found") == 2
    every_check = page.partition("## Every check")[2].partition("## What was found")[0]
    (row,) = [line for line in every_check.splitlines() if line.startswith("| slower")]
    assert [cell.strip() for cell in row.split("|")][2:6] == ["10", "18", "fail", "fail"]
    assert "slower" in row.split("|")[6]
    assert "confirmed with fresh processes" in page.partition("## What was found")[2]


def test_the_pairs_of_all_unchanged_checks_are_pooled(
    report: ModuleType, make_check: Callable[..., LoadedCheck]
) -> None:
    page = report.render_proof(
        [report.Proved(f"unchanged-round{n}", 0, 0, 9.0, make_check(7)) for n in range(3)], ["x"]
    )
    assert "21 real pairs of each case" in page


def test_a_proof_that_went_on_elsewhere_names_each_day_and_machine(
    report: ModuleType, make_check: Callable[..., LoadedCheck]
) -> None:
    def elsewhere(journal: Journal) -> Journal:
        environment = journal.start.environment.model_copy(update={"cpu_model": "Another", "fingerprint": "b" * 12})
        return journal.model_copy(update={"start": journal.start.model_copy(update={"environment": environment})})

    first, check = make_check(3), make_check(3)
    later = replace(
        check,
        record=check.record.model_copy(update={"created_at": check.record.created_at + timedelta(days=1)}),
        journals={key: tuple(map(elsewhere, journals)) for key, journals in check.journals.items()},
    )
    names = ("unchanged-round1", "unchanged-round2", "unchanged-round3")
    page = report.render_proof(
        [report.Proved(name, 0, 0, 9.0, one) for name, one in zip(names, (first, first, later), strict=True)], ["x"]
    )
    assert "Measured on 2026-11-22 and 2026-11-23." in page
    titles = [line for line in page.splitlines() if line.startswith("## The machine")]
    assert titles == [
        "## The machine of unchanged-round1 to unchanged-round2",
        "## The machine of unchanged-round3",
    ]
    assert "Another" in page.partition(titles[1])[2]
    in_short = page.partition("## In short")[2].partition("## Every check")[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in in_short.splitlines() if "| unchanged" in line]
    assert [(row[2] == "Another", row[4]) for row in rows] == [(False, "0 of 2"), (True, "0 of 1")]
    assert "Another:\n\nToo few pairs" in page


def test_checks_of_one_kind_share_a_row_with_their_times_catches_and_spread(
    report: ModuleType, make_check: Callable[..., LoadedCheck]
) -> None:
    """The middle of two checks' times and the longest, and the spread of two lognormals of 2 % each: some 2.8 %."""
    table = report.kinds_table(
        [
            report.Proved("slower-5-round1", 3, 3, 100.0, make_check(40, factor=1.3, fresh=18)),
            report.Proved("unchanged-round1", 0, 0, 30.0, make_check(40)),
            report.Proved("slower-5-round2", 3, 0, 200.0, make_check(40)),
        ]
    )
    slower, unchanged = table.rows
    assert slower[:1] + slower[2:7] == ("slower-5", "fail", "1 of 2", "1 of 2", "2 min 30 s", "3 min 20 s")
    assert unchanged[:1] + unchanged[2:5] == ("unchanged", "pass", "0 of 1", "0 of 1")
    assert slower[1] == unchanged[1] != ""
    assert 2.2 < float(unchanged[-1].rstrip("%")) < 3.5
    assert 12 < float(slower[-2].rstrip("%")) < 18  # the middle of a third more and nothing
    assert -2 < float(unchanged[-2].rstrip("%")) < 2


def test_work_is_sized_by_the_pilot(report: ModuleType) -> None:
    """An epoch of 10 s is to take 0.3 s longer, and a product in each step takes 0.02 s: fifteen more than one."""
    del report
    proof: Any = importlib.import_module("gate_proof")
    pilot = {"lstm": {"epoch_s": 10.0, "product_s": 0.02}}
    assert proof.products_change(pilot, 0.03)[1] == 'NUM_PRODUCTS = {"lstm": 16}'
    assert proof.products_change(pilot, 0.03)[0] in proof.MODULE


def test_every_trial_of_every_stage_and_side_has_a_row(
    report: ModuleType, make_check: Callable[..., LoadedCheck]
) -> None:
    table = report.trials_table([report.Proved("slower", 3, 3, 9.0, make_check(7, factor=1.3, fresh=2))])
    counts = table[table["epoch"] == 1].groupby(["stage", "side"]).size().to_dict()
    assert counts == {("screen", "base"): 7, ("screen", "head"): 7, ("confirm", "base"): 2, ("confirm", "head"): 2}
    assert set(table["scenario"]) == {"slower"}


def test_rows_say_in_which_order_their_trials_started_and_in_which_slot(
    report: ModuleType, make_check: Callable[..., LoadedCheck]
) -> None:
    """The head of each pair starts a minute before the base, and has the first slot."""
    check = make_check(2)

    def started(side: str, seed: int) -> Journal:
        journal = check.journals["screen", side][seed]
        place = 2 * seed + (side == "base")
        update = {
            "started_at": NOW + place * timedelta(minutes=1),
            "in_turns": InTurns(slot=place % 2, trials=("a/b", "c/d")),
        }
        return journal.model_copy(update={"start": journal.start.model_copy(update=update)})

    journals = {("screen", side): tuple(started(side, seed) for seed in range(2)) for side in ("base", "head")}
    table = report.trials_table([report.Proved("slower", 3, 3, 9.0, replace(check, journals=journals))])
    first = table[table["epoch"] == 1].set_index(["side", "seed"])
    assert first["order"].to_dict() == {("head", 0): 1, ("base", 0): 2, ("head", 1): 3, ("base", 1): 4}
    assert first["slot"].to_dict() == {("head", 0): 0, ("base", 0): 1, ("head", 1): 0, ("base", 1): 1}
    assert first.loc[("base", 1), "started_at"] == (NOW + timedelta(minutes=3)).isoformat()


def test_a_false_alarm_and_a_miss_are_told_as_what_they_are(
    report: ModuleType, make_check: Callable[..., LoadedCheck]
) -> None:
    page = report.render_proof(
        [
            report.Proved("unchanged-1", 0, 3, 9.0, make_check(7, factor=1.3, fresh=18)),
            report.Proved("frozen", 3, 0, 9.0, make_check(7)),
        ],
        ["x"],
    )
    assert "**1 of 1 check of unchanged code failed (95 % interval 21% to 100%); 0 of 1 check of worse code" in page
    assert "| frozen" not in page.partition("## What was found")[2]


@pytest.mark.usefixtures("report")
def test_the_script_needs_a_check_before_it_renders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    proof: Any = importlib.import_module("gate_proof")
    monkeypatch.setattr(sys, "argv", ["gate_proof.py", str(tmp_path), "--report", str(tmp_path / "report.md")])
    with pytest.raises(SystemExit) as stopped:
        proof.main()
    assert stopped.value.code == 2
    assert "no check has ended yet" in capsys.readouterr().err


@pytest.mark.usefixtures("report")
def test_the_archive_beside_the_page_holds_every_journal_and_the_proof_goes_on_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof: Any = importlib.import_module("gate_proof")
    files = {
        "results.jsonl": json.dumps({"scenario": "unchanged-round1", "check_id": "a-check"}) + "\n",
        "pilots.jsonl": "{}\n",
        "checks/a-check/screen-base/trials/a.jsonl": "a journal",
        "checks/unfinished/check.json": "no result names it",
        "repository/mine.py": "made anew elsewhere",
    }
    for name, text in files.items():
        path = tmp_path / "proof" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(proof, "read_proof", lambda *_: [])
    monkeypatch.setattr(proof, "render_proof", lambda *_: "the page")
    monkeypatch.setattr(proof, "trials_table", lambda _: pd.DataFrame({"seed": [1]}))
    arguments = [str(tmp_path / "proof"), "--report", str(tmp_path / "report.md")]
    monkeypatch.setattr(sys, "argv", ["gate_proof.py", *arguments])
    assert proof.main() == 0
    assert (tmp_path / "trials.csv").read_text() == "seed\n1\n"
    with tarfile.open(tmp_path / "proof.tar.xz") as archive:
        archive.extractall(tmp_path / "elsewhere", filter="data")
    unpacked = (path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file())
    kept = {str(path.relative_to(tmp_path / "elsewhere")): path.read_text() for path in unpacked}
    assert kept == dict(list(files.items())[:3])


@pytest.mark.usefixtures("report")
def test_a_scenario_that_ended_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proof: Any = importlib.import_module("gate_proof")
    ran: list[str] = []

    def run(name: str, _: Path) -> dict[str, object]:
        ran.append(name)
        return {"scenario": name, "expected": 3, "exit": 3, "seconds": 1.0, "check_id": "x"}

    monkeypatch.setattr(proof, "run_scenario", run)
    results = tmp_path / "results.jsonl"
    for _ in range(2):
        done = {one["scenario"]: one for one in map(json.loads, results.read_text().splitlines())} if ran else {}
        assert proof.measure(["slower", "frozen"], tmp_path, results, done) == 0
    assert ran == ["slower", "frozen"]
