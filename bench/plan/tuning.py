"""What `bench tune` may change: how a network is run, never what it computes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import FailFast, Field

from bench.frozen_model import Frozen
from bench.networks.plugin import resolve_spec
from bench.networks.registry import twins_of
from bench.plan.case import Case
from bench.settings import MODEL_OPTIONS, TABLE, TUNABLE, Backend, Jit

MIN_PAIRS = 5
MAX_PAIRS = 12
MIN_GAIN = 1.02
_MIN_EXAMPLES = 4096
MIN_CALLS = 2  # the first pays for tracing
_HALF_FROM_THREADS = 4
_STEPS_PER_EXECUTION = (8, 32)
# What changes no step, so that a tuning holds whatever it is: the numbers of epochs and of examples.
SIZES = tuple(name for name, setting in TABLE.items() if setting.tuning == "any")
_MAY_DIFFER = TUNABLE | {"model", *SIZES}

SettingsChange = Mapping[str, Any]


class TunedCase(Frozen):
    """A stock case of a plan and its tuned one, by `case_id`; `tuned` is None where stock settings are the fastest."""

    stock: str
    tuned: str | None = None


class Search(Frozen):
    """One case to tune: as it comes, and the other ways to run it in the order in which a budget takes them.

    `budget_s` are the seconds for all of its trials, whose seeds count up from `first_seed`: searches of one run may
    have a case in common. The last rung has from `min_pairs` to `max_pairs` pairs, and its
    winner counts where the whole interval of its gain lies beyond `min_gain`.
    """

    stock: Case
    candidates: Annotated[tuple[Case, ...], FailFast()]
    budget_s: Annotated[float, Field(gt=0, le=10_000_000)]
    min_pairs: Annotated[int, Field(ge=2, le=1000)] = MIN_PAIRS
    max_pairs: Annotated[int, Field(ge=2, le=1000)] = MAX_PAIRS
    min_gain: Annotated[float, Field(ge=1, le=1000)] = MIN_GAIN
    first_seed: Annotated[int, Field(ge=0, le=10**9)] = 0


def tuning_key(case: Case) -> str:
    """Return what a case's tuning is kept under: its id without the number of examples, which changes no step."""
    return case.model_copy(update={"train_size": None, "test_size": None}).case_id


def is_way_to_run(stock: Case, case: Case) -> bool:
    """Tell whether a case computes what another one does: the same network or its twin, under other execution settings.

    Epochs and numbers of examples may differ.
    """
    differs = {name for name, value in stock if value != getattr(case, name)}
    return differs <= _MAY_DIFFER and case.model in {stock.model, *twins_of(stock.model)}


def choose_train_size(batch_size: int, num_available: int) -> int | None:
    """Return the examples of a short trial, seconds of steady steps in whole calls; None for all there are."""
    call = batch_size * max(_STEPS_PER_EXECUTION)
    wanted = call * max(MIN_CALLS, math.ceil(_MIN_EXAMPLES / call))
    return wanted if wanted < num_available else None


def count_calls(case: Case, num_examples: int) -> int:
    """Return how many calls of an epoch train on whole batches, as many in each; the first of them pays for tracing."""
    return num_examples // (case.batch_size * case.steps_per_execution)


def list_candidates(stock: Case, num_threads: int | None, num_examples: int | None = None) -> tuple[Case, ...]:
    """Return the other ways to run a case, the likeliest to win first: a small budget tries few of them.

    What counts is how many settings differ from those that a network was written for: of a faster twin eight steps in
    a call, and one thread in an operation where it runs parts side by side; of the network itself, none. At each number
    the twin stands before the network, and threads, which need no compiling, before the rest.

    Args:
        stock: the case as it comes.
        num_threads: the threads that its device has; None on a GPU.
        num_examples: of an epoch; ways of which no second call could be timed are left out. None for enough.
    """
    axes = [_unrolls(stock), _jits(stock, num_threads), _steps(stock), _threads(stock, num_threads)]
    likely = {name: _written_for(name, *axes) for name in (stock.model, *twins_of(stock.model))}
    ways = [(model, changes) for model in likely for changes in itertools.product(*axes)]
    ways.sort(key=lambda way: (_count_differences(way[1], likely[way[0]]), way[0] == stock.model))
    cases = (stock.model_copy(update={"model": model, **_merge(changes)}) for model, changes in ways)
    fitting = (case for case in dict.fromkeys(cases) if case != stock and _fits(case))
    return tuple(case for case in fitting if num_examples is None or count_calls(case, num_examples) >= MIN_CALLS)


def _written_for(model: str, *axes: Sequence[SettingsChange]) -> tuple[SettingsChange, ...]:
    """Return of each axis the change under which a network should be at its best."""
    spec = resolve_spec(model)
    wanted = {"steps_per_execution": _STEPS_PER_EXECUTION[0]} if spec.twin_of else {}
    wanted |= {"intra_op_threads": 1} if spec.runs_parts else {}
    return tuple(
        next((change for change in axis if change and wanted.items() & change.items()), axis[0]) for axis in axes
    )


def _count_differences(changes: Sequence[SettingsChange], likely: Sequence[SettingsChange]) -> int:
    return sum(change != wanted for change, wanted in zip(changes, likely, strict=True))


def _merge(changes: Iterable[SettingsChange]) -> dict[str, Any]:
    return {name: value for change in changes for name, value in change.items()}


def _fits(case: Case) -> bool:
    """Tell whether the model takes all its options and the backend: a twin need not have all that its network has."""
    spec = resolve_spec(case.model)
    return case.backend in spec.backends and all(name in spec.options for name in MODEL_OPTIONS if getattr(case, name))


def _threads(stock: Case, num_threads: int | None) -> list[SettingsChange]:
    """Return threads within and between operations: one of many kinds, many of one kind, one of each, and halves."""
    if stock.backend != "tensorflow" or num_threads is None or num_threads == 1:
        return [{}]
    pairs = [(1, num_threads), (num_threads, 1), (1, 1)]
    if num_threads >= _HALF_FROM_THREADS:
        pairs.append((num_threads // 2, 2))
    return [{}, *({"intra_op_threads": intra, "inter_op_threads": inter} for intra, inter in pairs)]


def _jits(stock: Case, num_threads: int | None) -> list[SettingsChange]:
    """Return what differs from Keras' own choice: none on JAX, where all is compiled; off on a GPU alone.

    None either where cuDNN must run: on TensorFlow Keras compiles no such layer whatever it is told, and where PyTorch
    compiles, it leaves cuDNN out.
    """
    if resolve_spec(stock.model).kernel_path == "cudnn":
        return [{}]
    choices: dict[Backend, tuple[Jit, ...]] = {"tensorflow": ("on", "off"), "jax": (), "torch": ("on",)}
    on_cpu = num_threads is not None
    return [{}, *({"jit": jit} for jit in choices[stock.backend] if not (on_cpu and jit == "off"))]


def _unrolls(stock: Case) -> list[SettingsChange]:
    return [{}, {"unroll": True}] if "unroll" in resolve_spec(stock.model).options else [{}]


def _steps(stock: Case) -> list[SettingsChange]:
    if stock.backend == "torch":
        return [{}]
    return [{}, *({"steps_per_execution": count} for count in _STEPS_PER_EXECUTION)]
