from __future__ import annotations

from collections.abc import Callable

from bench.analysis.time_estimate import PlanEstimate, TrialEstimate
from bench.host.ceilings.ceilings import Ceiling, Ceilings, GpuCheck
from bench.host.environment import Environment, Gpu
from bench.networks.registry import builtin_models
from bench.plan.case import Case, Trial
from bench.plan.expand import NotRun
from bench.plan.suite import builtin_suites
from bench.reports.terminal.listings import (
    ceilings_list,
    check_table,
    environment_table,
    list_models_table,
    list_runs_table,
    list_suites_table,
    plan_table,
)
from bench.store.records import ResolvedSuite, RunRecord

MakeRun = Callable[..., RunRecord]
LSTM, CNN = Case(model="lstm", epochs=3), Case(model="cnn", epochs=10)
TRIALS = tuple(Trial(case=case, seed=0, index=index) for index, case in enumerate((LSTM, CNN)))
SUITE = ResolvedSuite(name="s", description="", targets=(0.9,), timeout_s=None, trials=TRIALS)


def test_every_network_has_its_row() -> None:
    rows = list_models_table(builtin_models()).splitlines()[2:]
    assert [row.split()[0] for row in rows] == list(builtin_models())


def test_every_suite_has_its_row_with_its_targets() -> None:
    table = list_suites_table(builtin_suites())
    assert len(table.splitlines()) == 2 + len(builtin_suites())
    assert "90 %" in table


def test_a_run_has_its_start_and_its_machine(make_run: MakeRun) -> None:
    record = make_run([LSTM], seeds=(0, 1))
    row = list_runs_table([record]).splitlines()[-1]
    assert record.run_id in row
    assert "2026-11-22 08:15" in row
    assert "Example CPU" in row


def test_a_machine_is_described_and_its_names_are_inert(environment: Environment) -> None:
    hostile = environment.model_copy(update={"cpu_model": "\x1b[31mCPU\n\u202e"})
    table = environment_table(hostile)
    assert "processor CPU \ufffd" in " ".join(table.split())
    assert "2 usable, 2 physical" in table


def test_limits_and_changes_are_part_of_the_machine(environment: Environment) -> None:
    limited = environment.model_copy(
        update={"cgroup_cpu_limit": 1.5, "memory_limit_bytes": 2**30, "git_dirty": True, "num_physical_cores": None}
    )
    table = environment_table(limited)
    assert "2 usable, limited to 1.5" in table
    assert "8.00 GiB, limited to 1.00 GiB" in table
    assert "0123456789ab with changes" in table


def test_a_plan_shows_the_order_and_what_it_takes() -> None:
    ids = [trial.trial_id for trial in TRIALS]
    lstm, cnn = (trial.case.case_id for trial in TRIALS)
    estimate = PlanEstimate(
        (TrialEstimate(ids[0], lstm, 200.0, "history"), TrialEstimate(ids[1], cnn, None, None)), 200.0, 1
    )
    assert estimate.seconds_by_case == {lstm: 200.0}
    lines = plan_table(SUITE, estimate).splitlines()
    assert lines[2].split() == ["1", ids[0], "3", "3", "min", "20", "s"]
    assert lines[3].split() == ["2", ids[1], "10", "–"]
    assert lines[-1] == "2 trials, about 3 min 20 s, without 1 of unknown pace."


def test_a_plan_without_an_estimate_claims_no_time() -> None:
    assert plan_table(SUITE).splitlines()[-1] == "2 trials."


def test_a_plan_shows_what_cannot_run_here() -> None:
    left = NotRun(case=Case(model="lstm-cudnn", epochs=3, device="gpu"), reason="no GPU is visible")
    assert "no GPU is visible" in plan_table(SUITE.model_copy(update={"not_run": (left,)}))


def test_all_that_is_known_of_a_machine_has_a_row(environment: Environment) -> None:
    gpu = Gpu(
        name="NVIDIA H100", memory_bytes=80 * 2**30, driver="560.35.03", compute_capability="9.0", power_limit_w=700.0,
        max_clock_mhz=1980, max_memory_clock_mhz=2619, cuda="12.6",
    )  # fmt: skip
    table = environment_table(environment.model_copy(update={"gpus": (gpu,), "build": {"NumPy's BLAS": "openblas"}}))
    for fact in (
        "vector instructions", "avx2", "L3 32.0 MiB", "NUMA nodes", "performance", "driver 560.35.03",
        "CUDA up to 12.6", "1980 MHz", "memory 2619 MHz", "700 W", "NumPy's BLAS: openblas", "a1b2c3d4e5f6",
    ):  # fmt: skip
        assert fact in table


def test_ceilings_have_a_row_for_each_device_and_precision() -> None:
    ceiling = Ceiling(
        device="gpu:0", gemm_flops_per_s=4e13, lstm_gemm_flops_per_s=1.2e12, bandwidth_bytes_per_s=2.5e12, tf32=True
    )
    table = ceilings_list(Ceilings(tensorflow="2.21.0", devices=(ceiling,)))
    assert table.splitlines()[-1].split() == [
        "gpu:0", "float32,", "TF32", "allowed", "40.0", "TFLOP/s", "1.20", "TFLOP/s", "2.50", "TB/s",
    ]  # fmt: skip


def test_without_ceilings_the_command_that_measures_them_is_told() -> None:
    assert "bench env --check" in ceilings_list(None)


def test_a_check_names_the_build_and_the_libraries_that_are_missing() -> None:
    table = check_table(GpuCheck(build={"cudnn_version": "9"}, missing_libraries=("libcudnn.so.9",)))
    assert "cudnn_version" in table
    assert "missing libraries" in table
    assert "libcudnn.so.9" in table
