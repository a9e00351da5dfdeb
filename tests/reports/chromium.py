"""A browser for the tests of a file, which are skipped where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tools.browser import CHROMIUM, DRIVER, HOW_TO_INSTALL, start_browser

NEEDS_CHROMIUM = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=HOW_TO_INSTALL)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    driver = start_browser(tmp_path_factory.mktemp("profile"))
    driver.set_script_timeout(120)
    yield driver
    driver.quit()
