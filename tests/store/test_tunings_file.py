"""The user's cache of tunings: one machine's and one set of versions' alone, and no file is believed unread."""

import functools
import json
from datetime import UTC, datetime

import pytest

from bench import __version__
from bench.errors import StoreError
from bench.plan.case import Case
from bench.store import tunings_file
from bench.store.tunings_file import MAX_TUNINGS_BYTES, Tuning, read_tunings, tunings_path, versions_of, write_tunings

NOW = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
LSTM, CNN = (Case(model=model, epochs=1, train_size=4096, test_size=100) for model in ("lstm", "cnn"))


def make_tuning(stock=LSTM, **changes):
    tuned = stock.model_copy(update=changes) if changes else None
    return Tuning(
        stock=stock, tuned=tuned, gain=1.5, gain_low=1.4, gain_high=1.6, num_pairs=5, run_id="r", measured_at=NOW
    )


def test_a_machine_that_was_never_tuned_has_none(tmp_path, environment):
    assert read_tunings(environment, tmp_path).by_key == {}


def test_tunings_read_back_whatever_number_of_examples_measured_them(tmp_path, environment):
    write_tunings(environment, [make_tuning(unroll=True)], tmp_path / "new")
    assert read_tunings(environment, tmp_path / "new").by_key == {
        "lstm-mnist-b32-float32-cpu": make_tuning(unroll=True)
    }


def test_a_newer_tuning_takes_the_place_of_an_older_one_and_others_stay(tmp_path, environment):
    write_tunings(environment, [make_tuning(unroll=True), make_tuning(CNN)], tmp_path)
    write_tunings(environment, [make_tuning(jit="on")], tmp_path)
    known = read_tunings(environment, tmp_path).by_key
    assert [one.tuned and one.tuned.jit for one in known.values()] == ["on", None]


def test_another_machine_has_its_own(tmp_path, environment):
    write_tunings(environment, [make_tuning()], tmp_path)
    other = environment.model_copy(update={"fingerprint": "f" * 12})
    assert read_tunings(other, tmp_path).by_key == {}


@pytest.mark.parametrize(
    ("now", "difference"),
    [
        ({"keras": "3.15.1", "tensorflow": "2.22.0"}, ("tensorflow", "2.21.0", "2.22.0")),
        ({"keras": "3.15.1", "tensorflow": "2.21.0", "jaxlib": "0.10"}, ("jaxlib", "none", "0.10")),
    ],
)
def test_a_tuning_of_other_versions_is_never_used_and_the_difference_is_told(tmp_path, environment, now, difference):
    write_tunings(environment, [make_tuning()], tmp_path)
    updated = environment.model_copy(update={"libraries": now})
    tunings = read_tunings(updated, tmp_path)
    assert (tunings.by_key, tunings.others) == ({}, [difference])


def test_a_tuning_of_another_version_of_this_program_is_never_used(tmp_path, environment, monkeypatch):
    write_tunings(environment, [make_tuning()], tmp_path)
    monkeypatch.setattr(tunings_file, "versions_of", functools.partial(versions_of, version="99"))
    tunings = read_tunings(environment, tmp_path)
    assert (tunings.by_key, tunings.others) == ({}, [("rnn-or-cnn", __version__, "99")])


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 2}, "newer than this program reads"),
        ({"more": 1}, "unknown key more"),
        ({"fingerprint": "f" * 12}, "belongs to machine ffffffffffff, expected a1b2c3d4e5f6"),
        ({"tunings": [{}]}, "is missing"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path, environment, changes, words):
    path = write_tunings(environment, [make_tuning()], tmp_path)
    edit(path, **changes)
    with pytest.raises(StoreError, match=words) as caught:
        read_tunings(environment, tmp_path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("tuned", [CNN, LSTM.model_copy(update={"model": "evil.module:build"})])
def test_a_file_cannot_put_another_network_under_a_networks_name(tmp_path, environment, tuned):
    path = write_tunings(environment, [make_tuning()], tmp_path)
    hostile = make_tuning().model_copy(update={"tuned": tuned}).model_dump(mode="json")
    edit(path, tunings=[hostile])
    with pytest.raises(StoreError, match=r"received another network's.*\nremove .*bench tune"):
        read_tunings(environment, tmp_path)


def test_a_link_is_not_followed_and_a_huge_file_is_not_read(tmp_path, environment):
    path = tunings_path(environment, tmp_path)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        read_tunings(environment, tmp_path)
    path.unlink()
    with path.open("wb") as file:
        file.truncate(MAX_TUNINGS_BYTES + 1)
    with pytest.raises(StoreError, match="remove"):
        read_tunings(environment, tmp_path)


def test_a_damaged_file_gives_way_to_a_new_measurement(tmp_path, environment):
    tunings_path(environment, tmp_path).write_text("{")
    write_tunings(environment, [make_tuning()], tmp_path)
    assert len(read_tunings(environment, tmp_path).by_key) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path, environment):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot keep tunings in .*file"):
        write_tunings(environment, [make_tuning()], tmp_path / "file" / "cache")
