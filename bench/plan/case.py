"""A case is one fully resolved combination of settings, and a trial is a case with a seed."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Backend = Literal["tensorflow", "jax", "torch"]
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16", "float64"]
Scaling = Literal["unit", "none"]
Jit = Literal["auto", "on", "off"]
Optimizer = Literal["adam", "sgd"]
Activation = Literal["relu", "tanh", "sigmoid"]
OutputActivation = Literal["softmax", "sigmoid"]
LearningRate = Annotated[float, Field(gt=0, le=1000)]
PositiveInt = Annotated[int, Field(ge=1, le=10**12, strict=True)]
Threads = Annotated[int, Field(ge=1, le=4096, strict=True)]
StrictBool = Annotated[bool, Field(strict=True)]
MAX_SEED = 2**32 - 1


class Frozen(BaseModel):
    """Base of every value that is read from a file: unknown keys are errors, and nothing changes after validation."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True)


class Case(Frozen):
    """One fully resolved combination, without the seed.

    `model` is a registry name or `package.module:build`; `device` is `cpu`, `cpu:N` (N threads), `gpu` or `gpu:N`;
    None for a size means all the examples, None for `units`, `filters`, `depth` and the activations means the model's
    own value, None for `learning_rate` the optimizer's. `intra_op_threads` work within an operation, `inter_op_threads`
    run operations side by side; None leaves both to the device and the framework.
    """

    model: str
    epochs: PositiveInt
    dataset: str = "mnist"
    batch_size: PositiveInt = 32
    precision: Precision = "float32"
    device: str = "cpu"
    backend: Backend = "tensorflow"
    scaling: Scaling = "unit"
    train_size: PositiveInt | None = None
    test_size: PositiveInt | None = None
    jit: Jit = "auto"
    unroll: bool = False
    units: PositiveInt | None = None
    filters: PositiveInt | None = None
    depth: PositiveInt | None = None
    steps_per_execution: PositiveInt = 1
    deterministic: bool = False
    optimizer: Optimizer = "adam"
    learning_rate: LearningRate | None = None
    activation: Activation | None = None
    output_activation: OutputActivation | None = None
    intra_op_threads: Threads | None = None
    inter_op_threads: Threads | None = None

    @property
    def case_id(self) -> str:
        """Readable and safe as a file name: `lstm-mnist-b32-float32-cpu`, then each setting that is not the default.

        The epoch budget is no part of it: a longer run of the same case is still the same case.
        """
        return _name_case(self)


@lru_cache(maxsize=4096)
def _name_case(case: Case) -> str:
    """Return `Case.case_id`; a report of 10,000 trials asks for 40,000 ids of few cases."""
    parts = [
        slug(case.model),
        slug(case.dataset),
        f"b{case.batch_size}",
        case.precision,
        slug(case.device.replace(":", "")),
    ]
    values = ((form, getattr(case, field), default) for field, form, default in _SUFFIXES)
    return "-".join([*parts, *(form.format(value) for form, value, default in values if value != default)])


_FORMS = (
    ("backend", "{}"),
    ("scaling", "unscaled"),
    ("train_size", "n{}"),
    ("test_size", "t{}"),
    ("jit", "jit_{}"),
    ("unroll", "unroll"),
    ("units", "u{}"),
    ("filters", "f{}"),
    ("depth", "d{}"),
    ("steps_per_execution", "spe{}"),
    ("deterministic", "deterministic"),
    ("optimizer", "{}"),
    ("learning_rate", "lr{}"),
    ("activation", "{}"),
    ("output_activation", "out_{}"),
    ("intra_op_threads", "intra{}"),
    ("inter_op_threads", "inter{}"),
)
# What each setting is called in an id where it is not the default.
_SUFFIXES = tuple((field, form, Case.model_fields[field].default) for field, form in _FORMS)


class Trial(Frozen):
    """One case with one seed: one fresh worker process, one journal. `index` is its place in the run, from 0."""

    case: Case
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]
    index: Annotated[int, Field(ge=0)]

    @property
    def trial_id(self) -> str:
        """The case with its seed: `lstm-mnist-b32-float32-cpu-s0`."""
        return f"{self.case.case_id}-s{self.seed}"


def slug(name: str) -> str:
    """Turn a model or data set name into part of a file name; a name that had to change keeps six hash digits.

    Without the hash, `a/b` and `a:b` would share a journal.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,39}", name):  # no hidden file, and room for the other parts
        return name
    safe = re.sub(r"[^a-z0-9._]+", "_", name.lower())[-40:].strip("._")
    return f"{safe}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"
