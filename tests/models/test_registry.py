import subprocess
import sys

from models.registry import builtin_models


def test_every_network_of_the_design_is_listed_with_what_its_kernel_must_prove() -> None:
    proofs = {name: spec.kernel_path for name, spec in builtin_models().items()}
    assert proofs == {
        "cnn": "any",
        "cnn-deep": "any",
        "lstm": "not-cudnn",
        "lstm-cudnn": "cudnn",
        "lstm-cpu": "not-cudnn",
    }


def test_the_names_layouts_and_budgets_follow_the_tutorial() -> None:
    models = builtin_models()
    assert {name: spec.layout for name, spec in models.items() if spec.family == "recurrent"} == dict.fromkeys(
        ("lstm", "lstm-cudnn", "lstm-cpu"), "sequence"
    )
    assert (models["lstm"].default_epochs, models["cnn"].default_epochs) == (3, 10)
    assert "does not show its CNN" in models["cnn"].caveat


def test_cudnn_takes_no_unroll_since_it_runs_its_own_loop() -> None:
    models = builtin_models()
    assert models["lstm"].options == {"units", "unroll"}
    assert models["lstm-cudnn"].options == {"units"}


def test_the_registry_is_read_without_a_framework() -> None:
    program = (
        "import sys; from models.plugin import resolve_spec; resolve_spec('lstm'); "
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'h5py'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
