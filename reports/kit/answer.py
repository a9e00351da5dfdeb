"""What a question that was asked of a run says on the run's page: its answer first, then what it rests on.

Each question's folder makes one of its own results; the page shows it without knowing the question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.reports.kit.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class AnswerFigure:
    """A figure with its words; `name` tells it from every other figure of the page."""

    name: str
    figure: Figure
    alternative: str
    caption: str


@dataclass(frozen=True)
class AnswerPart:
    """One part of what an answer rests on, below its own heading; `notes` are Markdown sentences of the kit."""

    title: str
    figures: tuple[AnswerFigure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    is_folded: bool = False


@dataclass(frozen=True)
class Answer:
    """A question's section of the page.

    Attributes:
        key: the section's anchor.
        title: its heading.
        headline: the answer in a sentence or two, with which the page opens.
        sentences: what stands below it; plain text.
        table: what the answer consists of, such as a verdict a claim.
        parts: what it rests on.
    """

    key: str
    title: str
    headline: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None
    parts: tuple[AnswerPart, ...] = ()
