"""One HTML page of a Markdown page: a single file that asks for nothing, runs nothing, and looks as a run's page does.

Markdown is what the pages' words are written in, once; here they become HTML. Raw HTML in it stays text, so that what a
name would need to act as markup has two locks: `escape_markdown`, and this.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from bench import __version__
from bench.reports.kit.escaping import visible_or_markup
from bench.reports.kit.page_shell import content_policy, find_template, read_static

_TEMPLATE = "page.html.j2"
_STYLES = ("page/page.css", "page/site.css")
_MAX_ANCHOR = 60
_ANSWER, _PAGE = "answer", "page"  # addresses that the style and the template have given away
_PARAGRAPH = 3  # tokens: its beginning, what is in it, its end


def render_html_page(markdown: str, title: str, home: tuple[str, str], figures: Mapping[str, bytes]) -> str:
    """Return a whole page.

    Args:
        markdown: the page, its foreign names escaped.
        title: what the browser's tab says, as plain text.
        home: the words of the link at the head of the page, as plain text, and its address.
        figures: SVG by the address that the Markdown gives to each figure.
    """
    style = read_static(_STYLES)
    return find_template(_TEMPLATE, visible_or_markup).render(
        body=render_html(markdown, figures),
        title=title,
        home=home,
        version=__version__,
        style=Markup(style),  # noqa: S704 - our own file
        policy=content_policy(style),
    )


def render_html(markdown: str, figures: Mapping[str, bytes]) -> Markup:
    """Return Markdown as HTML: sections by their headings, tables that scroll, figures within the page.

    Raises:
        KeyError: for a figure that `figures` lacks.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    blocks = _Blocks(parser.parse(markdown), figures)
    rendered: str = parser.renderer.render(list(blocks.in_sections()), parser.options, {})
    return Markup(rendered)  # noqa: S704 - what the renderer escaped


class _Blocks:
    """A page's blocks, given what Markdown has no words for."""

    def __init__(self, tokens: Sequence[Token], figures: Mapping[str, bytes]) -> None:
        self._tokens = tokens
        self._figures = figures
        self._anchors = {_ANSWER: 1, _PAGE: 1}
        self._regions: dict[str, int] = {}
        self._heading = ""

    def in_sections(self) -> Iterator[Token]:
        """Yield every block; the title begins a section, and so does each heading of the second level."""
        place, end = 0, ""
        while place < len(self._tokens):
            token = self._tokens[place]
            if token.type == "heading_open":
                self._name(token, self._tokens[place + 1])
            if token.type == "heading_open" and token.tag == "h2":
                yield _raw(f'{end}<section aria-labelledby="{token.attrs["id"]}">\n')
                end = "</section>\n"
            length = _figure_length(self._tokens, place)
            yield from self._figure(place, length) if length else self._block(place)
            place += length or 1
            if token.type == "heading_close" and token.tag == "h1":
                yield _raw(f'<section id="{_ANSWER}">\n')
                end = "</section>\n"
        yield _raw(end)

    def _name(self, token: Token, inline: Token) -> None:
        """Give a heading an address, unlike every other one's on the page."""
        self._heading = _plain(inline)
        slug = re.sub(r"[^a-z0-9]+", "-", self._heading.lower()).strip("-")[:_MAX_ANCHOR] or "part"
        number = self._anchors[slug] = self._anchors.get(slug, 0) + 1
        token.attrs["id"] = slug if number == 1 else f"{slug}--{number}"

    def _block(self, place: int) -> Iterator[Token]:
        """Yield one token as it is, but for tables, which scroll within a region of their own."""
        token = self._tokens[place]
        if token.type == "table_open":
            yield _raw(self._region("table"))
        if token.type in ("th_open", "td_open"):
            _set_cell(token, is_first=self._tokens[place - 1].type == "tr_open")
        if token.type == "td_close" and _opens_row(self._tokens, place):
            token.tag = "th"
        yield token
        if token.type == "table_close":
            yield _raw("</div>\n")

    def _figure(self, place: int, length: int) -> Iterator[Token]:
        inline = self._tokens[place + 1]
        image = (inline.children or [])[0]
        content = self._figures[str(image.attrs["src"])]
        image.attrs["src"] = f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}"
        yield _raw(f"<figure>{self._region('figure')}")
        yield inline
        yield _raw("</div>")
        if length > _PARAGRAPH:
            caption = self._tokens[place + _PARAGRAPH + 1]
            caption.children = (caption.children or [])[1:-1]
            yield _raw("<figcaption>")
            yield caption
            yield _raw("</figcaption>")
        yield _raw("</figure>\n")

    def _region(self, kind: str) -> str:
        """Return what a table or a figure scrolls in, under a name that no other has."""
        number = self._regions[kind] = self._regions.get(kind, 0) + 1
        label = escape(f"{self._heading}: {kind} {number}")
        return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">'


def _raw(html: str) -> Token:
    """Return a block of HTML that is ours."""
    return Token("html_block", "", 0, content=html)


def _plain(inline: Token) -> str:
    """Return the text of a block as its reader sees it."""
    return "".join(child.content for child in inline.children or ())


def _figure_length(tokens: Sequence[Token], place: int) -> int:
    """Return how many tokens from here are a figure with its caption, as `place_figure` writes them; 0 for none.

    It is a paragraph of an image alone, and the paragraph behind it where that is emphasised as a whole.
    """
    if _paragraph(tokens, place) != ["image"]:
        return 0
    after = _paragraph(tokens, place + _PARAGRAPH)
    is_caption = after[:1] == ["em_open"] and after.index("em_close") == len(after) - 1
    return 2 * _PARAGRAPH if is_caption else _PARAGRAPH


def _paragraph(tokens: Sequence[Token], place: int) -> list[str]:
    """Return what a paragraph that begins here consists of; nothing where none does."""
    if place >= len(tokens) or tokens[place].type != "paragraph_open":
        return []
    return [child.type for child in tokens[place + 1].children or ()]


def _set_cell(token: Token, *, is_first: bool) -> None:
    """Give a cell its class, for the policy lets no cell have a style, and the first of a row its scope."""
    if "right" in str(token.attrs.pop("style", "")):
        token.attrs["class"] = "number"
    if token.type == "th_open":
        token.attrs["scope"] = "col"
    elif is_first:
        token.tag = "th"
        token.attrs["scope"] = "row"


def _opens_row(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether the cell that ends here is its row's first."""
    return tokens[place - 3].type == "tr_open"
