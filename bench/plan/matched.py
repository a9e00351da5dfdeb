"""Equal execution settings for all models, so that a comparison is of the networks and not of how each was run."""

from __future__ import annotations

from collections.abc import Sequence

from bench.errors import ConfigError
from bench.plan.case import Case
from bench.setting_definition import Setting
from bench.settings import TABLE, Backend, Jit

# What `auto` becomes. Keras' own choice goes by the model: on a GPU, XLA for a CNN and none for an LSTM on cuDNN, which
# XLA cannot compile. On JAX every model is compiled, and without it each operation would run by itself.
_JIT: dict[Backend, Jit] = {"tensorflow": "off", "jax": "on", "torch": "off"}


def match_settings(cases: Sequence[Case]) -> list[Case]:
    """Return the cases with `jit` stated instead of `auto`, after checking that all models run under equal settings.

    Raises:
        ConfigError: where two models would not, naming the first setting that differs and its values.
    """
    own = [case.model for case in cases if case.training == "own"]
    if own:
        raise ConfigError(f"matched settings expect the benchmark's training, received --training own for {own[0]}")
    stated = [case.model_copy(update={"jit": _JIT[case.backend]}) if case.jit == "auto" else case for case in cases]
    for setting in TABLE.values():
        if setting.must_match:
            _check_equal(setting, stated)
    return stated


def _check_equal(setting: Setting, cases: Sequence[Case]) -> None:
    """Compare the values that each model takes for one setting."""
    values: dict[str, list[str]] = {}
    for case in cases:
        of_model = values.setdefault(case.model, [])
        if (value := str(getattr(case, setting.name))) not in of_model:
            of_model.append(value)
    first, *others = values.items()
    for model, found in others:
        if set(found) != set(first[1]):
            raise ConfigError(
                f"matched settings expect one {setting.name} for all models, received {', '.join(first[1])} for "
                f"{first[0]} and {', '.join(found)} for {model}; give {setting.flag}, or leave --matched out"
            )
