"""A Markdown page as one HTML file: inert, whole, and with what Markdown has no words for."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.reports.kit.escaping import escape_markdown, make_visible
from bench.reports.kit.files import place_figure
from bench.reports.kit.html_page import render_html, render_html_page
from tests.reports.hostile import HOSTILE

ANY_TEXT = st.text(st.characters(), max_size=60) | st.text("|<>&$`*_[]()\\~#!-+=:/.@w1 \n\t\"'", max_size=40)
TABLE = "| name | value |\n|:--|--:|\n| lstm | 1.5 |\n| cnn | 2.5 |\n"
SVG = b"<svg/>"


class Elements(HTMLParser):
    """Collects the elements with their attributes, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(str(page))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("img", "meta", "br", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_headings_get_addresses_of_their_own_and_begin_sections() -> None:
    elements = Elements(render_html("# All\n\nIntro.\n\n## A & B\n\nx\n\n## A & B\n\n## Answer\n\n### `c`\n", {}))
    assert [attributes["id"] for tag, attributes in elements.found if tag in ("h1", "h2", "h3")] == [
        "all", "a-b", "a-b--2", "answer--2", "c",
    ]  # fmt: skip
    assert elements.all("section") == [
        {"id": "answer"}, {"aria-labelledby": "a-b"}, {"aria-labelledby": "a-b--2"}, {"aria-labelledby": "answer--2"},
    ]  # fmt: skip
    assert elements.open == []


def test_a_table_scrolls_and_its_cells_have_scopes_and_classes_but_no_style() -> None:
    elements = Elements(render_html(f"## Speed\n\n{TABLE}", {}))
    region = {"class": "scroll", "role": "region", "tabindex": "0", "aria-label": "Speed: table 1"}
    assert elements.all("div") == [region]
    assert elements.all("th") == [
        {"scope": "col"}, {"class": "number", "scope": "col"}, {"scope": "row"}, {"scope": "row"},
    ]  # fmt: skip
    assert elements.all("td") == [{"class": "number"}] * 2
    assert elements.open == []


def test_a_figure_lies_within_the_page_with_its_words_and_its_caption() -> None:
    elements = Elements(
        render_html(f"{place_figure('a.png', 'A [b] c', 'Whiskers: *all*.')}\n\nMore.\n", {"a.png": SVG})
    )
    source = f"data:image/svg+xml;base64,{base64.b64encode(SVG).decode()}"
    assert elements.all("img") == [{"src": source, "alt": "A [b] c"}]
    assert [tag for tag, _ in elements.found] == ["figure", "div", "img", "figcaption", "p"]
    assert "Whiskers: *all*." in elements.text


def test_a_figure_without_a_caption_takes_no_paragraph_for_one() -> None:
    page = render_html("![a](a.png)\n\n*Half* of it.\n", {"a.png": SVG})
    assert "<figcaption>" not in page
    assert "<p><em>Half</em> of it.</p>" in page
    with pytest.raises(KeyError):
        render_html("![a](b.png)\n", {"a.png": SVG})


@given(ANY_TEXT)
def test_a_name_stays_the_text_that_it_is_wherever_it_stands(name: str) -> None:
    escaped = escape_markdown(name)
    # Between letters: what Markdown trims at the edges of a block is no part of a name.
    shown = f"x{escaped}y"
    page = f"# {shown}\n\n## {shown}\n\n| a | b |\n|:--|--:|\n| {shown} | 1 |\n\n- {shown}\n"
    elements = Elements(render_html(page, {}))
    assert {tag for tag, _ in elements.found} <= {
        "h1", "h2", "h3", "section", "div", "table", "thead", "tbody", "tr", "th", "td", "ul", "li",
    }  # fmt: skip
    assert {key for _, attributes in elements.found for key in attributes} <= {
        "id", "class", "role", "tabindex", "aria-label", "aria-labelledby", "scope",
    }  # fmt: skip
    assert elements.text.count(f"x{make_visible(name).strip(' ')}y") >= 4
    assert elements.open == []


@pytest.mark.parametrize(
    "markup",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "<!-- x", "&lt;b&gt;",
     "<https://evil>", "```html\n<b>\n```"],
)  # fmt: skip
def test_markup_that_nobody_escaped_is_text_here_too(markup: str) -> None:
    """The second lock: raw HTML is no HTML, and an address that runs code is none."""
    elements = Elements(render_html(f"# x\n\n{markup}\n", {}))
    assert {tag for tag, _ in elements.found} <= {"h1", "section", "p", "pre", "code", "a"}
    assert not any(str(a.get("href", "")).startswith(("javascript", "data")) for a in elements.all("a"))


def test_the_page_may_run_nothing_and_asks_for_nothing() -> None:
    page = render_html_page(f"# x\n\n{escape_markdown(HOSTILE)}\n", HOSTILE, (HOSTILE, "../index.html"), {})
    elements = Elements(page)
    policy = str(elements.all("meta")[1]["content"])
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    for words in ("--paper: #14171a", "--ink:", "figure img {", ".scroll {"):
        assert words in style
    assert not elements.all("script")
    assert not elements.all("link")
    assert [anchor["href"] for anchor in elements.all("a")] == ["#page", "../index.html"]
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert elements.open == []
