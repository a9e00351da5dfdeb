"""Writes `docs/glossary.md` from the words that reports explain.

python -m tools.glossary
"""

from __future__ import annotations

from pathlib import Path

from bench.reports.kit.glossary import MEANINGS

PAGE = Path(__file__).parents[1] / "docs" / "glossary.md"
_HEAD = """# Glossary

One word, one meaning. Written by `python -m tools.glossary` from `reports/kit/glossary.py`: change it there.
"""


def render_glossary() -> str:
    """Return the page as Markdown, one word a line."""
    return "\n".join([_HEAD, *(f"- **{word}**: {meaning}" for word, meaning in MEANINGS.items()), ""])


if __name__ == "__main__":
    PAGE.write_text(render_glossary(), encoding="utf-8")
