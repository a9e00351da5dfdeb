"""What the parent asks of the process that builds networks, and what it makes of the answers."""

import json

import pytest

from bench.data.load import load_dataset
from bench.errors import ChildError
from bench.run.model_sheets import read_sheets


@pytest.fixture
def mnist():
    return load_dataset("mnist", train_size=10, test_size=10)


def test_the_child_is_told_the_shape_of_one_example_in_both_layouts(mnist):
    requests = []

    def child(request):
        requests.append(json.loads(request))
        return "[]"

    assert read_sheets(["lstm", "cnn"], mnist, child) == []
    assert requests == [
        {
            "models": ["lstm", "cnn"],
            "input_shapes": {"sequence": [28, 28], "image": [28, 28, 1]},
            "layout": "image",
            "num_classes": 10,
            "vocabulary": None,
            "is_padded": False,
        }
    ]


def test_a_sheet_and_a_refusal_read_back(mnist):
    answer = [
        {
            "model": "tiny", "input_shape": [28, 28], "num_params": 7850, "flops_per_example": 31360,
            "layers": [{"name": "dense", "kind": "Dense", "output_shape": [10], "num_params": 7850, "flops": 15680}],
        },
        {"model": "broken", "error": "no such module"},
    ]  # fmt: skip
    tiny, broken = read_sheets(["tiny", "broken"], mnist, lambda _: json.dumps(answer))
    assert (tiny.layers[0].output_shape, tiny.error) == ((10,), None)
    assert (broken.layers, broken.error) == ((), "no such module")


@pytest.mark.parametrize("answer", ["", "Killed", '[{"model": 3}]'])
def test_an_answer_that_is_no_sheet_is_an_error_and_no_traceback(mnist, answer):
    with pytest.raises(ChildError, match="could not be read"):
        read_sheets(["lstm"], mnist, lambda _: answer)
