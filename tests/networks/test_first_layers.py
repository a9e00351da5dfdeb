"""Networks that scale their input or look up ids themselves."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import pytest

from bench.errors import ConfigError
from bench.networks.flops import iterate_layers

pytestmark = pytest.mark.training


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (lambda layers: [layers.Rescaling(1 / 255)], "Rescaling"),
        (lambda layers: [layers.Flatten(), layers.Rescaling(0.0)], "Rescaling"),
        (lambda layers: [layers.Normalization(mean=1.0, variance=2.0)], "Normalization"),
        (lambda layers: [layers.Flatten(), layers.Embedding(10, 2), layers.Flatten()], "Embedding"),
        (lambda layers: [layers.Normalization()], None),
        (lambda layers: [adapted(layers)], "Normalization"),
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


def adapted(layers):
    import numpy as np

    layer = layers.Normalization()
    layer.adapt(np.arange(24.0).reshape(2, 4, 3))
    return layer


BEGINS_WITH_IDS = """
import keras
from keras import layers


def own(shape, classes):
    first = [keras.Input(shape), layers.Embedding(9, 4)]
    return keras.Sequential([*first, layers.LSTM(3), layers.Dense(classes, activation="softmax")])


def reshaped(shape, classes):
    return keras.Sequential([keras.Input(shape), layers.Reshape((shape[0],)), *own(shape, classes).layers])


reshaped.layout = "sequence"


def masked(shape, classes):
    first = [keras.Input(shape), layers.Embedding(9, 4, mask_zero=True)]
    return keras.Sequential([*first, layers.LSTM(3), layers.Dense(classes, activation="softmax")])


def plain(shape, classes):
    return keras.Sequential([keras.Input(shape), layers.LSTM(3), layers.Dense(classes, activation="softmax")])
"""


@pytest.mark.parametrize("function", ["own", "reshaped", "plain"])
def test_a_users_network_that_begins_with_an_embedding_gets_the_ids_and_another_the_common_one(
    tmp_path, monkeypatch, function
):
    from bench.networks.inputs import NetworkInput
    from bench.networks.plugin import build_model, load_spec

    monkeypatch.chdir(tmp_path)
    (tmp_path / f"ids_{function}.py").write_text(BEGINS_WITH_IDS)
    spec = load_spec(f"ids_{function}:{function}", "tokens")
    model = build_model(spec, NetworkInput((6,), spec.layout, vocabulary=9), 2)
    sizes = [layer.output.shape[-1] for layer in iterate_layers(model) if type(layer).__name__ == "Embedding"]
    assert model.input_shape == (None, 6)
    assert sizes == ([32] if function == "plain" else [4])


def test_a_recurrent_network_that_would_read_the_padding_of_tokens_is_refused(tmp_path, monkeypatch):
    from bench.networks.inputs import NetworkInput
    from bench.networks.plugin import build_model, load_spec

    monkeypatch.chdir(tmp_path)
    (tmp_path / "ids_padded.py").write_text(BEGINS_WITH_IDS)
    padded = NetworkInput((6,), "sequence", vocabulary=9, is_padded=True)
    assert build_model(load_spec("ids_padded:masked", "tokens"), padded, 2).input_shape == (None, 6)
    with pytest.raises(ConfigError, match="end in padding, id 0; give its Embedding mask_zero=True"):
        build_model(load_spec("ids_padded:own", "tokens"), padded, 2)


@pytest.mark.parametrize(("ids", "received"), [([1, 9], "9"), ([-1, 2], "-1"), ([1, 0.5], "0.5")])
def test_what_an_embedding_does_not_know_is_refused_before_it_trains(ids, received):
    import keras
    import numpy as np

    from bench.data.scaling import PreparedData
    from bench.networks.registry import builtin_models
    from bench.run.worker.building import check_ids

    model = keras.Sequential([keras.Input((2,)), keras.layers.Embedding(9, 4)])
    labels = np.zeros(1, int)
    known, given = np.array([[0, 8]]), np.array([ids])
    check_ids(builtin_models()["lstm"], model, PreparedData(known, labels, known, labels))
    with pytest.raises(ConfigError, match=rf"an Embedding of 9 ids: .* from 0 to 8, received {received}; raise its"):
        check_ids(builtin_models()["lstm"], model, PreparedData(known, labels, given, labels))


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
