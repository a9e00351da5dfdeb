"""What no published run may have yet: tables of a made-up run beside what `tests.recompute` makes of its journals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.analysis.run_journals import RunJournals
from bench.analysis.run_summary import summarize_run
from bench.claims.claims_file import load_claims
from bench.claims.judge_claims import judge_claims
from bench.reports.claims.page import write_claims
from bench.reports.run.markdown import REPORT_NAME, render_report
from bench.store.records import Journal, RunRecord
from tests.recompute import pages

# On the first set a convolutional network is ahead, on the second a recurrent one, on the third nobody.
SETS = {
    "japanese-vowels": {"lstm": 0.90, "gru": 0.92, "fcn": 0.985, "cnn-1d": 0.94},
    "spoken-digits": {"lstm": 0.97, "gru": 0.99, "fcn": 0.96, "cnn-1d": 0.95},
    "word-languages": {"lstm": 0.80, "gru": 0.79, "fcn": 0.80, "cnn-1d": 0.79},
}
NOISE = (0.004, -0.003, 0.0, 0.001, -0.002)


@pytest.fixture
def run(
    make_case: Any, make_journal: Any, make_run: Any, take_turns: Callable[..., tuple[Journal, ...]]
) -> tuple[RunRecord, list[Journal]]:
    """Four networks on three sets with five seeds, in turns; of the first seed after one epoch nobody had company."""
    journals: list[Journal] = []
    for (dataset, accuracies), budget in zip(SETS.items(), (4, 3, 2), strict=True):
        for seed, noise in enumerate(NOISE):
            together = [
                make_journal(
                    make_case(model, dataset=dataset, scaling="standard", epochs=budget), seed,
                    val_accuracy=[accuracy - 0.1 / (1 + epoch) + noise * (place + 1) for epoch in range(budget)],
                    train_s=[30.0 + 7 * place + seed + epoch for epoch in range(budget)],
                    index=len(journals) + place,
                )
                for place, (model, accuracy) in enumerate(accuracies.items())
            ]  # fmt: skip
            costs = [1e-4 * (1 + place + noise) for place in range(len(together))]
            journals += take_turns(together, costs, num_epochs=1 if seed == 0 else 100)
    cases = list(dict.fromkeys(journal.start.case for journal in journals))
    return make_run(cases, seeds=range(len(NOISE))), journals


@pytest.fixture
def folder(
    run: tuple[RunRecord, list[Journal]],
    write_run: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The run's folder, among published ones."""
    monkeypatch.setattr(pages, "PUBLISHED", tmp_path)
    return write_run(tmp_path / run[0].run_id, *run)


def differences(page: Path) -> list[str]:
    return [str(cell) for cell in pages.check_page(page) if cell.differs]


def test_a_report_of_several_data_sets_in_turns_is_recomputed(
    run: tuple[RunRecord, list[Journal]], folder: Path
) -> None:
    page = folder / REPORT_NAME
    page.write_text(render_report(summarize_run(*run), []), encoding="utf-8")
    assert "4 of 5" in page.read_text(encoding="utf-8")  # on how many pairs both came to a target in turns
    assert differences(page) == []


@pytest.mark.parametrize("name", ["sequences", "fcn-paper"])
def test_claims_across_sets_and_of_a_paper_are_recomputed(
    run: tuple[RunRecord, list[Journal]], folder: Path, name: str
) -> None:
    claims = load_claims(name)
    findings = judge_claims(claims, [RunJournals(*run)])
    assert {"supported", "refuted", "inconclusive"} & {finding.verdict for finding in findings}
    assert differences(write_claims(folder, claims, findings, [run[0].run_id], name)) == []
