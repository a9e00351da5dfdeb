"""Options that several verbs share, and how the command line becomes checked values."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bench.cli.parsing.completion import complete_runs
from bench.errors import ConfigError, suggest
from bench.plan.suite import Axes
from bench.plan.validation_errors import validate

Command = TypeVar("Command", bound=Callable[..., Any])
DEFAULT_OUTPUT = Path("results")


class NearestChoice(click.Choice[str]):
    """A choice whose error names the nearest word."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return click's sentence with a suggestion."""
        return super().get_invalid_choice_message(value, ctx) + suggest(str(value), map(str, self.choices))


def list_option(*names: str, type: Any = str, **attributes: Any) -> Callable[[Command], Command]:  # noqa: A002
    """Declare an option that takes a comma-separated list and may be repeated; `type` is of one part."""
    convert = click.types.convert_type(type)

    def split(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[Any, ...]:
        parts = [part.strip() for text in value for part in _split(text)]
        return tuple(convert.convert(part, param, ctx) for part in parts)

    return click.option(*names, multiple=True, callback=split, **{"metavar": "LIST", **attributes})


def _split(text: str) -> list[str]:
    """Return the parts of a list, in which a path that is there may have commas."""
    is_path = "," in text and os.path.exists(os.path.expanduser(text))  # noqa: PTH110, PTH111 - no text makes them raise
    return [text] if is_path else text.split(",")


_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?(?:([KMGT])(i?))?B?", re.IGNORECASE)


def parse_size(_ctx: click.Context | None, _param: click.Parameter | None, value: str | None) -> int | None:
    """Return a size as people write it in bytes: `8GB` is 8 × 1000³, `8GiB` is 8 × 1024³, `4096` is bytes.

    Raises:
        click.BadParameter: for any other text.
    """
    if value is None:
        return None
    match = _SIZE.fullmatch(value.strip())
    num_bytes = 0
    if match:
        power = " KMGT".index((match[2] or " ").upper())
        num_bytes = int(float(match[1]) * (1024 if match[3] else 1000) ** power)
    if num_bytes < 1:
        raise click.BadParameter(f"expected a size such as 8GB or 512MiB, received {value!r}")
    return num_bytes


_DURATION = re.compile(r"(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,7}(?:\.[0-9]{1,3})?)s?)?", re.IGNORECASE)


def parse_duration(_ctx: click.Context | None, _param: click.Parameter | None, value: str | None) -> float | None:
    """Return a duration as people write it in seconds: `20m`, `1h30m`, `90s`, `90` or `0.5`.

    Raises:
        click.BadParameter: for any other text, and for no time at all.
    """
    if value is None:
        return None
    match = _DURATION.fullmatch(value.strip())
    hours, minutes, seconds = (float(part or 0) for part in match.groups()) if match else (0.0, 0.0, 0.0)
    total_s = 3600 * hours + 60 * minutes + seconds
    if not total_s:
        raise click.BadParameter(f"expected a duration such as 20m, 1h30m or 90s, received {value!r}")
    return total_s


runs_argument = click.argument("runs", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_runs)
output_option = click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUTPUT,
    show_default=True,
    help="Folder that holds the runs.",
)


timeout_option = click.option(
    "--timeout", callback=parse_duration, metavar="DURATION", help="Time after which a trial is ended: 90s, 20m, 1h."
)


def parse_axes(options: dict[str, Any]) -> Axes:
    """Return what the flags override, checked by the same rules as a suite file; what was not given stays out."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    return validate(Axes, given, "command line")


def prepare_file(option: str, path: Path | None) -> None:
    """Make the folder of a file that will be written after hours of work, and refuse what can be no file, before.

    Raises:
        ConfigError: for a folder, an empty name, or a place that the disk refuses.
    """
    if path is None:
        return
    if not path.name or path.is_dir():
        raise ConfigError(f"{option}: expected a file's name, received {str(path)!r}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option}: cannot make the folder {path.parent}: {error.strerror}; name another") from None


def typed_command() -> list[str]:
    """Return this command line as a record keeps it; a byte that is no text becomes the sign for one."""
    typed = ["python", "-m", "bench", *sys.argv[1:]]
    return [part.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for part in typed]


def check_targets(targets: tuple[float, ...]) -> tuple[float, ...]:
    """Return target accuracies from the command line, checked: shares between 0 and 1.

    Raises:
        ConfigError: for any other number, such as 90 for 0.9.
    """
    for target in targets:
        if not 0 < target <= 1:
            raise ConfigError(f"--target-accuracy: expected a share between 0 and 1, such as 0.9; received {target:g}")
    return targets
