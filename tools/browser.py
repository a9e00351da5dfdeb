"""Chromium without a window and without a network, in which the page is tested and its picture taken."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
HOW_TO_INSTALL = "needs chromium and chromedriver: apt-get install chromium chromium-driver"
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip


def start_browser(profile: Path) -> Any:
    """Return a new Chromium, steered by selenium, that keeps its own files in an empty folder; `quit` ends it."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(str(DRIVER)))


def set_width(browser: Any, width: int, *, scale: float = 1) -> None:
    """Let the browser show pages of so many CSS pixels, each of `scale` squared on a picture."""
    metrics = {"width": width, "height": 1000, "deviceScaleFactor": scale, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
