"""Reads TOML that a user wrote: bounded in size and depth, one clear error; suites and claims files are such."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from bench.errors import ConfigError

MAX_TOML_BYTES = 1 << 20


def read_toml(path: Path, asked_by: str, what: str) -> bytes:
    """Return a file's content.

    Args:
        path: the file.
        asked_by: what named it, such as a flag; an unreadable file's error begins with it.
        what: the kind of file, such as `a suite`.

    Raises:
        ConfigError: where it cannot be read, or has more than `MAX_TOML_BYTES`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TOML_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{asked_by}: cannot read {path}: {error.strerror}") from None
    if len(content) > MAX_TOML_BYTES:
        raise ConfigError(f"{path}: {what} has at most {MAX_TOML_BYTES:,} bytes; this file is larger")
    return content


def parse_toml(content: bytes, source: str, what: str) -> dict[str, Any]:
    """Return the table that TOML text holds; `source` is the file that errors name, `what` the kind of file.

    Raises:
        ConfigError: where it is not valid TOML, or nested too deeply to be read.
    """
    try:
        return tomllib.loads(content.decode())
    except RecursionError:
        raise ConfigError(f"{source}: the TOML is nested too deeply; {what} needs three levels") from None
    except ValueError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from None
