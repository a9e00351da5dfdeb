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
    table = re.search(r"(?:^\|.*\n)+", page, flags=re.MULTILINE)
    assert table
    assert len({line.count("|") for line in table.group().splitlines()}) == 1
