"""Runs and archives are found wherever they lie in a folder, and nothing else is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bench.api.found_runs import MAX_DEPTH, find_results, open_found, spread_folders
from bench.errors import StoreError
from bench.store.archive import write_archive
from bench.store.run_folder import read_record

RUN, OTHER = "20261122T081500Z-tutorial-3f2a", "20261122T091500Z-tutorial-0001"


@pytest.fixture
def results(tmp_path, make_run, write_run):
    """A run as a folder, another in an archive in a folder of a machine's, and much that is neither."""
    results = tmp_path / "results"
    write_run(results / RUN, make_run(run_id=RUN))
    write_run(tmp_path / OTHER, make_run(run_id=OTHER))
    (results / "laptop").mkdir()
    write_archive(results / "laptop" / "node.tar.gz", [tmp_path / OTHER])
    (results / "README.md").write_text("a text")
    (results / "linked.tar.gz").symlink_to(results / "laptop" / "node.tar.gz")
    (results / "linked").symlink_to(results / "laptop")
    write_run(results / ".hidden" / RUN, make_run(run_id=RUN))
    check = results / "20261122T101500Z-check-0001"
    write_run(check / "screen" / "base", make_run(run_id=RUN))
    (check / "check.json").write_text("{}")
    return results


def test_runs_and_archives_are_found_in_order_and_links_checks_and_hidden_folders_passed_over(results):
    assert find_results(results) == [results / RUN, results / "laptop" / "node.tar.gz"]


def test_folders_are_not_followed_for_ever(tmp_path, make_run, write_run):
    deep = tmp_path.joinpath(*"abcdefghi")
    write_run(deep / RUN, make_run())
    assert len(deep.relative_to(tmp_path).parts) > MAX_DEPTH
    assert find_results(tmp_path) == []
    assert find_results(deep) == [deep / RUN]


def test_a_folder_that_may_not_be_read_is_told_by_whoever_reads_it(results, monkeypatch):
    listed = Path.iterdir

    def refuse(folder):
        if folder.name == "laptop":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert find_results(results) == [results / RUN, results / "laptop"]


def test_names_are_runs_archives_or_folders_of_them_each_once(results, monkeypatch):
    monkeypatch.chdir(results.parent)
    archive = results / "laptop" / "node.tar.gz"
    names = [RUN, "results", str(archive), "latest", f"results/{RUN}"]
    assert [path.resolve() for path in spread_folders(names, results)] == [results / RUN, archive]


@pytest.mark.parametrize("name", ["gone.tar.gz", "results/linked.tar.gz", "gone", "gone/folder"])
def test_a_name_of_nothing_is_an_error(name, results, monkeypatch):
    monkeypatch.chdir(results.parent)
    with pytest.raises(StoreError, match=name.rpartition("/")[2][:4]):
        spread_folders([name], results)


def test_each_archive_is_unpacked_alone_and_one_that_is_damaged_says_why(results, tmp_path):
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(gzip.compress(b"no tar")[:-4])
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    torn_one, *whole = [
        (found.source.name, found.folder and read_record(found.folder).run_id, found.problem)
        for found in open_found([torn, *find_results(results)], unpacked)
    ]
    assert whole == [(RUN, RUN, ""), ("node.tar.gz", OTHER, "")]
    assert torn_one[:2] == ("torn.tar.gz", None)
    assert torn_one[2].startswith("cannot be read as .tar.gz")
    assert list(unpacked.iterdir()) == []
