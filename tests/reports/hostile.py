"""A name that would steer a terminal, break a table or run a script, and what a text must look like that shows it."""

import re

HOSTILE = "a|b<script>alert(1)</script>\n# $x$ `c` [l](http://e) \x1b[31mred\x1b[0m \u202eevil"


def assert_inert(plain: str, page: str) -> None:
    """Fail where a terminal's text or a Markdown page carries what is live in `HOSTILE`."""
    for text in (plain, page):
        assert "\x1b" not in text
        assert "\u202e" not in text
    for markup in ("<script>", "$", "`", "[l](", "http://"):
        assert markup not in page.replace("\\`", "").replace("\\[", "")
    assert_whole_tables(page)


def assert_inert_report(report: str) -> None:
    """Fail where a whole report, which has code, links and fences of its own, carries what is live in `HOSTILE`."""
    outside_fences = re.sub(r"^(`{3,}).*?^\1$", "", report, flags=re.DOTALL | re.MULTILINE)
    for markup in ("<script>", "$", "[l]("):
        assert markup not in outside_fences.replace("\\[", "")
    assert "\x1b" not in report
    assert "\u202e" not in report
    assert_whole_tables(outside_fences)


def assert_whole_tables(page: str) -> None:
    """Fail where a page has no table, or one to whose rows a name added a cell."""
    tables = re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE)
    assert tables
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
