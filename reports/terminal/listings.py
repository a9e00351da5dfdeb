"""What `bench list`, `bench env` and `bench run --dry-run` print: plain text tables in which every name is inert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC

from bench.analysis.time_estimate import PlanEstimate
from bench.data.registry import DatasetSpec
from bench.host.ceilings.ceilings import Ceilings, GpuCheck
from bench.host.diagnose import Diagnosis
from bench.host.environment import Environment
from bench.networks.registry import ModelSpec
from bench.plan.case import Case
from bench.plan.suite import Suite
from bench.reports.kit.escaping import escape_terminal
from bench.reports.kit.machine import describe_fully
from bench.reports.kit.tables import numbers, render_plain_table, words
from bench.settings import TABLE
from bench.store.records import ResolvedSuite, RunRecord
from bench.units import counted, format_count, format_percent, format_seconds, format_si


def list_models_table(models: Mapping[str, ModelSpec]) -> str:
    """Return one row a network."""
    columns = [*words("model", "family"), *numbers("epochs"), *words("what")]
    rows = [(spec.name, spec.family, format_count(spec.default_epochs), spec.summary) for spec in models.values()]
    return render_plain_table(columns, rows)


def list_datasets_table(datasets: Mapping[str, DatasetSpec]) -> str:
    """Return one row a data set."""
    rows = [(spec.name, spec.layout, spec.summary) for spec in datasets.values()]
    return render_plain_table(words("data set", "layout", "what"), rows)


def list_suites_table(suites: Mapping[str, Suite]) -> str:
    """Return one row a suite."""
    columns = [*words("suite"), *numbers("seeds"), *words("targets", "what")]
    rows = [
        (name, format_count(len(suite.seeds)), _targets(suite.targets), suite.description)
        for name, suite in suites.items()
    ]
    return render_plain_table(columns, rows)


def list_runs_table(records: Sequence[RunRecord]) -> str:
    """Return one row a run, in the order given."""
    columns = [*words("run", "suite"), *numbers("trials"), *words("started (UTC)", "machine")]
    rows = [
        (
            record.run_id,
            record.suite.name,
            format_count(len(record.suite.trials)),
            f"{record.created_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            record.environment.cpu_model or record.environment.machine,
        )
        for record in records
    ]
    return render_plain_table(columns, rows)


def environment_table(environment: Environment) -> str:
    """Return what the machine is, one row a fact."""
    return render_plain_table(words("what", "this machine"), describe_fully(environment))


def plan_table(suite: ResolvedSuite, estimate: PlanEstimate | None = None) -> str:
    """Return the trials in the order in which they would run, what cannot run here, and how long all would take."""
    expected = {trial.trial_id: trial.seconds for trial in estimate.trials} if estimate else {}
    validates = any(trial.case.validate_every for trial in suite.trials)
    columns = [
        *numbers("order"), *words("trial"), *numbers("epochs", *(["validated every"] if validates else []), "expected")
    ]  # fmt: skip
    rows = [
        (
            format_count(trial.index + 1),
            trial.trial_id,
            format_count(trial.case.epochs),
            *([_word_validation(trial.case)] if validates else []),
            format_seconds(expected.get(trial.trial_id)),
        )
        for trial in suite.trials
    ]
    parts = [render_plain_table(columns, rows)]
    if suite.not_run:
        left_out = [(left.case.case_id, left.reason) for left in suite.not_run]
        parts.append(render_plain_table(words("cannot run here", "why"), left_out))
    return "\n\n".join([*parts, _total(len(suite.trials), estimate)])


def _word_validation(case: Case) -> str:
    return TABLE["validate_every"].word_label(case.validate_every)


def _total(num_trials: int, estimate: PlanEstimate | None) -> str:
    trials = counted(num_trials, "trial")
    if estimate is None or estimate.total_s is None:
        return f"{trials}."
    unknown = f", without {format_count(estimate.num_unknown)} of unknown pace" if estimate.num_unknown else ""
    return f"{trials}, about {format_seconds(estimate.total_s)}{unknown}."


def _targets(targets: Sequence[float]) -> str:
    return ", ".join(format_percent(target) for target in targets)


def check_table(check: GpuCheck) -> str:
    """Return what TensorFlow itself found, one row a fact."""
    gpus = ", ".join(check.gpus) or "none"
    cudnn = {True: "works", False: f"does not work: {check.cudnn_error}", None: "not tried: no GPU"}[check.cudnn_works]
    rows = [("TensorFlow's GPUs", gpus), ("cuDNN LSTM", cudnn), *sorted(check.build.items())]
    rows += [("missing libraries", ", ".join(check.missing_libraries))] if check.missing_libraries else []
    rows += [("failed", check.error)] if check.error else []
    return render_plain_table(words("what", "TensorFlow says"), rows)


def ceilings_list(ceilings: Ceilings | None) -> str:
    """Return what the devices reached at most, one row a device and precision, or how to measure it."""
    if ceilings is None or not ceilings.devices:
        return "No ceilings were measured on this machine yet; run `python -m bench env --check`."
    columns = [
        *words("at most", "precision"),
        *numbers("large product", "one LSTM step's product", "memory"),
    ]
    rows = [
        (
            one.device,
            f"{one.precision}, TF32 allowed" if one.tf32 else one.precision,
            format_si(one.gemm_flops_per_s, "FLOP/s"),
            format_si(one.lstm_gemm_flops_per_s, "FLOP/s"),
            format_si(one.bandwidth_bytes_per_s, "B/s"),
        )
        for one in ceilings.devices
    ]
    return render_plain_table(columns, rows)


def diagnoses_text(diagnoses: Sequence[Diagnosis]) -> str:
    """Return one line for each fact that would spoil a measurement, with what to do; or that there is none."""
    lines = [f"{one.level}: {escape_terminal(one.fact)}; {escape_terminal(one.advice)}" for one in diagnoses]
    return "\n".join(lines) or "Nothing was found that would disturb a measurement."
