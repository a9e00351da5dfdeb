"""A check on disk reads back as it was written, and is not trusted."""

from datetime import UTC, datetime

import pytest

from bench.errors import StoreError
from bench.gate.check_folder import (
    CHECK_FILE,
    CheckRecord,
    RevisionRecord,
    create_check_folder,
    create_side_run,
    load_check,
    side_folder,
    write_check_record,
)
from bench.store.run_folder import load_run

NOW = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)


@pytest.fixture
def check(tmp_path):
    """A check's folder and record, before its first stage."""
    check_id, folder = create_check_folder(tmp_path / "results", NOW)
    revision = RevisionRecord(name="main", commit=None)
    record = CheckRecord(
        check_id=check_id, created_at=NOW, version="0.1.0", command=("python",), base=revision, head=revision,
        num_pairs=10, num_confirm_pairs=16, order_seed=7,
    )  # fmt: skip
    write_check_record(folder, record)
    return folder, record


def test_a_check_without_a_trial_reads_back_empty(check):
    folder, record = check
    loaded = load_check(folder)
    assert loaded.record == record
    assert set(loaded.journals.values()) == {()}
    assert sorted(path.name for path in folder.iterdir()) == [CHECK_FILE]


def test_each_side_of_a_stage_is_a_run_like_any_other(
    check, make_run, make_journal, make_case, environment, write_journal
):
    folder, record = check
    suite = make_run([make_case("cnn")]).suite
    path, run = create_side_run(folder, record, "screen", "head", suite, environment)
    journal = make_journal(make_case("cnn"), run_id=run.run_id)
    write_journal(path, journal)
    assert load_run(path).record == run
    assert path == side_folder(folder, "screen", "head")
    assert [one.status for one in load_check(folder).journals["screen", "head"]] == ["ok"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 2}', b'{"check_id": NaN}'])
def test_a_damaged_record_is_named(check, content):
    folder, _ = check
    (folder / CHECK_FILE).write_bytes(content)
    with pytest.raises(StoreError, match=CHECK_FILE):
        load_check(folder)


def test_a_folder_that_is_no_check_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"expected a folder that holds check\.json"):
        load_check(tmp_path)


def test_a_record_of_a_later_version_is_named_as_that(check):
    folder, _ = check
    (folder / CHECK_FILE).write_text('{"schema": 99}')
    with pytest.raises(StoreError, match="newer"):
        load_check(folder)
