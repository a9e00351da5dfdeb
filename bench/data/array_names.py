"""What people call the arrays of a data set, and which of them are the halves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from bench.errors import DataError

Role = Literal["x_train", "y_train", "x_test", "y_test", "lengths_train", "lengths_test"]
_EXAMPLES = "x|images?|imgs?|data|inputs?|features|examples|samples"
_LABELS = "y|labels?|targets?|classes|class"
_LENGTHS = "lengths?|seq[-_ ]?len(?:gth)?s?|num[-_ ]?steps"
_TRAINING, _TESTING = "train|training|tr", "test|testing|te|t10k|val|valid|validation|dev"
# Where a file holds both, the test examples are the validation data: `val` is looked for after `test`.
_PREFERRED = ("test", "testing", "te", "t10k")
USUAL = "x_train, y_train, x_test and y_test, or X and y"


def find_roles(names: Iterable[str], source: str) -> dict[Role, str]:
    """Return which array is what: all four halves, or x_train and y_train alone where there is no test half.

    Known are x_train, X_train, train_x, train-images, trainX, x_val, test_labels and their like, and `X` and `y` alone;
    and beside them lengths_train and lengths_test, or `lengths`, for series of unequal length.

    Args:
        names: of arrays, or of files without their endings.
        source: what errors begin with.

    Raises:
        DataError: where examples or labels of the training half are missing, or two arrays claim one place.
    """
    names = list(names)
    found: dict[Role, str] = {}
    for role, kind, half in (
        ("x_train", _EXAMPLES, _TRAINING), ("y_train", _LABELS, _TRAINING),
        ("x_test", _EXAMPLES, _TESTING), ("y_test", _LABELS, _TESTING),
        ("lengths_train", _LENGTHS, _TRAINING), ("lengths_test", _LENGTHS, _TESTING),
    ):  # fmt: skip
        if name := _find_one(names, kind, half, source):
            found[role] = name  # type: ignore[index]
    if "x_train" not in found and "y_train" not in found:
        found |= _find_alone(names)
    _check(found, names, source)
    return found


def _find_one(names: list[str], kind: str, half: str, source: str) -> str | None:
    """Return the one name that has a word for what it is and one for its half, in either order."""
    plain = rf"(?:({half})[-_. ]?(?:{kind})|(?:{kind})[-_. ]?({half}))(?:[-_.]?idx\d.*)?"
    # A prefix, as in `emnist-letters-train-images`, counts where no name has none.
    matches = _match(plain, names) or _match(rf".*[-_.]{plain}", names)
    first = [name for name, match in matches.items() if (match[1] or match[2]).lower() in _PREFERRED]
    chosen = first or list(matches)
    if len(chosen) > 1:
        raise DataError(f"{source}: expected one array for each half, received {' and '.join(chosen)}; remove one")
    return chosen[0] if chosen else None


def _match(pattern: str, names: list[str]) -> dict[str, re.Match[str]]:
    return {name: match for name in names if (match := re.fullmatch(pattern, name, re.IGNORECASE))}


def _find_alone(names: list[str]) -> dict[Role, str]:
    examples = [name for name in names if re.fullmatch(_EXAMPLES, name, re.IGNORECASE)]
    labels = [name for name in names if re.fullmatch(_LABELS, name, re.IGNORECASE)]
    lengths = [name for name in names if re.fullmatch(_LENGTHS, name, re.IGNORECASE)]
    found: dict[Role, str] = {"lengths_train": lengths[0]} if len(lengths) == 1 else {}
    return {"x_train": examples[0], "y_train": labels[0], **found} if len(examples) == len(labels) == 1 else {}


def _check(found: Mapping[Role, str], names: list[str], source: str) -> None:
    has_half = ("x_test" in found) == ("y_test" in found)
    if {"x_train", "y_train"} <= found.keys() and has_half:
        return
    shown = ", ".join(map(repr, names[:8])) or "nothing"
    halves = [half for half in ("train", "test") if (f"x_{half}" in found) != (f"y_{half}" in found)]
    missing = [name for half in halves for name in (f"x_{half}", f"y_{half}") if name not in found]
    remedy = f"add or rename {missing[0]}" if missing else "rename the arrays"
    raise DataError(f"{source}: expected {USUAL}, received {shown}; {remedy}")
