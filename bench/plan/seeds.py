"""Seeds as people write them: `5` is five seeds, 0 to 4; `0-4` is a range; `1,7` are those two."""

from __future__ import annotations

import re

from bench.errors import ConfigError
from bench.plan.case import MAX_SEED

MAX_SEEDS = 10_000
_FORMS = "a count (5), a range (0-4) or a list (1,7)"


def parse_seeds(value: int | str | list[int] | tuple[int, ...]) -> tuple[int, ...]:
    """Return the seeds that a count, a range or a list stands for, in order.

    A list of one seed is written with a comma, `7,`, since `7` alone is a count.

    Raises:
        ConfigError: for another form, no seed at all, a repeated seed, or one outside 0 to 2**32 - 1.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        seeds = tuple(_bounded_range(0, value - 1, value))
    elif isinstance(value, str):
        seeds = _parse_text(value)
    elif isinstance(value, list | tuple) and all(type(seed) is int for seed in value):
        seeds = tuple(value)
    else:
        raise ConfigError(f"seeds: expected {_FORMS}, received {value!r}")
    return _check(seeds, value)


def _parse_text(text: str) -> tuple[int, ...]:
    compact = text.replace(" ", "")
    if re.fullmatch(r"\d{1,10}", compact):
        return parse_seeds(int(compact))
    seeds: list[int] = []
    for part in compact.removesuffix(",").split(","):
        match = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part)
        if not match:
            raise ConfigError(f"seeds: expected {_FORMS}, received {text!r}")
        first = int(match[1])
        seeds += _bounded_range(first, int(match[2] or first), text)
    return tuple(seeds)


def _bounded_range(first: int, last: int, received: object) -> range:
    if last - first >= MAX_SEEDS:
        raise ConfigError(f"seeds: expected at most {MAX_SEEDS:,} seeds, received {received!r}")
    return range(first, last + 1)


def _check(seeds: tuple[int, ...], received: object) -> tuple[int, ...]:
    if not seeds:
        raise ConfigError(f"seeds: expected at least one seed, received {received!r}; write {_FORMS}")
    if len(set(seeds)) != len(seeds):
        raise ConfigError(f"seeds: each seed may appear only once, received {received!r}")
    if min(seeds) < 0 or max(seeds) > MAX_SEED:
        raise ConfigError(f"seeds: expected numbers from 0 to {MAX_SEED}, received {received!r}")
    return seeds
