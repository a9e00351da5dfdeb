from __future__ import annotations

from collections.abc import Callable

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.networks.flops import LayerSheet
from bench.reports.run.figures.network import MAX_BLOCKS, distinct_networks, draw_networks, group_layers, shorten_blocks

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def layer(kind: str, *shape: int, flops: int | None = 0, num_params: int = 0) -> LayerSheet:
    return LayerSheet(name=kind.lower(), kind=kind, output_shape=shape, num_params=num_params, flops=flops)


LSTM = (
    layer("LSTM", 28, 128, flops=4_472_832, num_params=80_384),
    layer("Dropout", 28, 128),
    layer("LSTM", 128, flops=7_340_032, num_params=131_584),
    layer("Dense", 10, flops=2_560, num_params=1_290),
)


def drawn_texts(summary: RunSummary) -> list[str]:
    figure = draw_networks(summary)
    assert figure is not None
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_layer_that_only_passes_values_on_belongs_to_the_one_before(make_case_summary: MakeCaseSummary) -> None:
    blocks = group_layers(make_case_summary("lstm", layers=LSTM))
    assert [(block.layer.kind, [extra.kind for extra in block.extras]) for block in blocks] == [
        ("LSTM", ["Dropout"]),
        ("LSTM", []),
        ("Dense", []),
    ]
    assert [block.input_shape for block in blocks] == [(28, 28), (28, 128), (128,)]


def test_a_layer_of_unknown_cost_stands_by_itself(make_case_summary: MakeCaseSummary) -> None:
    own = (layer("Dense", 10, flops=20), layer("MyAttention", 10, flops=None))
    assert len(group_layers(make_case_summary("own:build", layers=own))) == 2


def test_every_layer_is_drawn_with_its_shape_and_parameters(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    texts = drawn_texts(make_summary([make_case_summary("lstm", layers=LSTM)]))
    for text in ("lstm", "input", "28 × 28", "LSTM  80,384", "Dropout", "28 × 128", "28\nsteps", "Dense  1,290"):
        assert text in texts
    assert texts[-1] == "10 classes"


def test_cases_that_differ_by_their_sizes_share_a_drawing_that_says_so(make_case_summary: MakeCaseSummary) -> None:
    wide = (layer("LSTM", 28, 256, flops=1), *LSTM[1:])
    cases = [
        make_case_summary("lstm", label="lstm · 128 units", layers=LSTM),
        make_case_summary("lstm", label="lstm · 256 units", layers=wide),
        make_case_summary("lstm", label="lstm · batch 64", layers=LSTM),
    ]
    assert [title for title, _ in distinct_networks(cases)] == ["lstm · 128 units (and 1 of other sizes)"]


def test_long_titles_stand_in_lines_and_leave_the_boxes_their_width(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    label = "lstm-both-ways · japanese-vowels"
    wide = (layer("LSTM", 28, 256, flops=1), *LSTM[1:])
    cases = [make_case_summary("lstm", label=label, layers=layers) for layers in (LSTM, wide)]
    figure = draw_networks(make_summary(cases))
    assert figure
    (panel,) = figure.axes
    title = [text for text in panel.texts if not text.get_in_layout()]
    assert [text.get_text() for text in reversed(title)] == [
        "lstm-both-ways", "japanese-vowels", "(and 1 of other sizes)",
    ]  # fmt: skip
    assert all(0 < text.get_position()[1] < 0.5 for text in title)


def test_models_and_settings_with_the_same_layers_share_a_drawing(make_case_summary: MakeCaseSummary) -> None:
    cases = [
        make_case_summary("lstm", label="lstm · jax", layers=LSTM),
        make_case_summary("lstm", label="lstm · torch", layers=LSTM),
        make_case_summary("lstm-cpu", label="lstm-cpu · jax", layers=LSTM),
    ]
    assert [title for title, _ in distinct_networks(cases)] == ["lstm, lstm-cpu"]


def test_a_very_deep_network_loses_its_middle_and_says_how_much(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    deep = tuple(layer("Conv2D", 8, 8, place, flops=1) for place in range(1, 101))
    case = make_case_summary("own:build", layers=deep)
    blocks = shorten_blocks(group_layers(case))
    assert len(blocks) == MAX_BLOCKS
    assert sum(block.num_hidden for block in blocks) == 100 - MAX_BLOCKS
    assert any("76 layers left out here" in text for text in drawn_texts(make_summary([case])))


def test_one_layer_left_out_is_no_plural(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    deep = tuple(layer("Conv2D", 8, 8, place, flops=1) for place in range(1, MAX_BLOCKS + 2))
    texts = drawn_texts(make_summary([make_case_summary("own:build", layers=deep)]))
    assert any(text.endswith("… 1 layer left out here") for text in texts)


def test_networks_of_one_model_with_other_layers_have_titles_that_differ(make_case_summary: MakeCaseSummary) -> None:
    cases = [
        make_case_summary("cnn", label=f"cnn · depth {depth}", layers=(layer("Conv2D", 8, 8, 1, flops=1),) * depth)
        for depth in (2, 3)
    ]
    assert [title for title, _ in distinct_networks(cases)] == ["cnn · depth 2", "cnn · depth 3"]


def test_a_foreign_name_is_inert_and_short(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    own = (layer("Evil$x^2$\u202e" + "x" * 80, 10, flops=None),)
    texts = drawn_texts(make_summary([make_case_summary("a\nb", layers=own)]))
    assert "a b" in texts
    assert all(len(text) < 40 and "\u202e" not in text for text in texts)


def test_no_network_is_no_figure(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    assert draw_networks(make_summary([make_case_summary("lstm", layers=())])) is None
