"""`bench validate` as a user, or a job for a stranger's pull request, types it."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.conftest import RUN_ID

ROOT = Path(__file__).parents[2]
LSTM = "lstm-mnist-b32-float32-cpu-s0"


@pytest.fixture
def results(tmp_path, make_valid, write_run):
    """A run on MNIST in results/, valid but for whatever a test does to it."""
    write_run(tmp_path / "results" / RUN_ID, *make_valid(["lstm"]))
    return tmp_path / "results"


@pytest.mark.usefixtures("results")
def test_a_valid_run_is_valid_as_a_folder_an_archive_an_id_and_in_a_folder(bench):
    assert bench("export", RUN_ID, "--archive", "node7.tar.gz").returncode == 0
    for name in (f"results/{RUN_ID}", "node7.tar.gz", "latest", "results"):
        done = bench("validate", name)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("valid, 2 trials\n1 run checked: 1 valid\n")


def test_altered_seconds_are_a_sentence_a_json_flaw_and_exit_1(bench, results):
    path = results / RUN_ID / "trials" / f"{LSTM}.jsonl"
    path.write_text(path.read_text().replace('"train_s":60.0', '"train_s":6.0'))
    done = bench("validate", RUN_ID)
    assert (done.returncode, done.stderr) == (1, "")
    assert f"results/{RUN_ID}: trials/{LSTM}.jsonl: 2 min 49 s of the trial's 3 min 20 s are in no part" in done.stdout
    document = json.loads(bench("validate", RUN_ID, "--json").stdout)
    assert document["is_valid"] is False
    assert [flaw["code"] for flaw in document["runs"][0]["flaws"]] == ["unaccounted"]


@pytest.mark.usefixtures("results")
def test_the_same_run_from_two_people_is_one_too_many(bench):
    for name in ("a.tar.gz", "b.tar.gz"):
        assert bench("export", RUN_ID, "--archive", name).returncode == 0
    done = bench("validate", "a.tar.gz", "b.tar.gz", "a.tar.gz")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"a.tar.gz: {RUN_ID}: valid, 2 trials",
        f"b.tar.gz: {RUN_ID}: a run of this id lies in a.tar.gz, too; hand in one of them",
        "2 runs checked: 1 valid",
    ]


@pytest.mark.usefixtures("results")
def test_an_archive_that_is_cut_anywhere_is_refused_and_the_others_are_still_checked(bench, tmp_path):
    assert bench("export", RUN_ID, "--archive", "node7.tar.gz").returncode == 0
    whole = (tmp_path / "node7.tar.gz").read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 9):
        (tmp_path / "cut.tar.gz").write_bytes(whole[:length])
        done = bench("validate", "cut.tar.gz", "node7.tar.gz")
        assert (done.returncode, done.stderr) == (1, ""), length
        assert done.stdout.splitlines()[0].startswith("cut.tar.gz: ")
        assert done.stdout.endswith("2 runs checked: 1 valid\n")


HOSTILE = {
    "above": ("../../outside.txt", None),
    "absolute": ("/outside.txt", None),
    "link": (f"{RUN_ID}/run.json", "/etc/passwd"),
    "page": (f"{RUN_ID}/index.html", None),
    "module": (f"{RUN_ID}/evil.py", None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_a_flaw_and_nothing_is_written(name, bench, tmp_path):
    member, target = HOSTILE[name]
    info = tarfile.TarInfo(member)
    if target:
        info.type, info.linkname = tarfile.SYMTYPE, target
    else:
        info.size = 1
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        tar.addfile(info, None if target else io.BytesIO(b"x"))
    done = bench("validate", "evil.tar.gz")
    assert (done.returncode, done.stderr) == (1, "")
    assert "is not a" in done.stdout.splitlines()[0]
    assert [path.name for path in tmp_path.rglob("*")] == ["evil.tar.gz"]


def test_a_bomb_is_refused_by_what_it_claims(bench, tmp_path):
    info = tarfile.TarInfo(f"{RUN_ID}/trials/a.jsonl")
    info.size = 8 << 30
    with gzip.open(tmp_path / "bomb.tar.gz", "wb") as packed:
        packed.write(info.tobuf(tarfile.GNU_FORMAT))
        packed.write(bytes(4 << 20))
    done = bench("validate", "bomb.tar.gz")
    assert done.returncode == 1
    assert "larger than 2,147,483,648 bytes" in done.stdout


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("gone.tar.gz", 2, "there is no such file"),
        ("gone", 2, "expected a run folder, an id in results"),
        ("empty", 5, "there is no run and no archive in empty"),
    ],
)
def test_a_name_of_nothing_is_a_usage_error_and_no_verdict(name, status, words, bench, tmp_path):
    (tmp_path / "empty").mkdir()
    done = bench("validate", name)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr


def test_code_beside_the_runs_is_not_executed(results):
    """As the workflow for contributions types it: in a stranger's folder, with modules of names that we import."""
    for name in ("numpy", "click", "bench", "lstm", "sitecustomize"):
        (results / f"{name}.py").write_text("raise SystemExit('executed')")
    command = [sys.executable, "-P", "-m", "bench", "validate", "."]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=results, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("1 run checked: 1 valid\n")
