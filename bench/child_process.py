"""Asks a module of this program in a process of its own: what starts a framework, or may hang or be killed with it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Mapping
from typing import get_args

from bench.errors import ChildError
from bench.launch_module import own_command
from bench.settings import Backend

_TAIL_CHARACTERS = 500
_MOST_S = 1e6  # the system waits for no more than 2**31 ms at a time


def ask_child(
    module: str,
    *arguments: str,
    request: str = "",
    timeout_s: float,
    environ: Mapping[str, str] | None = None,
    who: str = "TensorFlow",
) -> str:
    """Run a module of this program and return the last line that it printed: frameworks print before it.

    Args:
        module: dotted name.
        arguments: what it reads from `sys.argv`.
        request: what it reads from standard input.
        timeout_s: seconds after which it is killed.
        environ: environment variables to start from, which these settings complete; None for this process's.
        who: what errors name.

    Raises:
        ChildError: it ended with an error or took too long.
    """
    base = os.environ if environ is None else environ
    try:
        done = subprocess.run(
            own_command(module, *arguments),
            input=request,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=min(timeout_s, _MOST_S),
            env={"TF_CPP_MIN_LOG_LEVEL": "1", **base, "KERAS_BACKEND": _find_backend()},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ChildError(f"no answer from {who} within {timeout_s:.3g} s; its driver may hang") from error
    if done.returncode != 0:
        last_words = done.stderr.strip().rpartition("\n")[2][-_TAIL_CHARACTERS:]
        raise ChildError(f"{who}'s process ended with {done.returncode}: {last_words}")
    return done.stdout.strip().rpartition("\n")[2]


def _find_backend() -> str:
    """Return the first of Keras' backends that is installed; nothing is imported to find out."""
    backends: tuple[str, ...] = get_args(Backend)
    return next((name for name in backends if importlib.util.find_spec(name)), backends[0])
