"""The comparison with PyTorch: its plan, its file of records, and the tables made of them; nothing is trained."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench.host.environment import Environment

FOLDER = Path(__file__).parents[2] / "tools" / "peers"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return what imports one of the comparison's modules, which belong to no package."""
    monkeypatch.syspath_prepend(FOLDER)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name.startswith("peer"):
            del sys.modules[name]


@pytest.fixture
def records(load: Any) -> ModuleType:
    return load("peer_records")


def process(number: int, side: str, rate: float, batch_size: int = 32, **changes: Any) -> dict[str, Any]:
    record = {"round": number, "side": side, "batch_size": batch_size, "examples_per_s": rate * 1.25, "model": side,
              "settings": {}, "versions": {"torch": "2.13.0"}, "examples": 1000,
              "epoch_s": [9.0, 1000 / rate, 1000 / rate]}  # fmt: skip
    return {**record, **changes}


def test_each_round_has_every_side_once_back_to_back_and_in_an_order_of_its_own(records: ModuleType) -> None:
    places = records.plan(20, [32, 512], ["a", "b", "c"])
    assert len(set(places)) == len(places) == 20 * 2 * 3
    blocks = [places[start : start + 3] for start in range(0, len(places), 3)]
    assert all(len({(number, size) for number, size, _ in block}) == 1 for block in blocks)
    assert len({tuple(side for *_, side in block) for block in blocks}) == 6
    assert {places[start][1] for start in range(0, len(places), 6)} == {32, 512}


def test_more_rounds_keep_the_order_of_those_before(records: ModuleType) -> None:
    assert records.plan(3, [32, 512], ["a", "b"])[:8] == records.plan(2, [32, 512], ["a", "b"])


def test_a_file_that_a_kill_tore_reads_up_to_its_last_whole_line_and_goes_on_there(
    records: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "records.jsonl"
    assert records.read_records(path).machine is None
    records.append_record(path, {"environment": {}})
    records.append_record(path, process(0, "lstm", 900.0))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"round": 0, "side": "cn')
    assert [records.place_of(one) for one in records.read_records(path).processes] == [(0, 32, "lstm")]
    records.append_record(path, process(0, "cnn", 1800.0))
    assert [records.place_of(one) for one in records.read_records(path).processes] == [(0, 32, "lstm"), (0, 32, "cnn")]
    assert path.read_bytes().startswith(whole)


def test_a_process_that_failed_is_counted_and_is_to_be_run_again(records: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    records.append_record(path, {"environment": {}})
    records.append_record(path, {"round": 0, "side": "lstm", "batch_size": 32, "error": "timeout"})
    found = records.read_records(path)
    assert (found.processes, found.num_failed) == ((), 1)


@pytest.mark.parametrize("line", ["nonsense", "7"])
def test_a_damaged_line_before_the_last_is_named(records: ModuleType, tmp_path: Path, line: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(f"{{}}\n{line}\n{{}}\n")
    with pytest.raises(ValueError, match=r"records\.jsonl:2: expected a JSON object"):
        records.read_records(path)


def test_a_ratio_is_paired_within_rounds_and_leaves_out_those_that_one_side_lacks(load: Any) -> None:
    report = load("peer_report")
    processes = [
        process(n, side, rate * (1 + n)) for n in range(3) for side, rate in (("lstm", 1000.0), ("lstm-tuned", 1800.0))
    ]
    rates = report.collect_rates([*processes, process(3, "lstm-tuned", 5.0)])
    ratio = report.compare(rates, "lstm-tuned", "lstm", 32)
    assert (ratio.value, ratio.n) == (pytest.approx(1.8), 3)
    assert report.compare(rates, "cnn-tuned", "cnn", 32) is None


def test_the_rate_that_users_pay_has_the_wait_for_an_iterator_and_the_steady_one_has_not(load: Any) -> None:
    report = load("peer_report")
    record = process(0, "lstm", 800.0, examples=1000, epoch_s=[9.0, 1.0, 1.5])
    assert report.fit_rate(record) == 2000 / 2.5
    assert report.steady_rate(record) == 1000.0
    assert report.collect_rates([record]) == {("lstm", 32): {0: 800.0}}


def test_the_report_shows_ratios_rates_settings_machine_and_command(load: Any, environment: Environment) -> None:
    report, records = load("peer_report"), load("peer_records")
    rates = (("lstm-cpu", 800.0), ("lstm-cpu-tuned", 1500.0), ("torch-lstm", 1000.0))
    processes = tuple(
        process(
            n,
            side,
            rate + (n if side == "torch-lstm" else 0),
            settings={"intra_op_threads": 1} if "tuned" in side else {},
        )
        for n in range(2)
        for side, rate in rates
    )
    machine = {"environment": json.loads(environment.model_dump_json()), "command": ["python", "peers.py", "a b"],
               "started_at": "2026-11-25T08:00:00Z"}  # fmt: skip
    text = report.render_report(records.PeerRecords(machine, processes, num_failed=1))
    assert "Measured on 2026-11-25; 6 processes. 1 processes failed" in text
    assert "| lstm-cpu-tuned / torch-lstm |" in text
    assert "1.50× (1.49× … 1.51×)" in text
    assert "cnn" not in text.split("## Training")[0].split("## Ratios")[1]
    assert "intra\\_op\\_threads 1" in text
    assert "Example CPU" in text
    assert "python peers.py 'a b'" in text
    with pytest.raises(ValueError, match="no record yet"):
        report.render_report(records.PeerRecords(None, ()))


def test_another_machine_or_way_to_measure_is_not_mixed_in(load: Any) -> None:
    peers, records = load("peers"), load("peer_records")
    asked = {"epochs": 3, "examples": None, "tuned": False}
    begun = records.PeerRecords({"environment": {"fingerprint": "a1"}, "asked": asked}, ())
    peers.check_same(begun, "a1", asked)
    peers.check_same(records.PeerRecords(None, ()), "b2", asked)
    with pytest.raises(ValueError, match=r"machine a1 then, b2 now; tuned False then, True now"):
        peers.check_same(begun, "b2", {**asked, "tuned": True})


def test_settings_of_one_batch_size_come_on_top_of_a_sides_own(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sides = load("peer_sides")
    table = {
        "lstm-tuned": {"intra_op_threads": 2, "steps_per_execution": 8},
        ("lstm-tuned", 32): {"intra_op_threads": 1},
    }
    monkeypatch.setattr(sides, "SETTINGS", table)
    assert sides.settings_of(sides.SIDES["lstm-tuned"], 32) == {"intra_op_threads": 1, "steps_per_execution": 8}
    assert sides.settings_of(sides.SIDES["lstm"], 32) == {}
