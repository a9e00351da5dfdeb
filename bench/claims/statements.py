"""Claims as data: what a tutorial says, with the predicate that decides it and the evidence that it needs.

A claim names its cases by the names of the file's `[cases]` table. The predicates are a closed set, each with its own
keys; `bench.claims.predicates` holds a function for each.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from bench.errors import ConfigError
from bench.frozen_model import Frozen, PositiveInt, StrictBool
from bench.networks.plugin import resolve_spec
from bench.plan.case import Case
from bench.plan.suite import Many, Name, Target
from bench.settings import TABLE

ClaimId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
CaseName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
ClaimText = Annotated[str, Field(min_length=1, max_length=500)]
Factor = Annotated[float, Field(ge=1, le=1_000_000, strict=True)]
# What a data set decides: open in a claim about several data sets.
OF_THE_DATA = frozenset({"dataset", *(name for name, setting in TABLE.items() if setting.follows_data)})


class Selector(Case):
    """Which case a name stands for: the settings given, and for the others a case's defaults.

    Device, epoch budget and sizes are open where they are not given, and so is what another data set than the usual one
    decides, such as the scaling, or a network of PyTorch's, its backend; `gpu` stands for every GPU. That whole data
    is needed, and one device for both sides of a comparison, is judged from the journals.
    """

    epochs: PositiveInt = 1

    @field_validator("model")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            return resolve_spec(name).name
        except ConfigError as error:
            raise ValueError(str(error).removeprefix("--model ")) from None

    def matches(self, case: Case, also_open: frozenset[str] = frozenset()) -> bool:
        """Return whether `case` is one that this selector stands for; of `also_open` it means those that it names."""
        left_open = also_open | self._left_to_planning
        return all(
            self._is_met(name, case.stated(name))
            for name, setting in TABLE.items()
            if name in self.model_fields_set or not (setting.is_open or name in left_open)
        )

    @property
    def _left_to_planning(self) -> frozenset[str]:
        """What is decided by the data set or the network that it names: their own defaults are not the usual ones."""
        by_the_data = frozenset() if self.is_default("dataset") else OF_THE_DATA
        spec = resolve_spec(self.model)
        is_open = spec.framework == "torch" or not spec.build.is_built_in  # a network of one's own may be of PyTorch
        return by_the_data | ({"backend"} if is_open else frozenset())

    def _is_met(self, name: str, value: object) -> bool:
        wanted = self.stated(name)
        if name == "dataset" and name in self.model_fields_set:  # by a path's last part, wherever the set is kept
            return bool(value == wanted or PurePath(str(value)).name == wanted)
        return bool(value == wanted or (name == "device" and str(value).startswith(f"{wanted}:")))


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
    """The validation accuracy of `case` stays below `limit` at every validation of the first `epochs` epochs."""

    predicate: Literal["stays_below"]
    limit: Target
    epochs: PositiveInt


class Reproduces(Stated):
    """The accuracy of `case` at the end of its budget is within `within` of a published one.

    `published` is the mean of `runs` runs, with `deviation` as their standard deviation.
    """

    predicate: Literal["reproduces"]
    published: Annotated[float, Field(ge=0, le=1, strict=True)]
    deviation: Annotated[float, Field(ge=0, le=1, strict=True)]
    runs: Annotated[int, Field(ge=2, le=1_000_000, strict=True)]
    within: Target = 0.01


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


class AheadOnSets(_Comparative):
    """The best of group `case` is more accurate than the best of group `than` on most of `datasets`.

    After the last epoch of the shortest budget, or within the training seconds of a seed's soonest finished network.
    Without `datasets`, all on which both groups were trained. With equal `parameters` only networks speak whose numbers
    of parameters are within 5 % of each other.
    """

    predicate: Literal["ahead_on_sets"]
    by: Literal["epochs", "seconds"] = "epochs"
    parameters: Literal["any", "equal"] = "any"
    datasets: Many[Name] | None = None


Claim = (
    Reaches
    | NeedsAtLeast
    | StaysBelow
    | AheadPerEpoch
    | FewerEpochs
    | Sooner
    | Slower
    | Faster
    | AheadOnSets
    | Reproduces
)
PREDICATES: dict[str, type[Claim]] = {
    get_args(kind.model_fields["predicate"].annotation)[0]: kind for kind in get_args(Claim)
}


class ClaimSet(Frozen):
    """A claims file, checked: every claim's cases are among `cases` or `groups` of these, and ids stand once."""

    name: ClaimId
    description: Annotated[str, Field(max_length=500)] = ""
    source: ClaimText
    cases: dict[CaseName, Selector]
    groups: dict[CaseName, tuple[CaseName, ...]] = Field(default_factory=dict)
    claims: tuple[Claim, ...]
