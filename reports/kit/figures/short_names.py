"""Short names for cases side by side: what all share goes first, then the middle, and no two come out equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from bench.reports.kit.escaping import shorten

_SEPARATOR = " · "  # between the settings of a label; see bench.analysis.case_labels
_ELLIPSIS = "…"


def shorten_together(labels: Sequence[str], limit: int) -> list[str]:
    """Return a name for each label, of at most `limit` characters, no two of them equal.

    Labels that all fit stay whole. Else settings that every label has are left out, then the middles. Names that would
    come out equal keep what tells their labels apart; the last resort is a number: `lstm #2`.
    """
    texts = list(labels)
    if any(len(text) > limit for text in texts):
        texts = _without_shared(texts)
    names = [shorten(text, limit) for text in texts]
    alike: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        alike[name].append(place)
    for places in alike.values():
        if len(places) > 1:
            told = _tell_apart([texts[place] for place in places], limit)
            for place, name in zip(places, told, strict=True):
                names[place] = name
    return _number(names, limit)


def _shared(texts: Sequence[str]) -> set[str]:
    """Return the settings that every text has."""
    first, *others = [text.split(_SEPARATOR) for text in texts]
    return set(first).intersection(*others)


def _without_shared(texts: Sequence[str]) -> list[str]:
    """Leave out what all texts share, but where nothing would be left of one of them."""
    shared = _shared(texts)
    own = [_SEPARATOR.join(part for part in text.split(_SEPARATOR) if part not in shared) for text in texts]
    return own if all(own) else list(texts)


def _tell_apart(texts: Sequence[str], limit: int) -> list[str]:
    """Return names for texts whose ends are alike: the first of several ways that leaves them all different."""
    ways = chain(_gaps(texts, limit), _cuts(texts, limit))
    return next((names for names in ways if len(set(names)) == len(names)), next(_cuts(texts, limit)))


def _gaps(texts: Sequence[str], limit: int) -> Iterator[list[str]]:
    """Yield the texts' beginnings, ever shorter, with the settings that are their own: `lstm · batch 128 · …`."""
    shared = _shared(texts)
    for width in range(limit, 1, -1):
        yield [_cut_at_word(_leave_gaps(text, shared, width), limit) for text in texts]


def _leave_gaps(text: str, shared: set[str], width: int) -> str:
    first, *others = text.split(_SEPARATOR)
    head = first if len(first) <= width else first[: width - 1] + _ELLIPSIS
    marked = [_ELLIPSIS if part in shared else part for part in others]
    return _SEPARATOR.join([head, *(part for part, _ in groupby(marked))])


def _cut_at_word(text: str, limit: int) -> str:
    """Cut a text that is too long behind a whole word: half a number would be another number."""
    return text if len(text) <= limit else text[:limit].rpartition(" ")[0].rstrip(" ·…") + _ELLIPSIS


def _cuts(texts: Sequence[str], limit: int) -> Iterator[list[str]]:
    """Yield the texts with one gap each, in the middle first and then ever nearer to their ends."""
    middle = (limit - 1) // 2
    for tail in sorted(range(limit), key=lambda tail: abs(tail - middle)):
        head = limit - 1 - tail
        yield [text[:head] + _ELLIPSIS + text[len(text) - tail :] if len(text) > limit else text for text in texts]


def _number(names: Sequence[str], limit: int) -> list[str]:
    """Append ` #2` and so on to each name that another one has already."""
    last = dict.fromkeys(names, 1)
    taken: dict[str, None] = {}
    for name in names:
        numbered = name
        while numbered in taken:
            last[name] += 1
            mark = f" #{last[name]}"
            numbered = shorten(name, limit - len(mark)) + mark
        taken[numbered] = None
    return list(taken)
