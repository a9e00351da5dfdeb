"""The timings' table: ratios against what was saved before, and files read with suspicion."""

import json
import os

import pytest

from bench.errors import NothingSelectedError, StoreError
from tools.timings import find_saved, main, read_saved, render_timings

HOSTILE = "test_x[a|b<script>$`c`\x1b[31m\u202e]"


@pytest.fixture
def save(tmp_path):
    """Return a function that saves medians in seconds by test as pytest-benchmark does, and returns the path."""

    def write(number, medians, cpu="Example CPU", commit="0123456789abcdef", folder="Linux-CPython-3.11-64bit"):
        value = {
            "machine_info": {"node": "example", "python_version": "3.11.9", "cpu": {"brand_raw": cpu, "count": 2}},
            "commit_info": {"id": commit, "dirty": number > 1, "time": "2026-11-22T08:15:00+00:00", "project": "x"},
            "datetime": f"2026-11-22T08:1{number}:00.123456+00:00",
            "version": "5.1.0",
            "benchmarks": [
                {
                    "group": None, "name": name, "fullname": f"tests/perf/test_networks.py::{name}", "options": {},
                    "extra_info": {"num_examples": 32} if "step" in name else {},
                    "stats": {"median": median, "rounds": 10, "outliers": "1;0"},
                }
                for name, median in medians.items()
            ],
        }  # fmt: skip
        path = tmp_path / folder / f"{number:04d}_{commit}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))
        os.utime(path, (number, number))
        return path

    return write


def cells(text, name):
    row = next(line for line in text.splitlines() if name in line)
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_slower_step_shows_its_ratio_and_its_rate(save):
    before, latest = save(1, {"test_train_step[lstm-32]": 0.032}), save(2, {"test_train_step[lstm-32]": 0.048})
    text = render_timings(read_saved(latest), read_saved(before))
    assert cells(text, "train step") == ["train step \\[lstm-32\\]", "48.0 ms", "667", "32.0 ms", "1.50×", "10"]
    assert "Now: commit 0123456 with changes, 2026-11-22 08:12. Before: commit 0123456, 2026-11-22 08:11." in text


def test_the_last_two_of_the_last_machine_are_taken(save, tmp_path, capsys):
    save(1, {"test_start": 1.0}), save(2, {"test_start": 2.0}), save(3, {"test_start": 3.0})
    other = save(9, {"test_start": 9.0}, folder="Darwin")
    os.utime(other, (0, 0))
    assert [path.name[:4] for path in find_saved(tmp_path)] == ["0003", "0002"]
    assert main([str(tmp_path)]) == 0
    assert cells(capsys.readouterr().out, "start")[1:] == ["3.00 s", "–", "2.00 s", "1.50×", "10"]


def test_another_machine_and_a_first_time_have_no_ratio(save):
    before, latest = save(1, {"test_start": 1.0}, cpu="Another CPU"), save(2, {"test_start": 1.0})
    text = render_timings(read_saved(latest), read_saved(before))
    assert cells(text, "start")[3:5] == ["–", "–"]
    assert "No ratios: saved before on another machine (Another CPU, 2, 3.11.9)." in text
    assert "Nothing was saved before" in render_timings(read_saved(latest), None)


def test_what_is_new_gone_or_took_no_time_has_no_ratio(save):
    before, latest = save(1, {"test_gone": 1.0, "test_zero": 0.0}), save(2, {"test_new": 1.0, "test_zero": 0.0})
    text = render_timings(read_saved(latest), read_saved(before))
    assert cells(text, "new")[3:5] == cells(text, "zero")[4:5] * 2 == ["–", "–"]
    assert "Saved before and not timed now: gone." in text


def test_nothing_saved_says_what_to_run(tmp_path, capsys):
    with pytest.raises(NothingSelectedError, match="run `tox -e perf`"):
        find_saved(tmp_path)
    assert main([str(tmp_path)]) == 5
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b'{"benchmarks": NaN}', b"[" * 100_000, b'{"a": 1, "a": 2}', b'{"benchmarks": 7}']
)
def test_a_damaged_file_is_named(save, content):
    path = save(1, {"test_start": 1.0})
    path.write_bytes(content)
    with pytest.raises(StoreError, match=path.name):
        read_saved(path)


@pytest.mark.parametrize("median", ["1e999", "-1", '"fast"'])
def test_a_time_that_no_clock_shows_is_refused(save, median):
    path = save(1, {"test_start": 1.0})
    path.write_text(path.read_text().replace('"median": 1.0', f'"median": {median}'))
    with pytest.raises(StoreError, match=path.name):
        read_saved(path)


def test_hostile_names_are_inert(save):
    text = render_timings(read_saved(save(1, {HOSTILE: 1.0})), None)
    for mark in ("<script>", "$`", "\x1b", "\u202e", "a|b"):
        assert mark not in text
