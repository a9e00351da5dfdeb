"""What every HTML page of ours is made with: templates that escape, our static files, and a strict policy."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from collections.abc import Callable
from functools import cache

import jinja2
from markupsafe import Markup


def find_template(name: str, finalize: Callable[[object], object]) -> jinja2.Template:
    """Return a template that escapes what it prints; `finalize` makes each value visible, and may make markup of it."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bench.reports", "templates"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


@cache
def read_static(names: tuple[str, ...]) -> str:
    """Return our own scripts or styles as one text."""
    static = importlib.resources.files("bench.reports") / "static"
    return "\n".join((static / name).read_text(encoding="utf-8").rstrip() for name in names) + "\n"


def content_policy(style: str, script: str | None = None) -> Markup:
    """Return the content security policy: this style, this script if any, images within the file, and nothing else."""
    scripts = "" if script is None else f"script-src '{_digest(script)}'; "
    policy = (
        f"default-src 'none'; {scripts}style-src '{_digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return Markup(policy)  # noqa: S704 - hashes of our own files


def _digest(text: str) -> str:
    """Return a text's hash as a policy names it (Content Security Policy Level 3, section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
