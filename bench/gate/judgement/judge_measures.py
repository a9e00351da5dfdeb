"""From a check's journals to its findings: each measure of each case by its design, and what excuses or voids it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bench.analysis.case_labels import case_labels
from bench.analysis.trial.measures import TIMES
from bench.analysis.trial.trial_summary import canaries
from bench.gate.check_folder import SideName
from bench.gate.judgement.findings import (
    CaseMeasure,
    CasePairs,
    GateReason,
    GateResult,
    MeasureVerdict,
    Tolerances,
    TrialProblem,
)
from bench.gate.judgement.judge_turns import find_open, judge_turns, look_at_turns, without_turns
from bench.gate.judgement.measure_values import StageJournals, collect_values
from bench.gate.judgement.stage_verdicts import flagged_keys, judge_stages, run_tests, second_stage
from bench.host.sensors.canary import Canary
from bench.plan.case import Case
from bench.run.trial.worker_death import PARTNER_NOT_OK
from bench.store.records import Journal

# How far the canary may move between a stored run and this check before times of the two no longer compare.
_MAX_CANARY_MOVE_PERCENT = 10


def find_flagged(screen: StageJournals, tolerances: Tolerances, *, is_paired: bool = True) -> frozenset[CaseMeasure]:
    """Return what stage 1 asks to be measured afresh, of the measures that pairs in turns do not tell."""
    looks = look_at_turns([screen], tolerances) if is_paired else {}
    return flagged_keys(run_tests(without_turns(collect_values(screen, is_paired=is_paired), looks), tolerances))


def find_open_cases(
    screen: StageJournals, confirm: StageJournals, tolerances: Tolerances, num_fresh: int
) -> frozenset[str]:
    """Return the cases of which pairs in turns have not decided yet, by their ids.

    Args:
        screen: the journals of stage 1.
        confirm: those of the pairs since.
        tolerances: by how much each measure may become worse.
        num_fresh: how many pairs may be added to stage 1's.
    """
    looks = look_at_turns([screen, confirm], tolerances)
    others = without_turns(collect_values(screen, is_paired=True), looks)
    return find_open(looks, len(looks) + len(others), num_fresh)


def judge(
    screen: StageJournals, confirm: StageJournals, tolerances: Tolerances, *, is_paired: bool = True
) -> GateResult:
    """Return a check's findings.

    Args:
        screen: the journals of stage 1.
        confirm: those of stage 2, fresh trials of what stage 1 flagged; a stored baseline is the same in both.
        tolerances: by how much each measure may become worse.
        is_paired: whether the sides ran in pairs; a stored baseline's did not.
    """
    looks = look_at_turns([screen, confirm], tolerances) if is_paired else {}
    screened, fresh = (without_turns(collect_values(sides, is_paired=is_paired), looks) for sides in (screen, confirm))
    first = run_tests(screened, tolerances)
    flagged = flagged_keys(first)
    again = {key: fresh[key] for key in sorted(flagged) if key in fresh}
    second = second_stage(screened, again, {key: one.strongest.test() for key, one in looks.items()}, tolerances)
    labels = case_labels(_cases(screen))
    alone = {
        key: judge_stages(key, labels[key.case_id], seen, first[key], second if key in flagged else None)
        for key, seen in screened.items()
    }
    in_turns = {key: judge_turns(key, labels[key.case_id], one, second) for key, one in looks.items()}
    findings = [one for case_id in labels for both in (in_turns, alone) for key, one in both.items()
                if key.case_id == case_id]  # fmt: skip
    percent = None if is_paired else _canary_percent(screen)
    return GateResult(
        findings=tuple(findings if percent is None else [_excuse(one, percent) for one in findings]),
        problems=find_problems((screen, confirm)),
        tolerances=tolerances,
        is_paired=is_paired,
        pairs=_count_pairs((screen, confirm)) if is_paired else (),
    )


def _count_pairs(stages: Iterable[StageJournals]) -> tuple[CasePairs, ...]:
    in_turns: dict[str, dict[int, bool]] = {}
    for journal in (journal for stage in stages for side in (stage.base, stage.head) for journal in side):
        in_turns.setdefault(journal.start.case.case_id, {})[journal.start.seed] = journal.start.in_turns is not None
    return tuple(CasePairs(case_id, len(seeds), sum(seeds.values())) for case_id, seeds in in_turns.items())


def find_problems(stages: Iterable[StageJournals]) -> tuple[TrialProblem, ...]:
    """Return each trial that did not end ok, once."""
    found = (
        problem for stage in stages for problem in (*_problems("base", stage.base), *_problems("head", stage.head))
    )
    return tuple(dict.fromkeys(found))


def _problems(side: SideName, journals: Sequence[Journal]) -> list[TrialProblem]:
    failed = (journal for journal in journals if journal.status != "ok" and not _was_ended_for_its_partner(journal))
    return [TrialProblem(side, journal.trial_id, journal.status, _message(journal)) for journal in failed]


def _was_ended_for_its_partner(journal: Journal) -> bool:
    """Return whether a trial ended since the other side's did not end ok: that one is the problem."""
    return bool(journal.end and journal.end.error and journal.end.error.type == PARTNER_NOT_OK)


def _excuse(finding: MeasureVerdict, percent: int) -> MeasureVerdict:
    """Return a finding of a machine that is no longer as it was: then a time tells of the machine."""
    is_told = finding.key.measure in TIMES and not finding.is_undecidable
    if not is_told or abs(percent - 100) <= _MAX_CANARY_MOVE_PERCENT:
        return finding
    return replace(finding, outcome="inconclusive", reason=GateReason.MACHINE_MOVED, data={"percent": percent})


def _canary_percent(sides: StageJournals) -> int | None:
    """Return how long the head's canary takes in percent of the base's, by medians; the worse of its two parts."""
    base, head = ([reading for journal in side for reading in canaries(journal)] for side in (sides.base, sides.head))
    if not base or not head:
        return None
    parts: tuple[Callable[[Canary], float], ...] = (lambda one: one.gemm_s, lambda one: one.copy_s)
    ratios = [statistics.median(map(part, head)) / statistics.median(map(part, base)) for part in parts]
    return round(100 * max(ratios, key=lambda ratio: abs(math.log(ratio))))


def _cases(sides: StageJournals) -> list[Case]:
    return list({journal.start.case.case_id: journal.start.case for journal in (*sides.head, *sides.base)}.values())


def _message(journal: Journal) -> str:
    return journal.end.error.message if journal.end and journal.end.error else "no end line"
