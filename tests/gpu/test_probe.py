"""The probe's process with TensorFlow on a CPU: all its trainings run, and what a CPU lacks is told as missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.store.gpu_evidence import read_evidence

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("probe")]  # one probe for all

# As `bench.gpu.probe` is started, and as `bench.launch_module` ends it, with fewer and smaller trainings; and both
# variants that a CPU can build, of the network that is traced in the least time.
SMALL = """
import gc, sys
sys.path.insert(0, sys.argv.pop(1))
from bench.gpu import probe
probe.NUM_STEPS, probe.BATCH, probe.READ_EPOCHS = 2, 4, 1
probe.HEAVY = {"model": "cnn", "filters": 2, "batch_size": 8}
probe.FIRST = ({"model": "lstm-cudnn"}, {"model": "lstm-cpu", "units": 4})
probe.PROBED = ({"model": "cnn", "filters": 2, "jit": "on"},)
probe.VARIANTS = ("cnn", "cnn-fast")
probe.main()
gc.freeze()
"""


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probed")
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", SMALL, root, "see", "tensorflow", "cpu", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return read_evidence(folder, "tensorflow")


def test_what_a_cpu_cannot_build_is_told_with_the_reason(evidence):
    assert "a GPU must be visible" in evidence.trainings[0].error


def test_a_training_has_its_steps_seconds_paths_and_loss_and_no_kernel_on_a_cpu(evidence):
    for one in evidence.trainings[1:]:
        assert (one.error, one.num_steps, one.num_launches, one.busy_s) == (None, 2, 0, 0.0)
        assert one.train_s > 0
        assert one.left_s >= 0
        assert one.loss > 0
    assert [len(one.layer_paths) for one in evidence.trainings] == [0, 2, 0]


def test_two_variants_with_the_same_weights_agree(evidence):
    assert evidence.agreement.outputs < 1e-4
    assert evidence.agreement.updates < 1e-2


def test_without_nvml_nothing_of_it_is_known(evidence):
    reading = evidence.reading
    assert (reading.sm_clock_mhz, reading.power_w, reading.energy_j, reading.num_foreign) == (None, None, None, None)
    assert reading.seconds > 0
