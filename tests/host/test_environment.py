from __future__ import annotations

import subprocess
import sys

from bench.host.capture import capture_environment
from bench.host.environment import Environment
from bench.host.fingerprint import fingerprint


def test_a_recorded_machine_reads_as_it_was(machine):
    environment = capture_environment(machine("container_xeon", affinity=64, OMP_NUM_THREADS="3"))
    assert environment.cpu_model == "Intel(R) Xeon(R) Platinum 8488C"
    assert (environment.num_cpus_usable, environment.num_cpus_online, environment.cgroup_cpu_limit) == (3, 64, 3.5)
    assert (environment.memory_bytes, environment.memory_limit_bytes) == (260000000 * 1024, 8 * 2**30)
    assert environment.variables["OMP_NUM_THREADS"] == "3"
    assert (environment.boot_id, environment.niceness, environment.num_cpus_allowed) == (None, 0, 64)


def test_a_machine_that_tells_nothing_is_described_by_what_python_knows(machine):
    environment = capture_environment(machine(None))
    assert environment.cpu_model is None
    assert environment.python.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert environment.fingerprint == fingerprint(environment)


def test_an_environment_survives_its_journal():
    environment = capture_environment()
    assert Environment.model_validate_json(environment.model_dump_json()) == environment


def test_a_failing_probe_leaves_a_note_and_all_other_figures(machine):
    probe = machine("cluster_job", affinity=28)
    (probe.root / "keras").mkdir()
    (probe.root / "keras/keras.json").write_text("{")
    environment = capture_environment(probe)
    assert environment.notes == ("keras.json could not be read (JSONDecodeError)",)
    assert environment.num_cpus_usable == 4


def test_no_framework_is_imported_to_describe_the_machine():
    code = (
        "import sys; from bench.host import capture, devices, diagnose, lock; "
        "from bench.host.ceilings import ceilings, peak; from bench.host.sensors import noise; "
        "capture.capture_environment(); "
        "print(sorted({'tensorflow', 'keras', 'jax', 'torch', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
