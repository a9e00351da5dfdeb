"""Every table cell that is published, recomputed from its journals by code that shares nothing with the program.

Nothing here imports `bench` or its reports: a definition that is wrong there is not repeated here by construction.
"""

from __future__ import annotations

import ast
import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.recompute.checking import Cell
from tests.recompute.markdown import read_tables
from tests.recompute.pages import ROOT, check_page, list_pages

# A page is recomputed once, in the one process that has the group.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("published pages")]

FEWEST = 13_000
# What no journal tells: the program's own words for a network.
NOT_IN_JOURNALS = {("The networks", "network")}
PAGES = list_pages()
EACH_PAGE = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES]


@pytest.mark.parametrize("page", EACH_PAGE)
def test_every_cell_of_a_published_page_follows_from_its_journals(page: Path) -> None:
    assert [str(cell) for cell in check_page(page) if cell.differs] == []


def test_hardly_a_cell_is_left_unchecked(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [cell for page in PAGES for cell in check_page(page)]
    checked = sum(cell.is_checked for cell in cells)
    left = Counter((cell.table, cell.column) for cell in cells if not cell.is_checked)
    named = "; ".join(f"{table} / {column}: {number}" for (table, column), number in left.items())
    with capsys.disabled():
        print(f"\n{checked:,} published cells recomputed from journals; not in any journal: {named}")
    assert checked >= FEWEST
    assert left.keys() == NOT_IN_JOURNALS


@pytest.mark.parametrize("page", EACH_PAGE)
def test_a_cell_that_was_changed_by_hand_is_found_in_every_table(page: Path, tmp_path: Path) -> None:
    lines, changed = page.read_text(encoding="utf-8").splitlines(), set()
    draw = random.Random(page.name)  # noqa: S311 - which cell is no secret
    for table in read_tables(page):
        row = draw.randrange(len(table.rows))
        columns = [place for place, name in enumerate(table.header) if (table.title, name) not in NOT_IN_JOURNALS]
        column = draw.choice([place for place in columns if table.rows[row][place]])
        line = table.line + 1 + row
        cells = re.split(r"(?<!\\)\|", lines[line])
        cells[column + 1] = _changed(cells[column + 1])
        lines[line] = "|".join(cells)
        changed.add(table.line)
    copy = tmp_path / page.name
    copy.write_text("\n".join(lines), encoding="utf-8")
    assert {_line_of_table(page, cell) for cell in check_page(page, copy) if cell.differs} == changed


def test_nothing_here_shares_code_with_the_program() -> None:
    allowed = {*sys.stdlib_module_names, "numpy", "pytest", "scipy", "tests.recompute"}
    for path in Path(__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert any(name == one or name.startswith(f"{one}.") for one in allowed), f"{path}: {name}"


def _changed(text: str) -> str:
    """Change one digit, or else the last letter."""
    if digits := re.search(r"[0-9](?=[^0-9]*$)", text):
        return f"{text[: digits.start()]}{(int(digits[0]) + 1) % 10}{text[digits.end() :]}"
    return f"{text.rstrip()[:-1]}~ "


def _line_of_table(page: Path, cell: Cell) -> int:
    return max(table.line for table in read_tables(page) if table.line <= cell.line)
