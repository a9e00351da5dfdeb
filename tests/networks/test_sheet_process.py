import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.networks.sheet_process import describe_models

SHAPES: dict[Any, tuple[int, ...]] = {"sequence": (28, 28), "image": (28, 28, 1)}


@pytest.mark.training
def test_a_sheet_holds_the_layers_with_shapes_parameters_and_flops() -> None:
    """Known answers: 4·128·(28 + 128 + 1) parameters, and 2 FLOPs for each of 28·4·128·(28 + 128) products."""
    (sheet,) = describe_models(["lstm"], SHAPES, "image", 10)
    assert (sheet["input_shape"], sheet["num_params"]) == ((28, 28), 216_426)
    assert sheet["layers"][0] == {
        "name": "lstm_1", "kind": "LSTM", "output_shape": (28, 128), "num_params": 80_384, "flops": 4_472_832,
    }  # fmt: skip


@pytest.mark.training
def test_the_cudnn_variant_has_a_sheet_on_a_machine_without_a_gpu() -> None:
    cudnn, cpu = describe_models(["lstm-cudnn", "lstm-cpu"], SHAPES, "image", 10)
    assert cudnn["layers"] == cpu["layers"]


@pytest.mark.training
def test_a_network_that_cannot_be_built_says_why_and_the_others_have_their_sheets() -> None:
    broken, whole = describe_models(["cnn", "lstm"], {"sequence": (6, 8), "image": (6, 8, 1)}, "image", 10)
    assert broken == {
        "model": "cnn",
        "error": "model 'cnn' expects images of at least 10 rows and 10 columns, received 6 × 8; "
        "choose larger images, or another model: cnn-1d for series",
    }
    assert whole["num_params"] > 0


@pytest.mark.training
def test_the_process_answers_in_its_last_line_whatever_a_users_module_prints(tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text("print('hello')\ndef build(shape, classes):\n    print('building')\n")
    request = {"models": ["loud:build"], "input_shapes": SHAPES, "layout": "image", "num_classes": 10}
    done = subprocess.run(
        [sys.executable, "-m", "bench.networks.sheet_process"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{Path(__file__).parents[2]}:{tmp_path}", "TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    (sheet,) = json.loads(done.stdout.splitlines()[-1])
    assert sheet["error"].startswith("model 'loud:build' expects build to return a keras.Model, received None")
