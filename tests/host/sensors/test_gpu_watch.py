from __future__ import annotations

from types import SimpleNamespace

import pytest

from bench.host.sensors.gpu_watch import GpuNow, GpuWatch

OWN = 4242


class NVMLError(Exception):
    """Stands in for pynvml's own."""


def fail(*_):
    raise NVMLError("Not Supported")


def build_nvml(*processes, **changes):
    """NVML on a machine with a GPU for each list of process ids; a call answers as an A100's did."""
    answers = {
        "NVMLError": NVMLError,
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: len(processes),
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetComputeRunningProcesses": lambda index: [
            SimpleNamespace(pid=pid, usedGpuMemory=529_530_880, gpuInstanceId=0xFFFFFFFF) for pid in processes[index]
        ],
        "NVML_CLOCK_SM": 1,
        "NVML_CLOCK_MEM": 2,
        "nvmlDeviceGetClockInfo": lambda index, kind: {1: 1410, 2: 1593}[kind] + index,
        "nvmlDeviceGetPowerUsage": lambda index: 312_500 + index,
        "nvmlDeviceGetTotalEnergyConsumption": lambda index: 1_273_402_911 + index,
    }
    return SimpleNamespace(**{**answers, **changes})


def watch(*processes, **changes):
    return GpuWatch(lambda: build_nvml(*processes, **changes), OWN)


def without_nvml():
    raise ImportError("No module named 'pynvml'")


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        (([OWN],), 0),
        (([OWN, 17, 18],), 2),
        (([17], [OWN, 18]), 1),  # what others do on another GPU is no concern of this trial
        (([17],), None),  # another namespace of process ids: who is foreign cannot be told
        (([],), None),
        ((), None),
    ],
)
def test_others_on_the_same_gpu_are_counted(processes, expected):
    assert watch(*processes).count_foreign() == expected


@pytest.mark.parametrize(
    "gpus", [GpuWatch(without_nvml), watch(nvmlInit=fail), watch([OWN], nvmlDeviceGetComputeRunningProcesses=fail)]
)
def test_an_nvml_that_does_not_answer_gives_no_count(gpus):
    assert gpus.count_foreign() is None


def test_the_energy_of_the_gpu_that_lists_this_process_is_read_in_joules():
    (counter,) = watch([17], [OWN]).counters()
    assert (counter.name, counter.read(), counter.range_j) == ("GPU 1", 1_273_402.912, None)


def test_a_machines_only_gpu_is_its_own_also_inside_a_container():
    (counter,) = watch([17]).counters()
    assert counter.read() == 1_273_402.911


@pytest.mark.parametrize(
    "gpus",
    [
        watch([OWN], nvmlDeviceGetTotalEnergyConsumption=fail),  # before Volta
        watch([17], [18]),
        GpuWatch(without_nvml),
    ],
)
def test_a_gpu_without_a_counter_or_that_is_not_known_to_be_its_own_gives_no_joules(gpus):
    assert gpus.counters() == ()


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [
        (watch([17], [OWN]), GpuNow(1411, 1594, 312.501)),
        (watch([OWN], nvmlDeviceGetPowerUsage=fail), GpuNow(1410, 1593, None)),
        (watch([17], [18]), GpuNow()),  # which one is its own cannot be told
        (GpuWatch(without_nvml), GpuNow()),
    ],
)
def test_clocks_and_power_are_those_of_its_own_gpu(gpus, expected):
    assert gpus.read_now() == expected
