"""The base of every value that is read from a file, and the types that such values share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PositiveInt = Annotated[int, Field(ge=1, le=10**12, strict=True)]
Count = Annotated[int, Field(ge=0, le=10**18)]  # beyond any real figure; sums over a made-up journal stay finite
# As with counts; a unit or a sum must not make infinity of it.
Amount = Annotated[float, Field(ge=0, le=1e12)]
Seconds = Amount
StrictBool = Annotated[bool, Field(strict=True)]


class Frozen(BaseModel):
    """Base of every value that is read from a file: unknown keys are errors, and nothing changes after validation."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True)
