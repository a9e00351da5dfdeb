from __future__ import annotations

from types import SimpleNamespace

import pytest

from bench.host.sensors.gpu import Gpu, count_pci_gpus, read_gpus


class NVMLError(Exception):
    """Stands in for pynvml's own."""


def fail(*_):
    raise NVMLError("Not Supported")


def without_nvml():
    raise ImportError("No module named 'pynvml'")


def build_nvml(**changes):
    answers = {
        "NVMLError": NVMLError,
        "NVML_CLOCK_SM": 1,
        "NVML_CLOCK_MEM": 2,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlSystemGetDriverVersion": lambda: b"560.35.03",
        "nvmlSystemGetCudaDriverVersion_v2": lambda: 12060,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda _: b"NVIDIA GeForce RTX 4090",
        "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(total=24 * 2**30),
        "nvmlDeviceGetCudaComputeCapability": lambda _: (8, 9),
        "nvmlDeviceGetPowerManagementLimit": lambda _: 450_000,
        "nvmlDeviceGetMaxClockInfo": lambda _, kind: {1: 3120, 2: 10501}[kind],
    }
    return SimpleNamespace(**{**answers, **changes})


def test_nvml_describes_a_gpu_fully(machine):
    gpus, note = read_gpus(machine("gpu_workstation"), build_nvml)
    assert gpus == (
        Gpu(
            name="NVIDIA GeForce RTX 4090",
            memory_bytes=24 * 2**30,
            driver="560.35.03",
            compute_capability="8.9",
            power_limit_w=450.0,
            max_clock_mhz=3120,
            max_memory_clock_mhz=10501,
            cuda="12.6",
        ),
    )
    assert note is None


def test_a_question_that_a_gpu_does_not_support_costs_only_its_own_figure(machine):
    nvml = build_nvml(nvmlDeviceGetPowerManagementLimit=fail, nvmlDeviceGetMaxClockInfo=fail)
    (gpu,), note = read_gpus(machine("gpu_workstation"), lambda: nvml)
    assert (gpu.power_limit_w, gpu.max_clock_mhz, gpu.memory_bytes, note) == (None, None, 24 * 2**30, None)


def test_a_failing_nvml_leaves_the_kernel_drivers_names_and_a_note(machine):
    gpus, note = read_gpus(machine("gpu_workstation"), lambda: build_nvml(nvmlInit=fail))
    assert [(gpu.name, gpu.driver, gpu.memory_bytes) for gpu in gpus] == [
        ("NVIDIA GeForce RTX 4090", "560.35.03", None)
    ]
    assert "NVML failed (Not Supported)" in note


def test_nvml_is_shut_down_when_it_fails_half_way(machine):
    calls = []
    nvml = build_nvml(nvmlDeviceGetCount=fail, nvmlShutdown=lambda: calls.append("shutdown"))
    read_gpus(machine("gpu_workstation"), lambda: nvml)
    assert calls == ["shutdown"]


def test_a_missing_nvidia_ml_py_is_noted_where_there_is_a_gpu(machine):
    gpus, note = read_gpus(machine("gpu_workstation"), without_nvml)
    assert len(gpus) == 1
    assert "nvidia-ml-py is not installed" in note


@pytest.mark.parametrize("load_nvml", [without_nvml, lambda: build_nvml(nvmlInit=fail)])
def test_a_machine_without_a_gpu_has_none_and_no_note(machine, load_nvml):
    assert read_gpus(machine("firecracker_epyc"), load_nvml) == ((), None)


def test_only_nvidia_display_functions_on_the_bus_count_as_gpus(machine):
    assert count_pci_gpus(machine("gpu_workstation")) == 1
    assert count_pci_gpus(machine("firecracker_epyc")) == 0
