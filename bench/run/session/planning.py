"""From a suite's name and flags to a plan that was checked against the models, the data and this machine."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bench.data.dataset import DataInfo
from bench.data.load import load_dataset, own_scaling
from bench.errors import ConfigError, MissingDataError
from bench.host.devices import all_devices, available_devices, resolve_device
from bench.host.diagnose import CUTS_RUNS_SHORT
from bench.host.environment import Environment
from bench.plan.case import Case, select_data
from bench.plan.expand import distinct, expand_cases
from bench.plan.seeds import parse_seeds
from bench.plan.suite import DEFAULT_SUITE, Axes, Suite, load_suite
from bench.plan.trial_order import interleave
from bench.plan.tuning import TunedCase
from bench.plan.validation_errors import validate
from bench.run.session.equal_parameters import match_parameters
from bench.run.session.tuned_cases import add_tuned
from bench.store.records import MAX_VALIDATIONS, ResolvedSuite


@dataclass(frozen=True)
class Request:
    """What the user asked to train: a suite and the flags that override it; None and empty where not given."""

    suite: str | None = None
    flags: Axes = field(default_factory=Axes)
    seeds: int | str | tuple[int, ...] | None = None
    targets: tuple[float, ...] = ()
    timeout_s: float | None = None
    matched: bool = False
    memory_limit_bytes: int | None = None
    tuned: bool = False
    in_turns: bool | None = None
    match: Literal["parameters"] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for but the default."""
        return self == Request()


@dataclass(frozen=True)
class Plan:
    """A resolved suite, and what each case's data set was found to be; `untuned` are the cases without a tuning."""

    suite: ResolvedSuite
    data: Mapping[Case, DataInfo]
    untuned: tuple[Case, ...] = ()


def make_plan(request: Request, environment: Environment) -> Plan:
    """Resolve and check everything that can be checked before a worker starts.

    Raises:
        ConfigError, DataError, DeviceError, NothingSelectedError: for what cannot be run as asked.
    """
    check_variables(environment.variables)
    suite = _override(load_suite(request.suite or DEFAULT_SUITE), request)
    check_memory_limit(suite.memory_limit_bytes)
    devices = available_devices(environment)
    # A user's file can be large, and is asked once a plan, not once a case.
    cases, not_run = expand_cases(
        suite, request.flags, lambda name: resolve_device(name, devices), all_devices(devices),
        functools.cache(find_missing_data), functools.cache(own_scaling),
    )  # fmt: skip
    cases = _fit_sizes(cases, request.flags)
    if request.match == "parameters":
        cases = match_parameters(cases)
    tuned: tuple[TunedCase, ...] = ()
    untuned: tuple[Case, ...] = ()
    if request.tuned:
        _check_not_matched(suite)
        cases, tuned, untuned = add_tuned(cases, environment)
    data = {_without_idle_validations(case, info): info for case, info in check_data(cases).items()}
    resolved = ResolvedSuite(
        name=suite.name,
        description=suite.description,
        targets=suite.targets,
        timeout_s=suite.timeout_s,
        trials=interleave(tuple(data), suite.seeds),
        not_run=not_run,
        memory_limit_bytes=suite.memory_limit_bytes,
        tuned=tuned,
        in_turns=suite.in_turns,
        ceilings=suite.ceilings,
    )
    return Plan(resolved, data, untuned)


def _fit_sizes(cases: Sequence[Case], flags: Axes) -> tuple[Case, ...]:
    """Return the cases on all examples of a data set that has fewer than the suite takes of its own one.

    A size that was typed stays, and is refused where it is too large.
    """
    sizes = [name for name in ("train_size", "test_size") if getattr(flags, name) is None]
    read = functools.cache(_load_info)
    return distinct(_fit_size(case, sizes, read) for case in cases) if flags.dataset else tuple(cases)


def _without_idle_validations(case: Case, info: DataInfo) -> Case:
    """Return the case without validations within an epoch that ends before the first of them."""
    is_idle = case.validate_every is not None and case.validate_every >= _count_steps(case, info)
    return case.model_copy(update={"validate_every": None}) if is_idle else case


def _load_info(name: str, **selection: Any) -> DataInfo:
    return load_dataset(name, **selection).info


def _fit_size(case: Case, sizes: Sequence[str], read: Callable[..., DataInfo]) -> Case:
    asked = {name: getattr(case, name) for name in sizes if getattr(case, name) is not None}
    if not asked:
        return case
    info = read(case.dataset, **{**select_data(case), "train_size": None, "test_size": None})
    available = {"train_size": info.num_train_available, "test_size": info.num_test_available}
    return case.model_copy(update={name: None for name, size in asked.items() if size >= available[name]})


def _check_not_matched(suite: Suite) -> None:
    if suite.matched:
        raise ConfigError(
            "--tuned gives each model its own settings, --matched gives all the same: leave one of them out"
        )


def check_variables(variables: Mapping[str, str]) -> None:
    """Refuse to run under a variable that makes Keras train less than it is asked to.

    Raises:
        ConfigError: naming each.
    """
    found = [f"{name}={variables[name]}" for name in CUTS_RUNS_SHORT if name in variables]
    if found:
        raise ConfigError(f"{', '.join(found)} would make Keras train less than it is told to; unset it and run again")


def check_memory_limit(num_bytes: int | None) -> None:
    """Refuse a limit that this system would not keep.

    Raises:
        ConfigError: off Linux.
    """
    if num_bytes is not None and sys.platform != "linux":
        raise ConfigError("memory limit: only Linux keeps one for a single process; leave --memory-limit out")


def find_missing_data(name: str) -> MissingDataError | None:
    """Return why a data set is not on this machine, or None where it is.

    Raises:
        DataError: where it is there and not what it should be.
    """
    try:
        load_dataset(name)
    except MissingDataError as error:
        return error
    return None


def check_data(cases: Sequence[Case]) -> dict[Case, DataInfo]:
    """Load each data set once and check that every case can train on it.

    Raises:
        DataError: where a data set is not what it should be.
        ConfigError: where a batch is larger than the data, or an epoch has more validations than a journal takes.
    """
    read = functools.cache(_load_info)
    found: dict[Case, DataInfo] = {}
    for case in cases:
        info = found[case] = read(case.dataset, **select_data(case))
        if case.batch_size > info.num_train:
            raise ConfigError(
                f"batch_size: expected at most the {info.num_train:,} training examples of {case.dataset}, "
                f"received {case.batch_size:,}; give --batch-size {info.num_train} or less"
            )
        _check_validations(case, _count_steps(case, info))
    return found


def _count_steps(case: Case, info: DataInfo) -> int:
    """Return the steps of an epoch."""
    return math.ceil(info.num_train / case.batch_size)


def _check_validations(case: Case, num_steps: int) -> None:
    least = math.ceil(num_steps / MAX_VALIDATIONS)
    if case.validate_every is not None and case.validate_every < least:
        raise ConfigError(
            f"validate_every: expected at least {least:,} of an epoch's {num_steps:,} steps, "
            f"received {case.validate_every:,}"
        )


def _override(suite: Suite, request: Request) -> Suite:
    """Return the suite with the flags that are not a case's settings."""
    given = {
        "seeds": suite.seeds if request.seeds is None else parse_seeds(request.seeds),
        "targets": request.targets or suite.targets,
        "timeout_s": request.timeout_s if request.timeout_s is not None else suite.timeout_s,
        "matched": request.matched or suite.matched,
        "memory_limit_bytes": request.memory_limit_bytes or suite.memory_limit_bytes,
        "in_turns": suite.in_turns if request.in_turns is None else request.in_turns,
    }
    return validate(Suite, {**dict(suite), **given}, "command line")
