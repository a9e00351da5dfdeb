# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected
"""What stands between data and network: the one embedding, and masks that change what a padded series comes to."""

import numpy as np
import pytest

from bench.errors import ConfigError
from bench.networks.flops import count_training_flops, describe_layers
from bench.networks.inputs import EMBEDDING_SIZE, PADDING_MARK, NetworkInput, takes_marks
from bench.networks.plugin import build_model, load_spec, resolve_spec
from bench.networks.proof.kernel import resolve_execution

pytestmark = pytest.mark.training

PADDED = NetworkInput((6, 3), "sequence", is_padded=True)
RECURRENT = ["lstm", "lstm-cpu", "gru", "lstm-both-ways"]


def pad(series: np.ndarray, num_steps: int, mark: float) -> np.ndarray:
    padded = np.full((len(series), num_steps, series.shape[2]), mark, dtype=np.float32)
    padded[:, : series.shape[1]] = series
    return padded


@pytest.mark.parametrize("name", RECURRENT)
def test_a_recurrent_network_computes_of_a_padded_series_what_it_computes_of_the_series(name: str) -> None:
    model = build_model(resolve_spec(name), PADDED, 4)
    series = np.random.default_rng(1).normal(size=(2, 4, 3)).astype(np.float32)
    assert takes_marks(model)
    inner = model.layers[-1]
    assert np.allclose(model(pad(series, 6, PADDING_MARK)), inner(series), atol=1e-6)
    assert not np.allclose(model(pad(series, 6, 0.0)), inner(series), atol=1e-4)


@pytest.mark.parametrize("name", ["cnn-1d", "fcn", "tcn"])
def test_a_network_without_recurrent_layers_gets_no_mask(name: str) -> None:
    model = build_model(resolve_spec(name), PADDED, 4)
    assert not takes_marks(model)
    assert model.input_shape == (None, 6, 3)


def test_series_of_one_length_get_no_mask() -> None:
    assert not takes_marks(build_model(resolve_spec("gru"), NetworkInput((6, 3), "sequence"), 4))


@pytest.mark.parametrize("name", ["lstm-fast", "lstm-cpu-fast"])
def test_a_network_that_takes_no_mask_refuses_padded_series_by_name(name: str) -> None:
    twin = name.removesuffix("-fast")
    with pytest.raises(ConfigError, match=rf"model '{name}' takes no mask, .* choose --model {twin}$"):
        build_model(resolve_spec(name), PADDED, 4)


@pytest.mark.parametrize("name", [*RECURRENT, "cnn-1d", "fcn", "tcn", "cnn"])
def test_every_network_takes_tokens_through_one_embedding_that_counts_in_its_parameters(name: str) -> None:
    spec = load_spec(name, "tokens")
    tokens = NetworkInput((20,), spec.layout, vocabulary=62)
    model = build_model(spec, tokens, 10)
    shape = (20, EMBEDDING_SIZE) if spec.layout == "sequence" else (20, EMBEDDING_SIZE, 1)
    alone = build_model(spec, NetworkInput(shape, spec.layout), 10)
    assert model.count_params() == alone.count_params() + 62 * EMBEDDING_SIZE
    assert describe_layers(model)[0].kind == "Embedding"
    assert model.input.dtype == "int32"


def test_an_embedding_looks_up_and_multiplies_nothing_but_what_follows_passes_a_gradient_to_it() -> None:
    spec = resolve_spec("cnn-1d")
    model = build_model(spec, NetworkInput((20,), "sequence", vocabulary=62), 10)
    assert describe_layers(model)[0].flops == 0
    first, second, dense = 2 * 20 * 3 * 32 * 64, 2 * 20 * 3 * 64 * 64, 2 * (64 * 64 + 64 * 10)
    assert count_training_flops(model) == 3 * (first + second + dense)


def test_padding_among_tokens_is_masked_for_a_recurrent_network() -> None:
    model = build_model(resolve_spec("gru"), NetworkInput((6,), "sequence", vocabulary=9, is_padded=True), 4)
    short = build_model(resolve_spec("gru"), NetworkInput((4,), "sequence", vocabulary=9), 4)
    short.set_weights(model.get_weights())
    tokens = np.array([[3, 1, 4, 1, 0, 0]], dtype=np.int32)
    assert np.allclose(model(tokens), short(tokens[:, :4]), atol=1e-6)


def test_a_padded_step_counts_as_it_is_computed() -> None:
    padded = build_model(resolve_spec("gru"), PADDED, 4)
    assert count_training_flops(padded) == count_training_flops(
        build_model(resolve_spec("gru"), NetworkInput((6, 3), "sequence"), 4)
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (PADDED, True),
        (NetworkInput((6,), "sequence", vocabulary=9, is_padded=True), True),
        (NetworkInput((6, 3), "sequence"), False),
    ],
)
@pytest.mark.parametrize(("name", "num_layers"), [("gru", 2), ("lstm-both-ways", 2)])
def test_the_proof_of_each_layer_and_direction_says_whether_it_ran_with_a_mask(
    source: NetworkInput, expected: bool, name: str, num_layers: int
) -> None:
    paths = resolve_execution(build_model(resolve_spec(name), source, 4), source.shape, source.dtype).layer_paths
    assert [path.path for path in paths] == ["generic loop"] * num_layers
    assert [path.evidence.endswith(", with a mask") for path in paths] == [expected] * num_layers


def test_keras_says_nothing_of_the_mask_that_ends_within_the_network(recwarn) -> None:
    model = build_model(resolve_spec("gru"), PADDED, 4)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(pad(np.ones((4, 4, 3)), 6, PADDING_MARK), np.zeros(4), verbose=0)
    assert [str(warning.message) for warning in recwarn if "mask" in str(warning.message)] == []
    import keras

    assert keras.backend.backend() == "tensorflow"
