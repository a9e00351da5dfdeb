"""The process of a backend may end anyhow: what it had seen stays, with what ended it."""

import pytest

from bench.errors import ChildError
from bench.gpu.probe import choose_kernels
from bench.gpu.watch_backend import watch_backend
from bench.store.gpu_evidence import (
    MAX_EVIDENCE_BYTES,
    MAX_KERNELS,
    MAX_TEXT,
    KernelTime,
    evidence_path,
    read_all_evidence,
    read_evidence,
    write_evidence,
)
from tests.gpu.made import make_evidence


def test_what_a_process_saw_is_in_the_runs_folder(tmp_path):
    def child(*command, timeout_s, who):
        assert command == ("bench.gpu.probe", "see", "jax", "gpu", str(tmp_path))
        assert (timeout_s, who) == (90.0, "JAX")
        write_evidence(tmp_path, make_evidence("jax"))
        return ""

    watch_backend(tmp_path, "jax", "gpu", 90.0, child)
    assert read_all_evidence(tmp_path) == (make_evidence("jax"),)


def test_a_process_that_dies_leaves_what_it_had_seen_and_why_it_ended(tmp_path):
    seen = make_evidence(agreement=None, reading=None)

    def child(*_command, **_options):
        write_evidence(tmp_path, seen)
        raise ChildError("PyTorch's process ended with -11: ")

    watch_backend(tmp_path, "torch", "gpu", 90.0, child)
    problem = {"problem": "PyTorch's process ended with -11: "}
    assert read_evidence(tmp_path, "torch") == seen.model_copy(update=problem)


def test_what_an_earlier_process_saw_is_not_taken_for_this_ones(tmp_path):
    def child(*_command, **_options):
        raise ChildError("no answer from PyTorch within 90 s")

    write_evidence(tmp_path, make_evidence())
    watch_backend(tmp_path, "torch", "gpu", 90.0, child)
    found = read_evidence(tmp_path, "torch")
    assert (found.trainings, found.problem) == ((), "no answer from PyTorch within 90 s")


def test_a_process_that_writes_nothing_is_told(tmp_path):
    watch_backend(tmp_path, "torch", "gpu", 90.0, lambda *_, **__: "")
    assert read_evidence(tmp_path, "torch").problem == "its process had seen nothing when it ended"


def test_a_process_that_writes_garbage_and_dies_costs_no_other(tmp_path):
    def child(*_command, **_options):
        evidence_path(tmp_path, "torch").write_bytes(b"\xff\x00")
        raise ChildError("PyTorch's process ended with 3: " + 9999 * "x")

    watch_backend(tmp_path, "torch", "gpu", 90.0, child)
    found = read_evidence(tmp_path, "torch")
    assert (found.trainings, len(found.problem)) == ((), MAX_TEXT)


def test_evidence_under_another_backends_name_is_not_taken_for_it(tmp_path):
    write_evidence(tmp_path, make_evidence("tensorflow"))
    evidence_path(tmp_path, "tensorflow").rename(evidence_path(tmp_path, "jax"))
    (found,) = read_all_evidence(tmp_path)
    assert (found.backend, found.trainings) == ("jax", ())
    assert found.problem.startswith("gpu-jax.json: expected what jax saw, received tensorflow")


def test_a_reading_of_no_time_is_refused(tmp_path):
    evidence = make_evidence()
    reading = evidence.reading.model_copy(update={"seconds": 0.0})
    write_evidence(tmp_path, evidence.model_copy(update={"reading": reading}))
    assert "reading.seconds" in read_all_evidence(tmp_path)[0].problem


def test_backends_without_a_file_were_not_asked(tmp_path):
    for backend in ("torch", "tensorflow"):
        write_evidence(tmp_path, make_evidence(backend))
    assert [one.backend for one in read_all_evidence(tmp_path)] == ["tensorflow", "torch"]
    assert read_evidence(tmp_path, "jax") is None
    assert evidence_path(tmp_path, "jax").name == "gpu-jax.json"


@pytest.mark.parametrize("content", [b"{", b"{}", b" " * (MAX_EVIDENCE_BYTES + 1)])
def test_a_damaged_file_of_one_backend_costs_no_other(tmp_path, content):
    write_evidence(tmp_path, make_evidence())
    evidence_path(tmp_path, "jax").write_bytes(content)
    jax, torch = read_all_evidence(tmp_path)
    assert (jax.trainings, torch) == ((), make_evidence())
    assert "gpu-jax.json" in jax.problem


@pytest.mark.parametrize("place", [0, MAX_KERNELS, 500])
def test_a_kernel_of_cudnns_is_kept_however_short(place):
    kernels = [KernelTime(name=f"gemm{number}", calls=1, seconds=1.0) for number in range(501)]
    kernels[place] = KernelTime(name="persistRNN_addBias", calls=1, seconds=0.0)
    chosen = choose_kernels(kernels)
    assert kernels[place] in chosen
    assert len(chosen) <= MAX_KERNELS + 1
