"""A metric over many runs as text, Markdown and JSON."""

import json
import re
from datetime import timedelta

import pytest

from bench.analysis.statistics.interval import Interval
from bench.compare.history_types import (
    CaseHistory,
    History,
    HistoryLevel,
    HistoryPoint,
    LeftOut,
    LeftOutReason,
    LevelChange,
)
from bench.reports.compare.history import history_json, render_history, render_history_markdown, write_history
from tests.conftest import NOW
from tests.reports.documents import INTERVAL, keys_of
from tests.reports.hostile import HOSTILE, assert_inert

IDS = tuple(f"20261122T08{number:02d}00Z-tutorial-0000" for number in range(12))


@pytest.fixture
def case():
    """Twelve runs of one case, a fifth slower from the seventh on."""
    means = [1000.0 + number % 2 for number in range(6)] + [800.0 + number % 2 for number in range(6)]
    points = [
        HistoryPoint(run_id, NOW + place * timedelta(days=1), Interval(mean, mean - 20, mean + 20, 3, "range"))
        for place, (run_id, mean) in enumerate(zip(IDS, means, strict=True))
    ]
    change = LevelChange(6, IDS[6], points[6].created_at, 1000.5, 800.5, 800.5 / 1000.5, 0.0005, "slower")
    levels = (HistoryLevel(0, 5, 1000.5), HistoryLevel(6, 11, 800.5))
    return CaseHistory("lstm-mnist", "lstm", tuple(points), levels, (change,), 8, ())


def make_history(*cases, **changes):
    fields = {
        "measure": "throughput", "target": None, "fingerprint": "a1b2c3d4e5f6", "machine": "Example CPU",
        "num_runs": 12, "alpha": 0.05, "cases": cases, "left_out": (),
    }  # fmt: skip
    return History(**(fields | changes))


def replaced(case, **changes):
    return CaseHistory(**{**vars(case), **changes})


def test_a_change_point_stands_with_the_run_that_brought_it_and_its_size(case):
    text = render_history(make_history(case))
    row = next(line for line in text.splitlines() if line.startswith("lstm"))
    assert row.split() == ["lstm", "12", IDS[6], "1,000", "800", "0.800×", "<", "0.001", "slower"]
    assert text.startswith("History of examples/s, steady · 12 runs on Example CPU, fingerprint a1b2c3d4e5f6")


def test_too_few_runs_say_how_many_it_takes_and_never_that_nothing_changed(case):
    few = replaced(case, points=case.points[:3], levels=(HistoryLevel(0, 2, 1000.5),), changes=())
    text = render_history(make_history(few))
    assert "inconclusive: needs at least 8 runs" in text
    assert "no change" not in text
    steady = replaced(case, changes=(), levels=(HistoryLevel(0, 11, 900.0),))
    assert "no change found" in render_history(make_history(steady))


def test_runs_without_a_point_are_named_by_reason(case):
    gaps = tuple(LeftOut(run_id, LeftOutReason.NO_FIGURE, {}) for run_id in IDS[:2])
    others = [LeftOut(f"{run_id[:-4]}{place:04x}", LeftOutReason.OTHER_MACHINE, {"fingerprints": "ffffffffffff"})
              for place, run_id in enumerate(IDS * 2)]  # fmt: skip
    cases = (replaced(case, left_out=gaps), replaced(case, label="cnn", left_out=gaps))
    text = render_history(make_history(*cases, left_out=tuple(others)))
    assert f"lstm, cnn: without (no trial has a value) {IDS[0]}, {IDS[1]}." in text
    assert re.search(r"Left out \(fingerprint ffffffffffff\): .*, and 12 more\.", text)


def test_another_budget_is_named_beside_the_latest_runs(case):
    gap = LeftOut(IDS[0], LeftOutReason.OTHER_BUDGET, {"budget": 1, "expected": 3})
    text = render_history(make_history(replaced(case, left_out=(gap,)), num_runs=1))
    assert f"lstm: without (an epoch budget of 1, the latest run's is 3) {IDS[0]}." in text
    assert "· 1 run on Example CPU" in text


def test_more_cases_than_panels_are_told(case):
    cases = [replaced(case, label=f"lstm {number}") for number in range(13)]
    assert "The figure shows the first 12 of 13 cases" in render_history(make_history(*cases))


def test_the_page_stands_beside_its_figure_and_comes_out_the_same_twice(case, tmp_path):
    path = write_history(tmp_path / "drift" / "history.md", make_history(case))
    picture = (path.parent / "history.png").read_bytes()
    page = path.read_text()
    assert re.search(r"\]\(history.png\)\n\n\| case +\|", page)
    assert f"Change points: lstm 0.800× with {IDS[6]}." in page
    write_history(path, make_history(case))
    assert (path.read_text(), (path.parent / "history.png").read_bytes()) == (page, picture)


def test_a_page_without_a_point_has_no_figure_not_even_an_earlier_one(case, tmp_path):
    path = write_history(tmp_path / "history.md", make_history(case))
    write_history(path, make_history(replaced(case, points=(), levels=(), changes=())))
    assert "![" not in path.read_text()
    assert not (tmp_path / "history.png").exists()


def test_hostile_names_are_inert(case):
    history = make_history(replaced(case, label=HOSTILE), machine=HOSTILE)
    assert_inert(render_history(history), render_history_markdown(history, "history.png"))


def test_json_holds_every_point_with_its_moment(case):
    value = json.loads(json.dumps(history_json(make_history(case)), allow_nan=False))
    (only,) = value["cases"]
    assert (len(only["points"]), only["points"][0]["created_at"]) == (12, "2026-11-22T08:15:00+00:00")
    assert only["changes"][0]["run_id"] == IDS[6]


def test_the_json_of_schema_1_has_these_keys(case):
    gap = LeftOut(IDS[0], LeftOutReason.NOT_ALL_HIT, {"hits": 1, "trials": 3})
    value = history_json(make_history(replaced(case, left_out=(gap,)), left_out=(gap,)))
    assert value["schema"] == 1
    assert keys_of(value) == {
        "": "alpha cases fingerprint left_out machine measure num_runs schema target",
        "cases[]": "case_id changes label left_out levels needs points",
        "cases[].points[]": "created_at is_bound mean run_id",
        "cases[].points[].mean": INTERVAL,
        "cases[].levels[]": "first last mean",
        "cases[].changes[]": "after before created_at effect index p_value run_id verdict",
        "cases[].left_out[]": "data run_id why",
        "cases[].left_out[].data": "hits trials",
        "left_out[]": "data run_id why",
        "left_out[].data": "hits trials",
    }
