"""What the scripts in `tools` measured and rendered, as published: `peers-<date>`, `gate-<date>`."""

from __future__ import annotations

import re
from pathlib import Path

from bench.errors import StoreError
from bench.reports.run.markdown import REPORT_NAME


def list_studies(published: Path, kind: str) -> list[Path]:
    """Return the folders of one kind that have a report, the latest last."""
    return sorted(path.parent for path in published.glob(f"{kind}-*/{REPORT_NAME}"))


def read_ratios(folder: Path) -> str:
    """Return the table of ratios of a report against stock Keras and PyTorch, with the note below it, as Markdown.

    Raises:
        StoreError: the report has none.
    """
    text = (folder / REPORT_NAME).read_text(encoding="utf-8")
    found = re.search(r"^## Ratios [^\n]*\n\n(.*?)\n\n## ", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise StoreError(f"{folder / REPORT_NAME}: expected a section of ratios; render it again")
    return found[1]
