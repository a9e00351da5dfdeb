"""Makes foreign text inert: a model, data set or host name can never act as markup, code or a control sequence.

Names and messages come from suites, plugins and other machines' journals. Each output format has one function here;
nothing that a run did not write itself reaches a report without one of them.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# ECMA-48: control sequences (CSI), commands to the terminal (OSC and its kin, to their end), and two-byte escapes.
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)
_SPACES = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# Controls, invisible format characters (bidi marks among them), lone surrogates, private use.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
# Unicode's noncharacters: the last two of each plane, of which XML 1.0 bears neither U+FFFE nor U+FFFF, and one block.
_LAST_TWO = 0xFFFE
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_MARKDOWN_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "$": "&#36;"} | {char: f"\\{char}" for char in "\\`*_[]~#!"}
)
_AUTOLINK = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
# What opens a list (`- a`, `+ a`, `1. a`), underlines a heading or rules a line (`---`, `===`).
_BLOCK_START = re.compile(r"^(?:(?=[-+](?:\s|$))|(?=[-=]+\s*$)|(\d{1,9})(?=[.)](?:\s|$)))")
_SPREADSHEET_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def make_visible(text: str) -> str:
    """Return one line without terminal sequences; what else would be hidden shows as U+FFFD.

    A line break or tab becomes one space. Something hidden is replaced, not dropped, so that a reader sees that the
    name is not what it seems.
    """
    if text.isascii() and text.isprintable():
        return text  # most of a report's thousands of cells
    plain = _SPACES.sub(" ", _ANSI.sub("", text))
    return "".join(REPLACEMENT if _is_hidden(char) else char for char in plain)


def _is_hidden(char: str) -> bool:
    code = ord(char)
    is_noncharacter = code & _LAST_TWO == _LAST_TWO or code in _NONCHARACTERS
    return is_noncharacter or unicodedata.category(char) in _HIDDEN_CATEGORIES


def escape_terminal(text: str) -> str:
    """Return text that a terminal prints as it stands: no colour, no cursor movement, no reversed reading order."""
    return make_visible(text)


def escape_markdown(text: str) -> str:
    """Return text that reads the same in CommonMark and GitHub's dialect, in a paragraph or in a table's cell.

    Entities stand where a backslash is not enough: a table is cut at `|` and mathematics found at `$` before
    backslashes are read. Spaces at the edges go: CommonMark drops them, but for four that would make a code block.
    """
    visible = make_visible(text).strip(" ")
    linkless = _AUTOLINK.sub(lambda match: "\0" if match.group() == ":" else "\1", visible)
    marked = linkless.translate(_MARKDOWN_ESCAPES)
    unlinked = marked.replace("\0", "&#58;").replace("\1", "&#46;")
    return _BLOCK_START.sub(r"\1\\", unlinked)


def fence_markdown(text: str, language: str = "") -> str:
    """Return a fenced code block; the fence is longer than any run of backticks inside."""
    lines = [make_visible(line) for line in text.splitlines()]
    longest = max((len(run) for run in re.findall(r"`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def escape_html(text: str) -> str:
    """Return text for HTML, with nothing hidden, and without the marks of code and bold in a sentence of the kit."""
    return str(escape(make_visible(text))).replace("`", "&#96;").replace("*", "&#42;")


def visible_or_markup(value: object) -> object:
    """Return what a template prints: markup as it is, and all else as visible text, which autoescape then escapes."""
    return value if isinstance(value, Markup) else make_visible(str(value))


def escape_csv(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula (the OWASP rule: a quote before = + - @ tab and CR).

    Only for cells that are text: a negative figure is a figure. Commas, quotes and line breaks are the csv module's.
    """
    # A spreadsheet trims spaces before it looks for a formula, so the first visible character decides.
    is_formula = text.startswith(_SPREADSHEET_FORMULA) or text.lstrip().startswith(_SPREADSHEET_FORMULA)
    visible = make_visible(text)
    return f"'{visible}" if is_formula or visible.startswith(_SPREADSHEET_FORMULA) else visible


def escape_figure(text: str) -> str:
    """Return a label that matplotlib does not hide for its leading underscore; the theme turns mathematics off."""
    visible = make_visible(text)
    return f" {visible}" if visible.startswith("_") else visible


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters: the middle gives way to `…`, because ids differ at both ends."""
    if limit < 3:  # noqa: PLR2004 - one character on each side of the ellipsis
        raise ValueError(f"expected a limit of at least 3 characters, received {limit}")
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[-tail:]}"
