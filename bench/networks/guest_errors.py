"""How an error that a network's own code raised is reported: its type, and the last line of that code."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from bench.errors import BenchError, ConfigError

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# How Keras begins an error in a layer, and what it adds behind one.
_OPENING, _APPENDIX = "Exception encountered when calling", re.compile(r"\n(Call a|A)rguments received by.*", re.DOTALL)


class NetworkError(ConfigError):
    """A user's own network raised an error, which is the cause."""


def guest_error(name: str, module: str, error: Exception, doing: str, hint: str = "; correct it") -> NetworkError:
    """Return the sentence for an error.

    Args:
        name: the text of `--model`.
        module: the module of the network's function; its package tells the user's own lines from a library's.
        error: what was raised.
        doing: what was done, such as `building it`.
        hint: what to do.
    """
    own = _own_lines(error, module)
    place = f" at {own[-1]}" if own else ""
    said = f"model {name!r} raised {type(error).__name__}{place} on {doing}: {last_words(str(error))}"
    return NetworkError(said + (hint or "; correct it"))


@contextlib.contextmanager
def named_errors(name: str, module: str, doing: str) -> Iterator[None]:
    """Raise `guest_error` for an error within the block that passed through the network's own code.

    Args:
        name: as of `guest_error`, and so are the others.
        module: of the network's function.
        doing: what the block does.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, BenchError) or not _own_lines(error, module):
            raise
        raise guest_error(name, module, error, doing) from error


def _own_lines(error: Exception, module: str) -> list[str]:
    package = module.partition(".")[0]
    return [where for where, frame_package in _walk(error.__traceback__) if frame_package == package]


def last_words(text: str) -> str:
    """Return the line of an error's message that says what is wrong: the last one, as frameworks write them.

    Left out are Keras' opening and its list of arguments, TensorFlow's references to nodes and to lines, and code.
    """
    told = _APPENDIX.sub("", _COLOUR.sub("", text)).partition("```")[0]
    lines = [line.strip() for line in told.split("\n")]
    kept = [line for line in lines if line and not line.startswith((_OPENING, "[[", 'File "'))]
    return (kept or [line for line in lines if line] or [""])[-1]


def _walk(traceback: TracebackType | None) -> Iterator[tuple[str, str]]:
    """Yield `file.py, line 12, in build` and the top-level package of each frame."""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        where = f"{Path(code.co_filename).name}, line {traceback.tb_lineno}, in {code.co_name}"
        yield where, str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        traceback = traceback.tb_next
