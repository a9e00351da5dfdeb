"""What the process answers: asked once, by way of a shell's pipe, for what each test looks at."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("sheets")]

Sheets = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Sheets:
    """Return the sheets by model, of rows of 28 pixels and of images that are too small for the CNN."""
    folder = tmp_path_factory.mktemp("loud")
    (folder / "loud.py").write_text("print('hello')\ndef build(shape, classes):\n    print('building')\n")
    request = {
        "models": ["loud:build", "cnn", "lstm", "lstm-cudnn", "lstm-cpu"],
        "input_shapes": {"sequence": (28, 28), "image": (6, 8, 1)},
        "layout": "image",
        "num_classes": 10,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.networks.sheet_process"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{Path(__file__).parents[2]}:{folder}", "TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    return {sheet["model"]: sheet for sheet in json.loads(done.stdout.splitlines()[-1])}


def test_a_sheet_holds_the_layers_with_shapes_parameters_and_flops(sheets: Sheets) -> None:
    """Known answers: 4·128·(28 + 128 + 1) parameters, and 2 FLOPs for each of 28·4·128·(28 + 128) products."""
    sheet = sheets["lstm"]
    assert (sheet["input_shape"], sheet["num_params"]) == ([28, 28], 216_426)
    assert sheet["layers"][0] == {
        "name": "lstm_1", "kind": "LSTM", "output_shape": [28, 128], "num_params": 80_384, "flops": 4_472_832,
    }  # fmt: skip


def test_the_cudnn_variant_has_a_sheet_on_a_machine_without_a_gpu(sheets: Sheets) -> None:
    assert sheets["lstm-cudnn"]["layers"] == sheets["lstm-cpu"]["layers"]


def test_a_network_that_cannot_be_built_says_why_and_the_others_have_their_sheets(sheets: Sheets) -> None:
    assert sheets["cnn"] == {
        "model": "cnn",
        "error": "model 'cnn' expects images of at least 10 rows and 10 columns, received 6 × 8; "
        "choose larger images, or another model: cnn-1d for series",
    }
    assert list(sheets) == ["loud:build", "cnn", "lstm", "lstm-cudnn", "lstm-cpu"]


def test_the_process_answers_in_its_last_line_whatever_a_users_module_prints(sheets: Sheets) -> None:
    error = "model 'loud:build' expects build to return a keras.Model, received None"
    assert sheets["loud:build"]["error"].startswith(error)
