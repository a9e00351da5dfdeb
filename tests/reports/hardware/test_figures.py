from __future__ import annotations

import math

import pytest

from bench.hardware.hardware_summary import summarize_hardware
from bench.reports.hardware.figures import draw_cost_ratio, draw_hardware_throughput, draw_scaling


@pytest.fixture
def summary(make_source):
    throughputs = {
        ("lstm", "cpu:1", 32): 100.0, ("lstm", "cpu:1", 512): 400.0, ("lstm", "gpu", 32): 50.0,
        ("lstm", "gpu", 512): 800.0, ("cnn", "cpu:1", 32): 200.0, ("cnn", "cpu:1", 512): 200.0,
        ("cnn", "cpu:4", 32): 500.0,
    }  # fmt: skip
    return summarize_hardware([make_source(throughputs, seeds=(0,))])


def lines(panel):
    """Return the lines' points, each x as the power of two that it stands at: lines stand aside for each other."""
    return [
        ([2 ** round(math.log2(x)) if x else 0 for x in line.get_xdata()], [round(y, 6) for y in line.get_ydata()])
        for line in panel.lines
    ]


def star(panel):
    ((x,), (y,)) = next((line.get_xdata(), line.get_ydata()) for line in panel.lines if line.get_marker() == "*")
    return x, y


def test_each_network_has_a_panel_and_each_device_a_line(summary):
    lstm, cnn = draw_hardware_throughput(summary).axes
    assert ([32, 512], [100.0, 400.0]) in lines(lstm)
    assert ([32, 512], [50.0, 800.0]) in lines(lstm)
    assert ([32], [500.0]) in lines(cnn)


def test_a_star_stands_where_the_gpu_overtakes_the_cpu(summary):
    # The leads are ln 2 and −ln 2, so the curves meet in the geometric middle of 32 and 512, at 200 examples/s.
    assert star(draw_hardware_throughput(summary).axes[0]) == pytest.approx((128.0, 200.0))


def test_the_cost_ratio_is_drawn_with_a_line_at_one_and_a_star_where_the_answer_changes(summary):
    panel = draw_cost_ratio(summary).axes[0]
    assert ([32, 512], [2.0, 0.5]) in lines(panel)
    assert any(list(line.get_ydata()) == [1, 1] for line in panel.lines)
    assert star(panel) == pytest.approx((128.0, 1.0))


def test_scaling_is_drawn_with_its_ideal(make_source):
    rates = {"cpu:1": 100.0, "cpu:2": 150.0, "cpu:4": 250.0}
    source = make_source({("cnn", place, 32): rate for place, rate in rates.items()}, seeds=(0,))
    (panel,) = draw_scaling(summarize_hardware([source])).axes
    assert ([1.0, 2.0, 4.0], [1.0, 1.5, 2.5]) in lines(panel)
    assert ([1, 2, 4], [1.0, 2.0, 4.0]) in lines(panel)


def test_scaling_between_two_numbers_of_threads_is_drawn_against_the_batch_size(make_source):
    rates = {("cpu:1", 32): 100.0, ("cpu:4", 32): 250.0, ("cpu:1", 512): 100.0, ("cpu:4", 512): 380.0}
    source = make_source({("cnn", *key): rate for key, rate in rates.items()}, seeds=(0,))
    (panel,) = draw_scaling(summarize_hardware([source])).axes
    assert ([32.0, 512.0], [2.5, 3.8]) in lines(panel)
    assert panel.get_ylabel() == "Speed-up from 1 to 4 threads"
    assert [list(line.get_ydata()) for line in panel.lines if line.get_linestyle() == "--"] == [[4.0, 4.0]]


def test_a_crossing_within_the_trials_bounds_has_a_white_star_and_a_perhaps(make_source):
    throughputs = {("lstm", "cpu:1", 32): 100.0, ("lstm", "cpu:1", 512): 201.0, ("cnn", "cpu:1", 32): 200.0,
             ("cnn", "cpu:1", 512): 200.0}  # fmt: skip
    figure = draw_cost_ratio(summarize_hardware([make_source(throughputs)]))
    (star,) = [line for line in figure.axes[0].lines if line.get_marker() == "*"]
    assert star.get_color() == "white"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["cpu:1", "the answer changes, perhaps"]


def test_batch_sizes_stand_side_by_side_at_more_threads(make_source):
    places = ("cpu:1", "cpu:2", "cpu:4")
    throughputs = {("lstm", place, size): 100.0 for place in places for size in (32, 128, 512)}
    (panel,) = draw_scaling(summarize_hardware([make_source(throughputs)])).axes
    ends = [line.get_xdata()[-1] for line in panel.lines if line.get_marker() not in ("None", "")]
    assert ends == sorted(ends)
    assert len(set(ends)) == 3
    assert ends[1] == pytest.approx(4.0)


@pytest.mark.parametrize("draw", [draw_hardware_throughput, draw_cost_ratio])
def test_places_stand_side_by_side_so_that_no_whisker_hides_another(make_source, draw):
    places = [f"cpu:{number}" for number in (1, 2, 3, 4)]
    throughputs = {(model, place, size): 100.0 for model in ("lstm", "cnn") for place in places for size in (32, 64)}
    panel = draw(summarize_hardware([make_source(throughputs)])).axes[0]
    starts = [line.get_xdata()[0] for line in panel.lines if line.get_marker() not in ("None", "")]
    assert starts == sorted(starts)
    assert len(set(starts)) == 4
    assert all(32 / 1.2 < x < 32 * 1.2 for x in starts)  # and each keeps to its tick
    whiskers = [part for lines in panel.collections for part in lines.get_segments()]
    assert len({x for ((x, _), _) in whiskers}) == (8 if draw is draw_hardware_throughput else len(whiskers))


def test_one_batch_size_stands_in_the_middle(make_source):
    throughputs = {("lstm", place, 32): 100.0 for place in ("cpu:1", "cpu:2")}
    (panel,) = draw_hardware_throughput(summarize_hardware([make_source(throughputs)])).axes
    assert panel.get_xlim() == pytest.approx((16, 64))


def test_what_was_not_measured_has_no_figure(make_source):
    nothing = summarize_hardware([make_source({("lstm", "cpu", 32): 100.0})])
    assert draw_cost_ratio(nothing) is None
    assert draw_scaling(nothing) is None
