"""Each code that an analysis gives has words in the report that shows it: a new one without any fails here."""

from typing import get_args

import pytest

from bench.analysis.summary_types import CautionCode
from bench.analysis.trial.measures import TRIAL_MEASURES, TURN_MEASURES, VERDICTS, Measure
from bench.claims.evidence import UndecidedCode
from bench.compare.history_types import LeftOutReason
from bench.compare.two_runs_types import NotComparable
from bench.gate.judgement.findings import GateReason, GateVerdict
from bench.reports.claims import wording as claims_wording
from bench.reports.compare import history
from bench.reports.compare import two_runs as compare
from bench.reports.gate import verdict as check
from bench.reports.kit import wording
from bench.reports.kit.measures import MEASURES

WORDS = {
    "why a check's figure has no clean verdict": (check._REASONS, GateReason),
    "what a check comes to": (check._VERDICTS, get_args(GateVerdict)),
    "what worse is in each measure of a check": (check._WORSE, {*TRIAL_MEASURES, *TURN_MEASURES}),
    "what each measure is called": (MEASURES, get_args(Measure)),
    "what up and down mean in each measure": (VERDICTS, get_args(Measure)),
    "why two figures are not compared": (compare._WHYS, NotComparable),
    "why a run has no point in a history": (history._ABSENCES, LeftOutReason),
    "why a claim is not decided": (claims_wording._REASONS, UndecidedCode),
    "what a reader must be careful of": (wording.CAUTIONS, CautionCode),
}


@pytest.mark.parametrize("name", WORDS)
def test_each_member_has_words_and_no_words_are_left_over(name):
    words, members = WORDS[name]
    assert set(words) == set(members)
    assert all(words.values())
