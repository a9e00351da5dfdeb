"""What the pages say of published runs, where nothing is published yet, and of a run of sequences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools import showcase
from tools.showcase import Showcase

SETS = ("japanese-vowels", "spoken-digits", "word-languages")
ACCURACIES = {"lstm": 0.90, "gru": 0.91, "lstm-both-ways": 0.92, "cnn-1d": 0.93, "fcn": 0.96}


def test_nothing_stands_between_the_markers_while_nothing_is_published(tmp_path: Path) -> None:
    empty = Showcase("sequences", tmp_path / "results.md", lambda _: "")
    begin, end = empty.markers
    assert empty.place(f"a\n\n{begin}\n\nold\n\n{end}\n\nb\n") == f"a\n\n{begin}\n\n{end}\n\nb\n"
    assert showcase.judge_sequences(tmp_path) is None


def test_a_published_run_of_sequences_shows_sets_and_networks_and_its_verdicts(
    make_case: Any, make_journal: Any, make_run: Any, write_run: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    journals = [
        make_journal(
            make_case(model, dataset=dataset, scaling="standard", epochs=1), seed,
            val_accuracy=(accuracy + 0.001 * seed * (model == "fcn"),),
        )
        for dataset in SETS
        for model, accuracy in ACCURACIES.items()
        for seed in range(5)
    ]  # fmt: skip
    run = make_run(list(dict.fromkeys(journal.start.case for journal in journals)), seeds=range(5))
    named = run.model_copy(update={"suite": run.suite.model_copy(update={"name": "sequences"})})
    write_run(tmp_path / named.run_id, named, journals)
    found = showcase.judge_sequences(tmp_path)
    monkeypatch.setattr(showcase, "judge_sequences", lambda: found)
    page = showcase.published_sequences("../reports/published")
    assert cells_of(page) == [
        ["data set", *ACCURACIES, "ahead"],
        *(
            [dataset, "90.00 %", "91.00 %", "92.00 %", "93.00 %", "96.20 % (96.00 % … 96.40 %)", "convolutional"]
            for dataset in SETS
        ),
    ]
    assert f"[the evidence](../reports/published/{named.run_id}/claims-sequences.md)." in page
    assert "per epoch. **refuted**: recurrent ahead on 0 of 3 sets; behind on 3 of 3 sets" in page
    question, standings, note = showcase.word_sequences()
    assert " over 5 seeds has both. Measured on " in note
    assert question.startswith(
        "On a time series, on sound and on words ([suite `sequences`](docs/results.md#sequences)), "
    )
    assert cells_of(standings) == [
        ["recurrent networks are", *SETS],
        *([basis, *["behind"] * 3] for basis in ("per epoch", "per second", "at equal parameters")),
    ]


def test_a_papers_figures_stand_beside_ours_and_sets_that_nobody_ran_are_told(
    make_case: Any, make_journal: Any, make_run: Any, write_run: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    case = make_case("fcn", dataset="UCR/GunPoint", scaling="standard", batch_size=4, epochs=1)
    journals = [make_journal(case, seed, val_accuracy=(0.95 + 0.001 * seed,)) for seed in range(5)]
    run = make_run([case], seeds=range(5))
    write_run(tmp_path / run.run_id, run, journals)
    found = showcase.judge_paper(tmp_path)
    monkeypatch.setattr(showcase, "judge_paper", lambda: found)
    text, table, note = showcase.word_paper("reports/published")
    assert note.startswith("In parentheses: smallest to largest of 5 seeds.")
    assert f"(reports/published/{run.run_id}/claims-fcn-paper.md)" in text
    rows = {row[0]: row[1:] for row in cells_of(table)}
    assert rows["gunpoint"] == ["100.00 %", "95.20 % (95.00 % … 95.40 %)", "no"]
    assert rows["arrowhead"] == ["84.30 %", "–", "not run"]


def cells_of(table: str) -> list[list[str]]:
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows]
