"""The page as text: inert, whole, the same bytes again. What a browser does with it is in test_html_browser.py."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.kit.answer import Answer, AnswerFigure, AnswerPart
from bench.reports.kit.escaping import escape_html
from bench.reports.kit.figures.theme import new_figure, theme
from bench.reports.kit.tables import Table, words
from bench.reports.run.captions import PLOTS
from bench.reports.run.html import PAGE_NAME, markup_words, render_page, write_page

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)> `code` **bold** \x1b[31m\u202e"
MAX_BYTES = 5_000_000


class Elements(HTMLParser):
    """Collects the elements with their attributes, and the text of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in {"script", "style"} and data.strip():
            self.texts.append((self.found[-1][0], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def hostile(summary: RunSummary, make_case_summary: MakeCaseSummary) -> RunSummary:
    environment = summary.environment.model_copy(update={"hostname": HOSTILE, "cpu_model": HOSTILE})
    failures = tuple(
        replace(failure, trial_id=HOSTILE, message=HOSTILE, output_tail=HOSTILE) for failure in summary.failures
    )
    contrasts = tuple(replace(contrast, a=HOSTILE) for contrast in summary.headlines)
    return replace(
        summary, cases=(make_case_summary("lstm", label=HOSTILE),), environment=environment, failures=failures,
        headlines=contrasts, suite=HOSTILE, description=HOSTILE, missing=(HOSTILE,), run_id=HOSTILE,
    )  # fmt: skip


@pytest.fixture
def answer() -> Answer:
    """What was asked of a run, with a figure, a table and hostile words."""
    with theme():
        figure = new_figure(2.0)
        figure.subplots().plot([1, 2], [3, 4])
    table = Table("Verdicts", words("claim", "verdict"), (("It is. Up to 90 %", HOSTILE),))
    chart = AnswerFigure("asked-chart", figure, f"Chart. {HOSTILE}", HOSTILE)
    parts = (AnswerPart("Part one", (chart,), (table,), (escape_html(HOSTILE),)), AnswerPart("Folded", is_folded=True))
    return Answer("asked", "What was asked?", f"Yes. {HOSTILE}", (HOSTILE,), table, parts)


@pytest.fixture
def drawn() -> Mapping[str, Figure]:
    """Stand in for the report's figures: their place in the page is looked at here, not what they show."""
    return {plot.stem: Figure() for plot in PLOTS}


def test_nothing_but_our_script_and_style_may_run(full_summary: RunSummary, drawn: Mapping[str, Figure]) -> None:
    page = render_page(full_summary, drawn)
    elements = Elements(page)
    policy = elements.all("meta")[1]["content"]
    assert policy is not None
    texts = dict(elements.texts)
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(texts[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_the_page_asks_for_nothing_outside_itself(full_summary: RunSummary, drawn: Mapping[str, Figure]) -> None:
    elements = Elements(render_page(full_summary, drawn))
    assert not elements.all("link")
    assert not elements.all("img")
    assert all("src" not in script for script in elements.all("script"))
    assert all(str(anchor["href"]).startswith("#") for anchor in elements.all("a"))


def test_no_element_has_a_style_or_a_handler_of_its_own(full_summary: RunSummary, drawn: Mapping[str, Figure]) -> None:
    names = {name for _, attributes in Elements(render_page(full_summary, drawn)).found for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


def test_hostile_names_add_no_element_and_stay_readable(
    full_summary: RunSummary, make_case_summary: MakeCaseSummary, drawn: Mapping[str, Figure]
) -> None:
    page = render_page(hostile(full_summary, make_case_summary), drawn)
    assert len(Elements(page).all("script")) == 2
    assert not Elements(page).all("img")
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    data = json.loads(re.findall(r'id="run-data">(.*?)</script>', page)[0])
    assert data["cases"][0]["label"].startswith("</script><script>alert(1)")


def test_a_page_opens_with_what_was_asked_and_lists_it_first(
    full_summary: RunSummary, drawn: Mapping[str, Figure], answer: Answer
) -> None:
    page = render_page(full_summary, drawn, [answer])
    marks = ('class="headline">Yes.', 'href="#asked"', 'id="asked-title"', 'id="curves"')
    assert [page.index(mark) for mark in marks] == sorted(page.index(mark) for mark in marks)
    assert 'id="asked-1"' in page
    assert "<summary>Folded</summary>" in page


def test_an_answers_words_are_inert(full_summary: RunSummary, drawn: Mapping[str, Figure], answer: Answer) -> None:
    elements = Elements(render_page(full_summary, drawn, [answer]))
    assert len(elements.all("script")) == 2
    assert not elements.all("img")
    names = {name for _, attributes in elements.found for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


def test_a_figure_and_its_unit_stand_on_one_line_and_no_backtick_is_shown(
    full_summary: RunSummary, drawn: Mapping[str, Figure]
) -> None:
    page = render_page(full_summary, drawn)
    shown = re.sub(r"<[^>]*>", "", re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.DOTALL))
    assert not re.search(r"[0-9] %", shown)
    assert "90\N{NO-BREAK SPACE}%" in shown
    assert "`" not in shown.replace("```", "")  # of a trial's own output


def test_no_id_is_given_twice(full_summary: RunSummary, answer: Answer) -> None:
    found = Elements(render_page(full_summary, None, [answer])).found
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_words_keep_their_marks_and_names_get_none() -> None:
    text = f"**{escape_html('a**b')}**: use `--seeds 3` with {escape_html('`x` <b>')}"
    assert markup_words(text) == (
        "<strong>a&#42;&#42;b</strong>: use <code>--seeds 3</code> with &#96;x&#96; &lt;b&gt;"
    )


def test_every_table_has_a_caption_and_every_heading_a_scope(
    full_summary: RunSummary, drawn: Mapping[str, Figure]
) -> None:
    elements = Elements(render_page(full_summary, drawn))
    assert len(elements.all("caption")) == len(elements.all("table"))
    assert {heading.get("scope") for heading in elements.all("th")} == {"col", "row"}
    assert all(drawing["aria-label"] for drawing in elements.all("svg"))
    assert len(elements.all("svg")) == 4


def test_the_page_is_written_whole_small_and_the_same_again(full_summary: RunSummary, tmp_path: Path) -> None:
    first = write_page(tmp_path, full_summary)
    assert first == tmp_path / PAGE_NAME
    content = first.read_bytes()
    assert write_page(tmp_path, full_summary).read_bytes() == content
    assert len(content) < MAX_BYTES
    assert list(tmp_path.iterdir()) == [first]


def test_a_run_without_an_epoch_has_a_page_that_says_so(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    empty = make_case_summary(
        "lstm", curve=(), seeds=(0,), layers=(), resolved=None, data=None, num_params=None, throughput=None,
        first_step_s=None, steady_epoch_s=None, epoch_val_s=None, num_by_status={"failed": 1},
    )  # fmt: skip
    page = render_page(make_summary([empty]))
    assert "No figure: no trial completed an epoch." in page
    assert 'id="interactive"' not in page
    assert "<svg" not in page
