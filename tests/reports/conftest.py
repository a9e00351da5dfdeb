"""Hand-made summaries, so that a renderer's test fails for the renderer's faults alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.analysis.summary_types import (
    CaseSummary,
    Caution,
    CautionCode,
    Comparison,
    Contrast,
    Curve,
    CurvePoint,
    EpochSeconds,
    Failure,
    Interval,
    RunSummary,
    SeedCurve,
    TargetResult,
    TargetTime,
    TrialLedger,
    TrialSummary,
    Wins,
)
from bench.analysis.trial.ledger import mean_ledger
from bench.analysis.trial.time_to_target import TARGET_SWEEP
from bench.analysis.trial.validations import Validation
from bench.data.dataset import DataInfo
from bench.host.environment import Environment
from bench.networks.flops import LayerSheet
from bench.networks.proof.execution import LayerPath
from bench.plan.case import Case
from bench.plan.expand import NotRun
from bench.store.records import Resolved

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]

LSTM_CURVE = (0.9498, 0.9702, 0.9811)
CNN_CURVE = (0.9834, 0.9871, 0.9889, 0.9897, 0.9903, 0.9899, 0.9906, 0.9911, 0.9908, 0.9914)


@pytest.fixture
def make_case_summary() -> MakeCaseSummary:
    """Return a factory of case summaries: `make_case_summary("lstm", curve=(…), epoch_s=60.0, seeds=(0, 1))`."""
    return case_summary


@pytest.fixture
def make_summary(environment: Environment) -> MakeSummary:
    """Return a factory of run summaries over the given cases; the tutorial's two networks where none are given."""

    def make(cases: Sequence[CaseSummary] | None = None, **changes: Any) -> RunSummary:
        chosen = two_networks() if cases is None else tuple(cases)
        num_trials = sum(len(case.trials) for case in chosen)
        summary = RunSummary(
            run_id="20261122T081500Z-tutorial-3f2a",
            created_at=datetime(2026, 11, 22, 8, 15, tzinfo=UTC),
            version="0.1.0",
            command=("python", "-m", "bench", "run", "tutorial", "--seeds", "3"),
            suite="tutorial",
            description="The tutorial's two networks on MNIST",
            environment=environment,
            concurrent=False,
            targets=(0.9, 0.99),
            primary_target=0.9,
            num_planned=num_trials,
            num_by_status={"ok": num_trials},
            total_s=1_530.0,
            cases=chosen,
            headlines=(),
            comparisons=(),
            failures=(),
            set_aside=(),
            missing=(),
            cautions=(Caution(CautionCode.VALIDATION_IS_TEST, (), {"num_test": 10_000}),),
        )
        return replace(summary, **changes)

    return make


def two_networks() -> tuple[CaseSummary, CaseSummary]:
    return (
        case_summary("lstm", curve=LSTM_CURVE, epoch_s=60.0, seeds=(0, 1, 2)),
        case_summary("cnn", curve=CNN_CURVE, epoch_s=34.0, seeds=(0, 1, 2)),
    )


def headline_contrasts(*, decided: bool = True) -> tuple[Contrast, ...]:
    """lstm against cnn, with the figures of `two_networks`."""
    return (
        contrast("val_accuracy_first_epoch", 0.9498, 0.9834, "difference", leader="b", decided=decided),
        contrast("fit_throughput", 1000.0, 1765.0, "ratio", leader="b", decided=decided),
        contrast("throughput", 1034.0, 1875.0, "ratio", leader="b", decided=decided),
        contrast(
            "train_s_to_target",
            62.0,
            35.9,
            "ratio",
            leader="b",
            decided=decided,
            target=0.9,
        ),
    )


def contrast(measure: Any, a: float, b: float, kind: Any, **changes: Any) -> Contrast:
    effect = a / b if kind == "ratio" else a - b
    fields: dict[str, Any] = {
        "measure": measure, "target": None, "a": "lstm", "b": "cnn", "a_value": a, "b_value": b, "leader": "b",
        "whole": True, "decided": True, "num_pairs": 3, "needs_pairs": 3, "num_more_pairs": None, "effect_kind": kind,
        "effect": Interval(effect, effect - 0.01, effect + 0.01, 3, "t"),
        "superiority": None, "wins": Wins(0, 3, 3), "pairing": "seed",
    }  # fmt: skip
    return Contrast(**(fields | changes))


def comparison() -> Comparison:
    return Comparison("lstm", "cnn", headline_contrasts())


def case_summary(
    model: str,
    *,
    curve: Sequence[float] = LSTM_CURVE,
    epoch_s: float = 60.0,
    seeds: Sequence[int] = (0,),
    label: str | None = None,
    targets: Sequence[float] = (0.9, 0.99),
    **changes: Any,
) -> CaseSummary:
    """Make a case whose seeds differ by a thousandth and by one second an epoch; the first step takes 2 s."""
    case = Case(model=model, epochs=len(curve) or 3)
    label = label or model
    spread = [0.001 * (place - (len(seeds) - 1) / 2) for place in range(len(seeds))]
    curves = tuple(_seed_curve(case, seed, curve, epoch_s, shift) for seed, shift in zip(seeds, spread, strict=True))
    trials = tuple(_trial(case, seed, curve, epoch_s, shift) for seed, shift in zip(seeds, spread, strict=True))
    recurrent = model.startswith("lstm")
    rate, fit_rate = (60_000 / (epoch_s - 2), 60_000 / epoch_s) if curve else (None, None)
    fields: dict[str, Any] = {
        "case_id": case.case_id, "label": label, "case": case,
        "family": "recurrent" if recurrent else "convolutional", "seeds": tuple(seeds),
        "num_by_status": {"ok": len(seeds)}, "data": _data(),
        "num_params": 216_426 if recurrent else 140_106,
        "flops_per_example": 35_100_000 if recurrent else 30_200_000,
        "layers": _layers(recurrent), "resolved": _resolved(recurrent),
        "throughput": interval(rate, 40.0, seeds), "fit_throughput": interval(fit_rate, 40.0, seeds),
        "achieved_flops_per_s": interval(rate and rate * 35_100_000, 1e9, seeds),
        "first_step_s": interval(2.0, 0.1, seeds), "steady_epoch_s": interval(epoch_s - 2, 1.0, seeds),
        "fit_epoch_s": interval(epoch_s, 1.0, seeds),
        "epoch_val_s": interval(3.0, 0.1, seeds), "seconds": mean_ledger([trial.ledger for trial in trials]),
        "step_p50_s": interval(epoch_s / 1875, 0.001, seeds),
        "step_p95_s": interval(epoch_s / 1500, 0.001, seeds), "peak_rss_bytes": interval(700_000_000.0, 1e6, seeds),
        "peak_device_bytes": None,
        "final_val_accuracy": interval(curve[-1], 0.001, seeds) if curve else None,
        "curve": Curve("mean", _points(curve, epoch_s, seeds), curves),
        "ledger": tuple(
            EpochSeconds(epoch, epoch_s - 2.0, 2.0 if epoch == 1 else 0.0, 0.0 if epoch == 1 else 2.0, 3.0, 0.125)
            for epoch in range(1, len(curve) + 1)
        ),
        "targets": tuple(_target(target, trials, curve, epoch_s, case.epochs) for target in targets),
        "trials": trials,
        "sweep": tuple(_target(target, trials, curve, epoch_s, case.epochs) for target in TARGET_SWEEP),
        "steps": tuple(_target(target, trials, curve, epoch_s, case.epochs) for target in sorted({*curve, 1.0})),
    }  # fmt: skip
    return CaseSummary(**(fields | changes))


def interval(value: float | None, half_width: float, seeds: Sequence[int]) -> Interval | None:
    if value is None:
        return None
    if len(seeds) == 1:
        return Interval(value, None, None, 1, "none")
    return Interval(value, value - half_width, value + half_width, len(seeds), "range")


def _points(curve: Sequence[float], epoch_s: float, seeds: Sequence[int]) -> tuple[CurvePoint, ...]:
    return tuple(
        CurvePoint(epoch, _known(value, seeds), value - 0.01, epoch * epoch_s, epoch * 60_000.0)
        for epoch, value in enumerate(curve, start=1)
    )


def _known(value: float, seeds: Sequence[int]) -> Interval:
    known = interval(value, 0.001, seeds)
    assert known is not None
    return known


def _seed_curve(case: Case, seed: int, curve: Sequence[float], epoch_s: float, shift: float) -> SeedCurve:
    epochs = range(1, len(curve) + 1)
    return SeedCurve(
        trial_id=f"{case.case_id}-s{seed}",
        seed=seed,
        epochs=tuple(epochs),
        train_elapsed_s=tuple(epoch * (epoch_s + 1000 * shift) for epoch in epochs),
        num_examples=tuple(epoch * 60_000 for epoch in epochs),
        accuracy=tuple(value - 0.01 + shift for value in curve),
        val_accuracy=tuple(value + shift for value in curve),
        validations=tuple(
            Validation(float(epoch), epoch * (epoch_s + 1000 * shift), epoch * 60_000, value + shift)
            for epoch, value in zip(epochs, curve, strict=True)
        ),
    )


def _trial(case: Case, seed: int, curve: Sequence[float], epoch_s: float, shift: float) -> TrialSummary:
    rate = 60_000 / (epoch_s - 2) * (1 + 40 * shift) if curve else None
    waits = max(len(curve) - 1, 0)
    ledger = TrialLedger(
        setup_s=3.75, steady_s=(epoch_s - 2) * len(curve), first_steps_s=2.0, iterator_s=2.0 * waits,
        val_s=3.0 * len(curve), other_s=0.125 * len(curve), ending_s=1.5,
    )  # fmt: skip
    return TrialSummary(
        trial_id=f"{case.case_id}-s{seed}", seed=seed, index=seed, status="ok", num_epochs=len(curve), throughput=rate,
        step_p05_s=epoch_s / 2000 if curve else None,
        steady_epoch_s=60.0,
        fit_epoch_s=60.0,
        achieved_flops_per_s=rate and rate * 35_100_000, first_step_s=2.0 + 100 * shift if curve else None,
        fit_throughput=rate and rate * (epoch_s - 2) / epoch_s, whole_fit_throughput=rate and 0.9 * rate,
        ledger=ledger, total_s=ledger.total_s, peak_rss_bytes=700_000_000, peak_device_bytes=None,
        final_val_accuracy=curve[-1] + shift if curve else None,
        best_val_accuracy=max(curve) + shift if curve else None, canary_gemm_s=0.020 + shift, canary_copy_s=0.010,
    )  # fmt: skip


def _target(
    target: float, trials: Sequence[TrialSummary], curve: Sequence[float], epoch_s: float, budget: int
) -> TargetResult:
    reached = next((epoch for epoch, value in enumerate(curve, start=1) if value >= target), None)
    return TargetResult(
        target=target, epoch_budget=budget, hits=len(trials) if reached else 0, num_trials=len(trials), num_crashed=0,
        hit_rate=Interval(1.0 if reached else 0.0, 0.44 if reached else 0.0, 1.0 if reached else 0.56, 3, "wilson"),
        median_epochs=reached, median_train_s=reached and reached * epoch_s, expected_epochs=reached,
        median_since_s=reached and (reached - 1) * epoch_s,
        expected_train_s=reached and reached * epoch_s,
        trials=tuple(
            TargetTime(trial.trial_id, trial.seed, "hit" if reached else "miss", reached or budget,
                       (reached or budget) * epoch_s, since_s=(reached - 1 if reached else budget) * epoch_s)
            for trial in trials
        ),
    )  # fmt: skip


def _layers(recurrent: bool) -> tuple[LayerSheet, ...]:
    if recurrent:
        return (
            LayerSheet(name="lstm", kind="LSTM", output_shape=(28, 128), num_params=80_384, flops=4_472_832),
            LayerSheet(name="dropout", kind="Dropout", output_shape=(28, 128), num_params=0, flops=None),
        )
    return (LayerSheet(name="conv2d", kind="Conv2D", output_shape=(26, 26, 64), num_params=640, flops=778_752),)


def _resolved(recurrent: bool) -> Resolved:
    path = LayerPath(layer="lstm", path="generic loop", evidence="While in the traced graph, no CudnnRNNV3")
    return Resolved(
        backend="tensorflow", backend_version="2.21.0", keras_version="3.15.1", device="cpu",
        device_name="Example CPU", layer_paths=(path,) if recurrent else (), jit_compile=False, steps_per_execution=1,
        precision="float32", intra_op_threads=2, inter_op_threads=2, deterministic=False,
        optimizer="Adam", keras_config={}, op_devices={"CPU": 20}, learning_rate=1e-3, decay=1e-5,
    )  # fmt: skip


def _data() -> DataInfo:
    return DataInfo(
        name="mnist", sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1", source="bundled",
        example_shape=(28, 28), num_classes=10, num_train=60_000, num_test=10_000, num_train_available=60_000,
        num_test_available=10_000,
    )  # fmt: skip


def many_cases(num_cases: int) -> Mapping[str, CaseSummary]:
    """Return cases of many speeds and accuracies, by label."""
    made: dict[str, CaseSummary] = {}
    for place in range(num_cases):
        label = f"{'lstm' if place % 2 else 'cnn'} · batch {32 * 2**place}"
        curve = LSTM_CURVE if place % 2 else CNN_CURVE
        lowered = [value - 0.006 * place for value in curve]
        made[label] = case_summary(
            "lstm" if place % 2 else "cnn", curve=lowered, epoch_s=70.0 / (1 + place / 3), seeds=(0, 1, 2), label=label
        )
    return made


@pytest.fixture
def make_many_cases() -> Callable[[int], Mapping[str, CaseSummary]]:
    """Return a factory of so many cases."""
    return many_cases


@pytest.fixture
def cases_of_two_sets() -> tuple[CaseSummary, ...]:
    """lstm and cnn on spoken-digits and on word-languages."""
    return tuple(
        replace(case, case=case.case.model_copy(update={"dataset": dataset}), label=f"{case.label} · {dataset}")
        for dataset in ("spoken-digits", "word-languages")
        for case in two_networks()
    )


@pytest.fixture
def make_headlines() -> Callable[..., tuple[Contrast, ...]]:
    """Return a factory of the headline's contrasts."""
    return headline_contrasts


@pytest.fixture
def make_contrast() -> Callable[..., Contrast]:
    """Return a factory of contrasts: `make_contrast("throughput", 1000.0, 2000.0, "ratio")`."""
    return contrast


@pytest.fixture
def full_summary(make_summary: MakeSummary) -> RunSummary:
    """A run of two networks with every section filled."""
    failure = Failure(
        trial_id="lstm-mnist-b32-float32-cpu-s3", label="lstm", status="timeout", num_epochs=1, type="Timeout",
        message="no end within 600 s; raise --timeout", output_tail="epoch 1\nepoch 2 | 3 ```",
    )  # fmt: skip
    return make_summary(
        headlines=headline_contrasts(),
        comparisons=(comparison(),),
        failures=(failure,),
        missing=("cnn-mnist-b32-float32-cpu-s3",),
        set_aside=("trials/cnn-mnist-b32-float32-cpu-s4.jsonl:3: expected an object, received 7",),
        num_by_status={"ok": 6, "timeout": 1},
        not_run=(NotRun(case=Case(model="lstm-cudnn", epochs=3, device="gpu"), reason="no GPU is visible"),),
        cautions=(
            Caution(CautionCode.VALIDATION_IS_TEST, (), {"num_test": 10_000}),
            Caution(CautionCode.CANARY_DRIFT, ("cnn",),
                    {"trial_id": "cnn-mnist-b32-float32-cpu-s1", "canary": "gemm", "slowdown": 1.4, "limit": 1.1}),
        ),
    )  # fmt: skip
