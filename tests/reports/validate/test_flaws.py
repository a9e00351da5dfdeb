"""Flaws as sentences for a person and as a document for a program."""

import json

import pytest

from bench.reports.validate.flaws import MAX_SHOWN, checked_json, render_checked, word_flaw
from bench.validate.flaws import CheckedRun, Flaw, FlawCode, Unchecked
from tests.reports.documents import keys_of
from tests.reports.golden import assert_golden
from tests.reports.hostile import HOSTILE

RUN = "20261122T081500Z-hardware-3f2a"
EVERYTHING = {
    "why": "node7.tar.gz: cannot be read", "other": "results/a", "part": "suite", "expected": "a1b2c3d4e5f6",
    "received": "ffffffffffff", "names": "epochs, batch_size", "epoch": 2, "name": "val_accuracy", "parts_s": 223.0,
    "total_s": 200.0, "unaccounted_s": 90.0, "limit_s": 50.0, "field": "num_test",
}  # fmt: skip
UNCHECKED = Unchecked("mine.npz", "it is no built-in one")
NOT_WHOLE = ("epochs", "built", "end", "examples")


def checked(*flaws, **changes):
    fields = {
        "source": "node7.tar.gz", "run_id": RUN, "suite": "hardware", "machines": ("a1b2c3d4e5f6",), "num_planned": 4,
        "num_trials": 4, "flaws": flaws, **changes,
    }  # fmt: skip
    return CheckedRun(**fields)


def every_flaw():
    whole = [
        Flaw(FlawCode.NOT_WHOLE, "trials/a.jsonl", {"what": what, "expected": 3, "received": 2}) for what in NOT_WHOLE
    ]
    others = [Flaw(code, "trials/a.jsonl", EVERYTHING) for code in FlawCode if code is not FlawCode.NOT_WHOLE]
    return (*others, *whole)


def test_every_flaw_has_a_sentence_of_its_own():
    words = [word_flaw(flaw) for flaw in every_flaw()]
    assert_golden("flaws.txt", "\n".join(words) + "\n")


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ((checked(),), f"node7.tar.gz: {RUN}: valid, 4 trials\n1 run checked: 1 valid"),
        (
            (checked(source=f"results/{RUN}", num_trials=3, unchecked=(UNCHECKED,)),
             checked(Flaw(FlawCode.STRAY, "trials/x.jsonl"))),
            f"results/{RUN}: valid, 3 trials of 4; data set mine.npz could not be checked: it is no built-in one\n"
            f"node7.tar.gz: {RUN}: trials/x.jsonl: no trial of the run's record has this journal\n"
            "2 runs checked: 1 valid",
        ),
    ],
)  # fmt: skip
def test_each_run_has_its_line_and_the_last_line_counts(runs, text):
    assert render_checked(runs) == text


def test_of_many_flaws_the_first_are_shown():
    lines = render_checked([checked(*[Flaw(FlawCode.STRAY, f"trials/{n}.jsonl") for n in range(1034)])]).splitlines()
    assert len(lines) == MAX_SHOWN + 2
    assert lines[-2] == f"node7.tar.gz: {RUN}: 1,014 more, which --json has"


def test_of_many_data_sets_that_nobody_could_check_the_first_are_named():
    (line, _) = render_checked([checked(unchecked=(UNCHECKED,) * 1034)]).splitlines()
    assert line.count("mine.npz") == MAX_SHOWN
    assert line.endswith("; and 1,014 more")


def test_hostile_names_cannot_steer_the_terminal():
    flaw = Flaw(FlawCode.UNREADABLE, HOSTILE, {"why": HOSTILE})
    text = render_checked([checked(flaw, source=HOSTILE), checked(unchecked=(Unchecked(HOSTILE, HOSTILE),))])
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 3


def test_the_json_of_schema_1_has_these_keys():
    value = checked_json([checked(*every_flaw(), unchecked=(UNCHECKED,)), checked()])
    assert (value["schema"], value["is_valid"]) == (1, False)
    assert [run["is_valid"] for run in value["runs"]] == [False, True]
    assert json.loads(json.dumps(value, allow_nan=False)) == json.loads(json.dumps(value))
    data = "epoch expected field limit_s name names other part parts_s received total_s unaccounted_s what why"
    assert keys_of(value) == {
        "": "is_valid runs schema",
        "runs[]": "flaws is_valid machines num_planned num_trials run_id source suite unchecked",
        "runs[].flaws[]": "code data sentence where",
        "runs[].flaws[].data": data,
        "runs[].unchecked[]": "dataset why",
    }
