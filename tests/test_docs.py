"""The contributor pages lead somewhere: every link and path exists, and no decision is missing from the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
RECORDS = sorted(DECISIONS.glob("*/*.md"))
# What a path in backticks can begin with; `results/` and `mine.toml` are a user's.
TOP_FOLDERS = ("bench/", "models/", "reports/", "tests/", "tools/", "docs/")


def title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)[^):]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_anchor_is_a_heading(page: Path) -> None:
    links = re.findall(r"\]\(([^):\s]*\.md|)#([^)\s]+)\)", page.read_text(encoding="utf-8"))
    assert [(path, name) for path, name in links if name not in anchors(page.parent / path if path else page)] == []


def anchors(page: Path) -> set[str]:
    """Return the names by which GitHub links a page's headings; the site makes them alike."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_site_and_on_its_first_page() -> None:
    names = [page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").glob("*.md")]
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"- (?:[\w ]+: )?(\S+\.md)$", nav, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert {*names, "decisions/README.md", "notebook.md", "reports/published/README.md"} == set(listed)
    shown = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [name for name in names if name != "index.md" and f"]({name})" not in shown] == []


def test_every_path_in_a_recipe_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = [path for path in re.findall(r"`([\w./-]+)`", text) if path.startswith(TOP_FOLDERS)]
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_name_that_a_recipe_gives_with_a_file_is_in_that_file() -> None:
    """As in "a line in `_FORMATS` (`bench/cli/export_verb.py`)", or "`SCHEMA` in `reports/kit/documents.py`"."""
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    named = re.findall(r"`(\w+)` (?:\(|in |of )`([\w/]+\.py)`", text)
    assert len(named) >= 8
    assert [(name, path) for name, path in named if not re.search(rf"\b{name}\b", (ROOT / path).read_text())] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name.partition("-")[0]) for path in RECORDS)
    assert numbers == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_decision_states_its_number_and_is_in_the_index(path: Path) -> None:
    assert title(path).startswith(f"{int(path.name[:3])}. ")
    assert f"- [{title(path)}]({path.relative_to(DECISIONS).as_posix()})\n" in (DECISIONS / "README.md").read_text(
        encoding="utf-8"
    )
