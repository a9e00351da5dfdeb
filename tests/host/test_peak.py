from __future__ import annotations

from types import SimpleNamespace

import pytest

from bench.host.ceilings import GpuCheck
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
