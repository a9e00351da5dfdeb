"""What a user is told of an error that a network's own code raised: its kind, and the last line of that code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from bench.errors import ConfigError


def guest_error(name: str, module: str, error: Exception, doing: str) -> ConfigError:
    """Return the sentence for an error.

    Args:
        name: the text of `--model`.
        module: where the network's function stands; its package tells the user's own lines from a library's.
        error: what was raised.
        doing: what was done, such as `building it`.
    """
    package = module.partition(".")[0]
    own = [where for where, frame_package in _walk(error.__traceback__) if frame_package == package]
    text = str(error).strip().partition("\n")[0]
    place = f" at {own[-1]}" if own else ""
    return ConfigError(f"model {name!r} raised {type(error).__name__}{place} on {doing}: {text}; correct it")


def _walk(traceback: TracebackType | None) -> Iterator[tuple[str, str]]:
    """Yield `file.py, line 12, in build` and the top-level package of each frame."""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        where = f"{Path(code.co_filename).name}, line {traceback.tb_lineno}, in {code.co_name}"
        yield where, str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        traceback = traceback.tb_next
