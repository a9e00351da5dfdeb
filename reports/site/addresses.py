"""Where each page of a site stands, from its root: made of nothing that a stranger's record could choose freely."""

from __future__ import annotations

import re

from bench.reports.run.html import PAGE_NAME
from bench.site.site_types import SiteMachine

INDEX_NAME = "index.html"
DOCUMENT_NAME = "site.json"
_PAGE = re.compile(r"(?:runs|history|hardware)(?:/[A-Za-z0-9][A-Za-z0-9_-]*){1,3}\.html")


def run_address(run_id: str) -> str:
    """Return where a run's own page stands; the id was checked when the run was read."""
    return f"runs/{run_id}/{PAGE_NAME}"


def history_address(machine: SiteMachine, suite: str, metric: str) -> str:
    """Return where a metric's history stands; `suite` is that of the runs' ids."""
    return f"history/{machine.key}/{suite}/{metric}.html"


def hardware_address(suite: str) -> str:
    """Return where machines and devices stand side by side."""
    return f"hardware/{suite}.html"


def is_page(address: str) -> bool:
    """Tell whether an address could be one of those above."""
    return _PAGE.fullmatch(address) is not None


def root_from(address: str) -> str:
    """Return the way from a page back to the root: `../../`."""
    return "../" * address.count("/")
