"""A request as the command line that asks for the same: what a run that was called from Python records of its call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bench.run.session.planning import Request
from bench.settings import TABLE

Value = str | bool | None


def word_command(
    request: Request, output: Path, *, with_ceilings: bool = False, allow_concurrent: bool = False
) -> tuple[str, ...]:
    """Return the command whose run is the request's, or `bench.run` alone where no flag says what was asked."""
    if not all(map(_has_words, request.flags.given().values())):
        return ("bench.run",)
    options = {
        **_options(request),
        "--ceilings": with_ceilings,
        "--allow-concurrent": allow_concurrent,
        "--output": str(output),
    }
    suite = () if request.suite is None else (request.suite,)
    return ("python", "-m", "bench", "run", *suite, *_words(options))


def _options(request: Request) -> Mapping[str, Value]:
    """Return what each option is given; True stands for one that takes no value, and None for one left out."""
    limit, timeout_s = request.memory_limit_bytes, request.timeout_s
    return {
        **{TABLE[name].flag: _setting(value) for name, value in request.flags.given().items()},
        "--seeds": None if request.seeds is None else _seeds(request.seeds),
        "--target-accuracy": _listed(request.targets) or None,
        "--timeout": None if timeout_s is None else f"{timeout_s:.3f}s",
        "--memory-limit": None if limit is None else str(limit),
        "--matched": request.matched,
        "--match": request.match,
        "--tuned": request.tuned,
        "--in-turns": request.in_turns,
        "--alone": request.in_turns is False,
    }


def _words(options: Mapping[str, Value]) -> Iterator[str]:
    for flag, value in options.items():
        if value is True:
            yield flag
        elif value:
            yield from (flag, value)


def _has_words(value: object) -> bool:
    """Return whether flags can say it: a switch turns something on, and neither off nor both in turn."""
    return not any(one is False for one in _values(value))


def _setting(value: object) -> Value:
    values = _values(value)
    return True if values[0] is True else _listed(values)


def _values(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _listed(values: Iterable[object]) -> str:
    return ",".join(map(str, values))


def _seeds(seeds: int | str | tuple[int, ...]) -> str:
    """Return seeds in the form that `--seeds` has: a list ends in a comma, since one number alone is a count."""
    return f"{_listed(seeds)}," if isinstance(seeds, tuple) else str(seeds)
