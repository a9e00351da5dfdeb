"""Whole run folders from strangers: read clean or refused clean, in bounded memory and time, and never left."""

import json
import math
import os
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.analysis.frames import epochs_frame, trials_frame
from bench.analysis.run_summary import summarize_run
from bench.atomic_file import write_atomic
from bench.errors import StoreError
from bench.plan.case import Case, Trial
from bench.reports.run.markdown import render_report
from bench.reports.terminal.listings import list_runs_table
from bench.run.session.resume import select_trials
from bench.store import journal as journal_module
from bench.store import run_folder as module
from bench.store.find_runs import find_run, list_runs, load_readable
from bench.store.run_folder import create_run_folder, load_run, new_run_id, read_record

SCHEMA_1 = Path(__file__).parent / "fixtures" / "schema1"
NAMES = ["run.json", *sorted(f"trials/{path.name}" for path in (SCHEMA_1 / "trials").iterdir())]
UNUSUAL = [
    None, True, -1, 0, 1, 10**12, 10**18, 10**30, 0.0, -0.0, 5e-324, 1e12, 1e300, -1e300, 1.7e308, [], {}, [[]],
    {"a": 1},
    "", "x" * 300, "\x00", "\ud800", "../../x", "/etc/passwd", "=1+1", "<script>", "a|b",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
]  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Return a copy of the frozen run, which a test may change."""
    return Path(shutil.copytree(SCHEMA_1, tmp_path / "run"))


def paths_of(value, path=()):
    """Yield the place of every value inside a parsed record."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths_of(inner, (*path, key))


def put(value, path, new):
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def read_all(folder):
    """Read a run as every verb does; return it, or the one sentence that refuses it."""
    try:
        loaded = load_run(folder)
    except StoreError as error:
        return str(error)
    summary = summarize_run(loaded.record, loaded.journals, set_aside=loaded.set_aside)
    render_report(summary, [])
    list_runs_table([loaded.record])
    trials_frame(loaded.journals)
    epochs_frame(loaded.journals)
    return loaded


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "25")),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink an example takes minutes: each makes a report
)
@given(data=st.data())
def test_a_run_with_an_unusual_value_anywhere_is_reported_or_refused(run, data):
    """Whatever the types allow must survive the whole way to the report: sums, quotients, times of day, file names."""
    path = run / data.draw(st.sampled_from(NAMES))
    original = path.read_text()
    lines = [original] if path.suffix == ".json" else original.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    record = json.loads(lines[number])
    place = data.draw(st.sampled_from(list(paths_of(record))))
    put(record, place, data.draw(st.sampled_from(UNUSUAL)))
    lines[number] = json.dumps(record)
    path.write_text("\n".join(lines) + "\n")
    try:
        loaded = read_all(run)
        assert isinstance(loaded, str) or len(loaded.journals) + len(loaded.set_aside) >= len(NAMES) - 2
    finally:
        path.write_text(original)


@pytest.mark.parametrize("reading", ["gemm_s", "copy_s"])
@pytest.mark.parametrize("seconds", [1.7e308, -1.0])
def test_a_reading_of_the_canary_that_no_clock_gives_is_damage(run, reading, seconds):
    """In milliseconds the one would be infinite, and neither has a logarithm that means anything."""
    path = run / next(name for name in NAMES if name.endswith(".jsonl"))
    original = path.read_text()
    lines = original.splitlines()
    record = json.loads(lines[2])
    record["noise"]["canary"][reading] = seconds
    path.write_text("\n".join([*lines[:2], json.dumps(record), *lines[3:]]) + "\n")
    try:
        (damage,) = read_all(run).set_aside
    finally:
        path.write_text(original)
    assert reading in damage


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(data=st.data())
def test_a_run_with_any_bytes_changed_reads_clean_or_fails_clean(run, data):
    path = run / data.draw(st.sampled_from(NAMES))
    original = path.read_bytes()
    begin = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(begin, min(begin + 40, len(original))))
    path.write_bytes(original[:begin] + data.draw(st.binary(max_size=40)) + original[end:])
    try:
        loaded = load_run(run)
    except StoreError as error:
        assert "run.json" in str(error)
    else:
        assert all(problem.startswith("trials/") for problem in loaded.set_aside)
    finally:
        path.write_bytes(original)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(content=st.binary(max_size=400))
def test_any_bytes_as_the_record_are_refused_with_its_name(run, content):
    (run / "run.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"run\.json: "):
        load_run(run)


def keys(size, form):
    return b",".join(form % number for number in range(size // 11))


# What has about `size` bytes and is made to be slow or large.
COSTLY = {
    "quotes": lambda size: b'"' + b'\\"' * (size // 2) + b"[" * 40,
    "brackets then quotes": lambda size: b"[" * 40 + b'"' + b'\\"' * (size // 2),
    "a key twice": lambda size: b"{" + keys(size, b'"%d":1') + b',"0":1}',
    "objects": lambda size: b"[" + b"{}," * (size // 3) + b"{}]",
    "unknown keys": lambda size: b'{"schema":1,' + keys(size, b'"k%d":1') + b"}",
    "empty trials": lambda size: b'{"schema":1,"suite":{"trials":[' + b"{}," * (size // 3) + b"{}]}}",
    "digits": lambda size: b"[" + b"9" * size + b"]",
    "lines": lambda size: b"\n" * size,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", COSTLY)
def test_half_a_megabyte_made_to_be_slow_or_large_is_refused_in_a_moment(run, kind, peak_bytes):
    """Each of these would take minutes or gigabytes where a check is quadratic, or keeps an error for each value."""

    def refuse(size):
        for name in (NAMES[0], NAMES[1]):
            (run / name).write_bytes(COSTLY[kind](size) + b"\n")
        begin_s = time.process_time()
        with pytest.raises(StoreError):
            load_run(run)
        with pytest.raises(StoreError):
            journal_module.read_journal(run / NAMES[1])
        return time.process_time() - begin_s

    quarter_s, whole_s = refuse(120_000), refuse(480_000)
    assert whole_s < 8 * quarter_s + 0.5  # four times as long, where a square is 16; the half is for a clock's noise
    assert peak_bytes(lambda: refuse(480_000)) < 32 << 20


@pytest.mark.parametrize("name", ["run.json", NAMES[1]])
def test_ten_sparse_gigabytes_are_refused_unread(run, name, peak_bytes):
    os.truncate(run / name, 10 << 30)

    def refuse():
        with pytest.raises(StoreError, match="this file is larger"):
            load_run(run) if name == "run.json" else journal_module.read_journal(run / name)

    assert peak_bytes(refuse) < 1 << 20
    if name != "run.json":
        loaded = load_run(run)
        assert (len(loaded.journals), len(loaded.set_aside)) == (len(NAMES) - 2, 1)


def test_a_huge_line_and_too_many_lines_are_refused_by_their_size(run):
    victim = run / NAMES[1]
    victim.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(StoreError, match="a journal line has at most 1,048,576 bytes, received 1,048,577"):
        journal_module.read_journal(victim)
    victim.write_bytes(b"\n" * 200_001)
    with pytest.raises(StoreError, match="a journal has at most 200,000 lines"):
        journal_module.read_journal(victim)


@pytest.mark.parametrize("name", ["run.json", NAMES[1]])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_only_plain_files_are_opened(run, name, kind):
    """A pipe would block for good, and a link lead out of the folder."""
    path = run / name
    path.rename(run / "elsewhere")
    {"link": lambda: path.symlink_to(run / "elsewhere"), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    if name == "run.json":
        with pytest.raises(StoreError, match=r"run\.json: (expected a regular file|cannot be read)"):
            load_run(run)
    else:
        (problem,) = load_run(run).set_aside
        assert problem.startswith(f"{name}: ")


@pytest.mark.parametrize("inner", ["trials", "trials/attempts", "figures"])
def test_an_inner_folder_that_leads_elsewhere_is_refused(run, tmp_path, inner):
    outside = tmp_path / "outside"
    if inner == "trials":
        (run / "trials").rename(outside)
    else:
        outside.mkdir()
    (run / inner).symlink_to(outside)
    before = sorted(outside.iterdir())
    with pytest.raises(StoreError, match="expected a folder, received a link"):
        load_run(run)
    assert sorted(outside.iterdir()) == before


@pytest.mark.parametrize("device", ["../../../../x", "cpu/../../x", "/etc/x", "cpu\x00", ".."])
def test_no_setting_of_a_case_leads_out_of_the_folder(run, tmp_path, device):
    """A trial's file is named by its case, and a stranger's record may hold any case."""
    record = json.loads((run / "run.json").read_text())
    record["suite"]["trials"][0]["case"]["device"] = device
    (run / "run.json").write_text(json.dumps(record))
    before = sorted(tmp_path.rglob("*"))
    loaded = load_run(run)
    assert "/" not in loaded.record.suite.trials[0].trial_id
    select_trials(run, loaded.record, retry_failed=False)
    moved = set(tmp_path.rglob("*")) - set(before)
    assert all((run / "trials" / "attempts") in (path, path.parent) for path in moved)


@pytest.mark.parametrize(
    "run_id", ["../../x", "/etc", "20261122T081500Z-a/../b-3f2a", "٢٠٢٦1122T081500Z-quick-3f2a", "x" * 999, ""]
)
def test_a_made_up_run_id_is_refused(run, run_id):
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, "run_id": run_id}))
    with pytest.raises(StoreError, match="run_id: expected UTC time, suite and four hex digits"):
        load_run(run)


def test_a_trial_that_stands_twice_is_refused(run):
    record = json.loads((run / "run.json").read_text())
    record["suite"]["trials"].append(record["suite"]["trials"][0])
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises(StoreError, match="appears twice"):
        load_run(run)


def test_a_journal_of_another_run_or_trial_is_set_aside(run):
    first, second = run / NAMES[1], run / NAMES[2]
    second.write_bytes(first.read_bytes())
    (problem,) = load_run(run).set_aside
    assert problem.startswith(f"{NAMES[2]}:1: belongs to '{first.stem}'")


def test_runs_are_found_by_id_by_folder_and_as_latest(run, tmp_path):
    run_id = read_record(run).run_id
    older = tmp_path / "results" / "20201122T081500Z-quick-0001"
    for folder in (older, tmp_path / "results" / run_id):
        shutil.copytree(run, folder)
    (tmp_path / "results" / "29991122T081500Z-quick-0001").symlink_to(older)
    (tmp_path / "results" / "20981122T081500Z-quick-0002").mkdir()
    assert [folder.name for folder in list_runs(tmp_path / "results")] == [older.name, run_id]
    assert find_run("latest", tmp_path / "results").name == run_id
    assert find_run(older.name, tmp_path / "results") == older
    assert find_run(str(run), tmp_path / "results") == run
    with pytest.raises(StoreError, match=rf"did you mean '{older.name}'"):
        find_run("20201122T081500Z-quick-0002", tmp_path / "results")


@pytest.mark.parametrize("name", ["../../x", "/etc", ".", "..", "no-such-run", ""])
def test_a_name_that_is_no_run_is_refused(tmp_path, name):
    with pytest.raises(StoreError, match="run: expected a"):
        find_run(name, tmp_path)


def test_one_unreadable_run_hides_no_other(run, tmp_path):
    broken = Path(shutil.copytree(run, tmp_path / "broken"))
    (broken / "run.json").write_text("{")
    records, problems = load_readable([broken, run], read_record)
    assert [record.run_id for record in records] == [read_record(run).run_id]
    assert [problem.startswith(str(broken)) for problem in problems] == [True]


def test_a_run_that_others_may_not_read_hides_no_other(run, tmp_path, monkeypatch):
    closed, own = (tmp_path / "results" / f"20201122T0{hour}1500Z-quick-0001" for hour in (8, 9))
    for folder in (closed, own):
        shutil.copytree(run, folder)
    is_file = Path.is_file

    def refuse(path):
        if path.parent == closed:
            raise PermissionError(13, "Permission denied")
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    assert list_runs(tmp_path / "results") == [own]


def test_a_folder_of_runs_that_cannot_be_read_is_one_sentence(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(StoreError, match="Permission denied; name another folder with --output"):
        list_runs(tmp_path)


def test_many_runs_started_in_one_second_get_folders_of_their_own(tmp_path):
    """Four digits are few on purpose here: every id is taken at some time, and never by two."""
    made, now = [], datetime(2026, 11, 22, 8, 15, tzinfo=UTC)

    def create(offset):
        tokens = iter([f"{(offset * 7 + number) % 100:04x}" for number in range(10_000)])
        made.extend(
            create_run_folder(tmp_path, lambda: new_run_id("quick", now, lambda: next(tokens))) for _ in range(10)
        )

    threads = [threading.Thread(target=create, args=(offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run_id for run_id, _ in made}) == len(made) == 80
    assert all((folder / "trials").is_dir() for _, folder in made)


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "report.md"
    write_atomic(path, b"old")

    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", fail)
    with pytest.raises(StoreError, match=r"cannot write .*No space left on device; what was there is untouched"):
        write_atomic(path, b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.md", b"old")]


def test_a_link_in_a_files_place_is_replaced_and_its_target_untouched(tmp_path):
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "report.md").symlink_to(tmp_path / "precious")
    write_atomic(tmp_path / "report.md", b"new")
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "report.md").is_symlink()


def test_every_bound_of_the_schema_keeps_sums_finite():
    """The longest journal with the largest figures adds up to a number that a table can hold."""
    assert journal_module.MAX_LINES * 10**12 < 2**63
    assert math.isfinite(math.fsum([1e12] * journal_module.MAX_LINES))


def test_the_longest_name_of_a_trial_is_one_file_name():
    sizes = {"units": 10**12, "filters": 10**12, "depth": 10**12}
    case = Case(model="m" * 99, dataset="d" * 999, epochs=1, device="x" * 99, **sizes)
    assert len(f"{Trial(case=case, seed=2**32 - 1, index=0).trial_id}.1000.jsonl") < 255
