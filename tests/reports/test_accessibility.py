"""axe-core on the published pages and a site's, light and dark, wide and as on a phone: no serious fault."""

from __future__ import annotations

import importlib.resources
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.kit.files import PUBLISHED
from bench.reports.run.html import PAGE_NAME, write_page
from bench.reports.site.write_site import write_site
from bench.site.collect import collect_site
from bench.store.find_runs import list_runs
from tests.draws import some
from tests.reports.chromium import NEEDS_CHROMIUM, browser
from tests.site.conftest import make_nights
from tests.without_figures import draw_no_figures
from tools.browser import set_width

__all__ = ["browser", "make_nights"]
RUNS = list_runs(PUBLISHED)
# One of the runs about devices, and one about claims.
KINDS = [next(run for run in RUNS if f"-{suite}-" in run.name) for suite in ("hardware", "claims")]
LOOKS = {"light": 1400, "dark": 400}  # a width for each
AUDIT = """
const done = arguments[0];
for (const fold of document.querySelectorAll("details")) fold.open = true;
axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => done(violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => [id, nodes.length, nodes[0].html, nodes[0].failureSummary])));
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("accessibility"),  # one browser for all
    NEEDS_CHROMIUM,
]


@pytest.fixture(scope="module")
def axe() -> str:
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def audit(browser: Any, axe: str, page: Path, look: str) -> list[Any]:
    """Return what is seriously wrong with a page: rule, number of elements, the first, and how to mend it."""
    set_width(browser, LOOKS[look])
    features = [{"name": "prefers-color-scheme", "value": look}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(page.resolve().as_uri())
    browser.execute_script(axe)
    found: list[Any] = browser.execute_async_script(AUDIT)
    return found


@pytest.mark.parametrize(("run", "look"), some(list(product(RUNS, LOOKS)), *zip(KINDS, cycle(LOOKS))))
def test_a_published_page_has_no_serious_fault(browser: Any, axe: str, run: Path, look: str) -> None:
    assert audit(browser, axe, run / PAGE_NAME, look) == []


def test_a_page_of_several_data_sets_with_every_section_has_no_serious_fault(
    browser: Any, axe: str, full_summary: RunSummary, cases_of_two_sets: tuple[CaseSummary, ...], tmp_path: Path
) -> None:
    page = write_page(tmp_path, replace(full_summary, cases=cases_of_two_sets))
    assert [audit(browser, axe, page, look) for look in LOOKS] == [[], []]


@pytest.fixture(scope="module")
def site_pages(make_nights: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        draw_no_figures(patch.setattr)  # they are on the runs' pages
        first = write_site(folder, collect_site(make_nights([60.0] * 5 + [75.0] * 5), []), "Nightly")
    return [first, *sorted((folder / "history").rglob("*.html"))[:1]]


@pytest.mark.parametrize("look", LOOKS)
def test_the_first_page_of_a_site_and_its_histories_have_no_serious_fault(
    browser: Any, axe: str, site_pages: list[Path], look: str
) -> None:
    assert [audit(browser, axe, page, look) for page in site_pages] == [[], []]


def test_a_page_with_a_fault_is_found(browser: Any, axe: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><html lang=en><title>x</title><main><h1>x</h1><p style='color: #ccc'>pale")
    assert [rule for rule, *_ in audit(browser, axe, page, "light")] == ["color-contrast"]
