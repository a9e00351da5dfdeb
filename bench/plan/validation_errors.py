"""Turns a validation error into sentences: where, what was expected, what was received, what is allowed."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bench.errors import BenchError, ConfigError, suggest

_MAX_PROBLEMS = 5
_MAX_SHOWN = 80
_MAX_COUNTED = 1000  # each takes a kilobyte, and a stranger's file can hold a problem in every third byte
_QUOTED = re.compile(r"'([^']*)'")

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], value: object, source: str, error: type[BenchError] = ConfigError) -> Model:
    """Return `value` as `model`, or raise `error` with a sentence for each of the first problems.

    Args:
        model: the frozen type that the value must have.
        value: what was parsed from a file or the command line.
        source: file or file:line that the sentences begin with.
        error: the type to raise.
    """
    try:
        return model.model_validate(value)
    except ValidationError as problem:
        found = sentences(problem, model)
        hidden = len(found) - _MAX_PROBLEMS
        shown = [*found[:_MAX_PROBLEMS], *([f"{hidden} more problems"] if hidden > 0 else [])]
        raise error("\n".join(f"{source}: {sentence}" for sentence in shown)) from None


def sentences(problem: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """Return one sentence for each problem; `model` lets an unknown key's sentence name the allowed ones."""
    if problem.error_count() > _MAX_COUNTED:
        return [f"{problem.error_count():,} problems, too many to name"]
    return [_sentence(model, detail) for detail in problem.errors(include_url=False) if not _is_echo(detail)]


def _is_echo(detail: Any) -> bool:
    """Tell a list that is too short only because its entries failed: those have sentences of their own."""
    return bool(detail["type"] == "too_short" and len(detail["input"]) > detail["ctx"]["actual_length"])


def _sentence(model: type[BaseModel] | None, detail: Any) -> str:
    path = detail["loc"]
    key = ".".join(str(part) for part in path) or "the whole value"
    if detail["type"] == "extra_forbidden":
        allowed = sorted(_allowed_keys(model, path[:-1]))
        hint = f" (allowed: {', '.join(allowed)})" if allowed else ""
        return f"unknown key {_shorten(key)}{suggest(str(path[-1]), allowed)}{hint}"
    if detail["type"] == "missing":
        return f"key {_shorten(key)} is missing"
    message = detail["msg"].removeprefix("Value error, ")
    said = f"{_shorten(key)}: {message[0].lower()}{message[1:]}, received {_shorten(repr(detail['input']))}"
    return said + _suggest_word(detail)


def _suggest_word(detail: Any) -> str:
    """Return the nearest of the words that stand behind a choice; empty for every other problem."""
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return ""
    return suggest(detail["input"], _QUOTED.findall(detail["ctx"]["expected"]))


def _allowed_keys(model: type[BaseModel] | None, path: tuple[int | str, ...]) -> list[str]:
    """Follow a path of keys and indices to the model that stands there, and list its keys."""
    current: Any = model
    for part in path:
        if isinstance(part, int):
            continue
        field = getattr(current, "model_fields", {}).get(part)
        current = _find_model(field.annotation) if field else None
    fields = getattr(current, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _find_model(annotation: Any) -> Any:
    """Return the pydantic model inside a type such as `tuple[Entry, ...]` or `Entry | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_find_model(inner) for inner in getattr(annotation, "__args__", ()))
    return next((model for model in found if model is not None), None)


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
