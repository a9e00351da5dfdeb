"""The user's home folder, which a user whom the system does not know has only by `HOME`, as in many containers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def find_home() -> Path | None:
    """Return the home folder, or None for a user without one."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def find_keras_home(environ: Mapping[str, str]) -> Path:
    """Return the folder of Keras' settings and downloads: `KERAS_HOME`, or `.keras` in the home folder, or in /tmp.

    Keras itself takes /tmp where the home folder is missing or may not be written to (`keras.config`).
    """
    if named := environ.get("KERAS_HOME"):
        return Path(os.path.expanduser(named))  # noqa: PTH111 - `Path` raises for an unknown user
    home = find_home()
    return (home if home and os.access(home, os.W_OK) else Path("/tmp")) / ".keras"  # noqa: S108 - Keras' own choice
