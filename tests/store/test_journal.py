"""Journals: what was written is read back, and what was not is never made up."""

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.errors import StoreError
from bench.store import journal as module
from bench.store.journal import JournalWriter, encode, read_journal


@pytest.fixture
def example(make_journal):
    return make_journal("lstm", val_accuracy=(0.9, 0.95))


def events_of(journal):
    return [event for event in (journal.start, journal.built, *journal.epochs, journal.end) if event]


def write(path, journal):
    with JournalWriter(path) as writer:
        for event in events_of(journal):
            writer.append(event)
    return path.read_bytes()


def test_a_journal_reads_back_as_it_was_written(tmp_path, example):
    path = tmp_path / "t.jsonl"
    write(path, example)
    assert read_journal(path) == example.model_copy(update={"source": path.name})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"val_s":3.0', b'"val_s":3.0,"val_s":3.0', "key 'val_s' appears twice"),
        (b'"val_s":3.0', b'"val_s":NaN', "NaN is not a JSON number"),
        (b'"val_s":3.0', b'"val_s":1e999', "the number 1e999 is out of range"),
        (b'"val_s":3.0', b'"val_s":-3.0', "val_s: input should be greater than or equal to 0"),
        (b'"num_steps":1875', b'"num_steps":1875.0', "num_steps: input should be a valid integer"),
        (b'"num_steps":1875', b'"num_steps":1875,"more":1', "unknown key epoch.more"),
    ],
)
def test_an_epoch_that_is_not_as_it_was_written_is_read_with_suspicion(tmp_path, example, old, new, reason):
    path = tmp_path / "t.jsonl"
    content = write(path, example)
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(StoreError, match=r"t\.jsonl:3: ") as caught:
        read_journal(path)
    assert reason in str(caught.value)


def test_an_epochs_line_reads_alike_however_it_is_spaced(tmp_path, example):
    path = tmp_path / "t.jsonl"
    written = write(path, example)
    line = encode(example.epochs[0])
    path.write_bytes(written.replace(line, json.dumps(json.loads(line)).encode() + b"\n"))
    assert path.read_bytes() != written
    assert read_journal(path) == example.model_copy(update={"source": path.name})


def test_epochs_as_they_were_written_need_no_strict_parser(tmp_path, example, monkeypatch):
    write(tmp_path / "t.jsonl", example)
    read = []
    monkeypatch.setattr(module.strict_json, "loads", lambda line, source, loads=module.strict_json.loads: (
        read.append(json.loads(line)["event"]) or loads(line, source)
    ))  # fmt: skip
    assert read_journal(tmp_path / "t.jsonl").epochs == example.epochs
    assert read == ["start", "built", "end"]


@pytest.mark.parametrize(("num_together", "sizes"), [(0, [1, 1, 1, 1, 1, 1]), (2, [1, 1, 2, 1, 1]), (9, [1, 1, 3, 1])])
def test_no_more_is_read_together_than_a_line_may_have(tmp_path, make_journal, monkeypatch, num_together, sizes):
    lines = write(tmp_path / "t.jsonl", make_journal("lstm", val_accuracy=(0.9, 0.95, 0.97))).splitlines()
    monkeypatch.setattr(module, "MAX_LINE_BYTES", num_together * max(map(len, lines[2:5])))
    groups = list(module.group_epochs(lines))
    assert [line for group in groups for line in group] == lines
    assert [len(group) for group in groups] == sizes


@pytest.mark.parametrize("joined", [b",", b",\n", b"],\n["])
def test_epochs_are_read_from_lines_of_their_own_alone(tmp_path, example, joined):
    """Lines that begin as epochs are read as one array, which says nothing of where a line ends."""
    path = tmp_path / "t.jsonl"
    start, built, *epochs, end = write(path, example).splitlines()
    path.write_bytes(b"\n".join([start, built, joined.join(epochs), end, b""]))
    with pytest.raises(StoreError, match=r"t\.jsonl:3: not valid JSON"):
        read_journal(path)


def test_what_trials_have_in_common_is_held_once(tmp_path, make_journal):
    write(tmp_path / "a.jsonl", make_journal("lstm", 0))
    write(tmp_path / "b.jsonl", make_journal("lstm", 1))
    a, b = read_journal(tmp_path / "a.jsonl"), read_journal(tmp_path / "b.jsonl")
    assert a.start.environment is b.start.environment
    assert a.start.case is b.start.case
    assert a.built.resolved is b.built.resolved
    assert (a.start.seed, b.start.seed) == (0, 1)


@pytest.mark.parametrize("size", [b"32.0", b"true", b'"32"'])
def test_a_block_that_only_equals_one_read_before_is_checked_by_itself(tmp_path, example, size):
    path = tmp_path / "t.jsonl"
    content = write(path, example)
    read_journal(path)
    path.write_bytes(content.replace(b'"batch_size":32', b'"batch_size":' + size))
    with pytest.raises(StoreError, match=r"t\.jsonl:1: start\.case\.batch_size: "):
        read_journal(path)


def test_each_line_is_one_json_object_with_schema_and_event(tmp_path, example):
    lines = write(tmp_path / "t.jsonl", example).splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["start", "built", "epoch", "epoch", "end"]
    assert {json.loads(line)["schema"] for line in lines} == {1}


def test_a_line_is_on_disk_as_soon_as_it_is_appended(tmp_path, example):
    path = tmp_path / "t.jsonl"
    with JournalWriter(path) as writer:
        line = writer.append(example.start)
        assert path.read_bytes() == line


def test_epochs_and_the_end_are_synced_to_disk_and_other_lines_are_not(tmp_path, example, monkeypatch):
    synced = []
    monkeypatch.setattr(module.os, "fsync", synced.append)
    with JournalWriter(tmp_path / "t.jsonl") as writer:
        writer.append(example.start)
        writer.append(example.built)
        assert synced == []
        writer.append(example.epochs[0])
        writer.append(example.end)
    assert len(synced) == 2


def test_cut_at_every_byte_all_whole_lines_are_kept_and_the_rest_is_dropped_with_a_warning(tmp_path, example):
    path = tmp_path / "t.jsonl"
    content = write(path, example)
    events = events_of(example)
    # Validating thousands of prefixes in full takes long: every byte of the last two lines, every 97th before.
    tail = len(content) - len(encode(events[-1])) - len(encode(events[-2]))
    for size in [*range(0, tail, 97), *range(tail, len(content) + 1)]:
        path.write_bytes(content[:size])
        journal = read_journal(path)
        num_whole = content[:size].count(b"\n")
        assert (events_of(journal) if journal else []) == events[:num_whole]
        is_torn = size > 0 and content[size - 1 : size] != b"\n"
        if journal:
            assert bool(journal.warnings) == is_torn


def test_appending_after_a_torn_line_starts_a_line_of_its_own(tmp_path, example):
    path = tmp_path / "t.jsonl"
    content = write(path, example)
    end = encode(example.end)
    path.write_bytes(content[: -len(end) - 10])
    with JournalWriter(path) as writer:
        writer.append(example.end)
    journal = read_journal(path)
    assert (len(journal.epochs), journal.status) == (1, "ok")


def test_without_an_end_line_the_trial_was_killed(tmp_path, make_journal):
    path = tmp_path / "t.jsonl"
    write(path, make_journal("lstm", status=None))
    assert read_journal(path).status == "killed"


def test_an_empty_file_is_a_trial_that_never_started(tmp_path):
    path = tmp_path / "t.jsonl"
    path.touch()
    assert read_journal(path) is None


def test_a_damaged_line_in_the_middle_is_named_with_file_and_line(tmp_path, example):
    path = tmp_path / "t.jsonl"
    lines = write(path, example).split(b"\n")
    lines[2] = lines[2][:50] + b"\x00" + lines[2][51:]
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(StoreError, match=r"t\.jsonl:3: "):
        read_journal(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": 2}, r"schema 2 is newer than this program reads \(1\)"),
        ({"schema": "1"}, "expected an object with key schema"),
        ({"schema": True}, "expected an object with key schema"),
        ({"event": "epock"}, "does not match any of the expected tags"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"extra": 1}, "unknown key"),
    ],
)
def test_an_event_that_is_not_of_the_schema_is_refused(tmp_path, example, change, reason):
    path = tmp_path / "t.jsonl"
    value = {**json.loads(encode(example.start)), **change}
    path.write_bytes(json.dumps(value).encode() + b"\n")
    with pytest.raises(StoreError, match=rf"t\.jsonl:1: .*{reason}"):
        read_journal(path)


@pytest.mark.parametrize("change", [{"first_step_s": 61.0}, {"first_step_examples": 60_001}])
def test_first_steps_that_are_more_than_their_epoch_are_refused(tmp_path, example, change):
    """Otherwise an epoch would have less than no time without them."""
    path = tmp_path / "t.jsonl"
    events = events_of(example)
    epoch = events[2].model_copy(update=change)
    path.write_bytes(b"".join(map(encode, [*events[:2], epoch, *events[3:]])))
    with pytest.raises(StoreError, match=r"t\.jsonl: epoch 1: expected first steps within the epoch"):
        read_journal(path)


@pytest.mark.parametrize("order", [[1, 0], [0, 2, 2], [0, 3], [0, 4, 2], [0, 1, 1], [0, 0]])
def test_events_out_of_order_are_refused(tmp_path, example, order):
    path = tmp_path / "t.jsonl"
    events = events_of(example)
    path.write_bytes(b"".join(encode(events[index]) for index in order))
    with pytest.raises(StoreError, match=r"t\.jsonl"):
        read_journal(path)


def test_a_file_or_line_over_the_limit_is_refused_by_size(tmp_path, monkeypatch):
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"x" * 2000)
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 1999)
    with pytest.raises(StoreError, match="line has at most 1,999 bytes"):
        read_journal(path)
    monkeypatch.setattr(module, "MAX_JOURNAL_BYTES", 1999)
    with pytest.raises(StoreError, match="journal has at most 1,999 bytes"):
        read_journal(path)


def test_a_sparse_file_of_ten_gigabytes_is_refused_without_reading_it(tmp_path):
    path = tmp_path / "t.jsonl"
    with path.open("wb") as file:
        file.truncate(10 << 30)
    with pytest.raises(StoreError, match="at most 67,108,864 bytes"):
        read_journal(path)


def test_a_link_and_a_pipe_are_not_followed(tmp_path):
    (tmp_path / "link.jsonl").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.jsonl")
    for name in ("link.jsonl", "pipe.jsonl"):
        with pytest.raises(StoreError, match=name):
            read_journal(tmp_path / name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_a_journal_with_any_bytes_changed_reads_clean_or_fails_clean(tmp_path, example, data):
    path = tmp_path / "t.jsonl"
    content = bytearray(b"".join(map(encode, events_of(example))))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        journal = read_journal(path)
    except StoreError as error:
        assert "t.jsonl" in str(error)
    else:
        assert journal is None or journal.start.event == "start"
