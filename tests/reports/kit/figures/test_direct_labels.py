from __future__ import annotations

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.reports.kit.figures.direct_labels import NamedCurve, name_ends

LOW = NamedCurve("low", "#000000", [(0.0, 0.1), (1.0, 0.2)])
HIGH = NamedCurve("high", "#000000", [(0.0, 0.8), (1.0, 0.9)])


@pytest.fixture
def panel() -> Axes:
    axes = Figure().subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return axes


def test_names_that_stand_free_are_written_at_the_ends_on_a_wider_axis(panel: Axes) -> None:
    assert name_ends(panel, [LOW, HIGH])
    assert [text.get_text() for text in panel.texts] == ["low", "high"]
    assert 1.0 < panel.get_xlim()[1] < 1.2


@pytest.mark.parametrize(
    "crossing",
    [
        NamedCurve("beside", "#000000", [(0.0, 0.1), (1.0, 0.22)]),
        NamedCurve("through", "#000000", [(0.0, 0.2), (1.4, 0.2)]),
        NamedCurve("far", "#000000", [(0.0, 0.9), (1.0, 0.9)], ([(0.0, 0.2), (1.4, 0.2)],)),
        NamedCurve("so long a name that little would be left for the curves", "#000000", [(0.0, 0.9), (1.0, 0.9)]),
    ],
)
def test_where_a_name_would_touch_something_none_is_written(panel: Axes, crossing: NamedCurve) -> None:
    assert not name_ends(panel, [LOW, crossing])
    assert not panel.texts
    assert panel.get_xlim() == (0, 1)


def test_a_logarithmic_axis_is_not_widened(panel: Axes) -> None:
    panel.set(xscale="log", xlim=(1, 100))
    curve = NamedCurve("a", "#000000", [(1.0, 0.1), (10.0, 0.2)])
    assert name_ends(panel, [curve])
    assert panel.get_xlim() == (1, 100)
    assert not name_ends(panel, [NamedCurve("b", "#000000", [(1.0, 0.1), (100.0, 0.2)])])


def test_many_curves_keep_their_legend(panel: Axes) -> None:
    assert not name_ends(panel, [LOW] * 5)
    assert not name_ends(panel, [])
