"""The page of verdicts, byte for byte; `UPDATE_GOLDEN=1 pytest tests/reports/claims/test_page.py` rewrites it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench.analysis.run_journals import RunJournals
from bench.analysis.statistics.interval import Interval
from bench.claims.claims_file import load_claims, parse_claims
from bench.claims.findings import Effect, Finding
from bench.claims.judge_claims import judge_claims
from bench.claims.statements import PREDICATES, ClaimSet
from bench.plan.case import Case
from bench.plan.expand import NotRun
from bench.reports.claims.page import claims_json, claims_table, render_claims, render_claims_table, write_claims
from bench.store.records import Journal, ResolvedSuite, RunRecord
from tests.reports.documents import INTERVAL, keys_of
from tests.reports.golden import assert_golden

HOSTILE = "a|b<script>alert(1)</script> # $x$ `c` [l](http://e) \\u001b[31mred \\u202eevil"
RUN_ID = "20261122T081500Z-tutorial-3f2a"
OTHER_RUN = "20261122T091500Z-discrepancy-a3f2"
MakeCase = Callable[..., Case]
MakeJournal = Callable[..., Journal]
MakeRun = Callable[..., RunRecord]

LSTM, CNN, DEEP, FLAT = (0.95, 0.97, 0.981), (0.983, 0.987, 0.989), (0.975, 0.988, 0.991), (0.108, 0.108, 0.113)
SLOW = (0.2, 0.35, 0.48, 0.57, 0.65, 0.72, 0.78, 0.83, 0.87, 0.895, 0.91, 0.92)


@pytest.fixture
def runs(make_case: MakeCase, make_journal: MakeJournal, make_run: MakeRun) -> list[RunJournals]:
    """A run of suite claims as it may turn out, without a GPU, and one of the sweep."""
    trained = [
        (make_case("lstm"), LSTM, 190.0), (make_case("cnn", epochs=10), CNN, 61.0),
        (make_case("cnn-deep", epochs=5), DEEP, 240.0), (make_case("lstm", scaling="none"), FLAT, 195.0),
        (make_case("cnn", scaling="none"), (0.975, 0.981, 0.983), 61.5),
    ]  # fmt: skip
    journals = [
        make_journal(
            case, seed, val_accuracy=[value + 0.0004 * ((seed * 3 + len(case.case_id)) % 5) for value in curve],
            train_s=seconds + (0.0, 1.5, 0.7, 2.2, 0.3)[(seed + len(case.case_id)) % 5],
        )
        for case, curve, seconds in trained
        for seed in range(5)
    ]  # fmt: skip
    left = [
        NotRun(case=make_case(model, device="gpu"), reason="no GPU is visible") for model in ("lstm-cudnn", "lstm-cpu")
    ]
    record = make_run([case for case, _, _ in trained], seeds=range(5))
    record = record.model_copy(update={"suite": record.suite.model_copy(update={"not_run": tuple(left)})})
    return [RunJournals(record, tuple(journals)), _sweep(make_case, make_journal, make_run)]


def _sweep(make_case: MakeCase, make_journal: MakeJournal, make_run: MakeRun) -> RunJournals:
    cases = [make_case("cnn", epochs=12, optimizer="sgd"), make_case("cnn", epochs=12, learning_rate=1e-05)]
    curves = [[min(value + 0.3, 0.97) for value in SLOW], SLOW]
    journals = [
        make_journal(case, val_accuracy=curve, run_id=OTHER_RUN) for case, curve in zip(cases, curves, strict=True)
    ]
    return RunJournals(make_run(cases, run_id=OTHER_RUN), tuple(journals))


@pytest.fixture
def tutorial() -> ClaimSet:
    return load_claims("tutorial")


@pytest.fixture
def findings(tutorial: ClaimSet, runs: list[RunJournals]) -> tuple[Finding, ...]:
    return judge_claims(tutorial, runs)


def test_the_page_reads_as_the_golden_one(tutorial: ClaimSet, findings: Sequence[Finding]) -> None:
    page = render_claims(tutorial, findings, [RUN_ID, OTHER_RUN], "tutorial")
    assert_golden("claims.md", page)


def test_the_tutorials_claims_are_judged_as_the_journals_have_it(findings: Sequence[Finding]) -> None:
    verdicts = {finding.claim.id.partition("-")[0]: finding.verdict for finding in findings}
    assert verdicts == {
        "1": "supported", "2": "refuted", "3": "refuted", "4a": "supported", "4b": "refuted", "5a": "refuted",
        "5b": "refuted", "6a": "refuted", "6b": "inconclusive", "7": "not tested", "8a": "inconclusive",
        "8b": "refuted",
    }  # fmt: skip


def test_every_verdict_points_to_its_journals(tutorial: ClaimSet, findings: Sequence[Finding]) -> None:
    page = render_claims(tutorial, findings, [OTHER_RUN, RUN_ID], "tutorial")
    links = set(re.findall(r"\]\((.*?\.jsonl)\)", page))
    assert f"../{RUN_ID}/trials/lstm-mnist-b32-float32-cpu-s4.jsonl" in links
    assert all(finding.trials for finding in findings if finding.verdict != "not tested")


def test_the_terminals_table_has_a_row_a_claim_and_the_counts(findings: Sequence[Finding]) -> None:
    lines = render_claims_table(findings).splitlines()
    assert lines[2].split()[:2] == ["1-rnn-in-3-epochs", "supported"]
    assert lines[-1].startswith(
        "2 supported, 7 refuted, 2 inconclusive, 1 not tested. Each verdict is at 93.75 to 95 % for itself."
    )
    assert (
        "11 tested claims exactly at their border and independent, 48 % of runs would decide at least one" in lines[-1]
    )
    assert "(Holm), 3 of the 9 hold: 3-rnn-more-accurate, 4b-unscaled-time, " in lines[-1]
    assert "cudnn-on-gpu cannot run here: no GPU is visible" in "\n".join(lines)


def test_of_several_epochs_the_table_shows_the_one_that_speaks_most_against_the_claim() -> None:
    claim = PREDICATES["ahead_per_epoch"](  # type: ignore[call-arg]
        id="one", statement="It is.", case="rnn", than="cnn", predicate="ahead_per_epoch", after_epochs=(1, 2, 3)
    )
    effects = [
        Effect("difference", Interval(value, value - width, value + width, 5, "t"), epoch)
        for epoch, value, width in ((1, -0.02, 0.001), (2, -0.03, 0.05), (3, 0.04, 0.001))
    ]
    rows = [claims_table([Finding(claim, verdict, tuple(effects))]).rows[0] for verdict in ("refuted", "inconclusive")]
    assert rows[0][-1].startswith("after epoch 1 rnn is behind cnn by 2.00 pp")  # wholly below
    assert rows[1][-1].startswith("after epoch 2 rnn is behind cnn by 3.00 pp")  # the lowest bound


def test_a_claim_that_is_refuted_names_the_setting_that_comes_nearest(findings: Sequence[Finding]) -> None:
    (finding,) = [finding for finding in findings if finding.claim.predicate == "needs_at_least"]
    nearest = finding.neighbours[0]
    assert (nearest.case_id, nearest.is_as_claimed) == ("cnn-mnist-b32-float32-cpu-lr1e-05", True)


def test_the_json_holds_every_figure_and_is_json(tutorial: ClaimSet, findings: Sequence[Finding]) -> None:
    content = json.loads(json.dumps(claims_json(tutorial, findings, [RUN_ID]), allow_nan=False))
    first = content["claims"][0]
    assert (first["claim"]["id"], first["verdict"], first["seeds"]) == (
        "1-rnn-in-3-epochs",
        "supported",
        [0, 1, 2, 3, 4],
    )
    assert first["effects"][0]["interval"]["kind"] == "wilson"
    assert content["claims"][9]["reason"]["code"] == "not_run"


def test_the_json_of_schema_1_has_these_keys(tutorial: ClaimSet, findings: Sequence[Finding]) -> None:
    value = claims_json(tutorial, findings, [RUN_ID])
    target = (
        "epoch_budget expected_epochs expected_train_s hit_rate hits is_bound is_expected_bound median_epochs "
        "median_epochs_beyond median_since_s median_train_s median_train_s_beyond num_crashed num_trials reports_times "
        "target trials"
    )
    assert value["schema"] == 1
    assert keys_of(value) == {
        "": "claims name runs schema source",
        "claims[]": "adjusted_p cases claim effects error figures neighbours num_more_seeds p_value "
        "reason seeds sets trials verdict",
        "claims[].claim": "after_epochs at_least_epochs case epochs factor full_data id limit min_seeds note predicate "
        "statement target than within_epochs",
        "claims[].effects[]": "epoch interval kind num_in_turns num_open",
        "claims[].effects[].interval": INTERVAL,
        "claims[].figures[]": "deviations epoch interval kind name num_crashed shortest_budget target",
        "claims[].figures[].interval": INTERVAL,
        "claims[].figures[].target": target,
        "claims[].figures[].target.hit_rate": INTERVAL,
        "claims[].figures[].target.trials[]": "epochs is_bound outcome seed since_s train_s trial_id",
        "claims[].neighbours[]": "best case_id is_as_claimed label result same",
        "claims[].neighbours[].result": target,
        "claims[].neighbours[].result.hit_rate": INTERVAL,
        "claims[].neighbours[].result.trials[]": "epochs is_bound outcome seed since_s train_s trial_id",
        "claims[].reason": "code data",
        "claims[].reason.data": "case num_between num_seeds why",
        "claims[].trials[]": "run_id trial_id",
    }


def test_the_page_stands_beside_the_report_and_other_claims_beside_it(
    tutorial: ClaimSet, findings: Sequence[Finding], tmp_path: Path
) -> None:
    assert write_claims(tmp_path, tutorial, findings, [RUN_ID], "tutorial") == tmp_path / "claims.md"
    mine = tutorial.model_copy(update={"name": "mine"})
    assert write_claims(tmp_path, mine, findings, [RUN_ID], "mine.toml") == tmp_path / "claims-mine.md"
    assert len(list(tmp_path.iterdir())) == 2


def test_the_command_that_makes_the_page_again_names_the_claims_as_they_were_typed(
    tutorial: ClaimSet, findings: Sequence[Finding]
) -> None:
    again = f"python -m bench claims {RUN_ID}"
    assert f"{again}\n" in render_claims(tutorial, findings, [RUN_ID], "tutorial")
    mine = tutorial.model_copy(update={"name": "foo"})
    assert f"{again} --claims '/x/my claims.toml'\n" in render_claims(mine, findings, [RUN_ID], "/x/my claims.toml")


def test_hostile_text_is_inert(runs: list[RunJournals]) -> None:
    hostile = parse_claims(
        f'''
        name = "mine"
        source = "{HOSTILE}"
        description = "{HOSTILE}"
        cases.rnn = {{ model = "lstm" }}
        cases.other = {{ model = "mine.models:build" }}
        [[claims]]
        id = "one"
        statement = "{HOSTILE}"
        note = "{HOSTILE}"
        predicate = "sooner"
        case = "rnn"
        than = "other"
        target = 0.9
        '''.encode(),
        "mine.toml",
    )
    (finding,) = judge_claims(hostile, runs)
    assert finding.reason is not None
    evil = replace(
        finding, reason=replace(finding.reason, data=dict.fromkeys(("case", "flags"), json.loads(f'"{HOSTILE}"')))
    )
    page = render_claims(hostile, [evil], [RUN_ID], "mine.toml")
    assert "<script>" not in page
    assert "$" not in page
    assert not {"\x1b", "\u202e"} & set(page + render_claims_table([evil]))
    for table in re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_a_suite_without_trials_leaves_every_claim_untested(tutorial: ClaimSet, make_run: MakeRun) -> None:
    suite = ResolvedSuite(name="none", description="", targets=(0.9,), timeout_s=None, trials=())
    findings = judge_claims(tutorial, [RunJournals(make_run(suite=suite), ())])
    assert {finding.verdict for finding in findings} == {"not tested"}
    page = render_claims(tutorial, findings, [RUN_ID], "tutorial")
    assert "0 supported, 0 refuted, 0 inconclusive, 12 not tested" in page
