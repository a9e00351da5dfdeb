"""The sides that are compared, and how each is run: one small table for people to edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bench.host.environment import Environment
from bench.plan.case import Case
from bench.plan.tuning import tuning_key
from bench.settings import TABLE
from bench.store.tunings_file import read_tunings

PeerSettings = Mapping[str, int | str | bool]
BATCH_SIZES = (32, 128, 512)
# Examples of an epoch: seconds of steps, in whole batches.
NUM_EXAMPLES = {32: 4_096, 128: 6_144, 512: 8_192}


@dataclass(frozen=True)
class PeerSide:
    """One network on one framework; `stock` names the network as it comes of which this is the tuned version.

    A tuned side is `model` under `SETTINGS`, or whatever model and settings `bench tune` found on this machine.
    """

    name: str
    framework: Literal["keras", "torch"]
    model: str
    what: str
    stock: str = ""


SIDES = {
    side.name: side
    for side in (
        PeerSide("lstm", "keras", "lstm", "relu, Keras as it comes"),
        PeerSide("lstm-tuned", "keras", "lstm-fast", "relu, tuned", stock="lstm"),
        PeerSide("lstm-cpu", "keras", "lstm-cpu", "tanh, Keras as it comes"),
        PeerSide("lstm-cpu-tuned", "keras", "lstm-cpu-fast", "tanh, tuned", stock="lstm-cpu"),
        PeerSide("torch-lstm", "torch", "lstm", "tanh, plain PyTorch"),
        PeerSide("cnn", "keras", "cnn", "Keras as it comes"),
        PeerSide("cnn-tuned", "keras", "cnn-fast", "tuned", stock="cnn"),
        PeerSide("torch-cnn", "torch", "cnn", "plain PyTorch, channels last"),
    )
}
# What is divided by what; the first four are the questions, the rest tells where stock Keras stands.
RATIOS = (
    ("lstm-tuned", "lstm"),
    ("lstm-cpu-tuned", "lstm-cpu"),
    ("lstm-cpu-tuned", "torch-lstm"),
    ("cnn-tuned", "cnn"),
    ("cnn-tuned", "torch-cnn"),
    ("lstm-cpu", "torch-lstm"),
    ("cnn", "torch-cnn"),
)
# Execution settings of a side, or of a side at one batch size; what is not named stays as it comes. A half of a batch
# has its core where an operation has one thread; calls of 8 steps save Python's share of short ones.
_HALVES: PeerSettings = {"intra_op_threads": 1, "inter_op_threads": 2}
_IN_EIGHTS: PeerSettings = {"steps_per_execution": 8}
SETTINGS: Mapping[str | tuple[str, int], PeerSettings] = {
    "lstm-tuned": _HALVES,
    "lstm-cpu-tuned": _HALVES,
    **{(name, size): _IN_EIGHTS for name in ("lstm-tuned", "lstm-cpu-tuned", "cnn-tuned") for size in (32, 128)},
}


def settings_of(side: PeerSide, batch_size: int) -> PeerSettings:
    """Return a side's execution settings from the table above."""
    return {**SETTINGS.get(side.name, {}), **SETTINGS.get((side.name, batch_size), {})}


def tuned_settings(side: PeerSide, batch_size: int, environment: Environment) -> tuple[str, PeerSettings] | None:
    """Return the model and the settings that `bench tune` found for a side's network here; None where it found none."""
    stock = Case(model=side.stock, epochs=1, batch_size=batch_size)
    tuning = read_tunings(environment).by_key.get(tuning_key(stock))
    if tuning is None:
        return None
    case = tuning.tuned or stock
    names = (name for name, setting in TABLE.items() if setting.tuning == "varies")
    return case.model, {name: getattr(case, name) for name in names if getattr(case, name) != getattr(stock, name)}
