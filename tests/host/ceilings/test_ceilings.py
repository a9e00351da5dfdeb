from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import ChildError
from bench.host.ceilings.ceilings import (
    Ceiling,
    Ceilings,
    GpuCheck,
    ask_peak,
    cache_folder,
    measure_ceilings,
    probe_gpu,
    read_cached_ceilings,
)

CEILINGS = Ceilings(
    tensorflow="2.21.0",
    devices=(
        Ceiling(
            device="cpu", gemm_flops_per_s=1.7e11, lstm_gemm_flops_per_s=5e10, bandwidth_bytes_per_s=1e10, tf32=False
        ),
    ),
)


class Child:
    """Stands in for the child process: gives one answer, or fails, and remembers what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def __call__(self, arguments, _timeout_s):
        self.asked.append(" ".join(arguments))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_ceilings_are_measured_once_for_each_fingerprint(environment, tmp_path):
    child = Child(CEILINGS.model_dump_json())
    for _ in range(2):
        assert measure_ceilings(environment, cache=tmp_path / "new", child=child) == CEILINGS
    assert child.asked == ["measure cpu float32"]
    other = environment.model_copy(update={"fingerprint": "another"})
    measure_ceilings(other, cache=tmp_path / "new", child=child)
    measure_ceilings(environment, cache=tmp_path / "new", child=child, refresh=True)
    assert child.asked == ["measure cpu float32"] * 3


def test_a_device_that_is_not_cached_yet_is_measured_and_added(environment, tmp_path):
    one = CEILINGS.devices[0].model_copy(update={"device": "cpu:1"})
    half = one.model_copy(update={"device": "cpu", "precision": "mixed_bfloat16"})
    measure_ceilings(environment, cache=tmp_path, child=Child(CEILINGS.model_dump_json()))
    for wanted, ceiling in ((("cpu:1", "float32"), one), (("cpu", "mixed_bfloat16"), half)):
        child = Child(Ceilings(tensorflow="2.21.0", devices=(ceiling,)).model_dump_json())
        found = measure_ceilings(environment, [("cpu", "float32"), wanted, wanted], cache=tmp_path, child=child)
        assert found.devices == (CEILINGS.devices[0], ceiling)
        assert child.asked == ["measure " + " ".join(wanted)]
    cached = read_cached_ceilings(environment, tmp_path)
    assert cached.find("cpu:1") == one
    assert cached.find("cpu", "mixed_bfloat16") == half
    assert cached.find("cpu:2") is None


def test_measuring_again_keeps_the_larger_of_each_figure(environment, tmp_path):
    quiet = CEILINGS.devices[0]
    busy = quiet.model_copy(update={"gemm_flops_per_s": 2e10, "bandwidth_bytes_per_s": 2e10})
    for measured in (busy, quiet, busy):
        child = Child(Ceilings(tensorflow="2.21.0", devices=(measured,)).model_dump_json())
        found = measure_ceilings(environment, cache=tmp_path, child=child, refresh=True)
    assert found.devices == (quiet.model_copy(update={"bandwidth_bytes_per_s": 2e10}),)
    assert read_cached_ceilings(environment, tmp_path) == found


def test_memory_carries_in_each_precision_what_it_carried_in_any():
    single = Ceiling(
        device="cpu", gemm_flops_per_s=184e9, lstm_gemm_flops_per_s=73e9, bandwidth_bytes_per_s=23.2e9, tf32=False
    )
    half = {"precision": "mixed_bfloat16", "gemm_flops_per_s": 426e9, "bandwidth_bytes_per_s": 11.5e9}
    found = Ceilings(tensorflow="2", devices=(single, single.model_copy(update=half)))
    assert [one.bandwidth_bytes_per_s for one in found.devices] == [23.2e9, 23.2e9]
    assert [one.gemm_flops_per_s for one in found.devices] == [184e9, 426e9]


def test_more_threads_reach_at_least_what_fewer_do():
    one = Ceiling(
        device="cpu:1", gemm_flops_per_s=90e9, lstm_gemm_flops_per_s=73.7e9, bandwidth_bytes_per_s=9e9, tf32=False
    )
    two = one.model_copy(
        update={
            "device": "cpu:2",
            "gemm_flops_per_s": 171e9,
            "lstm_gemm_flops_per_s": 67.4e9,
            "bandwidth_bytes_per_s": 8e9,
        }
    )
    every = two.model_copy(update={"device": "cpu", "gemm_flops_per_s": 160e9})
    half = one.model_copy(update={"precision": "mixed_bfloat16", "gemm_flops_per_s": 999e9})
    gpu = one.model_copy(update={"device": "gpu:0", "gemm_flops_per_s": 50e9})
    found = Ceilings(tensorflow="2", devices=(every, two, one, half, gpu))
    raised = two.model_copy(update={"lstm_gemm_flops_per_s": 73.7e9, "bandwidth_bytes_per_s": 9e9})
    assert found.find("cpu:2") == raised
    assert found.find("cpu") == raised.model_copy(update={"device": "cpu"})
    assert [found.find("cpu:1"), found.find("cpu:1", "mixed_bfloat16"), found.find("gpu")] == [one, half, gpu]
    assert Ceilings.model_validate_json(found.model_dump_json()) == found


def test_the_first_gpu_goes_by_two_names():
    gpu = CEILINGS.devices[0].model_copy(update={"device": "gpu:0"})
    ceilings = Ceilings(tensorflow="2.21.0", devices=(gpu,))
    assert ceilings.find("gpu") == gpu
    assert ceilings.find("gpu:1") is None


def test_nothing_is_cached_before_a_measurement(environment, tmp_path):
    assert read_cached_ceilings(environment, tmp_path) is None


def test_a_cache_holds_whole_files_alone(environment, tmp_path):
    measure_ceilings(environment, cache=tmp_path, child=Child(CEILINGS.model_dump_json()))
    assert [path.name for path in tmp_path.iterdir()] == [f"ceilings-2-{environment.fingerprint}.json"]


@pytest.mark.parametrize("text", ["", "{", "{}", "x" * 100_000])
def test_a_broken_cache_is_measured_again(environment, tmp_path, text):
    (tmp_path / f"ceilings-2-{environment.fingerprint}.json").write_text(text)
    child = Child(CEILINGS.model_dump_json())
    assert measure_ceilings(environment, cache=tmp_path, child=child) == CEILINGS
    assert child.asked == ["measure cpu float32"]


def test_a_cache_that_cannot_be_written_costs_no_figure(environment, tmp_path):
    (tmp_path / "file").write_text("")
    child = Child(CEILINGS.model_dump_json())
    assert measure_ceilings(environment, cache=tmp_path / "file", child=child) == CEILINGS


@pytest.mark.parametrize("answer", ["", "not JSON", '{"devices": [{"gemm_flops_per_s": 0}]}'])
def test_an_answer_that_cannot_be_read_is_an_error(environment, tmp_path, answer):
    with pytest.raises(ChildError, match="could not be read"):
        measure_ceilings(environment, cache=tmp_path, child=Child(answer))
    assert list(tmp_path.iterdir()) == []


def test_a_check_returns_what_the_child_found_or_why_it_could_not():
    found = GpuCheck(tensorflow="2.21.0", built_with_cuda=True, gpus=("NVIDIA H100",), cudnn_works=True)
    assert probe_gpu(child=Child(found.model_dump_json())) == found
    assert probe_gpu(child=Child(ChildError("it hangs"))).error == "it hangs"
    assert "could not be read" in probe_gpu(child=Child("Killed")).error


def test_a_child_that_fails_is_an_error_with_its_last_words():
    with pytest.raises(ChildError, match=r"ended with 2.*invalid choice: 'nonsense'"):
        ask_peak(("nonsense",), 60)


def test_a_child_that_takes_too_long_is_ended():
    with pytest.raises(ChildError, match=r"within 0\.01 s"):
        ask_peak(("check",), 0.01)


def test_the_cache_lies_in_the_users_own_folder(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/rnn-or-cnn")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the specification says to ignore it
    assert cache_folder() == Path("/home/someone/.cache/rnn-or-cnn")


@pytest.mark.training
def test_tensorflow_in_a_child_tells_its_gpus():
    check = probe_gpu()
    assert check.error is None
    assert check.tensorflow is not None
    assert (check.cudnn_works is None) == (check.gpus == ())
