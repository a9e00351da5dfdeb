"""The site's pages beside those of `docs/`: where each file stands, and that links lead there; nothing is built."""

import json
import posixpath
import re

import pytest

from bench.cli import bench
from tools.site_pages import (
    DOCS,
    PUBLISHED,
    ROOT,
    find_fetched,
    find_links,
    find_published,
    find_sources,
    open_details,
    place_of,
    render_help,
    render_notebook,
    render_source,
    resolve,
    rewrite_links,
)

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / DOCS).rglob("*.md"))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("docs/own.md", "own.md"),
        ("docs/decisions/plan/005-auto-device.md", "decisions/plan/005-auto-device.md"),
        ("docs/notebook.ipynb", "notebook.md"),
        ("reports/published/README.md", "reports/published/README.md"),
        ("bench/settings.py", "source/bench/settings.py.md"),
        (".github/examples/gate.yml", "source/github/examples/gate.yml.md"),
    ],
)
def test_a_file_has_its_place(path, place):
    assert place_of(path) == place


def test_links_lead_to_the_places_and_keep_their_anchors():
    text = "[a](../bench/settings.py), [b](own.md#suite), [c](#here), [d](https://example.org), ![e](figures/f.png)"
    assert rewrite_links(text, "docs/asking.md") == (
        "[a](source/bench/settings.py.md), [b](own.md#suite), [c](#here), [d](https://example.org), ![e](figures/f.png)"
    )
    assert rewrite_links("[a](../../../bench/settings.py)", "docs/decisions/plan/062.md") == (
        "[a](../../source/bench/settings.py.md)"
    )
    assert rewrite_links("[a](run/report.md)", f"{PUBLISHED}/README.md") == "[a](run/report.md)"


def test_every_link_of_every_page_leads_to_a_file_that_the_site_has():
    has = {*map(place_of, PAGES), *map(place_of, find_published()), *map(place_of, find_sources(PAGES)), "notebook.md"}
    has |= {place_of(path.relative_to(ROOT).as_posix()) for path in (ROOT / DOCS / "figures").iterdir()}
    missing = []
    for page in PAGES:
        folder = posixpath.dirname(place_of(page))
        moved = find_links(rewrite_links((ROOT / page).read_text(encoding="utf-8"), page))
        missing += [f"{page}: {link}" for link in moved if posixpath.normpath(posixpath.join(folder, link)) not in has]
    assert missing == []


def test_a_page_leads_out_of_the_docs_to_files_of_code_alone():
    """A folder has no page, and a Markdown page elsewhere would lead on to pages that the site does not have."""
    sources = find_sources(PAGES)
    assert [path for path in sources if path.endswith(".md") or not (ROOT / path).is_file()] == []


def test_every_source_file_is_shown_whole_and_not_searched():
    page = render_source("bench/plan/suites/quick.toml")
    assert page.startswith("---\nsearch:\n  exclude: true\n")
    assert f"```toml\n{(ROOT / 'bench/plan/suites/quick.toml').read_text(encoding='utf-8').rstrip()}\n```" in page


def test_code_that_has_fences_of_its_own_is_fenced_by_longer_ones():
    own = "tests/tools/test_site_pages.py"  # has ``` in it
    (marks,) = re.findall(r"^(`+)python$", render_source(own), re.MULTILINE)
    assert "```" in marks
    assert marks not in (ROOT / own).read_text(encoding="utf-8")


def test_published_reports_are_there_with_their_pages_and_journals():
    assert f"{PUBLISHED}/README.md" in find_published()
    kinds = {path.rpartition(".")[2] for path in find_published()}
    assert kinds >= {"md", "html", "png", "jsonl"}
    for path in find_published():
        if path.endswith(".md"):
            links = find_links((ROOT / path).read_text(encoding="utf-8"))
            assert {resolve(path, link) for link in links} <= set(find_published())


def test_what_a_report_folds_away_is_read_as_markdown():
    assert open_details("<details><summary>a</summary>") == '<details markdown="1"><summary>a</summary>'


def test_the_help_of_every_verb_is_the_programs_own():
    text = render_help(bench, "python -m bench")
    assert re.findall(r"^## ([\w-]+)$", text, re.MULTILINE) == bench.list_commands(None)
    assert "Usage: python -m bench run [OPTIONS] [SUITE]" in text
    assert "What is trained:\n  --model LIST" in text


@pytest.mark.parametrize(
    "part",
    [
        '<script src="https://example.org/a.js"></script>',
        "<script async src=//example.org/a.js></script>",
        '<link rel="stylesheet" href="https://example.org/a.js">',
        '<link href="https://example.org/a.js" rel="preconnect">',
        "<img alt='a' src='https://example.org/a.js'>",
        "<style>@import url(https://example.org/a.js);</style>",
    ],
)
def test_what_a_browser_would_fetch_from_elsewhere_is_found(part):
    (address,) = find_fetched(f"<p>text</p>{part}")
    assert address.endswith("//example.org/a.js")


def test_what_is_here_or_followed_by_a_reader_is_fetched_from_nowhere_else():
    page = """<a href="https://example.org">a</a> <script src="a.js"></script> <img src="data:image/png;base64,QQ">
    <link rel="canonical" href="https://example.org/a.html"> <link rel="stylesheet" href="site.css">"""
    assert find_fetched(page) == []


def test_a_notebook_becomes_a_page_with_what_it_printed_and_drew(tmp_path):
    outputs = [
        {"output_type": "stream", "text": ["one\n", "two\n"]},
        {"data": {"text/plain": ["3"]}},
        {"data": {"text/markdown": ["**four**"], "text/plain": ["4"]}},
        {
            "data": {
                "text/html": ["<style scoped>\n.x {}\n</style>\n", '<table border="1" class="dataframe"></table>'],
                "text/plain": ["5"],
            }
        },
        {"data": {"image/png": "QUJD\n", "text/plain": ["6"]}, "metadata": {"image/png": {"alt": 'A "chart" & more.'}}},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "Text."]},
        {"cell_type": "code", "source": ["f(1)"], "outputs": outputs},
    ]
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert render_notebook(path).split("\n\n") == [
        "# Title\nText.",
        "```python\nf(1)\n```",
        "```text\none\ntwo\n```",
        "```text\n3\n```",
        "**four**",
        "<table></table>",
        '<img alt="A &quot;chart&quot; &amp; more." src="data:image/png;base64,QUJD">\n',
    ]
