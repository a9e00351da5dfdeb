"""How an extra of this program is installed, in the words that fit how the program itself was."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

DISTRIBUTION = "rnn-or-cnn"


def word_install(extra: str, distribution: metadata.Distribution | None = None) -> str:
    """Return the command that adds an extra: from the checkout of an editable install, else by the package's name.

    Args:
        extra: as pyproject.toml names it.
        distribution: the installed program; found by its name where None.
    """
    try:
        found = distribution or metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:  # run from a checkout on the path
        return f"{_PIP} -e '.[{extra}]'"
    # PEP 610 says where a package came from that was not taken from an index by its name.
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    url = str(origin.get("url", ""))
    if origin.get("dir_info", {}).get("editable"):
        folder = Path(unquote(urlsplit(url).path))
        return f"{_PIP} -e '{'.' if folder == Path.cwd() else folder}[{extra}]'"
    return f"{_PIP} '{DISTRIBUTION}[{extra}] @ {url}'" if url else f"{_PIP} '{DISTRIBUTION}[{extra}]'"


def word_missing_backend(backend: str) -> str:
    """Return the sentence on a backend that is not installed, with the command that installs it."""
    # TensorFlow comes with the program, the others as extras of it.
    command = f"{_PIP} tensorflow" if backend == "tensorflow" else word_install(backend)
    return f"backend {backend} is not installed; install it with `{command}`"


_PIP = "python -m pip install"
