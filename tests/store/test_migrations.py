"""Schemas: what was published once is read for good, and what is too new is refused by name."""

import json
import shutil
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.store import migrations
from bench.store.migrations import migrate
from bench.store.run_folder import load_run

SCHEMA_1 = Path(__file__).parent / "fixtures" / "schema1"


@pytest.fixture
def frozen(tmp_path):
    """Return a copy of the frozen run, which a test may change."""
    return Path(shutil.copytree(SCHEMA_1, tmp_path / "run"))


def files_of(folder):
    return [folder / "run.json", *sorted((folder / "trials").glob("*.jsonl"))]


def change(folder, edit):
    """Rewrite every record of a run, run.json and journal lines alike, as `edit` returns it."""
    for path in files_of(folder):
        texts = [path.read_text()] if path.suffix == ".json" else path.read_text().splitlines()
        path.write_text("".join(json.dumps(edit(json.loads(text))) + "\n" for text in texts))


def holds(read, written):
    """Return whether what was read holds all that was written; fields that came later may be there too."""
    if isinstance(written, dict):
        return all(key in read and holds(read[key], value) for key, value in written.items())
    if isinstance(written, list):
        return len(read) == len(written) and all(map(holds, read, written))
    return bool(read == written)


def test_the_frozen_run_of_schema_1_reads_whole():
    run = load_run(SCHEMA_1)
    assert run.set_aside == ()
    assert [(journal.status, len(journal.epochs)) for journal in run.journals] == [
        ("ok", 2),
        ("ok", 2),
        ("failed", 0),
        ("diverged", 1),
        ("killed", 1),
        ("timeout", 1),
        ("oom", 1),
        ("interrupted", 1),
        ("killed", 1),
    ]


def test_the_frozen_runs_figures_are_those_that_were_written():
    run = load_run(SCHEMA_1)
    lstm, cnn = run.journals[:2]
    assert (lstm.built.num_params, cnn.built.num_params) == (216_426, 140_682)
    assert (lstm.start.data.num_train, lstm.start.data.num_test) == (320, 100)
    assert run.journals[3].epochs[0].not_finite == ("loss", "val_loss")
    for path in files_of(SCHEMA_1)[1:]:
        journal = next(journal for journal in run.journals if journal.source == path.name)
        events = [event for event in (journal.start, journal.built, *journal.epochs, journal.end) if event]
        for line, event in zip(path.read_text().splitlines(), events, strict=True):
            assert holds(event.model_dump(mode="json"), json.loads(line))


def test_a_newer_schema_is_refused_naming_the_version(frozen):
    change(frozen, lambda record: {**record, "schema": 2, "new_key": 1})
    with pytest.raises(StoreError, match=r"run\.json: schema 2 is newer than this program reads \(1\): update it"):
        load_run(frozen)


def test_a_newer_journal_alone_is_set_aside_with_file_and_line(frozen):
    victim = files_of(frozen)[1]
    lines = victim.read_text().splitlines(keepends=True)
    victim.write_text(lines[0] + lines[1].replace('"schema":1', '"schema":7'))
    run = load_run(frozen)
    assert len(run.journals) == 8
    assert run.set_aside == (
        f"trials/{victim.name}:2: schema 7 is newer than this program reads (1): update it to read this",
    )


def test_an_older_schema_is_migrated_in_memory_and_its_files_stay_as_they_are(frozen, monkeypatch):
    """A made-up schema 0 called `seed` a `random_seed`, and had no name for a run."""

    def age(record):
        renamed = {("random_seed" if key == "seed" else key): value for key, value in record.items()}
        return {**renamed, "schema": 0}

    def migrate_0(record):
        return {("seed" if key == "random_seed" else key): value for key, value in record.items()}

    new = load_run(frozen)
    change(frozen, age)
    old_bytes = {path: path.read_bytes() for path in files_of(frozen)}
    with pytest.raises(StoreError, match="schema 0 is older than any that this program reads"):
        load_run(frozen)
    monkeypatch.setattr(migrations, "MIGRATIONS", {0: migrate_0})
    old = load_run(frozen)
    assert (old.record, old.journals) == (new.record, new.journals)
    assert {path: path.read_bytes() for path in files_of(frozen)} == old_bytes


def test_steps_are_taken_one_after_the_other(monkeypatch):
    monkeypatch.setattr(migrations, "SCHEMA", 3)
    steps = {1: lambda record: {**record, "a": 1}, 2: lambda record: {**record, "b": record["a"] + 1}}
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    assert migrate({"schema": 1}, "x") == {"schema": 3, "a": 1, "b": 2}


def test_every_published_schema_has_a_way_to_todays():
    assert set(range(1, migrations.SCHEMA)) <= set(migrations.MIGRATIONS)


@pytest.mark.parametrize(
    "value", [None, [], "x", {}, {"schema": None}, {"schema": "1"}, {"schema": True}, {"schema": -1}]
)
def test_what_is_no_record_is_refused(value):
    with pytest.raises(StoreError, match="x: expected an object with key schema, a number from 1; received"):
        migrate(value, "x")
