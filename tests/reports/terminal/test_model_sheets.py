from __future__ import annotations

from bench.networks.flops import LayerSheet
from bench.reports.terminal.model_sheets import render_sheets
from bench.run.model_sheets import ModelSheet

LAYER = LayerSheet(name="lstm_1", kind="LSTM", output_shape=(28, None), num_params=80_384, flops=4_472_832)


def test_a_sheet_is_a_line_of_totals_and_a_row_a_layer() -> None:
    sheet = ModelSheet(
        model="lstm", input_shape=(28, 28), num_params=216_426, flops_per_example=34_700_000, layers=(LAYER,)
    )
    first, *table = render_sheets([sheet]).splitlines()
    assert first == "lstm: 28 × 28 in, 216,426 parameters, 34.7 MFLOP per training example"
    assert table[-1].split("  ")[0] == "lstm_1"
    assert "28 × ?" in table[-1]
    assert "4.47 MFLOP" in table[-1]


def test_a_network_that_cannot_be_built_says_why_and_its_name_cannot_steer_the_terminal() -> None:
    text = render_sheets([ModelSheet(model="\x1b[31mmine:build", error="raised ValueError\x1b[0m")])
    assert text == "mine:build: cannot be built: raised ValueError"


def test_figures_that_are_not_known_are_dashes() -> None:
    own = ModelSheet(model="own:build", input_shape=(3,), num_params=4)
    assert "– per training example" in render_sheets([own])
