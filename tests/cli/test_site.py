"""`bench site` as a team types it for its results."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from bench.analysis.run_summary import summarize_run
from bench.api.answers import page_answers
from bench.reports.kit.files import PUBLISHED
from bench.reports.run.html import render_page
from bench.store.find_runs import list_runs
from bench.store.run_folder import load_run
from tests.conftest import RUN_ID
from tests.draws import some
from tests.without_figures import draw_no_figures

pytestmark = pytest.mark.slow

OTHER = "20261122T081500Z-tutorial-0001"


@pytest.fixture
def results(monkeypatch, tmp_path, make_valid, write_run):
    """A run in results/ and another machine's in results/team/, and no figures of them."""
    draw_no_figures(monkeypatch.setattr)
    write_run(tmp_path / "results" / RUN_ID, *make_valid())
    write_run(tmp_path / "results" / "team" / OTHER, *make_valid(run_id=OTHER, cpu_model="Another CPU", hostname="b"))
    return tmp_path / "results"


@pytest.mark.usefixtures("results")
def test_a_folder_of_runs_becomes_a_site_and_again_the_same(bench, tmp_path):
    done = bench("site", "results", "--output", "public", "--title", "Nightly, team A")
    assert (done.returncode, done.stdout, done.stderr) == (0, "public/index.html\n", "")
    before = {path: path.read_bytes() for path in (tmp_path / "public").rglob("*") if path.is_file()}
    assert "<title>Nightly, team A</title>" in (tmp_path / "public" / "index.html").read_text()
    assert {path.relative_to(tmp_path / "public").as_posix() for path in before} == {
        "index.html", "site.json", "hardware/tutorial.html", f"runs/{RUN_ID}/index.html", f"runs/{OTHER}/index.html",
    }  # fmt: skip
    assert bench("site", "results", "--output", "public", "--title", "Nightly, team A").returncode == 0
    assert {path: path.read_bytes() for path in before} == before


def test_archives_are_shown_as_folders_are_and_what_cannot_be_read_is_listed(bench, results, tmp_path):
    assert bench("export", RUN_ID, "--archive", "results/node7.tar.gz").returncode == 0
    shutil.copy(results / "node7.tar.gz", results / "team" / "again.tar.gz")
    shutil.rmtree(results / RUN_ID)
    (results / "torn.tar.gz").write_bytes((results / "node7.tar.gz").read_bytes()[:200])
    (results / "newer").mkdir()
    (results / "newer" / "run.json").write_text('{"schema": 99}')
    done = bench("site", "results")
    assert (done.returncode, done.stdout) == (0, "site/index.html\n")
    document = json.loads((tmp_path / "site" / "site.json").read_text())
    assert [run["run_id"] for run in document["runs"]] == [OTHER, RUN_ID]
    why = {one["source"]: one["why"] for one in document["not_read"]}
    assert why.keys() == {"newer", "torn.tar.gz", "team/again.tar.gz"}
    assert why["newer"].startswith("run.json: schema 99 is newer")
    assert why["team/again.tar.gz"] == f"run {RUN_ID} lies in node7.tar.gz, too"
    assert done.stderr.count("warning: left out: ") == 3
    index = (tmp_path / "site" / "index.html").read_text()
    assert str(tmp_path) not in index + done.stderr
    assert "schema 99 is newer" in index


def test_a_page_that_lies_beside_a_strangers_journals_is_not_published(bench, results, tmp_path):
    (results / RUN_ID / "index.html").write_text("<script>alert(1)</script>")
    assert bench("site", "results").returncode == 0
    assert "alert(1)" not in (tmp_path / "site" / "runs" / RUN_ID / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("gone",), 2, "expected a folder of runs, there is no folder gone"),
        (("results.tar.gz",), 2, "is a file"),
        (("empty",), 5, "there is no run and no archive in empty"),
        (("results", "--output", "results"), 2, "expected a new or empty folder, or one that holds a site"),
    ],
)
@pytest.mark.usefixtures("results")
def test_what_cannot_be_meant_is_one_sentence_and_writes_nothing(arguments, status, words, bench, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "results.tar.gz").touch()
    before = sorted(tmp_path.rglob("*"))
    done = bench("site", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_the_published_reports_are_a_site_with_the_page_that_each_run_has_by_itself(bench, tmp_path):
    """Not with what several runs together were asked, as the published page of the claims has it."""
    runs = list_runs(PUBLISHED)
    shown = some(runs, *(next(run for run in runs if name in run.name) for name in ("-hardware-", "-discrepancy-")))
    for folder in shown:
        shutil.copytree(folder, tmp_path / "published" / folder.name)
    assert bench("site", "published").returncode == 0
    for folder in shown:
        page = tmp_path / "site" / "runs" / folder.name / "index.html"
        run = load_run(folder)
        summary = summarize_run(run.record, run.journals, set_aside=run.set_aside, superseded=run.superseded)
        assert page.read_text(encoding="utf-8") == render_page(summary, answers=page_answers(run))
    hardware = tmp_path / "site" / "hardware" / "hardware.html"
    assert len(re.findall("<figure>", hardware.read_text())) == 4
