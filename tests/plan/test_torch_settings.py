"""A PyTorch network in a plan: its backend without a flag, and the settings that it takes; PyTorch is not needed."""

import pytest

from bench.errors import ConfigError
from bench.plan.backends import check_backend
from bench.plan.expand import expand_cases
from bench.plan.suite import Axes, load_suite, parse_suite
from bench.plan.torch_settings import check_torch_settings

MINE = """
import keras
from torch import nn


class Net(nn.Module):
    def __init__(self, input_shape, num_classes, units=4): ...


def build(input_shape, num_classes):
    return keras.Sequential([keras.layers.Dense(num_classes)])
"""


@pytest.fixture(autouse=True)
def plan(tmp_path, monkeypatch):
    """Return what expands a suite and flags beside a module with both kinds of network, as if PyTorch were there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bench.plan.expand.check_backend", lambda _: None)
    (tmp_path / "mine.py").write_text(MINE)

    def expand(text=None, **flags):
        suite = parse_suite(text.encode(), "mine.toml") if text else load_suite("tutorial")
        return expand_cases(suite, Axes(**flags), lambda _: "cpu")[0]

    return expand


def test_each_network_of_one_run_gets_the_backend_and_the_input_that_are_its_own(plan):
    cases = plan(model=("mine:Net", "mine:build", "lstm"))
    assert [(case.backend, case.input) for case in cases] == [
        ("torch", "arrays"),
        ("tensorflow", "pipeline"),
        ("tensorflow", "pipeline"),
    ]


def test_an_option_and_the_training_of_others_go_to_those_that_take_them(plan):
    net, model = plan(model=("mine:Net", "mine:build"), training=("own",))
    assert (net.training, model.training) == ("bench", "own")
    assert [case.units for case in plan(model=("mine:Net",), units=(2, 3))] == [2, 3]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            {"backend": ("tensorflow",)},
            "PyTorch network, which expects backend torch, received tensorflow: add",
        ),
        (
            {"precision": ("float64",)},
            r"expects precision float32 or mixed_bfloat16 \(torch.autocast\), received",
        ),
        ({"precision": ("mixed_float16",)}, "received mixed_float16: leave --precision out"),
        ({"steps_per_execution": (4,)}, "torch expects steps_per_execution 1, received 4: each step is run by itself"),
        ({"input": ("pipeline",)}, "input pipeline expects backend tensorflow, received torch"),
        ({"intra_op_threads": (2,)}, "backend torch takes no intra_op_threads"),
        ({"training": ("own",)}, "model mine:Net takes units; received training"),
        ({"filters": (2,)}, "model mine:Net takes none of filters; give its build function such a parameter"),
    ],
)
def test_a_setting_that_it_does_not_take_is_refused(plan, flags, message):
    with pytest.raises(ConfigError, match=message):
        plan(model=("mine:Net",), **flags)


def test_a_suite_that_asks_for_its_own_training_is_refused(plan):
    with pytest.raises(ConfigError, match="has no compile of its own to keep: leave --training out"):
        plan('name="m"\n[[cases]]\nmodel="mine:Net"\ntraining="own"\n')


def test_a_plain_case_is_taken(make_case):
    check_torch_settings(make_case("mine:Net", backend="torch", precision="mixed_bfloat16", jit="on"))


def test_where_pytorch_is_missing_the_plan_says_what_installs_it(plan, monkeypatch):
    monkeypatch.setattr(
        "bench.plan.expand.check_backend", lambda backend: check_backend(backend, {"tensorflow"}.__contains__)
    )
    with pytest.raises(ConfigError, match=r"backend torch is not installed; install it with `.*\[torch\]"):
        plan(model=("mine:Net", "lstm"))
