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
from bench.reports.kit.escaping import escape_html
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
    assert all(str(image["src"]).startswith("data:") for image in elements.all("img"))
    assert all("src" not in script for script in elements.all("script"))
    assert all(str(anchor["href"]).startswith("#") for anchor in elements.all("a"))


def test_no_element_has_a_style_or_a_handler_of_its_own(full_summary: RunSummary, drawn: Mapping[str, Figure]) -> None:
    names = {name for _, attributes in Elements(render_page(full_summary, drawn)).found for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


def test_hostile_names_add_no_element_and_stay_readable(
    full_summary: RunSummary, make_case_summary: MakeCaseSummary, drawn: Mapping[str, Figure]
) -> None:
    plain = replace(full_summary, cases=(make_case_summary("lstm"),))
    page = render_page(hostile(full_summary, make_case_summary), drawn)
    assert len(Elements(page).all("script")) == 2
    assert len(Elements(page).all("img")) == len(Elements(render_page(plain, drawn)).all("img"))
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    data = json.loads(re.findall(r'id="run-data">(.*?)</script>', page)[0])
    assert data["cases"][0]["label"].startswith("</script><script>alert(1)")


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
    assert all(image["alt"] for image in elements.all("img"))


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
    assert "<img" not in page
