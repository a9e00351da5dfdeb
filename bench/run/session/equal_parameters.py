"""Chooses the networks' widths so that all have about as many parameters on a data set, for `--match parameters`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence

from pydantic import TypeAdapter, ValidationError

from bench.child_process import ask_child
from bench.data.load import load_dataset
from bench.errors import ChildError, ConfigError
from bench.frozen_model import Count, Frozen, PositiveInt
from bench.networks.plugin import resolve_spec
from bench.plan.case import Case, select_data
from bench.plan.expand import distinct
from bench.run.model_sheets import describe_data
from bench.settings import TABLE

TOLERANCE = 0.05
_WIDTHS = ("units", "filters")
_TIMEOUT_S = 600.0
AskWidths = Callable[[str], str]


class _Width(Frozen):
    """One network's answer; `width` is None for the one that the others are matched to."""

    model: str = ""
    width: PositiveInt | None = None
    num_params: Count = 0
    error: str | None = None


def ask_widths(request: str) -> str:
    """Return what the child process, `bench.networks.width_process`, answers to a request; raises as `ask_child`."""
    environ = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    return ask_child("bench.networks.width_process", request=request, timeout_s=_TIMEOUT_S, environ=environ)


def match_parameters(cases: Sequence[Case], child: AskWidths = ask_widths) -> tuple[Case, ...]:
    """Return the cases with widths such that, on each data set, all networks have the parameters of the smallest.

    A network without a width, such as a user's own, is the one that the others are matched to.

    Raises:
        ConfigError: a width was asked for, two networks have none, or no width comes within 5 %.
        ChildError: the child process failed, or its answer cannot be read.
    """
    _check_free(cases)
    groups = dict.fromkeys((case.dataset, *select_data(case).items()) for case in cases)
    widths = {group: _find_widths(_of(group, cases), child) for group in groups}
    return distinct(_widen(case, widths[case.dataset, *select_data(case).items()]) for case in cases)


def _of(group: tuple[object, ...], cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if (case.dataset, *select_data(case).items()) == group]


def _check_free(cases: Sequence[Case]) -> None:
    named = sorted({TABLE[name].flag for case in cases for name in _WIDTHS if getattr(case, name) is not None})
    if named:
        raise ConfigError(
            f"--match parameters chooses the widths, received {' and '.join(named)}: leave one of them out"
        )


def _width_of(model: str) -> str | None:
    """Return the option that sets a network's width."""
    return next((name for name in _WIDTHS if name in resolve_spec(model).options), None)


def _find_widths(cases: Sequence[Case], child: AskWidths) -> dict[str, _Width]:
    models = [(model, _width_of(model)) for model in dict.fromkeys(case.model for case in cases)]
    fixed = [model for model, option in models if option is None]
    if len(fixed) > 1:
        raise ConfigError(
            f"--match parameters expects at most one network without a width, received {', '.join(fixed)}"
        )
    dataset = load_dataset(cases[0].dataset, **select_data(cases[0]))
    request = json.dumps({"models": models, **describe_data(dataset)})
    try:
        found = TypeAdapter(list[_Width]).validate_json(child(request))
    except ValidationError:
        raise ChildError("the answer of the process that finds the widths could not be read") from None
    for one in found:
        if one.error:
            raise ConfigError(one.error)
    _check_equal(found, dataset.info.name)
    return {one.model: one for one in found}


def _check_equal(found: Sequence[_Width], dataset: str) -> None:
    target = next(one for one in found if one.width is None)
    for one in found:
        if abs(one.num_params - target.num_params) > TOLERANCE * target.num_params:
            raise ConfigError(
                f"--match parameters: {one.model} comes no nearer to the {target.num_params:,} parameters of "
                f"{target.model} on {dataset} than {one.num_params:,}, more than 5 % off; leave one of them out"
            )


def _widen(case: Case, widths: dict[str, _Width]) -> Case:
    option, width = _width_of(case.model), widths[case.model].width
    return case if option is None or width is None else case.model_copy(update={option: width})
