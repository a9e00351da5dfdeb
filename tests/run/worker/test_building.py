"""A trial's model as its case asks for it, or an error before the first epoch."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import numpy as np
import pytest

from bench.data.dataset import DataInfo
from bench.data.scaling import PreparedData
from bench.networks.proof.kernel import KernelPathError
from bench.networks.registry import builtin_models

pytestmark = pytest.mark.training


@pytest.fixture
def build():
    from bench.run.worker.building import build

    def build_on_zeros(case, example_shape=(5, 3)):
        shapes = ((4, *example_shape), (4,), (2, *example_shape), (2,))
        data = PreparedData(*(np.zeros(shape, "float32") for shape in shapes))
        info = DataInfo(name="tiny", sha256="0" * 64, source="made up", example_shape=example_shape, num_classes=2,
                        num_train=4, num_test=2, num_train_available=4, num_test_available=2)  # fmt: skip
        return build(case, builtin_models()[case.model], data, info)

    return build_on_zeros


def test_cudnn_that_would_not_be_used_fails_the_trial_and_names_the_condition(build, make_case):
    with pytest.raises(KernelPathError, match="a GPU must be visible, received none"):
        build(make_case("lstm-cudnn", device="gpu"))


@pytest.mark.parametrize(("train_size", "batch_size"), [(8, 4), (10, 4)])
@pytest.mark.parametrize(
    ("model", "options", "example_shape"),
    [("lstm-fast", {"units": 3}, (5, 3)), ("cnn-fast", {"filters": 2}, (10, 10, 1))],
)
def test_a_twin_cuts_a_batch_alike_whether_the_last_one_is_whole_or_not(
    build, make_case, monkeypatch, train_size, batch_size, model, options, example_shape
):
    sizes = set()
    monkeypatch.setattr("bench.models.cpu_layers.parts.count_parts", lambda size, _: sizes.add(size) or 1)
    model = build(make_case(model, **options, batch_size=batch_size), example_shape).model
    x, y = np.zeros((train_size, *example_shape), "float32"), np.zeros(train_size, "int64")
    model.fit(x, y, batch_size=batch_size, validation_data=(x, y), verbose=0)
    assert sizes == {batch_size}


def test_options_compiler_and_steps_reach_the_model(build, make_case):
    built = build(make_case("lstm-cpu", units=3, unroll=True, jit="on", steps_per_execution=4))
    model, execution = built.model, built.execution
    assert (model.layers[0].units, model.jit_compile, model.steps_per_execution) == (3, True, 4)
    assert {path.path for path in execution.layer_paths} == {"unrolled"}
