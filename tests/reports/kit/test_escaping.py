from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bench.reports.kit.escaping import (
    REPLACEMENT,
    escape_csv,
    escape_figure,
    escape_markdown,
    escape_terminal,
    fence_markdown,
    make_visible,
    shorten,
)

ANY_TEXT = st.text(st.characters(), max_size=60)
MARKUP = st.text("|<>&$`*_[]()\\~#!-+=:/.@w1 \n\ta\x1b[31m\u202e", max_size=40)


def rendered_text(markdown: str) -> list[str]:
    """Return the text that a CommonMark reader sees, one item for each token that is not plain text too."""
    inline = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    children = [child for token in inline if token.type == "inline" for child in token.children or ()]
    kinds = {token.type for token in inline} | {child.type for child in children}
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}, kinds
    return ["".join(child.content for child in children)]


@pytest.mark.parametrize(
    ("hostile", "expected"),
    [
        ("a|b", "a&#124;b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("two\nlines", "two lines"),
        ("$x^2$", "&#36;x^2&#36;"),
        ("`code`", "\\`code\\`"),
        ("[a](b)", "\\[a\\](b)"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("tsl\u202em", f"tsl{REPLACEMENT}m"),
        ("http://evil", "http&#58;//evil"),
        ("www.evil.example", "www&#46;evil.example"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("# heading", "\\# heading"),
        ("lstm-cudnn", "lstm-cudnn"),
    ],
)
def test_markdown_of_a_hostile_name_is_inert(hostile: str, expected: str) -> None:
    assert escape_markdown(hostile) == expected


@given(MARKUP | ANY_TEXT)
def test_a_markdown_reader_sees_the_visible_text_and_no_markup(text: str) -> None:
    visible = make_visible(text)
    shown = rendered_text(escape_markdown(text))
    # CommonMark itself trims a paragraph's edges.
    assert shown == [visible.strip()] or not visible.strip()


@given(st.integers(min_value=0, max_value=6), st.sampled_from(["- a", "+", "---", "===", "1. a", "# a", "> a", "a"]))
def test_no_name_opens_a_block_however_far_it_is_indented(num_spaces: int, name: str) -> None:
    assert rendered_text(escape_markdown(" " * num_spaces + name)) == [name]


@given(MARKUP | ANY_TEXT)
def test_escaped_markdown_never_cuts_a_table_cell(text: str) -> None:
    escaped = escape_markdown(text)
    assert not set("|<>$\n\r") & set(escaped)


@given(ANY_TEXT | MARKUP)
def test_terminal_text_holds_no_control_or_invisible_character(text: str) -> None:
    categories = {unicodedata.category(char) for char in escape_terminal(text)}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize("char", ["\ufffe", "\uffff", "\ufdd0", "\ufdef", "\U0001fffe", "\U0010ffff"])
def test_a_noncharacter_shows_as_replaced(char: str) -> None:
    assert make_visible(f"a{char}b") == f"a{REPLACEMENT}b"


def test_what_is_next_to_a_noncharacter_stays() -> None:
    assert make_visible("\ufdcf\ufdf0\ufffc\ufffd") == "\ufdcf\ufdf0\ufffc\ufffd"


@given(ANY_TEXT)
def test_visible_text_can_always_be_written_as_utf8_and_stays_as_it_is(text: str) -> None:
    visible = make_visible(text)
    assert visible.encode().decode() == make_visible(visible)


@given(st.sampled_from(["=", "+", "-", "@", "\t", "\r", " =", "\x1b[1m="]), ANY_TEXT)
def test_a_csv_cell_never_begins_like_a_formula(start: str, rest: str) -> None:
    assert not escape_csv(start + rest).lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_ordinary_csv_cell_is_left_alone() -> None:
    assert escape_csv("lstm-mnist-b32-float32-cpu") == "lstm-mnist-b32-float32-cpu"


def test_a_csv_formula_is_quoted() -> None:
    assert escape_csv('=HYPERLINK("http://x")') == '\'=HYPERLINK("http://x")'


def test_a_fence_is_longer_than_the_backticks_inside() -> None:
    assert fence_markdown("a ``` b", "console") == "````console\na ``` b\n````"


def test_a_fence_keeps_lines_and_drops_terminal_sequences() -> None:
    assert fence_markdown("one\n\x1b[1mtwo") == "```\none\ntwo\n```"


def test_a_leading_underscore_does_not_hide_a_figure_label() -> None:
    assert escape_figure("_mine") == " _mine"


def test_shortening_keeps_both_ends_of_an_id() -> None:
    assert shorten("lstm-mnist-b32-float32-cpu", 11) == "lstm-…2-cpu"
    assert shorten("lstm", 11) == "lstm"


def test_shortening_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 3 characters, received 2"):
        shorten("lstm", 2)
