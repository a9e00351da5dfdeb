"""What comes before any verb: streams to write to, names that can be written down, and where this program works."""

from __future__ import annotations

import os
import sys

import click

from bench.errors import ConfigError

_ON_WINDOWS = (
    "note: on Windows, list, report, claims, compare, hardware, site, validate and export work on runs from elsewhere; "
    "run, tune and check need Linux or macOS: use WSL"
)


def prepare_process() -> None:
    """Make this process one that any verb can work in; it may start anew, as one that speaks UTF-8."""
    _open_closed_streams()
    _speak_utf8()
    if sys.platform == "win32":
        click.echo(_ON_WINDOWS, err=True)


def check_paths() -> None:
    """Refuse a command line or a current folder that no journal can hold.

    Raises:
        ConfigError: it has bytes that are not UTF-8.
        OSError: there is no current folder any more.
    """
    for what, text in (("the current folder", os.getcwd()), *(("command line", word) for word in sys.argv[1:])):  # noqa: PTH109
        try:
            text.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(text).decode(errors="replace")
            raise ConfigError(f"{what}: expected names in UTF-8, received {shown!r}; rename it") from None


def _open_closed_streams() -> None:
    """Give nothing to read and nowhere to write to a program that was started without one of its three streams.

    Otherwise the next file that is opened, such as a journal, gets the stream's number, and what others print with it.
    """
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115 - as long as this runs


def _speak_utf8() -> None:
    """Start this program again in Python's UTF-8 mode where the locale's names are ASCII: names are UTF-8 today."""
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"  # for the workers, too
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this program itself
