"""The proof of a GPU as it goes by where there is one: a backend's process and the workers are stood in for."""

import functools
import json
import os
import signal

import pytest

from bench.api.prove_gpu import plan_proof, prove_gpu
from bench.api.report import report
from bench.api.run import resume
from bench.child_process import ask_child
from bench.cli.exit_status import status_of_proof
from bench.errors import ChildError, ConfigError, DeviceError
from bench.host.capture import capture_environment
from bench.host.lock import measurement_lock
from bench.host.sensors.gpu import Gpu
from bench.plan.backends import check_backend
from bench.run.session.executor import LocalExecutor
from bench.run.session.run_session import run_session
from bench.store.archive import unpack_archive, write_archive
from bench.store.gpu_evidence import read_all_evidence, write_evidence
from bench.store.run_folder import load_run
from tests.faults.conftest import QUICK_WORKER
from tests.gpu.made import make_evidence
from tests.without_figures import draw_no_figures

H200 = Gpu(name="NVIDIA H200", memory_bytes=150_754_820_096, driver="580.159.04", compute_capability="9.0",
           power_limit_w=700.0, max_clock_mhz=1980)  # fmt: skip


SHEETS = '{"models": [], "input_shapes": {}, "layout": "image", "num_classes": 2}'


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Give this machine a GPU, and let workers train nothing; return its environment."""

    def no_ceilings(*_):
        raise ChildError("there is no such GPU")

    environment = capture_environment().model_copy(update={"gpus": (H200,), "variables": {}})
    for module in ("prove_gpu", "run"):
        monkeypatch.setattr(f"bench.api.{module}.capture_environment", lambda **_: environment)
    monkeypatch.setattr("bench.api.run.run_session", functools.partial(run_session, worker_command=QUICK_WORKER))
    monkeypatch.setattr(LocalExecutor, "measure_ceilings", no_ceilings)
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)
    draw_no_figures(monkeypatch.setattr)
    return environment


@pytest.fixture
def asked(machine, monkeypatch):  # noqa: ARG001 - it is this one's machine
    """Let backends show what they would; return who was asked."""
    order = []

    def show(folder, backend, device, timeout_s):
        order.append((backend, device))
        assert timeout_s >= 20
        write_evidence(folder, make_evidence(backend))

    monkeypatch.setattr("bench.api.prove_gpu.watch_backend", show)
    return order


def test_a_proof_is_a_run_with_its_checks_devices_and_verdicts(asked, tmp_path):
    run = prove_gpu(tmp_path / "results", backends=["tensorflow"])
    assert asked == [("tensorflow", "gpu")]
    assert {path.name for path in run.folder.iterdir()} >= {
        "run.json", "gpu-tensorflow.json", "gpu.md", "hardware.md", "claims-gpu.md", "report.md", "index.html",
    }  # fmt: skip
    by_check = {one.check: one.verdict for one in run.gpu.proofs}
    assert by_check["cudnn"] == by_check["cpu"] == "proven"
    assert by_check["oom"] == "not possible here"  # the quick worker has room for everything
    page = run.gpu.page.read_text()
    assert "NVIDIA H200" in page
    assert "With a GPU the cuDNN LSTM is the one to use (TensorFlow)." in page
    trials = {(one.start.case.device, one.start.case.batch_size) for one in load_run(run.folder).journals}
    assert trials == {("gpu", 32), ("gpu", 512), ("gpu", 4096), ("gpu", 57344), ("cpu", 32), ("cpu", 4096)}


@pytest.mark.usefixtures("asked")
def test_after_the_budget_no_trial_begins_and_the_page_is_there(tmp_path):
    run = prove_gpu(tmp_path / "results", backends=["tensorflow"], budget_s=0.0)
    assert load_run(run.folder).journals == ()
    assert {one.verdict for one in run.gpu.proofs if one.check in ("oom", "cpu", "throughput")} == {"not possible here"}
    assert "No trial was run, so there is no verdict." in run.gpu.page.read_text()


@pytest.mark.usefixtures("machine")
def test_a_proof_that_was_interrupted_while_backends_were_asked_has_its_page_and_can_be_finished(monkeypatch, tmp_path):
    def interrupt(folder, backend, *_):
        write_evidence(folder, make_evidence(backend))
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("bench.api.prove_gpu.watch_backend", interrupt)
    run = prove_gpu(tmp_path / "results", backends=["tensorflow"])
    assert (status_of_proof(run), load_run(run.folder).journals) == (143, ())
    assert "No trial was run" in run.gpu.page.read_text()
    resume(run.folder)
    assert "No trial was run" not in run.gpu.page.read_text()


def test_a_proof_that_was_interrupted_while_another_measurement_ran_has_a_report(asked, tmp_path):
    def interrupt(_sentence):
        os.kill(os.getpid(), signal.SIGINT)

    with measurement_lock("another", on_wait=interrupt):
        run = prove_gpu(tmp_path / "results", backends=["tensorflow"], tell=interrupt)
    assert (status_of_proof(run), run.gpu, asked) == (130, None, [])
    assert "No figure: no trial completed an epoch" in run.report.read_text()


@pytest.mark.usefixtures("asked")
def test_the_page_is_rebuilt_with_the_report_and_evidence_travels_in_archives(tmp_path):
    run = prove_gpu(tmp_path / "results", backends=["tensorflow"], budget_s=0.0)
    page, before = run.gpu.page, run.gpu.page.read_bytes()
    page.unlink()
    report(str(run.folder), tmp_path / "results")
    assert page.read_bytes() == before
    write_archive(tmp_path / "run.tar.gz", [run.folder])
    (tmp_path / "unpacked").mkdir()
    (folder,) = unpack_archive(tmp_path / "run.tar.gz", tmp_path / "unpacked")
    assert read_all_evidence(folder) == (make_evidence("tensorflow"),)
    report(str(tmp_path / "run.tar.gz"), tmp_path / "results")
    assert (tmp_path / run.folder.name / page.name).read_bytes() == before


@pytest.mark.usefixtures("asked")
def test_with_json_stdout_is_one_object(call_bench_in, tmp_path):
    done = call_bench_in(tmp_path, "prove-gpu", "--json", "--time-budget", "1s")
    assert done.returncode == 0
    assert {one["verdict"] for one in json.loads(done.stdout)["checks"]} == {"proven", "not possible here"}


def test_a_process_may_be_given_days():
    assert ask_child("bench.networks.sheet_process", request=SHEETS, timeout_s=3.6e6) == "[]"


def test_what_comes_first_has_all_its_seeds_first_and_another_network_leads_each(machine):
    plan, backends = plan_proof(machine, ["tensorflow"])
    first = [(one.case.model, one.seed) for one in plan.suite.trials[:6]]
    assert {seed for _, seed in first} == {0, 1}
    assert {one.case.batch_size for one in plan.suite.trials[:6]} == {32}
    assert first[0][0] != next(model for model, seed in first if seed == 1)
    assert [one.index for one in plan.suite.trials] == list(range(len(plan.suite.trials)))
    assert backends == ("tensorflow",)


def test_a_backend_that_is_named_must_be_installed(machine, monkeypatch):
    monkeypatch.setattr(
        "bench.api.prove_gpu.check_backend", functools.partial(check_backend, has_module=lambda _: False)
    )
    with pytest.raises(ConfigError, match="backend jax is not installed"):
        plan_proof(machine, ["jax"])


@pytest.mark.usefixtures("asked")
def test_evidence_is_json_that_anyone_can_read(tmp_path):
    run = prove_gpu(tmp_path / "results", backends=["tensorflow"], budget_s=0.0)
    told = json.loads((run.folder / "gpu-tensorflow.json").read_text())
    assert (told["schema"], told["trainings"][0]["case"]["model"]) == (1, "lstm-cudnn")


def test_without_a_gpu_nothing_is_begun(tmp_path):
    with pytest.raises(DeviceError, match="no GPU is visible here"):
        prove_gpu(tmp_path / "results")
    assert not (tmp_path / "results").exists()
