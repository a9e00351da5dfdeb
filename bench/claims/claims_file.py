"""Reads claims files: TOML that a user can write for another tutorial, checked as strictly as a suite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bench.claims.statements import PREDICATES, AheadOnSets, Claim, ClaimId, ClaimSet, ClaimText, Selector
from bench.errors import ConfigError, suggest
from bench.frozen_model import Frozen
from bench.plan.toml_file import parse_toml, read_toml
from bench.plan.validation_errors import validate

DEFAULT_CLAIMS = "tutorial"
_FOLDER = "sets"


class _Document(Frozen):
    """The file's first level; cases and claims are checked one by one, so that an error names the one it means."""

    name: ClaimId
    description: Annotated[str, Field(max_length=500)] = ""
    source: ClaimText
    cases: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    groups: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    claims: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=1000)]


def builtin_claims() -> dict[str, ClaimSet]:
    """Return the claim sets that come with the project by name, in alphabetical order."""
    files = sorted((resources.files(__package__) / _FOLDER).iterdir(), key=lambda file: file.name)
    sets = (parse_claims(file.read_bytes(), file.name) for file in files if file.name.endswith(".toml"))
    return {claims.name: claims for claims in sets}


def load_claims(name: str) -> ClaimSet:
    """Return a built-in claim set by name, or that in a TOML file by path (a name that ends in `.toml`).

    Raises:
        ConfigError: for an unknown name, an unreadable file, or a file that is not a valid claim set.
    """
    if name.endswith(".toml"):
        return parse_claims(read_toml(Path(name), "--claims", "a claims file"), name)
    known = builtin_claims()
    if name not in known:
        raise ConfigError(
            f"--claims: expected one of {', '.join(known)}, or a file ending in .toml, received {name!r}"
            f"{suggest(name, known)}"
        )
    return known[name]


def parse_claims(content: bytes, source: str) -> ClaimSet:
    """Return the claim set that TOML text describes; `source` is the file that errors name.

    Raises:
        ConfigError: an unknown key, predicate, case or setting, a missing key, or a value of the wrong kind.
    """
    value = parse_toml(content, source, "a claims file")
    document = validate(_Document, value, source)
    cases = {name: validate(Selector, settings, f"{source}: cases.{name}") for name, settings in document.cases.items()}
    claims = tuple(_parse_claim(claim, f"{source}: claims.{place}") for place, claim in enumerate(document.claims))
    _check_groups(document.groups, cases, source)
    _check_names(claims, cases, document.groups, source)
    content_of = document.model_dump(include={"name", "description", "source", "groups"})
    return validate(ClaimSet, {**content_of, "cases": cases, "claims": claims}, source)


def _parse_claim(value: Mapping[str, Any], source: str) -> Claim:
    predicate = value.get("predicate")
    known = ", ".join(PREDICATES)
    if predicate is None:
        raise ConfigError(f"{source}: key predicate is missing; expected one of {known}")
    if not isinstance(predicate, str) or predicate not in PREDICATES:
        raise ConfigError(
            f"{source}.predicate: expected one of {known}, received {str(predicate)[:80]!r}"
            f"{suggest(str(predicate), PREDICATES)}"
        )
    return validate(PREDICATES[predicate], value, source)


def _check_groups(groups: Mapping[str, Iterable[str]], cases: Mapping[str, Selector], source: str) -> None:
    for group, names in groups.items():
        for name in names:
            _check_known(name, cases, f"{source}: groups.{group}")


def _check_known(name: str, known: Iterable[str], where: str) -> None:
    if name not in known:
        raise ConfigError(f"{where}: expected one of {', '.join(known)}, received {name!r}{suggest(name, known)}")


def _check_names(
    claims: Iterable[Claim], cases: Mapping[str, Selector], groups: Mapping[str, Iterable[str]], source: str
) -> None:
    """Refuse a claim on a case or group that the file does not define, and a repeated id."""
    seen: set[str] = set()
    for place, claim in enumerate(claims):
        if claim.id in seen:
            raise ConfigError(f"{source}: claims.{place}.id: {claim.id!r} appears twice; give each claim its own")
        seen.add(claim.id)
        for key in ("case", "than"):
            name = getattr(claim, key, None)
            if name is not None:
                known = groups if isinstance(claim, AheadOnSets) else cases
                _check_known(name, known, f"{source}: claims.{place}.{key}")
        if claim.case == getattr(claim, "than", None):
            raise ConfigError(f"{source}: claims.{place}.than: expected another case than {claim.case!r}")
