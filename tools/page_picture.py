"""A picture of a published run's page, with a number at each thing that docs/reading.md explains in a list.

python -m tools.page_picture            write docs/figures/page.png; needs Chromium and its driver
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.atomic_file import write_atomic
from bench.reports.run.html import PAGE_NAME
from tools.browser import CHROMIUM, DRIVER, HOW_TO_INSTALL, set_width, start_browser
from tools.showcase import ROOT, find_published

PICTURE = ROOT / "docs" / "figures" / "page.png"
SUITE = "claims"
# By CSS, in the order of the list in docs/reading.md.
NUMBERED = (
    "fieldset:has([name=axis])", "fieldset:has([name=scale])", "#legend", ".aim", "#off-scale", "#copy-link", ".target",
)  # fmt: skip
_WIDTH, _SCALE = 1000, 1.5
_MAKE_ROOM = """
const [done] = arguments;
const frame = document.getElementById("interactive");
Object.assign(frame.style, { position: "relative", padding: "0.5rem 0.75rem 0.75rem 2.25rem" });
window.dispatchEvent(new Event("resize"));
setTimeout(done, 500); // until the chart was drawn at its new width
"""
_NUMBER = """
const frame = document.getElementById("interactive");
const from = frame.getBoundingClientRect();
for (const [index, selector] of arguments[0].entries()) {
  const box = frame.querySelector(selector).getBoundingClientRect();
  const number = frame.appendChild(document.createElement("b"));
  number.textContent = index + 1;
  Object.assign(number.style, {
    position: "absolute", left: "4px", top: `${(box.top + box.bottom) / 2 - from.top - 12}px`,
    width: "24px", height: "24px", borderRadius: "12px", background: "#a4133c", color: "#fff",
    font: "bold 14px/24px sans-serif", textAlign: "center",
  });
}
"""


def main() -> None:
    """Take the picture and print its path."""
    if not (CHROMIUM and DRIVER):
        sys.exit(HOW_TO_INSTALL)
    page = find_published(SUITE) / PAGE_NAME
    with tempfile.TemporaryDirectory() as profile:
        browser = start_browser(Path(profile))
        set_width(browser, _WIDTH, scale=_SCALE)
        browser.get(page.resolve().as_uri())
        browser.execute_async_script(_MAKE_ROOM)
        browser.execute_script(_NUMBER, list(NUMBERED))
        picture = browser.find_element("id", "interactive").screenshot_as_png
        browser.quit()
    write_atomic(PICTURE, picture)
    print(PICTURE)


if __name__ == "__main__":
    main()
