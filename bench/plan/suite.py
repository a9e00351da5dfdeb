"""Suites: TOML files that name what to train, and the flags that override them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, create_model

from bench.errors import ConfigError, suggest
from bench.frozen_model import Frozen, PositiveInt, StrictBool
from bench.plan.seeds import parse_seeds
from bench.plan.toml_file import parse_toml, read_toml
from bench.plan.validation_errors import validate
from bench.setting_definition import Setting
from bench.settings import TABLE

DEFAULT_SUITE = "tutorial"

Value = TypeVar("Value")


def _as_tuple(value: object) -> object:
    """Take a single value as a list of one, so that every key may hold either."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _parse_seeds(value: Any) -> tuple[int, ...]:
    try:
        return parse_seeds(value)
    except ConfigError as error:
        raise ValueError(str(error)) from None


Many = Annotated[tuple[Value, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
Seeds = Annotated[tuple[int, ...], BeforeValidator(_parse_seeds)]
Target = Annotated[float, Field(gt=0, le=1, strict=True)]
Timeout = Annotated[float, Field(gt=0, le=10_000_000, strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


def axes_of(table: Mapping[str, Setting]) -> dict[str, Any]:
    """Return the fields of `Axes`, as pydantic's `create_model` takes them: each setting once, or a list of it."""
    return {name: (_given_type(setting) | None, None) for name, setting in table.items()}


def _given_type(setting: Setting) -> Any:
    value: Any = Name if setting.type is str else setting.type
    many: Any = Many
    return many[value] if setting.is_list else value


# Made of the table, which a type checker cannot follow: to it the values are of any type.
class Axes(create_model("SettingsAsGiven", __base__=Frozen, **axes_of(TABLE))):  # type: ignore[misc]
    """Values of a case's settings; a list stands for each of its values in turn.

    The same keys make up `[defaults]`, each of `[[cases]]`, and the flags of `bench run`.
    """

    def given(self) -> dict[str, Any]:
        """Return the settings that were given, without those left out."""
        return {key: value for key, value in self if value is not None}


class SuiteEntry(Axes):
    """One of `[[cases]]`. `if_available` lists the case as not run, with the reason, where this machine lacks it."""

    if_available: StrictBool = False


class Suite(Frozen):
    """A suite as its file states it, before flags and before its lists are multiplied out.

    The first of the `targets` is the primary one, which headlines and the page are about. `matched` makes all models
    run under equal execution settings: see `bench.plan.matched`. `in_turns` is for suites whose purpose is a ratio of
    speeds: see `bench.run.session.turn_groups`. With `ceilings` a run first measures what its devices can do at most.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    description: Annotated[str, Field(max_length=500)] = ""
    seeds: Seeds = (0,)
    targets: Many[Target] = (0.9,)
    timeout_s: Timeout | None = None
    memory_limit_bytes: PositiveInt | None = None
    matched: StrictBool = False
    in_turns: StrictBool = False
    ceilings: StrictBool = False
    defaults: Axes = Axes()
    cases: Annotated[tuple[SuiteEntry, ...], Field(min_length=1)]


def builtin_suites() -> dict[str, Suite]:
    """Return the suites that come with the project by name, in alphabetical order."""
    folder = resources.files(__package__) / "suites"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {suite.name: suite for suite in (parse_suite(file.read_bytes(), file.name) for file in files)}


def load_suite(name: str) -> Suite:
    """Return a built-in suite by name, or the suite in a TOML file by path (a name that ends in `.toml`).

    Raises:
        ConfigError: for an unknown name, an unreadable file, or a file that is not a valid suite.
    """
    if name.endswith(".toml"):
        return parse_suite(read_toml(Path(name), "suite", "a suite"), name)
    suites = builtin_suites()
    if name not in suites:
        known = ", ".join(suites)
        raise ConfigError(
            f"suite: expected one of {known}, or a file ending in .toml, received {name!r}{suggest(name, suites)}"
        )
    return suites[name]


def parse_suite(content: bytes, source: str) -> Suite:
    """Return the suite that TOML text describes; `source` is the file that errors name."""
    value = parse_toml(content, source, "a suite")
    return validate(Suite, value, source)
