"""Claims as data: what a tutorial says, with the predicate that decides it and the evidence that it needs.

A claim names its cases by the names of the file's `[cases]` table. The predicates are a closed set, each with its own
keys; `bench.claims.predicates` holds a function for each.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from bench.errors import ConfigError
from bench.frozen_model import Frozen, PositiveInt, StrictBool
from bench.networks.plugin import resolve_spec
from bench.plan.case import Case
from bench.plan.suite import Many, Target
from bench.settings import TABLE

ClaimId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
CaseName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
ClaimText = Annotated[str, Field(min_length=1, max_length=500)]
Factor = Annotated[float, Field(ge=1, le=1_000_000, strict=True)]


class Selector(Case):
    """Which case a name stands for: the settings given, and for the others a case's defaults.

    Device, epoch budget and sizes are open where they are not given; `gpu` stands for every GPU. That whole data is
    needed, and one device for both sides of a comparison, is judged from the journals.
    """

    epochs: PositiveInt = 1

    @field_validator("model")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return resolve_spec(name).name
        except ConfigError as error:
            raise ValueError(str(error).removeprefix("--model ")) from None

    def matches(self, case: Case) -> bool:
        """Return whether `case` is one that this selector stands for."""
        return all(
            self._is_met(name, case.stated(name))
            for name, setting in TABLE.items()
            if name in self.model_fields_set or not setting.is_open
        )

    def _is_met(self, name: str, value: object) -> bool:
        wanted = self.stated(name)
        return value == wanted or (name == "device" and str(value).startswith(f"{wanted}:"))


class Stated(Frozen):
    """What every claim has: its words, how they were read, and the evidence below which nothing is decided."""

    id: ClaimId
    statement: ClaimText
    note: Annotated[str, Field(max_length=500)] = ""
    min_seeds: PositiveInt = 5
    full_data: StrictBool = True
    case: CaseName


class Reaches(Stated):
    """`case` passes `target` by the end of epoch `within_epochs`."""

    predicate: Literal["reaches"]
    target: Target
    within_epochs: PositiveInt


class NeedsAtLeast(Stated):
    """`case` does not pass `target` before epoch `at_least_epochs`."""

    predicate: Literal["needs_at_least"]
    target: Target
    at_least_epochs: PositiveInt


class StaysBelow(Stated):
    """The validation accuracy of `case` stays below `limit` after each of the first `epochs` epochs."""

    predicate: Literal["stays_below"]
    limit: Target
    epochs: PositiveInt


class _Comparative(Stated):
    than: CaseName


class AheadPerEpoch(_Comparative):
    """`case` is more accurate than `than` after each of `after_epochs`."""

    predicate: Literal["ahead_per_epoch"]
    after_epochs: Many[PositiveInt]


class FewerEpochs(_Comparative):
    """`case` passes `target` in an earlier epoch than `than`."""

    predicate: Literal["fewer_epochs"]
    target: Target


class Sooner(_Comparative):
    """`case` passes `target` in fewer seconds of training than `than`."""

    predicate: Literal["sooner"]
    target: Target


class Slower(_Comparative):
    """An epoch of `case` takes at least `factor` times the training seconds of one of `than`, as `fit` costs."""

    predicate: Literal["slower"]
    factor: Factor = 1.0


class Faster(_Comparative):
    """`case` trains at least `factor` times as many examples per second as `than`, as `fit` costs."""

    predicate: Literal["faster"]
    factor: Factor = 1.0


Claim = Reaches | NeedsAtLeast | StaysBelow | AheadPerEpoch | FewerEpochs | Sooner | Slower | Faster
PREDICATES: dict[str, type[Claim]] = {
    get_args(kind.model_fields["predicate"].annotation)[0]: kind for kind in get_args(Claim)
}


class ClaimSet(Frozen):
    """A claims file, checked: every claim's cases are among `cases`, and ids stand once."""

    name: ClaimId
    description: Annotated[str, Field(max_length=500)] = ""
    source: ClaimText
    cases: dict[CaseName, Selector]
    claims: tuple[Claim, ...]
