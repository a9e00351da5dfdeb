"""Multiplies a suite and the flags out into cases, and the cases by their seeds into ordered trials."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.errors import BenchError, ConfigError, NothingSelectedError
from bench.frozen_model import Frozen
from bench.networks.plugin import resolve_spec
from bench.networks.registry import ModelSpec
from bench.plan.backends import check_backend
from bench.plan.case import Case
from bench.plan.matched import match_settings
from bench.plan.selection import select_entries
from bench.plan.suite import Axes, Suite, SuiteEntry
from bench.plan.torch_settings import check_torch_settings
from bench.settings import MODEL_OPTIONS, OF_THE_COMPILE, TABLE, Scaling, plan_defaults

AUTO_DEVICE = "auto"
ALL_DEVICES = "all"
_OF_SOME_NETWORKS = (*MODEL_OPTIONS, "training")


class NotRun(Frozen):
    """A case that this machine cannot run, and why; it is shown in every report instead of vanishing."""

    case: Case
    reason: str


def expand_cases(
    suite: Suite,
    flags: Axes,
    resolve_device: Callable[[str], str],
    all_devices: Sequence[str] = (AUTO_DEVICE,),
    find_missing_data: Callable[[str], BenchError | None] = lambda _: None,
    own_scaling: Callable[[str], Scaling] = lambda _: "unit",
) -> tuple[tuple[Case, ...], tuple[NotRun, ...]]:
    """Return the cases to run in suite order, and those left out with `if_available` or because `all` names them.

    A model's own options (such as `units` or `filters`) in the flags or the suite's defaults go to the models
    that take them, so that `--units 64,128 --filters 32,64` scales both networks; in an entry they must fit its model.

    Args:
        suite: the suite as its file states it.
        flags: what the command line overrides; `--model` selects among the suite's entries, and adds what is not there.
        resolve_device: turns `auto`, `cpu:2` or `gpu` into the device's name, or raises DeviceError.
        all_devices: what the device `all` stands for on this machine.
        find_missing_data: returns why a data set is not on this machine, or None; asked for entries with `if_available`
            that name their data set.
        own_scaling: tells how a data set is scaled where nothing is asked for; `none` for what is never scaled.

    Raises:
        ConfigError: for a combination that no machine can run, or two cases that would share a journal.
        DeviceError: for the devices that this machine lacks, all of them at once.
        NothingSelectedError: where nothing is left.
    """
    cases: list[Case] = []
    not_run: list[NotRun] = []
    refusals: list[BenchError] = []
    is_asked_for = flags.dataset is not None
    entries, flags = select_entries(suite, flags)
    _check_general_options(flags, entries)
    for entry in entries:
        may_lack = entry.if_available or ALL_DEVICES in (flags.device or entry.device or suite.defaults.device or ())
        may_lack_data = entry.if_available and entry.dataset is not None and not is_asked_for
        for settings in _combinations(suite, entry, flags, all_devices):
            case, refusal = _resolve(_scale(settings, own_scaling), resolve_device)
            refusal = refusal or (find_missing_data(case.dataset) if may_lack_data else None)
            if refusal is None:
                cases.append(case)
            elif may_lack:
                not_run.append(NotRun(case=case, reason=str(refusal)))
            else:
                refusals.append(refusal)
    _raise_together(refusals)
    if not cases:
        reasons = "; ".join(sorted({left.reason for left in not_run}))
        raise NothingSelectedError(f"suite {suite.name}: no case is left to run" + (f": {reasons}" if reasons else ""))
    return distinct(match_settings(cases) if suite.matched else cases), tuple(not_run)


def _combinations(suite: Suite, entry: SuiteEntry, flags: Axes, all_devices: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Multiply out what an entry's cases are made of; the last setting varies fastest.

    A general option that its model does not take is left out, and this machine's devices stand in the place of `all`.
    """
    spec = resolve_spec(_name(entry))
    takes = {*spec.options, *(("training",) if _may_compile(spec) else ())}
    defaults, given = (
        {name: value for name, value in axes.given().items() if name not in _OF_SOME_NETWORKS or name in takes}
        for axes in (suite.defaults, flags)
    )
    asked = {**defaults, **entry.given(), **given, "model": entry.model}
    asked.pop("if_available", None)
    if "device" in asked:
        asked["device"] = _name_all(asked["device"], all_devices)
    values = [value if isinstance(value, tuple) else (value,) for value in asked.values()]
    return (dict(zip(asked, combination, strict=True)) for combination in itertools.product(*values))


def _check_general_options(flags: Axes, entries: Sequence[SuiteEntry]) -> None:
    """Refuse `--units` where no selected network has units, or the user's own has none of the options that are given.

    A flag that changes nothing is a mistake; that of the built-in networks each takes what it has is documented.
    """
    specs = [resolve_spec(_name(entry)) for entry in entries]
    given = [name for name in MODEL_OPTIONS if name in flags.given()]
    unmoved = [spec.name for spec in specs if not (spec.build.is_built_in or spec.options & set(given))]
    if given and unmoved:
        raise ConfigError(
            f"model {unmoved[0]} takes none of {', '.join(given)}; give its build function such a parameter "
            f"({given[0]}=…), or leave them out"
        )
    taken = {option for spec in specs for option in spec.options}
    if any(map(_may_compile, specs)):
        taken.add("training")
    unknown = [name for name in _OF_SOME_NETWORKS if name in flags.given() and name not in taken]
    if unknown and specs:
        takes = "; ".join(
            f"model {spec.name} takes {', '.join(sorted(spec.options)) or 'no options'}"
            for spec in {spec.name: spec for spec in specs}.values()
        )
        raise ConfigError(f"{takes}; received {', '.join(unknown)}: leave it out, or choose another model")


def _may_compile(spec: ModelSpec) -> bool:
    """Tell whether a network may come with a compile of its own, which `training` keeps."""
    return not spec.build.is_built_in and spec.framework == "keras"


def _name(entry: SuiteEntry) -> str:
    """Return the one model of a selected entry."""
    names: tuple[str, ...] = entry.model
    (name,) = names
    return name


def _name_all(devices: Sequence[str], all_devices: Sequence[str]) -> tuple[str, ...]:
    """Put this machine's devices in the place of `all`, each device once."""
    named = (one for name in devices for one in (all_devices if name == ALL_DEVICES else (name,)))
    return tuple(dict.fromkeys(named))


def _raise_together(refusals: Sequence[BenchError]) -> None:
    """Raise what was refused, each reason once, so that a user need not mend one device to hear of the next."""
    reasons = list(dict.fromkeys(str(refusal) for refusal in refusals))
    if len(reasons) == 1:
        raise refusals[0]
    if reasons:
        raise type(refusals[0])("\n".join(reasons))


def _scale(settings: dict[str, Any], own_scaling: Callable[[str], Scaling]) -> dict[str, Any]:
    """Return the settings with the data set's own scaling where none is given, and refuse one for tokens."""
    dataset = settings.get("dataset", TABLE["dataset"].default)
    own = own_scaling(dataset)
    if own == "none" and settings.get("scaling", own) != own:
        raise ConfigError(
            f"--scaling: {dataset} is of tokens, which are never scaled, received {settings['scaling']}; leave it out"
        )
    return {"scaling": own, **settings}


def _resolve(settings: dict[str, Any], resolve_device: Callable[[str], str]) -> tuple[Case, BenchError | None]:
    """Return the case, and the error that refuses it on this machine, if any."""
    spec = resolve_spec(settings["model"])
    settings = {"backend": "torch", **settings} if spec.framework == "torch" else settings
    settings = {"epochs": spec.default_epochs, "device": AUTO_DEVICE, **plan_defaults(settings), **settings}
    case = Case(**settings).settled()
    _check_options(case, spec)
    try:
        check_backend(case.backend)
        case = case.model_copy(update={"device": resolve_device(case.device)})
    except BenchError as refusal:
        return case, refusal
    return case, _gpu_refusal(case, spec)


def _check_options(case: Case, spec: ModelSpec) -> None:
    """Refuse `--units` for a network without units: a setting that changes nothing must not stand in a case's name."""
    unknown = [name for name in MODEL_OPTIONS if getattr(case, name) and name not in spec.options]
    if unknown:
        takes = ", ".join(sorted(spec.options)) or "no options"
        raise ConfigError(
            f"model {case.model} takes {takes}; received {', '.join(unknown)}: leave it out for this model"
        )
    if spec.framework == "torch":
        check_torch_settings(case)
    if case.backend not in spec.backends:
        known = " or ".join(sorted(spec.backends))
        raise ConfigError(f"model {case.model} expects backend {known}, received {case.backend}; choose another model")
    if case.backend == "torch" and case.steps_per_execution > 1:
        raise ConfigError(
            f"backend torch expects steps_per_execution 1, received {case.steps_per_execution}: each step is "
            "run by itself there"
        )
    if case.backend != "tensorflow" and case.input != "arrays":
        raise ConfigError(
            f"input pipeline expects backend tensorflow, received {case.backend}: Keras feeds arrays without tf.data "
            "there; leave --input out"
        )
    _check_own_training(case, spec)
    _check_threads(case)


def _check_own_training(case: Case, spec: ModelSpec) -> None:
    """Refuse settings that a network's own compile would leave without effect, and a network that has none."""
    if case.training != "own":
        return
    if spec.build.is_built_in:
        raise ConfigError(
            f"model {case.model} has no training of its own: build returns it without a compile; leave training out"
        )
    given = [TABLE[name].flag for name in OF_THE_COMPILE if not case.is_default(name)]
    if given:
        raise ConfigError(
            f"--training own keeps the compile of {case.model}, which decides {', '.join(given)}; leave them out, or "
            "leave --training out"
        )


def _check_threads(case: Case) -> None:
    """Refuse threads within and between operations where the backend has no such settings."""
    asked = [name for name in ("intra_op_threads", "inter_op_threads") if getattr(case, name) is not None]
    if asked and case.backend != "tensorflow":
        raise ConfigError(
            f"backend {case.backend} takes no {' and no '.join(asked)}, only TensorFlow does: leave "
            f"{' and '.join(TABLE[name].flag for name in asked)} out; device cpu:N is N threads on every "
            "backend"
        )


def _gpu_refusal(case: Case, spec: ModelSpec) -> BenchError | None:
    if spec.kernel_path == "cudnn" and not case.device.startswith("gpu"):
        return ConfigError(
            f"model {case.model} needs cuDNN, so a GPU; received device {case.device}. Its CPU variant is lstm-cpu; "
            "`python -m bench env` tells what this machine has"
        )
    return None


def distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Drop exact repeats; two different cases of one id would share a journal, so they are refused."""
    known: dict[str, Case] = {}
    for case in cases:
        other = known.setdefault(case.case_id, case)
        if other != case:
            fields = [name for name, value in case if value != getattr(other, name)]
            raise ConfigError(f"case {case.case_id} appears twice with different {', '.join(fields)}: keep one of them")
    return tuple(known.values())
