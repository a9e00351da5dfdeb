"""How one setting is defined: what the rest of the program asks of it, and how that is read off an annotated field."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic_core import PydanticUndefined

from bench.frozen_model import Frozen

Owner = Literal["network", "builder", "run"]
TuningRule = Literal["varies", "apart", "any", "default"]


def slug(name: str) -> str:
    """Turn a model or data set name into part of a file name; a name that had to change keeps six hash digits.

    Without the hash, `a/b` and `a:b` would share a journal.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,39}", name):  # no hidden file, and room for the other parts
        return name
    safe = re.sub(r"[^a-z0-9._]+", "_", name.lower())[-40:].strip("._")
    return f"{safe}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """The record of one setting; `name`, `type` (without None) and `default` are those of its field in `Settings`.

    Attributes:
        help: what `--help` says of its option.
        in_id: its part of a `case_id`; None for a setting that is no part of a case's identity.
        in_every_id: that part stands there even where the value is the default.
        in_label: its words in tables and legends; `{s}` is the plural's ending.
        label_words: words of single values, in place of `in_label`.
        own: what a label calls None; empty where it needs no word, being the model's or the optimizer's choice.
        heading: its column in a report's table of what was asked for, where that is not its name.
        is_stated: a report always has that column; it has the others where a case has another value than the default.
        column: its column in exported tables, where that is not its name.
        owner: `network` for what choosing a network settles, and may differ where two networks are compared; `builder`
            for such an option that goes to those networks alone whose builders take it; `run` for every other.
        is_function: it changes the function that is computed, and not only how that is run.
        tuning: `varies` for what `bench tune` may change; `apart` where each value has a tuning of its own; `any` for
            what changes no step, so that a tuning holds whatever it is; `default` where the default alone is tuned.
        must_match: all models of a matched run agree on it.
        follows_data: the data set decides it where it is not given; a label that names the data set leaves it out.
        is_open: a claim that does not name it is about every value of it.
        is_list: a suite and a flag may give several values, each a case.
        is_what: it says what is trained on what, and comes first in `bench run --help`.
        is_compiled: `compile` sets it, so that a compile of the user's own decides it.
        own_by: the setting that decides what None stands for, and what that is for each of its values.
        planned_by: the setting for some of whose values planning takes another value than the default where none is
            given. The default is what older journals mean, which do not have the setting.
    """

    help: str
    in_id: str | Callable[[Any], str] | None = "{}"
    in_every_id: bool = False
    in_label: str = "{}"
    label_words: Mapping[object, str] = field(default_factory=dict)
    own: str = ""
    heading: str = ""
    is_stated: bool = False
    column: str = ""
    owner: Owner = "run"
    is_function: bool = False
    tuning: TuningRule = "default"
    must_match: bool = False
    follows_data: bool = False
    is_open: bool = False
    is_list: bool = True
    is_what: bool = False
    is_compiled: bool = False
    own_by: tuple[str, Mapping[Any, Any]] | None = None
    planned_by: tuple[str, Mapping[Any, Any]] | None = None
    name: str = ""
    type: Any = None
    is_optional: bool = False
    default: Any = None

    def __post_init__(self) -> None:
        if self.is_function and self.tuning == "varies":
            raise ValueError(f"{self.name or self.help}: tuning varies how a network is run, never what it computes")

    @property
    def flag(self) -> str:
        """Its option on the command line: `--batch-size`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def kind(self) -> Any:
        """The type without its bounds: `int`, `float`, `bool` or `str`."""
        plain = get_args(self.type)[0] if get_origin(self.type) is Annotated else self.type
        return str if get_origin(plain) is Literal else plain

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it may be; empty for a number, a name or a switch."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    def word_id(self, value: Any) -> str:
        """Return its part of an id."""
        return self.in_id(value) if callable(self.in_id) else (self.in_id or "").format(value)

    def word_label(self, value: Any) -> str:
        """Return its words in a label; empty where the value needs none."""
        if value is None:
            return self.own
        if value in self.label_words:
            return self.label_words[value]
        return self.in_label.format(value, s="" if value == 1 else "s")


def read_table(settings: type[Frozen]) -> dict[str, Setting]:
    """Return the records of a class's annotated fields by name, in their order.

    Raises:
        TypeError: for a field without a record.
    """
    hints = get_type_hints(settings, include_extras=True)
    return {name: _bind(name, hints[name], info.default) for name, info in settings.model_fields.items()}


def _bind(name: str, hint: Any, default: Any) -> Setting:
    """Complete a field's record by what the field itself says."""
    parts = getattr(hint, "__metadata__", ())
    record = next((part for part in parts if isinstance(part, Setting)), None)
    if record is None:
        raise TypeError(f"{name}: expected Annotated[type, Setting(…)], received {hint}")
    plain = get_args(hint)[0]
    bounds = tuple(part for part in parts if part is not record)
    is_optional = NoneType in get_args(plain)
    value_type = get_args(plain)[0] if is_optional else Annotated[plain, *bounds] if bounds else plain
    return replace(
        record,
        name=name,
        type=value_type,
        is_optional=is_optional,
        default=None if default is PydanticUndefined else default,
        column=record.column or name,
        heading=record.heading or name.replace("_", " "),
    )
