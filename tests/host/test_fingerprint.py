from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.host.capture import capture_environment
from bench.host.environment import Gpu
from bench.host.fingerprint import explain_difference, fingerprint, have_comparable_times


def build_gpu(name="NVIDIA H100", driver="560.35.03"):
    return Gpu(
        name=name, memory_bytes=1, driver=driver, compute_capability=None, power_limit_w=None, max_clock_mhz=None
    )


def test_a_known_machine_has_a_known_fingerprint(environment):
    assert fingerprint(environment) == "127b36eb4080"


def test_two_processes_find_the_same_fingerprint():
    code = "from bench.host.capture import capture_environment; print(capture_environment().fingerprint)"
    first, second = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert first == second == f"{capture_environment().fingerprint}\n"


def test_a_clock_that_reads_otherwise_keeps_the_fingerprint(machine):
    probe = machine("container_xeon", affinity=2)
    before = capture_environment(probe).fingerprint
    cpuinfo = probe.root / "proc/cpuinfo"
    faster = "\n".join(
        "cpu MHz\t\t: 3911.007" if line.startswith("cpu MHz") else line for line in cpuinfo.read_text().splitlines()
    )
    cpuinfo.write_text(f"cpu MHz\t\t: 3911.007\n{faster}")
    assert capture_environment(probe).fingerprint == before


@pytest.mark.parametrize("library", ["tensorflow", "keras", "numpy", "jax", "torch"])
def test_another_version_of_a_library_that_matters_is_another_fingerprint(environment, library):
    changed = environment.model_copy(update={"libraries": {**environment.libraries, library: "99.0"}})
    assert fingerprint(changed) != fingerprint(environment)


@pytest.mark.parametrize(
    "change",
    [
        {"hostname": "other"},
        {"boot_id": None},
        {"kernel": "6.99"},
        {"git_commit": "f" * 40, "git_dirty": True},
        {"variables": {"TF_CPP_MIN_LOG_LEVEL": "1"}},
        {"python": "3.11.99"},
        {"memory_bytes": 24000000 * 1024},
        {"cpu_flags": ("avx2", "fma", "f16c", "avx", "sse4_2")},
        {"notes": ("something failed",)},
        {"cpu_governor": "performance"},
    ],
)
def test_what_makes_no_timing_differ_keeps_the_fingerprint(environment, change):
    changed = environment.model_copy(update=change)
    assert fingerprint(changed) == fingerprint(environment)
    assert explain_difference(environment, changed) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"cpu_model": "AMD EPYC 9654"}, ("CPU", "AMD EPYC", "AMD EPYC 9654")),
        ({"num_cpus_usable": 1}, ("usable cores", "2", "1")),
        ({"cgroup_cpu_limit": 1.5}, ("CPU quota", "none", "1.50")),
        ({"cpu_flags": ()}, ("vector instructions", "avx avx2 f16c fma sse4_2", "none known")),
        ({"memory_limit_bytes": 8 * 2**30}, ("memory", "24 GiB", "8 GiB")),
        ({"gpus": (build_gpu(driver=None),)}, ("GPUs", "none", "NVIDIA H100")),
        ({"machine": "aarch64"}, ("system", "Linux x86_64", "Linux aarch64")),
        ({"python": "3.12.1"}, ("Python", "3.11", "3.12")),
        ({"libraries": {"tensorflow": "2.21.0", "keras": "3.16.0", "numpy": "2.4.6"}}, ("Keras", "3.15.1", "3.16.0")),
    ],
)
def test_what_makes_timings_differ_is_named_with_both_values(environment, change, difference):
    changed = environment.model_copy(update=change)
    assert fingerprint(changed) != fingerprint(environment)
    assert explain_difference(environment, changed) == [difference]


def test_a_driver_counts_by_its_major_version(environment):
    old, patched, new = (
        environment.model_copy(update={"gpus": (build_gpu(driver=driver),)})
        for driver in ("560.35.03", "560.94", "580.1")
    )
    assert fingerprint(old) == fingerprint(patched)
    assert explain_difference(old, new) == [("GPU driver", "560", "580")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024]), st.floats(0.94, 1.0))
def test_memory_that_a_kernel_keeps_for_itself_does_not_change_the_class(environment, gib, share):
    nominal = environment.model_copy(update={"memory_bytes": gib * 2**30})
    seen = environment.model_copy(update={"memory_bytes": int(gib * share * 2**30)})
    assert fingerprint(nominal) == fingerprint(seen)


def test_variables_and_niceness_that_differ_are_named_though_the_fingerprint_is_one(environment):
    slowed = environment.model_copy(update={"variables": {"ONEDNN_MAX_CPU_ISA": "SSE41"}, "niceness": 10})
    usual = environment.model_copy(update={"niceness": 0})
    assert fingerprint(slowed) == fingerprint(usual)
    assert explain_difference(usual, slowed) == [
        ("ONEDNN_MAX_CPU_ISA", "not set", "'SSE41'"),
        ("niceness", "0", "10"),
    ]
    assert not have_comparable_times(usual, slowed)


def test_harmless_variables_and_an_unknown_niceness_make_no_difference(environment):
    told = environment.model_copy(update={"variables": {"TF_CPP_MIN_LOG_LEVEL": "2"}, "niceness": 0})
    unknown = environment.model_copy(update={"niceness": None})
    assert have_comparable_times(told, unknown)
