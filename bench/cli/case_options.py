"""The options that say what to train: one table, of which each verb takes those that it can vary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import click

from bench.cli.completion import Complete, complete_datasets, complete_models, words_completion
from bench.cli.options import Command, list_option
from bench.plan.case import Activation, Backend, Jit, Optimizer, OutputActivation, Precision, Scaling


@dataclass(frozen=True)
class _CaseOption:
    """What click needs to know of one setting of a case; `takes` says how often it may be given."""

    help: str
    type: Any = str
    takes: str = "list"
    complete: Complete | None = None

    def declare(self, name: str, help_text: str | None) -> Callable[[Command], Command]:
        """Return the decorator that declares this option."""
        attributes: dict[str, Any] = {"help": help_text or self.help, "shell_complete": self.complete}
        if self.takes == "flag":
            return click.option(name, is_flag=True, default=None, **attributes)
        declare = list_option if self.takes == "list" else click.option
        return declare(name, type=self.type, **attributes)


def _words(help_text: str, choices: Any) -> _CaseOption:
    return _CaseOption(help_text, complete=words_completion(*get_args(choices)))


# In the order of `bench run --help`: what is trained on what, and how.
_WHAT = {
    "--model": _CaseOption(
        "Models to train, by name (`bench list models`) or package.module:build.", complete=complete_models
    ),
    "--device": _CaseOption("auto, cpu, cpu:N (N threads), gpu, gpu:N or all."),
    "--backend": _words("tensorflow, jax or torch.", Backend),
    "--dataset": _CaseOption(
        "Data sets, by name (`bench list datasets`), file.npz or IDX folder.", complete=complete_datasets
    ),
    "--train-size": _CaseOption("Train on a fixed stratified subset of N examples.", int),
    "--test-size": _CaseOption("Validate on a fixed stratified subset of N examples.", int, "one"),
    "--epochs": _CaseOption("Epoch budget of every case.", int, "one"),
    "--batch-size": _CaseOption("Examples in a batch.", int),
}
_HOW = {
    "--precision": _words("float32, mixed_float16, mixed_bfloat16 or float64.", Precision),
    "--scaling": _words("unit (pixels / 255) or none (as the tutorial's author once forgot).", Scaling),
    "--jit": _words("auto, on or off: compilation by XLA, or by TorchInductor on PyTorch.", Jit),
    "--unroll": _CaseOption("Unroll recurrent layers.", takes="flag"),
    "--units": _CaseOption("Units of recurrent layers.", int),
    "--filters": _CaseOption("Filters of convolutional layers.", int),
    "--depth": _CaseOption("Convolutional layers of cnn-deep.", int),
    "--activation": _words("Activation of the shallow CNN's hidden layers: relu, tanh or sigmoid.", Activation),
    "--output-activation": _words("Activation of the shallow CNN's output: softmax or sigmoid.", OutputActivation),
    "--optimizer": _words("adam (as in the tutorial) or sgd.", Optimizer),
    "--learning-rate": _CaseOption("Rate of the first update; default: the optimizer's.", float),
    "--steps-per-execution": _CaseOption("Steps in one call of the compiled function.", int),
    "--intra-op-threads": _CaseOption("Threads within an operation; TensorFlow alone.", int),
    "--inter-op-threads": _CaseOption("Threads for operations side by side; TensorFlow alone.", int),
    "--deterministic": _CaseOption("Reproducible operations: slower, so kept apart.", takes="flag"),
}
WHAT, HOW = tuple(_WHAT), tuple(_HOW)


def case_options(*names: str, **helps: str) -> Callable[[Command], Command]:
    """Declare the options of these names in this order; `helps` has a verb's own words for one, by its parameter."""

    def decorate(command: Command) -> Command:
        for name in reversed(names):
            help_text = helps.get(name.removeprefix("--").replace("-", "_"))
            command = {**_WHAT, **_HOW}[name].declare(name, help_text)(command)
        return command

    return decorate
