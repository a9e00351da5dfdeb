from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from bench.host.ceilings import Ceilings, GpuCheck
from bench.host.peak import _best_s, list_operations, main


def build_nodes(*operations):
    return [SimpleNamespace(op=operation) for operation in operations]


def test_operations_inside_called_functions_are_found():
    function = SimpleNamespace(node_def=build_nodes("CudnnRNNV3", "Mul"))
    graph = SimpleNamespace(node=build_nodes("Placeholder"), library=SimpleNamespace(function=[function]))
    assert list_operations(graph) == {"Placeholder", "CudnnRNNV3", "Mul"}


def test_the_best_repeat_counts_and_the_first_call_is_not_timed():
    times = iter([0.0, 9.0, 10.0, 13.0, *(100.0 * index for index in range(2, 12))])
    calls = []
    assert _best_s(lambda: calls.append(1), lambda: next(times)) == 3.0
    assert len(calls) == 8


def test_an_unknown_question_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["guess"])
    assert "invalid choice: 'guess'" in capsys.readouterr().err


def test_the_answer_is_one_line_of_json(monkeypatch, capsys):
    monkeypatch.setattr("bench.host.peak.check", lambda: GpuCheck(tensorflow="2.21.0"))
    main(["check"])
    assert GpuCheck.model_validate_json(capsys.readouterr().out) == GpuCheck(tensorflow="2.21.0")


# Rates of one product and of many: were some left out, many would seem many times as fast.
MEASURE = """
import json, sys, time
from bench.host import peak
print(peak.measure().model_dump_json())
tf, clock = sys.modules["tensorflow"], time.perf_counter
products = [peak._time_products(tf, (384, 384, 384), count, clock) for count in (2, 32)]
passes = [peak._time_bandwidth(tf, count, clock) for count in (1, 8)]
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
