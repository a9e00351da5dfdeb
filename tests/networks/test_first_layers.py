"""Networks that scale their input or look up ids themselves."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import pytest

pytestmark = pytest.mark.training


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (lambda layers: [layers.Rescaling(1 / 255)], "Rescaling"),
        (lambda layers: [layers.Flatten(), layers.Rescaling(0.0)], "Rescaling"),
        (lambda layers: [layers.Normalization(mean=1.0, variance=2.0)], "Normalization"),
        (lambda layers: [layers.Flatten(), layers.Embedding(10, 2), layers.Flatten()], "Embedding"),
        (lambda layers: [layers.BatchNormalization()], None),
        (lambda layers: [layers.Dense(3), layers.Rescaling(2.0)], None),
    ],
)
def test_a_first_layer_that_prepares_the_input_is_found(first, kind):
    import keras

    from bench.networks.first_layers import find_own_preparation

    tail = [keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((4, 3)), *first(keras.layers), *tail])
    assert find_own_preparation(model) == kind
    nested = keras.Sequential([keras.Input((4, 3)), model])
    assert find_own_preparation(nested) == kind


@pytest.mark.parametrize(("scaling", "largest"), [("unit", 1.0), ("none", 200.0)])
@pytest.mark.parametrize("begins", ["plain", "rescaling"])
def test_such_a_network_gets_the_values_as_they_are(tmp_path, monkeypatch, make_case, scaling, largest, begins):
    import numpy as np

    from bench.data.dataset import DataInfo
    from bench.data.scaling import PreparedData
    from bench.networks.plugin import load_spec
    from bench.run.worker.building import build

    monkeypatch.chdir(tmp_path)
    name = f"scaled_{begins}_{scaling}"
    (tmp_path / f"{name}.py").write_text(
        "import keras\n\ndef build(shape, classes):\n"
        f"    first = [keras.layers.Rescaling(1 / 255)] if {begins == 'rescaling'} else []\n"
        "    last = [keras.layers.Flatten(), keras.layers.Dense(classes, activation='softmax')]\n"
        "    return keras.Sequential([keras.Input(shape), *first, *last])\n"
    )
    labels = np.arange(4) % 2
    info = DataInfo(name="tiny", sha256="0" * 64, source="made up", example_shape=(2, 2), num_classes=2, num_train=4,
                    num_test=4, num_train_available=4, num_test_available=4)  # fmt: skip

    def prepared(value):
        x = np.full((4, 2, 2), value, "float32")
        return PreparedData(x, labels, x, labels)

    case = make_case(f"{name}:build", scaling=scaling)
    built = build(case, load_spec(case.model, "image"), prepared(largest), info, lambda: prepared(200.0))
    assert built.data.x_train.max() == (200.0 if begins == "rescaling" else largest)
    assert built.prepared_by == ("Rescaling" if begins == "rescaling" else None)
