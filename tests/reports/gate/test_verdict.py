"""A check's verdict as text, Markdown, JSON and JUnit XML."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.statistics.interval import Interval
from bench.gate.check_folder import CheckRecord, RevisionRecord
from bench.gate.judgement.calibration import SLOWDOWNS, Calibration, Detection
from bench.gate.judgement.findings import (
    CaseMeasure,
    CasePairs,
    GateReason,
    GateResult,
    MeasureVerdict,
    Tolerances,
    TrialProblem,
)
from bench.reports.gate.calibration import calibration_json, render_calibration
from bench.reports.gate.junit import render_junit
from bench.reports.gate.verdict import check_json, check_table, render_check, render_check_markdown
from tests.reports.documents import INTERVAL, keys_of

ANY_TEXT = st.text(st.characters()) | st.text("\ufffe\uffff\ufdd0\U0001fffe\0\x08\ud800\x1b\n<&\"'a")
HOSTILE = "a|b<script>alert(1)</script>\n# $x$ `c` [l](http://e) \x1b[31mred\x1b[0m \u202eevil"


def record(name="main"):
    return CheckRecord(
        check_id="20261122T081500Z-check-3f2a",
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
        version="0.1.0",
        command=("python",),
        base=RevisionRecord(name=name, commit="0123456789abcdef"),
        head=RevisionRecord(name="the working tree", commit="0123456789abcdef", is_dirty=True),
        num_pairs=10,
        num_confirm_pairs=16,
        order_seed=1,
    )


def finding(measure="throughput", outcome="ok", label="cnn", worse=0.103, **changes):
    fields = {
        "key": CaseMeasure(f"{label}-mnist", measure), "label": label, "stage": "screen", "base": 1800.0,
        "head": 1632.0, "num_base": 16, "num_head": 16, "worse": Interval(worse, 0.061, 0.146, 16, "sign-flip"),
        "p_value": 0.001, "visible": 0.084, "outcome": outcome, **changes,
    }  # fmt: skip
    return MeasureVerdict(**fields)


def result(*findings, problems=()):
    return GateResult(findings, problems, Tolerances())


def with_pairs(found, **num_in_turns):
    """Return a result of 12 pairs a case, so many of which ran in turns."""
    pairs = [CasePairs(f"{label}-mnist", 12, number) for label, number in num_in_turns.items()]
    return replace(found, pairs=tuple(pairs))


SLOW = result(
    finding(outcome="regression", stage="confirm"), finding("final_val_accuracy", base=0.9, head=0.9, worse=0.0)
)
OPEN = result(finding(outcome="inconclusive", reason=GateReason.TOO_FEW, data={"needs": 5, "has": 1}))
FAILED = result(problems=(TrialProblem("base", "cnn-s0", "failed", "no such model\nand more"),))

RATE = Interval(0.915, 0.87, 0.945, 200, "wilson")
CALIBRATION = Calibration(
    30, 10, 16, 200, Interval(0.0, 0.0, 0.019, 200, "wilson"), (1, 3),
    tuple(Detection("cnn-mnist", slowdown, RATE) for slowdown in SLOWDOWNS), {"cnn-mnist": 0.12},
)  # fmt: skip


def test_the_terminals_last_line_is_the_verdict_with_its_size():
    text = render_check(record(), SLOW)
    assert text.splitlines()[-1] == "verdict: regression: cnn is 10.3 % slower"
    assert "base: main at 0123456789" in text
    assert "head: the working tree at 0123456789, with changes that are not committed" in text
    assert "+10.3 % (+6.1 % … +14.6 %)" in text
    assert "confirmed with fresh processes" in text


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("equivalent", "equal within the tolerance"),
        ("no worse", "no worse than tolerated"),
        (None, "not flagged; +14.6 % is not ruled out"),
    ],
)
def test_ok_says_whether_it_is_more_than_not_flagged(shown, words):
    assert check_table(result(finding(shown=shown))).rows[0][-1] == words
    text = render_check(record(), result(finding(shown=shown)))
    assert "“ok” says that no regression was found, not that both sides are equal" in text
    assert "“ok”" not in render_check(record(), OPEN)


def test_what_passes_says_what_would_have_been_seen():
    text = render_check(record(), result(finding(worse=-0.012)))
    assert "−1.2 %" in text
    assert "Nine of ten checks would have flagged a slowdown of this much: cnn 8.4 %." in text
    assert text.splitlines()[-1] == "verdict: no regression was found"


def test_a_flag_that_was_not_confirmed_passes_and_a_regression_does_not():
    seen = "would have flagged"
    assert seen in render_check(record(), result(finding(stage="confirm")))
    assert seen not in render_check(record(), result(finding(stage="confirm", outcome="regression")))


def test_too_few_pairs_say_how_many_it_takes_and_never_that_nothing_changed():
    text = render_check(record(), OPEN)
    assert "needs at least 5 pairs, has 1" in text
    assert "no regression was found" not in text


@pytest.mark.parametrize(
    ("more", "words"),
    [((1, 1, 4), "1 more pair (1 to 4) would decide"), ((12, 4, 160), "12 more pairs (4 to 160) would decide")],
)
def test_what_stays_open_says_how_many_more_pairs_would_tell(more, words):
    data = dict(zip(("more", "more_low", "more_high"), more, strict=True))
    still_open = finding(outcome="inconclusive", reason=GateReason.NOT_SHOWN, data=data)
    assert f"a drop beyond the tolerance is not ruled out; {words}" in render_check(record(), result(still_open))


@pytest.mark.parametrize("bounds", [(None, None, 1, "none"), (0.1, 0.1, 16, "t")])
def test_a_figure_without_bounds_or_with_such_as_read_the_same_stands_alone(bounds):
    one = replace(finding(), worse=Interval(0.1, *bounds))
    assert check_table(result(one)).rows[0][4] == "+10.0 %"
    assert check_table(result(replace(one, worse=None))).rows[0][4] == "–"


def test_a_trial_that_failed_voids_the_verdict():
    text = render_check(record(), FAILED)
    assert "base: cnn-s0 ended failed: no such model; without the base there is nothing to compare with" in text
    assert text.splitlines()[-1] == "verdict: no verdict: a trial did not end ok"


@pytest.mark.parametrize("render", [render_check, render_check_markdown])
def test_hostile_names_are_inert(render):
    hostile = result(
        finding(label=HOSTILE, outcome="regression"), problems=(TrialProblem("head", HOSTILE, "failed", HOSTILE),)
    )
    text = render(record(HOSTILE), hostile)
    assert "\x1b" not in text
    assert "\u202e" not in text
    if render is render_check_markdown:
        for markup in ("<script>", "$", "`", "[l](", "http://"):
            assert markup not in text.replace("\\`", "").replace("\\[", "")


def test_json_holds_every_figure_and_none_that_json_lacks():
    value = json.loads(json.dumps(check_json(record(), SLOW), allow_nan=False))
    assert (value["outcome"], value["check"]["schema"]) == ("regression", 1)
    assert value["findings"][0]["worse"]["low"] == 0.061
    assert check_json(record(), FAILED)["outcome"] == "failed"


def test_the_json_of_schema_1_has_these_keys():
    both = with_pairs(result(*OPEN.findings, *SLOW.findings, problems=FAILED.problems), cnn=12)
    assert check_json(record(), both)["schema"] == 1
    assert keys_of(check_json(record(), both)) == {
        "": "check findings in_turns is_paired outcome pairs problems schema tolerances",
        "check": "back_to_back base baseline check_id command created_at head num_confirm_pairs num_pairs order_seed "
        "schema version",
        "check.base": "commit is_dirty name",
        "check.head": "commit is_dirty name",
        "findings[]": "base data head in_turns key label num_base num_head outcome p_value reason shown spread stage "
        "visible worse",
        "findings[].key": "case_id measure",
        "findings[].worse": INTERVAL,
        "findings[].data": "has needs",
        "pairs[]": "case_id num_in_turns num_pairs",
        "problems[]": "message side status trial_id",
        "tolerances": "max_accuracy_drop max_first_step_growth max_memory_growth max_slowdown max_slowdown_in_turns",
    }


def counts(xml):
    suite = ET.fromstring(xml)[0]  # noqa: S314 - made a moment ago
    return {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}


def test_junit_fails_a_regression_skips_what_is_open_and_errs_on_a_crash():
    assert counts(render_junit(SLOW)) == {"tests": 2, "failures": 1, "errors": 0, "skipped": 0}
    assert counts(render_junit(OPEN)) == {"tests": 1, "failures": 0, "errors": 0, "skipped": 1}
    assert counts(render_junit(OPEN, strict=True))["failures"] == 1
    assert counts(render_junit(FAILED)) == {"tests": 1, "failures": 0, "errors": 1, "skipped": 0}


def test_junit_is_well_formed_whatever_a_name_holds():
    hostile = result(finding(label=HOSTILE + "\0\x08\ud800", outcome="regression"))
    case = ET.fromstring(render_junit(hostile).encode())[0][0]  # noqa: S314 - made a moment ago
    assert case.get("classname").startswith("bench.a|b<script>")


@given(ANY_TEXT, ANY_TEXT)
def test_junit_parses_whatever_a_label_and_a_workers_message_hold(name, message):
    problem = TrialProblem("head", name, "failed", message)
    suite = ET.fromstring(render_junit(result(finding(label=name), problems=(problem,))).encode())[0]  # noqa: S314
    assert suite.get("tests") == "2"


def test_a_calibration_names_its_rates_and_that_the_slowdowns_are_injected():
    text = render_calibration(CALIBRATION)
    assert "false alarms: 0.0 % (0.0 … 1.9) of 200 checks" in text
    assert "something was flagged in 1 of 3 real checks of 10 pairs" in text
    assert "91.5 % (87.0 … 94.5)" in text
    assert "not as real work" in text
    assert "12 %" in text
    assert json.loads(json.dumps(calibration_json(CALIBRATION)))["smallest"] == {"cnn-mnist": 0.12}


def test_a_calibration_says_how_many_fresh_pairs_a_speed_in_turns_may_have():
    assert "A check has 10 pairs, and 16 fresh ones of what it flags;" in render_calibration(CALIBRATION)
    in_turns = replace(CALIBRATION, last_look=22)
    assert "and up to 12 fresh ones of a speed in turns and" in render_calibration(in_turns)


def test_a_calibrations_json_of_schema_1_has_these_keys():
    assert calibration_json(CALIBRATION)["schema"] == 1
    assert keys_of(calibration_json(CALIBRATION)) == {
        "": "detections false_alarms flagged last_look num_checks num_confirm_pairs num_pairs num_rounds schema "
        "smallest",
        "false_alarms": INTERVAL,
        "detections[]": "case_id rate slowdown",
        "detections[].rate": INTERVAL,
        "smallest": "cnn-mnist",
    }


@pytest.mark.parametrize(
    ("in_turns", "words"), [(True, "trained in turns of a few steps"), (False, "ran back to back")]
)
def test_the_verdict_says_how_the_sides_of_a_pair_were_run(in_turns, words):
    spread = 0.012 if in_turns else None
    shown = replace(SLOW, findings=tuple(replace(one, in_turns=in_turns, spread=spread) for one in SLOW.findings))
    shown = with_pairs(shown, cnn=12 if in_turns else 0)
    assert ("Spread between pairs in turns (standard deviation): cnn 1.2 % over 16 pairs." in render_check(
        record(), shown)) == in_turns  # fmt: skip
    assert words in " ".join(render_check(record(), shown).split())
    assert words in " ".join(render_check_markdown(record(), shown).split())


def test_what_took_turns_of_too_few_steps_to_compare_is_not_said_to_have_run_back_to_back():
    text = " ".join(render_check(record(), with_pairs(SLOW, cnn=12)).split())
    assert "trained in turns, but too few steps for turns to compare" in text
    assert "ran back to back" not in text
    bare = result(finding("throughput", num_base=0, num_head=0, base=None, head=None))
    text = " ".join(render_check(record(), with_pairs(bare, cnn=12)).split())
    assert "too few steps" not in text
    assert "trained in turns of a few steps; a coin drew for each pair which one led; nothing is left out" in text


@pytest.mark.parametrize(
    ("in_turns", "words"), [(False, "are judged as if all had run so"), (True, "are those of the pairs in turns alone")]
)
def test_of_each_case_it_is_said_how_its_own_pairs_ran(in_turns, words):
    """One of the lstm's 12 pairs ran back to back, and the cnn had too few steps."""
    mixed = result(finding("throughput", label="lstm", in_turns=in_turns), finding("throughput"))
    text = " ".join(render_check(record(), with_pairs(mixed, lstm=11, cnn=12)).split())
    ran = "lstm: Of 12 pairs in fresh processes, 11 trained in turns and those that followed back to back; speeds"
    assert f"{ran} {words}" in text
    assert "cnn: The sides of a pair trained in turns, but too few steps" in text
    assert "Pairs ran back to back" not in text


def test_a_check_of_which_a_part_ran_back_to_back_says_which_and_why():
    alone = finding("throughput", label="lstm")
    mixed = result(
        finding("throughput", in_turns=True, outcome="regression"), finding("typical_step_s", in_turns=True), alone
    )
    told = record().model_copy(update={"back_to_back": "lstm, since 1 GiB of memory are free"})
    text = " ".join(render_check(told, with_pairs(mixed, cnn=12, lstm=0)).split())
    assert "back to back: lstm, since 1 GiB of memory are free" in text
    assert "cnn: The sides of a pair" in text
    assert "lstm: Pairs ran back to back" in text
    assert "Tolerated: 1 % (in turns) or 2 % (back to back) slower" in text
    assert "sure after 16 pairs" in text
    assert "A typical step is the mean" in text
    assert "undisturbed" not in text


def test_what_is_not_sure_after_the_last_look_says_so():
    unsure = finding(outcome="inconclusive", reason=GateReason.NOT_SURE, data={"has": 24}, in_turns=True)
    assert "beyond the tolerance by its mean, and not surely so after 24 pairs" in render_check(
        record(), result(unsure)
    )
