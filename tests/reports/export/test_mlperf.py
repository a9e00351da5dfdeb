"""Trials as MLPerf's logs: what the compliance checker of mlperf-logging says, and when each accuracy was known."""

import json
import re
from pathlib import Path

import pytest
from mlperf_logging.compliance_checker import mlp_compliance, mlp_parser

from bench.reports.export.mlperf import write_mlperf
from bench.store.records import StepValidation

RULES = "6.1.0"
# No rule has a place for a network that is none of MLPerf's, has no attention, and runs on one device.
NOT_PLACED = {"submission_benchmark", "lowest_numerical_precision_in_attn", "lowest_numerical_precision_in_comm"}
WITHIN = tuple(
    StepValidation(num_steps=steps, train_s=train_s, val_s=val_s, val_loss=1.0, val_accuracy=accuracy)
    for steps, train_s, val_s, accuracy in ((500, 15.0, 1.0, 0.6), (1000, 30.0, 2.0, 0.8))
)


def validate_within(journal):
    """Return a journal whose first epoch has two validations before its end."""
    first, *rest = journal.epochs
    return journal.model_copy(update={"epochs": (first.model_copy(update={"validations": WITHIN}), *rest)})


def test_mlperfs_checker_accepts_all_that_its_rules_have_a_place_for(make_journal, tmp_path):
    (path,) = write_mlperf(tmp_path, [validate_within(make_journal("lstm", 3))])
    lines, errors = mlp_parser.parse_file(path, ruleset=RULES)
    assert errors == []
    checker = mlp_compliance.ComplianceChecker("training", RULES, quiet=True, werror=True)
    # Rule by rule: the checker goes on to those of the named benchmark, which MLPerf has for its own alone.
    for rules in ("common", "open_common"):
        folder = Path(mlp_compliance.__file__).parent / f"training_{RULES}"
        checker.configured_checks(lines, folder / f"{rules}.yaml")
    mlp_compliance.enqueued_configs.clear()
    said = [*checker.overwritable.values(), *checker.not_overwritable]
    keys = {re.search(r"(?:CHECK for|occurrence of) '(\w+)'", message)[1] for message in said}
    assert keys == NOT_PLACED, said


def test_each_accuracy_has_the_time_at_which_it_was_known(make_journal, tmp_path):
    journal = make_journal("lstm", 3)
    (path,) = write_mlperf(tmp_path, [journal])
    lines = [json.loads(line.removeprefix(":::MLLOG ")) for line in path.read_text().splitlines()]
    times = [line["time_ms"] for line in lines]
    assert times == sorted(times)
    known = [(line["metadata"]["epoch_num"], line["value"]) for line in lines if line["key"] == "eval_accuracy"]
    assert known == [(event.epoch, event.val_accuracy) for event in journal.epochs]
    first = next(line for line in lines if line["key"] == "eval_accuracy")
    begin_s = (
        journal.start.started_at.timestamp() + journal.built.import_s + journal.built.data_s + journal.built.build_s
    )
    event = journal.epochs[0]
    assert first["time_ms"] == pytest.approx(1000 * (begin_s + event.train_s + event.val_s), abs=1)
    assert lines[-1]["metadata"] == {"status": "success"}


def test_accuracies_within_an_epoch_have_their_times_and_what_follows_is_not_early(make_journal, tmp_path):
    journal = validate_within(make_journal("lstm", 3, val_accuracy=(0.9, 0.95), train_s=60.0))
    (path,) = write_mlperf(tmp_path, [journal])
    lines = [json.loads(line.removeprefix(":::MLLOG ")) for line in path.read_text().splitlines()]
    times = [line["time_ms"] for line in lines]
    assert times == sorted(times)
    built = journal.built
    begin_ms = 1000 * (journal.start.started_at.timestamp() + built.import_s + built.data_s + built.build_s)
    keys = ("epoch_start", "epoch_stop", "eval_accuracy")
    since = {key: [(line["time_ms"] - begin_ms) / 1000 for line in lines if line["key"] == key] for key in keys}
    # Of each epoch 60 s of training and 3 s of validation at its end, 3 s within the first, 0.125 s between the two.
    assert since["epoch_stop"] == pytest.approx([63.0, 126.125], abs=0.002)
    assert since["epoch_start"] == pytest.approx([0.0, 66.125], abs=0.002)
    assert since["eval_accuracy"] == pytest.approx([16.0, 33.0, 66.0, 129.125], abs=0.002)
    told = [(line["value"], line["metadata"]) for line in lines if line["key"] == "eval_accuracy"]
    assert told == [
        (0.6, {"epoch_num": 1, "samples_count": 16_000}), (0.8, {"epoch_num": 1, "samples_count": 32_000}),
        (0.9, {"epoch_num": 1, "samples_count": 60_000}), (0.95, {"epoch_num": 2, "samples_count": 120_000}),
    ]  # fmt: skip


def test_a_trial_that_failed_is_aborted_and_one_without_an_epoch_has_no_log(make_journal, tmp_path):
    failed = make_journal("lstm", 0, status="failed", val_accuracy=(0.5,))
    (path,) = write_mlperf(tmp_path, [failed, make_journal("cnn", 0, status="oom", val_accuracy=())])
    assert '"status": "aborted"' in path.read_text().splitlines()[-1]


def test_a_deterministic_trial_has_no_log(make_case, make_journal, tmp_path):
    exact = make_journal(make_case("lstm", deterministic=True))
    assert list(write_mlperf(tmp_path, [exact])) == []


def test_the_optimizer_is_the_one_that_was_used(make_case, make_journal, tmp_path):
    own = make_case("mine:build", training="own")
    journals = [make_journal("lstm", 0), make_journal(own, 0, resolved={"optimizer": "RMSprop", "learning_rate": 0.5})]
    for path, told in zip(write_mlperf(tmp_path, journals), (("adam", 0.001), ("rmsprop", 0.5)), strict=True):
        lines = [json.loads(line.removeprefix(":::MLLOG ")) for line in path.read_text().splitlines()]
        values = {line["key"]: line["value"] for line in lines}
        assert (values["opt_name"], values["opt_base_learning_rate"]) == told
