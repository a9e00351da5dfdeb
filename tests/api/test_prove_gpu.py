"""The proof of a GPU as it goes by where there is one: a backend's process and the workers are stood in for."""

import functools
import json

import pytest

from bench.api.prove_gpu import prove_gpu
from bench.errors import ChildError, DeviceError
from bench.gpu.evidence import write_evidence
from bench.host.capture import capture_environment
from bench.host.sensors.gpu import Gpu
from bench.run.session.executor import LocalExecutor
from bench.run.session.run_session import run_session
from bench.store.run_folder import load_run
from tests.faults.conftest import QUICK_WORKER
from tests.gpu.evidence import make_evidence
from tests.without_figures import draw_no_figures

H200 = Gpu(name="NVIDIA H200", memory_bytes=150_754_820_096, driver="580.159.04", compute_capability="9.0",
           power_limit_w=700.0, max_clock_mhz=1980)  # fmt: skip


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Give this machine a GPU, let backends show what they would, and workers train nothing; return who was asked."""
    order = []

    def show(folder, backend, device, timeout_s):
        order.append((backend, device))
        assert timeout_s >= 20
        write_evidence(folder, make_evidence(backend))

    def no_ceilings(*_):
        raise ChildError("there is no such GPU")

    real = capture_environment()
    environment = real.model_copy(update={"gpus": (H200,), "variables": {}})
    monkeypatch.setattr("bench.api.prove_gpu.capture_environment", lambda **_: environment)
    monkeypatch.setattr("bench.api.prove_gpu.watch_backend", show)
    monkeypatch.setattr("bench.api.run.run_session", functools.partial(run_session, worker_command=QUICK_WORKER))
    monkeypatch.setattr(LocalExecutor, "measure_ceilings", no_ceilings)
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)
    draw_no_figures(monkeypatch.setattr)
    return order


def test_a_proof_is_a_run_with_its_checks_devices_and_verdicts(asked, tmp_path):
    proved = prove_gpu(tmp_path / "results", backends=["tensorflow"])
    assert asked == [("tensorflow", "gpu")]
    assert {path.name for path in proved.run.folder.iterdir()} >= {
        "run.json", "gpu-tensorflow.json", "gpu.md", "hardware.md", "claims-gpu.md", "report.md", "index.html",
    }  # fmt: skip
    by_check = {one.check: one.verdict for one in proved.proofs}
    assert by_check["cudnn"] == by_check["cpu"] == "proven"
    assert by_check["oom"] == "not possible here"  # the quick worker has room for everything
    page = proved.page.read_text()
    assert "NVIDIA H200" in page
    assert "With a GPU the cuDNN LSTM is the one to use (TensorFlow)." in page
    trials = {(one.start.case.device, one.start.case.batch_size) for one in load_run(proved.run.folder).journals}
    assert trials == {("gpu", 32), ("gpu", 512), ("gpu", 4096), ("gpu", 57344), ("cpu", 32), ("cpu", 4096)}


@pytest.mark.usefixtures("asked")
def test_after_the_budget_no_trial_begins_and_the_page_is_there(tmp_path):
    proved = prove_gpu(tmp_path / "results", backends=["tensorflow"], budget_s=0.0)
    assert load_run(proved.run.folder).journals == ()
    assert {one.verdict for one in proved.proofs if one.check in ("oom", "cpu", "throughput")} == {"not possible here"}
    assert "No trial was run, so there is no verdict." in proved.page.read_text()


@pytest.mark.usefixtures("asked")
def test_evidence_is_json_that_anyone_can_read(tmp_path):
    proved = prove_gpu(tmp_path / "results", backends=["tensorflow"], budget_s=0.0)
    told = json.loads((proved.run.folder / "gpu-tensorflow.json").read_text())
    assert (told["schema"], told["trainings"][0]["case"]["model"]) == (1, "lstm-cudnn")


def test_without_a_gpu_nothing_is_begun(tmp_path):
    with pytest.raises(DeviceError, match="no GPU is visible here"):
        prove_gpu(tmp_path / "results")
    assert not (tmp_path / "results").exists()
