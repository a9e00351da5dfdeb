from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from bench.host.ceilings import peak
from bench.host.ceilings.ceilings import Ceilings, GpuCheck
from bench.host.ceilings.peak import list_operations, main
from bench.host.ceilings.peak_sizes import choose_array_bytes, time_best
from bench.host.devices import Device

MIB = 1024**2
CPU, GPU = Device("cpu"), Device("gpu", gpu_index=0)


def build_nodes(*operations):
    return [SimpleNamespace(op=operation) for operation in operations]


def test_operations_inside_called_functions_are_found():
    function = SimpleNamespace(node_def=build_nodes("CudnnRNNV3", "Mul"))
    graph = SimpleNamespace(node=build_nodes("Placeholder"), library=SimpleNamespace(function=[function]))
    assert list_operations(graph) == {"Placeholder", "CudnnRNNV3", "Mul"}


def test_the_best_repeat_counts_and_the_first_call_is_not_timed():
    times = iter([0.0, 9.0, 10.0, 13.0, *(100.0 * index for index in range(2, 12))])
    calls = []
    assert time_best(lambda: calls.append(1), lambda: next(times)) == 3.0
    assert len(calls) == 8


def test_an_unknown_question_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["guess"])
    assert "invalid choice: 'guess'" in capsys.readouterr().err


def test_the_answer_is_one_line_of_json(monkeypatch, capsys):
    monkeypatch.setattr("bench.host.ceilings.peak.check", lambda: GpuCheck(tensorflow="2.21.0"))
    main(["check"])
    assert GpuCheck.model_validate_json(capsys.readouterr().out) == GpuCheck(tensorflow="2.21.0")


def test_the_bandwidths_array_is_far_larger_than_a_small_cache_and_larger_still_on_a_gpu(machine):
    probe = machine("firecracker_epyc", affinity=2)
    assert (choose_array_bytes(CPU, probe), choose_array_bytes(GPU, probe)) == (256 * MIB, 1024 * MIB)


@pytest.mark.parametrize(
    ("recorded", "array_bytes"),
    [
        (None, 4 * 384 * MIB),  # STREAM's rule
        ("container_xeon", 1024 * MIB),  # an eighth of the container's 8 GiB
    ],
)
def test_the_bandwidths_array_is_four_times_a_large_cache_where_memory_has_room(machine, recorded, array_bytes):
    probe = machine(recorded, affinity=1)
    folder = probe.root / "sys/devices/system/cpu/cpu0/cache/index3"
    folder.mkdir(parents=True)
    for name, text in (("level", "3"), ("size", "384M"), ("shared_cpu_list", "0-63")):
        (folder / name).write_text(text)
    assert choose_array_bytes(CPU, probe) == array_bytes


class ResourceExhaustedError(Exception):
    """Stands in for TensorFlow's own."""


@pytest.fixture
def full_device(monkeypatch):
    """Return what makes a device with room for an array of so many bytes, and gives the list of what was tried."""

    def build(room_bytes):
        tried = []

        def time_bandwidth(_tf, array_bytes, *_):
            tried.append(array_bytes)
            if array_bytes > room_bytes:
                raise ResourceExhaustedError
            return 1e11

        monkeypatch.setattr(peak, "time_bandwidth", time_bandwidth)
        return tried

    return build


TENSORFLOW = SimpleNamespace(errors=SimpleNamespace(ResourceExhaustedError=ResourceExhaustedError))


def test_a_device_without_room_is_measured_with_half_as_much_until_it_has(full_device):
    tried = full_device(room_bytes=300 * MIB)
    assert peak.measure_bandwidth(TENSORFLOW, GPU, 1, None, None) == 1e11
    assert tried == [1024 * MIB, 512 * MIB, 256 * MIB]


def test_a_device_without_room_for_the_smallest_array_is_an_error(full_device):
    tried = full_device(room_bytes=0)
    with pytest.raises(ResourceExhaustedError):
        peak.measure_bandwidth(TENSORFLOW, GPU, 1, None, None)
    assert tried[-1] == 64 * MIB


# Rates of few products or passes and of many: were some left out, many would seem many times as fast. Four passes at
# least, since a virtual machine may take as long as several passes to give the first one its memory.
MEASURE = """
import json, sys, time
from bench.host.ceilings import peak
print(peak.measure().model_dump_json())
tf, clock = sys.modules["tensorflow"], time.perf_counter
products = [peak.time_products(tf, (384, 384, 384), count, clock) for count in (2, 32)]
passes = [peak.time_bandwidth(tf, 32 * 1024**2, count, clock) for count in (4, 32)]
print(json.dumps([products, passes]))
"""


@pytest.mark.training
def test_ceilings_are_possible_figures_and_no_product_or_pass_is_left_out():
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    measured, rates = done.stdout.splitlines()[-2:]
    cpu = Ceilings.model_validate_json(measured).devices[0]
    assert (cpu.device, cpu.tf32) == ("cpu", False)
    assert cpu.gemm_flops_per_s > 1e8
    assert cpu.bandwidth_bytes_per_s > 1e7
    for few, many in json.loads(rates):
        assert few / 4 < many < 4 * few
