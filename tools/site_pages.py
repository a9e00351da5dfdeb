"""What the documentation's site has beside `docs/`: published reports, the notebook, files that pages link to.

A page of the repository links to its neighbours by their place in it, which is what GitHub follows. The site has those
files at the same places below its own root, so that a link out of `docs/` only loses the way up. A source file is shown
as a page; nothing of the site needs an address elsewhere.
"""

from __future__ import annotations

import html
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
DOCS = "docs"
PUBLISHED = "reports/published"
_LINK = re.compile(r"(?<=\]\()([^)#:\s]+)(?=[)#])")
_LANGUAGES = {".py": "python", ".toml": "toml", ".yml": "yaml", ".js": "javascript"}
# What a browser fetches by itself: a link that a reader follows is none of it.
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|object|embed)\b[^>]*?\s(?:src|data)=["']?((?:https?:)?//[^\s"'>]+)"""
    r"""|<link\b(?=[^>]*\srel=["']?(?:stylesheet|preconnect|preload|icon))[^>]*?\shref=["']?((?:https?:)?//[^\s"'>]+)"""
    r"""|@import\s+url\(["']?((?:https?:)?//[^)"']+)"""
)
# What pandas gives its tables, in place of which the site has its own.
_STYLE = re.compile(r"<style.*?</style>\n?", re.DOTALL)
_TABLE = re.compile(r'<table border="1" class="dataframe">')
_HELP_WIDTH = 76  # a block of the site's pages
_KEPT = (".html", ".md", ".png", ".jsonl", ".json", ".csv")


def place_of(path: str) -> str:
    """Return where the site has a file of the repository: in `docs/` as it is, a source file as a page, else the same.

    Args:
        path: from the repository's root, as in `docs/own.md` or `bench/settings.py`.
    """
    if path.startswith(f"{DOCS}/"):
        inner = path.removeprefix(f"{DOCS}/")
        return f"{inner.removesuffix('.ipynb')}.md" if inner.endswith(".ipynb") else inner
    return path if path.startswith(f"{PUBLISHED}/") else f"source/{path.lstrip('.')}.md"


def find_links(text: str) -> list[str]:
    """Return the links of a page to other files."""
    return _LINK.findall(text)


def resolve(page: str, link: str) -> str:
    """Return which file of the repository a page's link leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def rewrite_links(text: str, page: str) -> str:
    """Return a page's text with links to where the site has their files; `page` is its path in the repository."""
    folder = posixpath.dirname(place_of(page))

    def rewrite(match: re.Match[str]) -> str:
        return posixpath.relpath(place_of(resolve(page, match[0])), folder or ".")

    return _LINK.sub(rewrite, text)


def find_sources(pages: Iterable[str]) -> Iterator[str]:
    """Yield the files outside of `docs/` and of the published reports that pages link to, each once."""
    seen: set[str] = set()
    for page in pages:
        for link in find_links((ROOT / page).read_text(encoding="utf-8")):
            path = resolve(page, link)
            if path not in seen and not path.startswith((f"{DOCS}/", PUBLISHED)):
                seen.add(path)
                yield path


def render_source(path: str) -> str:
    """Return a page that shows a source file, left out of the site's search."""
    text = (ROOT / path).read_text(encoding="utf-8")
    head = "---\nsearch:\n  exclude: true\nhide: [navigation, toc]\n---\n\n"
    return f"{head}# {path}\n\n{_fence(text, _LANGUAGES.get(Path(path).suffix, 'text'))}\n"


def render_help(program: click.Group, name: str) -> str:
    """Return the help of a program and of each of its verbs, as a narrow terminal shows it."""
    with program.make_context(name, [], terminal_width=_HELP_WIDTH, resilient_parsing=True) as top:
        parts = [_fence(top.get_help())]
        for verb in program.list_commands(top):
            _, command, _ = program.resolve_command(top, [verb])
            assert command is not None  # noqa: S101 - it is one of the program's own
            with command.make_context(verb, [], parent=top, resilient_parsing=True) as context:
                parts.append(f"## {verb}\n\n{_fence(context.get_help())}")
    return "\n\n".join(parts)


def _fence(text: str, language: str = "text") -> str:
    marks = "`" * (1 + max(len(run) for run in ["``", *re.findall(r"`{3,}", text)]))
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"


def find_published() -> Iterator[str]:
    """Yield the published reports' files: pages, figures, and the journals and tables that they link to."""
    for path in sorted((ROOT / PUBLISHED).rglob("*")):
        if path.suffix in _KEPT and path.is_file():
            yield path.relative_to(ROOT).as_posix()


def open_details(text: str) -> str:
    """Return a report's text with what is folded away marked as Markdown, which GitHub takes it for anyway."""
    return text.replace("<details>", '<details markdown="1">')


def find_fetched(page: str) -> list[str]:
    """Return the addresses elsewhere that a browser would ask by itself to show a page of HTML."""
    return [next(filter(None, found)) for found in _FETCHED.findall(page)]


def render_notebook(path: Path) -> str:
    """Return a notebook as a page: its text, its code, and what that printed or drew when it was last run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join(part for cell in cells for part in _render_cell(cell)) + "\n"


def _render_cell(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    yield _fence(source, "python")
    for output in cell["outputs"]:
        yield _render_output(output)


def _render_output(output: dict[str, Any]) -> str:
    """Return one output in the richest form that a page can show."""
    data = output.get("data", {})
    if "image/png" in data:
        words = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{"".join(data["image/png"]).strip()}">'
    if "text/markdown" in data:
        return "".join(data["text/markdown"])
    if "text/html" in data:
        return _TABLE.sub("<table>", _STYLE.sub("", "".join(data["text/html"])))
    return _fence("".join(output.get("text") or data.get("text/plain", "")))
