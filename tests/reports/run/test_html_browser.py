"""The page in a real browser without a network: it loads in silence, answers to its controls, and fits a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.plan.case import Case
from bench.reports.run.html import write_page
from bench.store.records import Journal, RunRecord
from tests.reports.chromium import NEEDS_CHROMIUM, browser
from tools.browser import set_width

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]
__all__ = ["browser"]
HOSTILE = "</script><img src=x onerror=window.broken=1>\"'>"
pytestmark = [
    pytest.mark.xdist_group("browser"),  # one browser for all
    NEEDS_CHROMIUM,
]


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that opens a summary's page, checks that the console is silent, and returns the browser."""

    def show(summary: RunSummary, width: int = 1400) -> Any:
        set_width(browser, width)
        browser.get_log("browser")  # what Chromium said of a test's own reading of pixels, on the page before
        browser.get(write_page(tmp_path, summary, {}).as_uri())
        assert browser.get_log("browser") == []
        return browser

    return show


@pytest.fixture
def real_summary(
    make_case: Callable[..., Case], make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal]
) -> RunSummary:
    """Two networks with two seeds each, through the real analysis."""
    lstm, cnn = make_case("lstm"), make_case("cnn")
    curves = [(lstm, 0, (0.95, 0.97, 0.98)), (cnn, 0, (0.98, 0.985, 0.99)), (cnn, 1, (0.981, 0.986, 0.991)),
              (lstm, 1, (0.952, 0.972, 0.978))]  # fmt: skip
    journals = [
        make_journal(case, seed, val_accuracy=curve, train_s=60.0 if case is lstm else 34.0, index=index)
        for index, (case, seed, curve) in enumerate(curves)
    ]
    return summarize_run(make_run([lstm, cnn], seeds=(0, 1)), journals)


def reached(browser: Any) -> list[list[str]]:
    script = "return [...document.querySelectorAll('#reached tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    rows: list[list[str]] = browser.execute_script(script)
    return rows


def move_target(browser: Any, percent: float) -> None:
    browser.execute_script(
        "const s = document.getElementById('target'); s.value = arguments[0]; s.dispatchEvent(new Event('input'))",
        percent,
    )


def test_moving_the_target_changes_epochs_and_seconds_to_it(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    move_target(browser, 96)
    assert [row[:2] + row[3:5] for row in reached(browser)] == [
        ["lstm", "2/2", "2", "120"],
        ["cnn", "2/2", "1", "≤ 34.0"],
    ]
    move_target(browser, 98.1)
    assert [row[:2] + row[3:5] for row in reached(browser)] == [
        ["lstm", "0/2", "> budget", "> budget"], ["cnn", "2/2", "1.5", "≤ 51.0"],
    ]  # fmt: skip


def test_dragging_the_line_in_the_chart_moves_the_target(show: Callable[..., Any], real_summary: RunSummary) -> None:
    from selenium.webdriver.common.action_chains import ActionChains  # noqa: PLC0415 - see `browser`

    browser = show(real_summary)
    assert browser.find_element("id", "target").get_attribute("value") == "90"
    aim = browser.find_element("css selector", ".aim")
    ActionChains(browser).click_and_hold(aim).move_by_offset(0, -60).release().perform()
    after = browser.find_element("id", "target").get_attribute("value")
    assert 91 < float(after) < 99
    assert float(browser.find_element("id", "target-shown").text) == float(after)


def test_the_horizontal_axis_switches_and_the_pointer_reads_a_point(
    show: Callable[..., Any], real_summary: RunSummary
) -> None:
    browser = show(real_summary)
    assert browser.execute_script("return view.plot.scales.x.max") > 180.0  # the page opens on seconds
    for axis, last in (("epochs", 3.0), ("examples", 180_000.0), ("seconds", 180.0)):
        browser.find_element("css selector", f"input[value={axis}]").click()
        assert browser.execute_script("return view.plot.scales.x.max") >= last
        assert browser.execute_script("return view.plot.scales.x.max") < 1.3 * last
    script = """
        const [x, y] = positionOf(RUN.cases[0].points[1]);
        const box = view.plot.over.getBoundingClientRect();
        view.plot.over.dispatchEvent(new MouseEvent('mousemove', {clientX: box.left + x, clientY: box.top + y}));
        return document.querySelector('.tip').textContent;
    """
    assert browser.execute_script(script).startswith("lstm, all seeds, epoch 2: 97.10 % validation accuracy")


def test_a_deterministic_case_is_on_epochs_and_not_on_seconds(
    show: Callable[..., Any], make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    usual = make_case_summary("lstm")
    exact = replace(usual, label="exact", case=usual.case.model_copy(update={"deterministic": True}))
    told = "return [shownCases().map((one) => one.label), AXES[view.axis], stateOf().includes('case=')]"
    browser = show(make_summary([usual, exact]))
    assert browser.execute_script(told) == [["lstm"], "seconds", False]
    browser.find_element("css selector", "input[value=epochs]").click()
    assert browser.execute_script(told) == [["lstm", "exact"], "epochs", False]
    browser = show(make_summary([exact]))
    assert browser.execute_script(told) == [["exact"], "epochs", False]
    browser.find_element("css selector", "input[value=seconds]").click()
    assert browser.execute_script(told) == [[], "seconds", False]
    assert browser.get_log("browser") == []


def test_the_arrow_keys_walk_along_the_curves_and_speak(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    chart = browser.find_element("id", "chart")
    for key in ("\ue014", "\ue014", "\ue015"):  # right, right, down
        chart.send_keys(key)
    assert (
        browser.find_element("id", "spoken").get_attribute("textContent").startswith("cnn, all seeds, epoch 2: 98.55 %")
    )


def zoom(browser: Any, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Zoom to some epochs and accuracies."""
    script = """
        const zoom = {x: arguments[0], y: arguments[1]};
        Object.assign(view, {axis: AXES.indexOf('epochs'), scale: 'accuracy', zoom});
        drawChart();
        queueMicrotask(arguments[2]);
    """
    browser.execute_async_script(script, x, y)


def test_of_one_epoch_every_seed_is_a_dot(
    show: Callable[..., Any], make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("lstm", curve=(0.95,), seeds=range(5))
    apart = tuple(
        replace(seed, val_accuracy=(accuracy,))
        for seed, accuracy in zip(case.curve.seeds, (0.91, 0.93, 0.95, 0.97, 0.99), strict=True)
    )
    browser = show(make_summary([replace(case, curve=replace(case.curve, seeds=apart))]))
    script = """
        const {ctx} = view.plot;
        return RUN.cases[0].seeds.map(({points: [point]}) => {
          const [x, y] = [view.plot.valToPos(point.x[0], 'x', true), view.plot.valToPos(placeOf(point.y), 'y', true)];
          const [red, , blue] = ctx.getImageData(Math.round(x), Math.round(y), 1, 1).data;
          return red - blue;
        });
    """
    assert all(difference > 100 for difference in browser.execute_script(script))  # vermilion, and no grid's grey


def test_an_epoch_between_two_without_a_figure_is_a_dot(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    script = "return lonePoints([1, null, 2, 3, null, 4, null].map(y => ({y}))).map(point => point.y)"
    assert browser.execute_script(script) == [1, 4]


def test_a_zoom_draws_and_reads_nothing_outside_itself(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    zoom(browser, (0.5, 3.5), (0.975, 0.995))  # above the first two epochs of lstm
    script = """
        const drawn = [];
        const whole = window.markerPath;
        window.markerPath = (marker, x, y, radius) => {
          drawn.push(y >= view.plot.bbox.top && y <= view.plot.bbox.top + view.plot.bbox.height);
          return whole(marker, x, y, radius);
        };
        view.plot.redraw();
        queueMicrotask(() => {
          window.markerPath = whole;
          arguments[0](drawn);
        });
    """
    assert browser.execute_async_script(script) == [True] * 4
    nearest = "showNearest(...positionOf(RUN.cases[0].points[1]), true); return document.querySelector('.tip')"
    assert browser.execute_script(nearest) is None


def test_the_arrow_keys_end_a_zoom_that_leaves_their_point_out(
    show: Callable[..., Any], real_summary: RunSummary
) -> None:
    browser = show(real_summary)
    zoom(browser, (2.5, 3.5), (0.97, 1.0))
    assert browser.find_element("id", "reset").is_displayed()
    browser.find_element("id", "chart").send_keys("\ue014")
    assert not browser.find_element("id", "reset").is_displayed()
    assert browser.find_element("css selector", ".tip").text.startswith("lstm, all seeds, epoch 1")
    zoom(browser, (1.5, 3.5), (0.96, 1.0))
    browser.find_element("id", "chart").send_keys("\ue014")  # epoch 2 is in view
    assert browser.find_element("id", "reset").is_displayed()


def type_target(browser: Any, text: str) -> str:
    """Type over the exact target, leave the box, and return what it shows then."""
    exact = browser.find_element("id", "target-exact")
    exact.send_keys("\ue009a")  # control and a: all is selected
    exact.send_keys(text or "\ue017")  # delete
    exact.send_keys("\ue004")  # tab
    return str(exact.get_property("value"))


def test_the_exact_target_shows_the_figure_in_force(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    lowest = browser.find_element("id", "target").get_attribute("min")
    typed = (
        ("0.98", "98.0"), ("98", "98.0"), ("98 %", "98.0"), ("98,5%", "98.5"), ("5", lowest), ("200", "100.0"),
        ("97.55", "97.6"), ("", "97.6"), ("much", "97.6"), ("1", "100.0"),
    )  # fmt: skip
    for text, shown in typed:
        assert type_target(browser, text) == f"{shown} %"
        assert browser.find_element("id", "target-shown").text == shown


def test_what_is_spoken_of_a_target_is_said_as_one_says_it(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    move_target(browser, 98.1)
    browser.execute_script("document.getElementById('target').dispatchEvent(new Event('change'))")
    assert browser.find_element("id", "spoken").get_attribute("textContent") == (
        "Target 98.1 %. lstm: 0 of 2 trials, over the budget. cnn: 2 of 2 trials, 1.5 epochs, at most 51.0 seconds."
    )


def test_a_case_can_be_left_out_of_the_chart(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    before = browser.execute_script("return view.plot.series.length")
    assert browser.execute_script("return shareAt(view.limits[0])") < 0.9  # the target's
    move_target(browser, 99)
    browser.find_element("css selector", "#legend input").click()
    assert browser.execute_script("return view.plot.series.length") < before
    assert browser.execute_script("return shareAt(view.limits[0])") > 0.975  # the axis fits what is left


def test_a_case_far_below_the_others_is_marked_at_the_edge_and_does_not_press_them_flat(
    show: Callable[..., Any], make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    cases = [
        make_case_summary(model, label=label, curve=curve, seeds=(0,))
        for model, label, curve in (
            ("lstm", "lstm", (0.95, 0.97, 0.98)), ("cnn", "cnn", (0.98, 0.985)), ("lstm", "lost", (0.11, 0.11)),
        )
    ]  # fmt: skip
    browser = show(make_summary(cases))
    for scale in ("error", "accuracy"):
        browser.find_element("css selector", f"input[value={scale}]").click()
        assert browser.execute_script("return shareAt(view.limits[0])") > 0.85
        assert browser.find_element("id", "off-scale").text == "Below the axis: lost (11 % at best)."
    for label in browser.find_elements("css selector", "#legend label")[:2]:
        label.click()
    assert browser.execute_script("return shareAt(view.limits[0])") < 0.11  # alone it is the scale
    assert browser.find_element("id", "off-scale").text == ""


def test_no_error_at_all_has_a_place_on_the_error_axis(
    show: Callable[..., Any], make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    browser = show(make_summary([make_case_summary("lstm", curve=(0.99, 1.0), seeds=(0,))]))
    assert browser.execute_script("return view.scale") == "error"
    place = browser.execute_script("return placeOf(1)")
    assert browser.execute_script("return placeOf(0.99)") < place < browser.execute_script("return view.limits[1]")


@pytest.fixture
def two_sets(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> RunSummary:
    """One network on two data sets."""
    images, words = (make_case_summary("lstm", curve=curve) for curve in ((0.95, 0.97), (0.5, 0.62)))
    assert words.data is not None
    words = replace(
        words,
        label="lstm · words",
        case=words.case.model_copy(update={"dataset": "words"}),
        data=words.data.model_copy(update={"majority_accuracy": 0.4}),
    )
    return make_summary([images, words])


def test_a_chart_and_its_table_never_mix_data_sets(show: Callable[..., Any], two_sets: RunSummary) -> None:
    from selenium.webdriver.support.select import Select  # noqa: PLC0415 - see `browser`

    browser = show(two_sets)
    chosen = "return [shownCases().map(one => one.label), view.scale]"
    visible = "return [...document.querySelectorAll('#reached tbody tr')].filter(r => !r.hidden).length"
    assert browser.execute_script(chosen) == [["lstm"], "error"]
    assert browser.execute_script(visible) == 1
    Select(browser.find_element("id", "dataset")).select_by_visible_text("words")
    assert browser.execute_script(chosen) == [["lstm · words"], "accuracy"]
    assert browser.execute_script(visible) == 1
    shown = [label.text for label in browser.find_elements("css selector", "#legend label") if label.is_displayed()]
    assert shown == ["lstm · words"]


def test_the_largest_class_is_a_line_where_the_curves_come_near(show: Callable[..., Any], two_sets: RunSummary) -> None:
    browser = show(two_sets)
    script = """
        const told = [];
        const whole = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
          told.push(text);
          return whole.call(this, text, ...place);
        };
        chooseDataset(arguments[0]);
        view.shown = new Set(RUN.cases);
        RUN.datasets[1].majority = arguments[1];
        drawChart();
        queueMicrotask(() => {
          CanvasRenderingContext2D.prototype.fillText = whole;
          arguments[2](told.filter(text => text.startsWith('largest class')));
        });
    """
    assert browser.execute_async_script(script, 0, 0.4) == []  # of this set it is not known
    assert browser.execute_async_script(script, 1, 0.55) == ["largest class 55 %"]
    assert browser.execute_async_script(script, 1, 0.1) == []  # far below the curves


def test_a_link_shows_what_its_sender_saw(show: Callable[..., Any], two_sets: RunSummary) -> None:
    from selenium.webdriver.support.select import Select  # noqa: PLC0415 - see `browser`

    browser = show(two_sets)
    assert "#" not in browser.current_url  # nothing was chosen
    Select(browser.find_element("id", "dataset")).select_by_visible_text("words")
    browser.find_element("css selector", "input[value=epochs]").click()
    browser.find_element("css selector", "input[value=error]").click()
    type_target(browser, "60")
    link = browser.current_url
    assert link.endswith("#data=words&axis=epochs&scale=error&target=60.0")
    browser.get("about:blank")
    browser.get(link)
    state = "return [view.dataset, AXES[view.axis], view.scale, view.target, shownCases().length]"
    assert browser.execute_script(state) == [1, "epochs", "error", 0.6, 1]
    assert browser.find_element("css selector", "input[value=epochs]").is_selected()
    assert browser.find_element("id", "target-exact").get_property("value") == "60.0 %"


def test_a_link_names_the_cases_that_are_shown(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    browser.find_element("css selector", "#legend input").click()
    assert browser.current_url.endswith("&case=cnn")
    browser.get(browser.current_url)
    browser.refresh()
    assert browser.execute_script("return shownCases().map(one => one.label)") == ["cnn"]
    browser.execute_async_script(
        "location.hash = '#axis=seconds&scale=nonsense&target=x&case=lstm'; setTimeout(arguments[0], 50)"
    )
    assert browser.execute_script("return [shownCases().map(one => one.label), view.scale]") == [["lstm"], "error"]


def test_the_figures_of_the_chart_can_be_taken_along(show: Callable[..., Any], real_summary: RunSummary) -> None:
    from selenium.webdriver.support.wait import WebDriverWait  # noqa: PLC0415 - see `browser`

    browser = show(real_summary)
    lines = browser.execute_script("return figuresOf()").splitlines()
    assert lines[0] == "data set,case,seed,training time (s),epoch,examples,validation accuracy"
    assert lines[1].startswith("mnist,lstm,all,60,1,")
    assert len(lines) == 1 + 2 * 3 * 3  # of two cases the mean and two seeds, three epochs each
    assert browser.execute_script("return csvCell('=1+1, \"x\"')") == '"\'=1+1, ""x"""'
    size = browser.execute_script("const one = pictureOf(); return [one.width, one.height]")
    assert size[0] > 800
    assert size[1] > 440
    browser.find_element("id", "copy-link").click()
    told = WebDriverWait(browser, timeout=10).until(lambda _: browser.find_element("id", "shared").text)  # a promise
    assert told in {"Link copied.", "The link is now in the address bar."}


def test_a_finger_reads_a_point(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    script = """
        const [x, y] = positionOf(RUN.cases[1].points[0]);
        const box = view.plot.over.getBoundingClientRect();
        view.plot.over.dispatchEvent(new PointerEvent('pointerdown',
          {pointerType: 'touch', clientX: box.left + x + 20, clientY: box.top + y + 20}));
        return document.querySelector('.tip').textContent;
    """
    assert browser.execute_script(script).startswith("cnn")


def test_every_section_is_in_the_contents_and_has_a_link_that_shows_on_focus(
    show: Callable[..., Any], full_summary: RunSummary
) -> None:
    browser = show(full_summary)
    script = """
        const sections = [...document.querySelectorAll('main > section')].slice(1).map(one => one.id);
        const listed = [...document.querySelectorAll('nav a')].map(one => one.hash.slice(1));
        const linked = [...document.querySelectorAll('h2 .anchor')].map(one => one.hash.slice(1));
        return [sections, listed, linked];
    """
    sections, listed, linked = browser.execute_script(script)
    assert sections == listed == linked
    browser.execute_script("document.querySelector('#speed .anchor').focus()")
    assert browser.execute_script("return getComputedStyle(document.activeElement).opacity") == "1"


@pytest.mark.parametrize("width", [1400, 400])
def test_what_can_be_pressed_is_as_high_as_a_finger_needs(
    show: Callable[..., Any], full_summary: RunSummary, width: int
) -> None:
    browser = show(full_summary, width)
    script = """
        document.querySelectorAll('details').forEach(one => { one.open = true });
        return [...document.querySelectorAll('button, summary, select, input, nav a')].filter(one => one.offsetHeight)
          .filter(one => one.offsetHeight < 24 && (one.closest('label') ?? one).offsetHeight < 24)
          .map(one => one.outerHTML);
    """
    assert browser.execute_script(script) == []


def test_the_first_column_stays_in_sight_where_a_table_is_wider_than_a_phone(
    show: Callable[..., Any], full_summary: RunSummary
) -> None:
    browser = show(full_summary, 400)
    script = """
        const box = document.querySelector('#reached .scroll');
        box.scrollLeft = 200;
        const cell = box.querySelector('tbody th');
        return [box.scrollLeft, cell.getBoundingClientRect().left - box.getBoundingClientRect().left];
    """
    assert browser.execute_script(script) == [200, 0]


def test_chart_and_figures_have_one_colour_a_case_light_and_dark(
    show: Callable[..., Any], tmp_path: Path, real_summary: RunSummary, browser: Any
) -> None:
    show(real_summary)
    browser.get(write_page(tmp_path, real_summary).as_uri())
    script = """
        const bar = document.querySelector('#speed svg [fill="var(--case-1)"]');
        const rgb = getComputedStyle(bar).fill.match(/[0-9]+/g).map(Number);
        const hex = rgb.map(part => part.toString(16).padStart(2, '0')).join('').toUpperCase();
        return [`#${hex}`, strokeOf(RUN.cases[1])];
    """
    light = browser.execute_script(script)
    assert light[0] == light[1]
    browser.find_element("id", "theme").click()
    dark = browser.execute_script(script)
    assert dark[0] == dark[1] != light[1]


def test_print_shows_what_is_folded_on_paper_and_the_chart_within_it(
    show: Callable[..., Any], real_summary: RunSummary
) -> None:
    browser = show(real_summary)
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script("return document.querySelectorAll('details:not([open])').length") == 0
    assert browser.execute_script("return view.plot.width") <= 660
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script("return view.plot.width") > 660


def test_a_click_sorts_a_table_and_a_second_one_turns_it_round(
    show: Callable[..., Any], real_summary: RunSummary
) -> None:
    browser = show(real_summary)
    column = browser.find_element("css selector", "#reached thead th:nth-child(5) button")
    first = lambda: reached(browser)[0][0]  # noqa: E731 - one word for what is looked at twice
    move_target(browser, 96)
    column.click()
    assert first() == "cnn"
    column.click()
    assert first() == "lstm"
    move_target(browser, 95)
    assert reached(browser)[0][:2] == ["lstm", "2/2"]


def test_a_sorted_table_stays_sorted_while_the_target_moves(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    move_target(browser, 96)
    hits = browser.find_element("css selector", "#reached thead th:nth-child(2) button")
    hits.click()
    hits.click()
    assert [row[:2] for row in reached(browser)] == [["lstm", "2/2"], ["cnn", "2/2"]]
    move_target(browser, 98.1)
    assert [row[:2] for row in reached(browser)] == [["cnn", "2/2"], ["lstm", "0/2"]]
    move_target(browser, 96)  # equal rows stay as they are, however often they are sorted
    move_target(browser, 95.9)
    assert [row[0] for row in reached(browser)] == ["cnn", "lstm"]


def test_labels_are_sorted_by_their_figures_whatever_commas_they_have(
    show: Callable[..., Any], make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    labels = ["lstm · batch 1,024", "lstm · batch 32", "lstm · batch 512"]
    browser = show(make_summary([make_case_summary("lstm", label=label) for label in labels]))
    browser.find_element("css selector", "#reached thead th:first-child button").click()
    assert [row[0] for row in reached(browser)] == [labels[1], labels[2], labels[0]]


def test_the_theme_turns_and_the_chart_with_it(show: Callable[..., Any], real_summary: RunSummary) -> None:
    browser = show(real_summary)
    paper = "return getComputedStyle(document.body).backgroundColor"
    before = browser.execute_script(paper)
    browser.find_element("id", "theme").click()
    assert browser.execute_script(paper) != before
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [1400, 400])
def test_nothing_runs_over_the_edge(show: Callable[..., Any], full_summary: RunSummary, width: int) -> None:
    browser = show(full_summary, width)
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_hostile_labels_are_read_and_never_run(
    show: Callable[..., Any], full_summary: RunSummary, make_case_summary: MakeCaseSummary
) -> None:
    environment = full_summary.environment.model_copy(update={"hostname": HOSTILE})
    cases = (make_case_summary("lstm", label=HOSTILE), make_case_summary("cnn"))
    browser = show(replace(full_summary, cases=cases, environment=environment, suite=HOSTILE, run_id=HOSTILE))
    assert browser.execute_script("return window.broken") is None
    assert browser.find_element("css selector", "#legend label").text == HOSTILE
    assert reached(browser)[0][0] == HOSTILE
