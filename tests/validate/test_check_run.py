"""A valid run has no flaw, one that is spoiled in one place has that one, and whatever is read, nothing is executed."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.registry import builtin_datasets
from bench.reports.kit.files import PUBLISHED
from bench.reports.validate.flaws import word_flaw
from bench.store.find_runs import list_runs
from bench.store.gpu_evidence import evidence_path, write_evidence
from bench.store.merge_runs import merge_runs
from bench.store.run_folder import load_run, read_record
from bench.validate.check_data import KnownSets
from bench.validate.check_run import check_run
from bench.validate.flaws import FlawCode
from tests.conftest import RUN_ID
from tests.gpu.made import make_evidence
from tests.validate.conftest import describe

LSTM, CNN = "lstm-mnist-b32-float32-cpu-s0", "cnn-mnist-b32-float32-cpu-s1"
LAST_EPOCH, END = -2, -1


def codes(checked):
    return [flaw.code for flaw in checked.flaws]


def sentences(checked):
    return [word_flaw(flaw) for flaw in checked.flaws]


def change_record(folder, change):
    record = json.loads((folder / "run.json").read_text())
    change(record)
    (folder / "run.json").write_text(json.dumps(record))


def test_a_run_as_it_was_left_is_valid(valid_run, check):
    checked = check(valid_run)
    assert sentences(checked) == []
    assert (checked.run_id, checked.num_planned, checked.num_trials, checked.unchecked) == (RUN_ID, 4, 4, ())


@pytest.mark.parametrize("folder", list_runs(PUBLISHED), ids=lambda folder: folder.name)
def test_every_published_run_is_valid_with_its_data_hashed_where_they_come_with_the_program(folder):
    checked = check_run(folder, folder.name, KnownSets())
    assert sentences(checked) == []
    trained = {trial.case.dataset for trial in read_record(folder).suite.trials}
    assert {one.dataset for one in checked.unchecked} == trained - set(builtin_datasets())


def test_what_was_seen_of_a_gpu_is_read_strictly_too(valid_run, check):
    write_evidence(valid_run, make_evidence("tensorflow"))
    assert sentences(check(valid_run)) == []
    evidence_path(valid_run, "tensorflow").write_text('{"schema": 1, "backend": "tensorflow", "trainings": [1]}')
    (sentence,) = sentences(check(valid_run))
    assert sentence.startswith("gpu-tensorflow.json: trainings.0: ")


def test_a_run_that_was_not_finished_is_valid(valid_run, check):
    (valid_run / "trials" / f"{LSTM}.jsonl").unlink()
    path = valid_run / "trials" / f"{CNN}.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:3]))
    checked = check(valid_run)
    assert sentences(checked) == []
    assert (checked.num_planned, checked.num_trials) == (4, 3)


FIGURES = {
    "seconds taken out of an epoch": (
        2, {"train_s": 5.0, "step_s": None},
        "trials/{lstm}.jsonl: 1 min 02 s of the trial's 3 min 20 s are in no part of it, more than the 50.0 s that a "
        "framework may take to end",
    ),
    "an epoch that lasted longer than the trial": (
        2, {"train_s": 90.0},
        "trials/{lstm}.jsonl: the parts of the trial take 3 min 43 s, more than its 3 min 20 s of wall time",
    ),
    "a share above 1": (
        LAST_EPOCH, {"val_accuracy": 1.5},
        "trials/{lstm}.jsonl: epoch 3: expected val_accuracy between 0 and 1, received 1.5000",
    ),
    "quantiles that fall": (
        2, {"step_s": {"p05": 0.02, "p50": 0.01, "p95": 0.03, "maximum": 0.04}},
        "trials/{lstm}.jsonl: epoch 1: expected quantiles of a step's seconds that grow, and within the epoch's",
    ),
    "fewer examples than the set has": (
        LAST_EPOCH, {"num_examples": 6_000, "num_steps": 188},
        "trials/{lstm}.jsonl: expected epochs of 60,000 training examples, as the data set has, received one of 6,000",
    ),
    "an end that counts other epochs": (
        END, {"num_epochs": 7}, "trials/{lstm}.jsonl: the end line counts 7 epochs, there are 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_that_another_contradicts_is_one_flaw(name, valid_run, check, spoil):
    line, values, sentence = FIGURES[name]
    spoil(valid_run, LSTM, line, values)
    assert sentences(check(valid_run)) == [sentence.format(lstm=LSTM)]


def test_an_ok_trial_of_fewer_epochs_than_its_budget_is_a_flaw(valid_run, check):
    path = valid_run / "trials" / f"{LSTM}.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:4], *lines[5:]]))
    assert {FlawCode.NOT_WHOLE} <= set(codes(check(valid_run))) <= {FlawCode.NOT_WHOLE, FlawCode.UNACCOUNTED}


def test_epochs_of_a_network_that_no_line_describes_are_a_flaw(valid_run, check):
    path = valid_run / "trials" / f"{LSTM}.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[2:]]))
    assert sentences(check(valid_run)) == [
        f"trials/{LSTM}.jsonl: epochs were trained, and no line says of which network"
    ]


def test_a_trial_that_was_copied_under_another_seed_is_a_flaw(valid_run, check, spoil):
    trials = valid_run / "trials"
    shutil.copy(trials / f"{CNN[:-1]}0.jsonl", trials / f"{CNN}.jsonl")
    record = json.loads((valid_run / "run.json").read_text())
    (trial,) = [one for one in record["suite"]["trials"] if one["seed"] == 1 and one["case"]["model"] == "cnn"]
    spoil(valid_run, CNN, 0, {"trial_id": CNN, "seed": 1, "index": trial["index"]})
    (sentence,) = sentences(check(valid_run))
    assert "took the same seconds as those of cnn-mnist-b32-float32-cpu-s0.jsonl to the last bit" in sentence


DATA = {
    "sha256": ("0" * 64, FlawCode.OTHER_DATA, "data set mnist: expected sha256 5c253c44"),
    "num_train": (6_000, FlawCode.NOT_WHOLE, "as the data set has"),
    "num_test": (1_000, FlawCode.DATA_FIELD, "data set mnist: expected num_test 10000, received 1000"),
    "num_classes": (2, FlawCode.DATA_FIELD, "expected num_classes 10, received 2"),
    "example_shape": ((14, 14), FlawCode.DATA_FIELD, r"expected example_shape \(28, 28\), received \(14, 14\)"),
    "name": ("mnist-pixels", FlawCode.DATA_FIELD, "data set mnist: expected name mnist, received mnist-pixels"),
}


@pytest.mark.parametrize("field", DATA)
def test_data_that_are_not_what_their_name_says_are_a_flaw(field, valid_run, check, spoil):
    value, code, words = DATA[field]
    path = valid_run / "trials" / f"{LSTM}.jsonl"
    data = json.loads(path.read_text().partition("\n")[0])["data"]
    spoil(valid_run, LSTM, 0, {"data": {**data, field: value}})
    checked = check(valid_run)
    assert code in codes(checked)
    assert any(re.search(words, sentence) for sentence in sentences(checked))


def test_ids_and_the_folder_must_agree(valid_run, check, tmp_path):
    moved = valid_run.rename(tmp_path / "mine")
    assert sentences(check(moved)) == [f"expected in a folder of the run's id {RUN_ID}, received mine"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda record: record["suite"].update(name="claims"),
         "run.json: the suite in the run's id is tutorial, and its record says claims"),
        (lambda record: record.update(created_at="2026-11-23T08:15:00Z"),
         "run.json: the time in the run's id is 20261122T081500Z, and its record says 20261123T081500Z"),
    ],
)  # fmt: skip
def test_an_id_that_its_record_contradicts_is_a_flaw(change, sentence, valid_run, check):
    change_record(valid_run, change)
    assert sentences(check(valid_run)) == [sentence]


def test_a_fingerprint_that_its_environment_does_not_make_is_a_flaw(valid_run, check):
    change_record(valid_run, lambda record: record["environment"].update(cpu_model="A faster CPU"))
    (sentence,) = sentences(check(valid_run))
    assert re.match(r"run\.json: expected fingerprint [0-9a-f]{12}, as the environment makes it, received", sentence)


def test_a_trial_of_another_machine_is_a_flaw_but_not_in_a_merged_run(make_valid, write_run, check, tmp_path):
    record, journals = make_valid()
    other_id = "20261122T081500Z-tutorial-0001"
    others, theirs = make_valid(run_id=other_id, cpu_model="A faster CPU")
    mixed = [journals[0], theirs[1].model_copy(update={"start": theirs[1].start.model_copy(update={"run_id": RUN_ID})})]
    folder = write_run(tmp_path / "mixed" / RUN_ID, record, mixed)
    (sentence,) = sentences(check(folder))
    assert "`bench merge` makes one run of several machines'" in sentence
    runs = [
        load_run(write_run(tmp_path / "apart" / run.run_id, run, trials))
        for run, trials in ((record, journals), (others, theirs))
    ]
    # Clock readings of two machines differ; these are made up, and alike.
    checked = check(merge_runs(runs, tmp_path / "results", ("bench", "merge")))
    assert set(codes(checked)) == {FlawCode.COPIED}


def test_other_settings_than_planned_are_named(valid_run, check):
    def change(record):
        record["suite"]["trials"][0]["case"]["epochs"] = 5

    change_record(valid_run, change)
    assert sentences(check(valid_run)) == [
        f"trials/{LSTM}.jsonl: trained with other settings than the run's record has: epochs"
    ]


def test_a_slot_of_another_trials_turns_is_a_flaw(make_valid, take_turns, write_run, check, tmp_path):
    record, journals = make_valid()
    taken = list(take_turns(journals[:2], (0.001, 0.001)))
    assert codes(check(write_run(tmp_path / "a" / RUN_ID, record, taken))) == []
    start = taken[0].start.model_copy(update={"in_turns": taken[0].start.in_turns.model_copy(update={"slot": 1})})
    taken[0] = taken[0].model_copy(update={"start": start})
    (sentence,) = sentences(check(write_run(tmp_path / "b" / RUN_ID, record, taken)))
    assert f"took turns as {RUN_ID}/cnn-" in sentence


def test_a_journal_of_no_trial_and_a_torn_one_are_flaws(valid_run, check):
    trials = valid_run / "trials"
    (trials / "mine.jsonl").write_text("{}\n")
    (trials / f"{LSTM}.jsonl").write_text('{"schema":1,"event":"sta')
    with (trials / f"{CNN}.jsonl").open("a") as file:
        file.write('{"schema"')
    assert sorted(sentences(check(valid_run))) == [
        f"trials/{CNN}.jsonl: dropped a torn last line of 9 bytes",
        f"trials/{LSTM}.jsonl: no line of it is whole",
        "trials/mine.jsonl: no trial of the run's record has this journal",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"schema":1,"event":"epoch","loss":NaN}', "NaN is not a JSON number"),
        ('{"schema":1,"schema":1}', "key 'schema' appears twice"),
        ("[" * 100_000, "nested deeper than 32 levels"),
        ('{"schema":1,"event":"epoch","train_s":1e999}', "out of range"),
        ("x" * (1 << 20) + "y", "a journal line has at most 1,048,576 bytes"),
        ('{"schema":1,"__reduce__":["os.system","touch /tmp/x"]}', "unable to extract tag"),
        ("\x80\x04\x95", "not valid JSON"),
    ],
    ids=["NaN", "twice", "deep", "large", "long", "reduce", "pickle"],
)  # fmt: skip
def test_a_line_that_is_made_to_harm_is_named_with_its_place(line, words, valid_run, check):
    path = valid_run / "trials" / f"{LSTM}.jsonl"
    lines = path.read_text().splitlines()
    lines[2] = line
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    (sentence,) = sentences(check(valid_run))
    assert sentence.startswith(f"trials/{LSTM}.jsonl")
    assert words in sentence


def test_a_sparse_journal_of_gigabytes_is_refused_unread(valid_run, check, peak_bytes):
    with (valid_run / "trials" / f"{LSTM}.jsonl").open("r+b") as file:
        file.truncate(10 << 30)
    found = []
    assert peak_bytes(lambda: found.append(check(valid_run))) < 64 << 20
    (sentence,) = sentences(found[0])
    assert "a journal has at most 67,108,864 bytes" in sentence


def test_a_record_that_names_a_trial_twice_or_a_path_is_unreadable(valid_run, check):
    change_record(valid_run, lambda record: record["suite"]["trials"].append(record["suite"]["trials"][0]))
    (sentence,) = sentences(check(valid_run))
    assert sentence == f"run.json: trial {LSTM} appears twice"
    change_record(valid_run, lambda record: record.update(run_id="../../x"))
    (sentence,) = sentences(check(valid_run))
    assert sentence.startswith("run.json: run_id: expected UTC time, suite and four hex digits")


@settings(max_examples=80)
@given(data=st.data())
def test_a_run_with_any_bytes_changed_is_valid_or_has_flaws_and_never_more(
    data, make_valid, write_run, tmp_path_factory
):
    record, journals = make_valid(["lstm"], (0, 1))
    folder = write_run(tmp_path_factory.mktemp("fuzz") / record.run_id, record, journals)
    path = data.draw(st.sampled_from(sorted(path for path in folder.rglob("*") if path.is_file())))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.sampled_from(b'0123456789-.eE"{}[],:ntx\n\xff')
        )
    path.write_bytes(content)
    checked = check_run(folder, "x", KnownSets(describe))
    assert all(sentences(checked))


def test_ceilings_of_a_machine_that_no_trial_is_from_are_a_flaw(valid_run, check):
    ceilings = {"tensorflow": "2.21.0", "devices": []}
    (valid_run / "ceilings.json").write_text(json.dumps({"schema": 1, "machines": {"f" * 12: ceilings}}))
    assert sentences(check(valid_run)) == ["ceilings.json: ceilings of ffffffffffff, a machine that no trial is from"]


def test_no_data_set_is_loaded_by_a_strangers_path_and_no_network_imported(
    make_valid, make_case, write_run, tmp_path, monkeypatch
):
    """What a run names is a name: the file is never opened, the module never found."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text("raise SystemExit('executed')")
    (tmp_path / "evil.npz").write_bytes(b"PK\x03\x04")
    record, journals = make_valid([make_case("evil:build", dataset="evil.npz")])
    folder = write_run(tmp_path / RUN_ID, record, journals)
    asked = []
    checked = check_run(folder, "x", KnownSets(asked.append))
    assert (codes(checked), asked) == ([], [])
    assert [(one.dataset, one.why) for one in checked.unchecked] == [("evil.npz", "it is no built-in one")]


def test_a_built_in_set_that_is_not_here_stays_unchecked_and_is_said(make_valid, make_case, write_run, tmp_path):
    record, journals = make_valid([make_case("lstm", dataset="cifar10")])
    checked = check_run(write_run(tmp_path / RUN_ID, record, journals), "x", KnownSets())
    assert [(one.dataset, one.why) for one in checked.unchecked] == [("cifar10", "it is not on this machine")]
