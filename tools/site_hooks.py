"""What mkdocs calls while it builds the site (`tox -e docs`): more files, links to them, and a look at the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from bench.cli import bench
from tools import site_pages
from tools.site_pages import DOCS, ROOT

NOTEBOOK = "notebook.ipynb"
HELP_PAGE, HELP_MARK = "cli.md", "<!-- the help of every verb stands here on the site -->"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the published reports, the notebook, and a page for each source file that a page links to."""
    for path in site_pages.find_published():
        if path.endswith(".md"):
            text = site_pages.open_details((ROOT / path).read_text(encoding="utf-8"))
            files.append(File.generated(config, path, content=text))
        else:
            files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    notebook = files.get_file_from_path(NOTEBOOK)
    if notebook:
        files.remove(notebook)
        files.append(File.generated(config, "notebook.md", content=site_pages.render_notebook(ROOT / DOCS / NOTEBOOK)))
    pages = [f"{DOCS}/{file.src_uri}" for file in files.documentation_pages() if not file.generated_by]
    for path in site_pages.find_sources(pages):
        files.append(File.generated(config, site_pages.place_of(path), content=site_pages.render_source(path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead a page's links to where the site has their files."""
    uri = page.file.src_uri
    if uri.startswith("source/"):
        return markdown
    if uri == HELP_PAGE:
        return markdown.replace(HELP_MARK, site_pages.render_help(bench, "python -m bench"))
    in_repository = uri if uri.startswith(site_pages.PUBLISHED) else f"{DOCS}/{uri}"
    return site_pages.rewrite_links(markdown, in_repository)


def on_post_page(output: str, **_: Any) -> str:
    """Name the theme's search for screen readers."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse a site whose pages fetch anything from elsewhere."""
    pages = Path(config.site_dir).rglob("*.html")
    fetched = {
        f"{path.relative_to(config.site_dir)}: {address}"
        for path in pages
        for address in site_pages.find_fetched(path.read_text(encoding="utf-8"))
    }
    if fetched:
        raise PluginError("the site must not fetch anything from elsewhere:\n" + "\n".join(sorted(fetched)))
