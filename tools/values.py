"""Writes `docs/values.md` from what reports say of their values.

python -m tools.values
"""

from __future__ import annotations

from pathlib import Path

from bench.reports.kit.values import VALUES

PAGE = Path(__file__).parents[1] / "docs" / "values.md"
_HEAD = """# What each value means

Written by `python -m tools.values` from `reports/kit/values.py`: change it there. Words are explained in
[the glossary](glossary.md). Deterministic trials
[have no speed and no time](decisions/run/021-no-throughput-for-deterministic-trials.md).
"""


def render_values() -> str:
    """Return the page as Markdown, one row a value."""
    head = ("value", "unit", "what is in it", "what is not", "defined in")
    rows = (
        (value.name, value.unit, value.holds, value.excludes, f"[{Path(value.source).name}](../{value.source})")
        for value in VALUES.values()
    )
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join([_HEAD, *(f"| {' | '.join(cells)} |" for cells in lines), ""])


if __name__ == "__main__":
    PAGE.write_text(render_values(), encoding="utf-8")
