"""What a reader must know before believing a figure, as facts; their wording belongs to the reports."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from bench.analysis.data_cautions import about_cases, cautions_of_the_data
from bench.analysis.equal_cases import by_seed, group_equal_cases
from bench.analysis.summary_types import CaseSummary, Caution, CautionCode, Comparison, Datum
from bench.analysis.trial.trial_summary import canaries
from bench.host.environment import Environment
from bench.host.low_precision import is_imitated
from bench.host.sensors.canary import Canary
from bench.host.sensors.cgroup import Throttling
from bench.host.software import HARMLESS_VARIABLES
from bench.plan.case import Case
from bench.settings import Precision
from bench.store.records import BuiltEvent, Journal, RunRecord

# A machine that does fixed work 25 % slower than it can was busy with something else, or hot.
CANARY_LIMIT = 1.25
_CANARIES: Mapping[str, Callable[[Canary], float]] = {"gemm": lambda c: c.gemm_s, "copy": lambda c: c.copy_s}


def find_cautions(
    run: RunRecord, cases: Sequence[CaseSummary], comparisons: Sequence[Comparison], journals: Sequence[Journal]
) -> tuple[Caution, ...]:
    """Return every fact that qualifies the run's figures, the ones about the whole run first."""
    labels = {case.case_id: case.label for case in cases}
    return (
        *_of_the_run(run, journals),
        *cautions_of_the_data(cases),
        *_of_the_settings(cases, comparisons),
        *_of_the_precision(journals, labels),
        *_of_the_training(cases),
        *_of_equal_cases(journals, labels),
        *_of_each_case(cases, journals),
        *_of_the_seeds(cases),
        *_of_the_quota(journals, labels),
        *_of_the_trials(journals, labels),
        *find_canary_drift(journals, labels),
    )


def find_canary_drift(journals: Sequence[Journal], labels: Mapping[str, str]) -> Iterator[Caution]:
    """Yield a caution for each trial whose median canary is more than 25 % above the best quartile of its like.

    The best quartile of all readings represents the undisturbed machine: a minimum would be one lucky reading, and a
    median would call a run noisy in more than half of its trials quiet. Readings are alike on one device of one
    machine: a canary on two cores shares their memory, and copies slower than one on a single core. `labels` are by
    case_id.
    """
    groups: defaultdict[tuple[str, str], list[Journal]] = defaultdict(list)
    for journal in journals:
        groups[journal.start.environment.fingerprint, journal.start.case.device].append(journal)
    read = {place: [canaries(journal) for journal in group] for place, group in groups.items()}
    for name, seconds in _CANARIES.items():
        for place, group in groups.items():
            readings = [[seconds(one) for one in trial] for trial in read[place]]
            yield from _find_slow_trials(name, readings, group, labels)


def _find_slow_trials(
    canary: str, readings: Sequence[Sequence[float]], journals: Sequence[Journal], labels: Mapping[str, str]
) -> Iterator[Caution]:
    """Yield the cautions of one canary; `readings` are seconds, by trial."""
    everything = [reading_s for trial in readings for reading_s in trial]
    quiet_s = float(np.quantile(everything, 0.25)) if everything else 0.0
    for journal, trial in zip(journals, readings, strict=True):
        slowdown = statistics.median(trial) / quiet_s if trial and quiet_s else 0.0
        if slowdown > CANARY_LIMIT:
            data: dict[str, Datum] = {
                "run_id": journal.start.run_id,
                "trial_id": journal.trial_id,
                "canary": canary,
                "slowdown": slowdown,
                "limit": CANARY_LIMIT,
            }
            yield about_cases([labels[journal.start.case.case_id]], CautionCode.CANARY_DRIFT, data)


def _of_the_run(run: RunRecord, journals: Sequence[Journal]) -> Iterator[Caution]:
    environments = [run.environment, *(journal.start.environment for journal in journals)]
    num_concurrent = sum(journal.start.concurrent for journal in journals)
    if num_concurrent:
        yield about_cases([], CautionCode.CONCURRENT, {"num_trials": num_concurrent})
    num_fingerprints = len({environment.fingerprint for environment in environments})
    if num_fingerprints > 1:
        yield about_cases([], CautionCode.MIXED_FINGERPRINTS, {"num_fingerprints": num_fingerprints})
    for commit in dict.fromkeys(environment.git_commit for environment in environments if environment.git_dirty):
        yield about_cases([], CautionCode.DIRTY_GIT, {"git_commit": commit})
    yield from _changed(environments, CautionCode.VARIABLES, lambda environment: environment.variables)
    yield from _changed(environments, CautionCode.KERAS_CONFIG, _keras_config)


def _keras_config(environment: Environment) -> Mapping[str, str]:
    """Return what keras.json changes, but for the backend, which the worker chooses itself."""
    return {key: value for key, value in environment.keras_config.items() if key != "backend"}


def _changed(
    environments: Iterable[Environment], code: CautionCode, read: Callable[[Environment], Mapping[str, str]]
) -> Iterator[Caution]:
    """Yield one caution with every setting that is not as Keras or TensorFlow has it; the last trial's value stays."""
    data: dict[str, Datum] = {}
    for environment in environments:
        data |= {name: value for name, value in read(environment).items() if not name.startswith(HARMLESS_VARIABLES)}
    if data:
        yield about_cases([], code, data)


def _of_the_settings(cases: Sequence[CaseSummary], comparisons: Sequence[Comparison]) -> Iterator[Caution]:
    for code, holds in _SETTINGS.items():
        labels = [case.label for case in cases if holds(case)]
        if labels:
            yield about_cases(labels, code, {})
    by_label = {case.label: case for case in cases}
    for pair in comparisons:
        yield from _of_the_compiler(by_label[pair.a], by_label[pair.b])
    for case in cases:
        for path in case.resolved.layer_paths if case.resolved else ():
            if path.path == "not provable":
                data: dict[str, Datum] = {"layer": path.layer, "evidence": path.evidence}
                yield about_cases([case.label], CautionCode.KERNEL_NOT_PROVABLE, data)


def _of_the_precision(journals: Sequence[Journal], labels: Mapping[str, str]) -> Iterator[Caution]:
    imitated: defaultdict[Precision, dict[str, None]] = defaultdict(dict)
    for start in (journal.start for journal in journals):
        if is_imitated(start.case.precision, start.case.device, start.environment):
            imitated[start.case.precision][labels[start.case.case_id]] = None
    for precision, found in imitated.items():
        yield about_cases(found, CautionCode.IMITATED, {"precision": precision})


def _of_the_training(cases: Sequence[CaseSummary]) -> Iterator[Caution]:
    for case in cases:
        resolved = case.resolved
        if resolved and resolved.replaced_compile:
            yield about_cases([case.label], CautionCode.COMPILE_REPLACED, {"compile": resolved.replaced_compile})
        if resolved and case.case.training == "own":
            data: dict[str, Datum] = {
                "optimizer": resolved.optimizer,
                "learning_rate": resolved.learning_rate,
                "loss": resolved.loss,
            }
            yield about_cases([case.label], CautionCode.OWN_TRAINING, data)


def _of_the_compiler(a: CaseSummary, b: CaseSummary) -> Iterator[Caution]:
    """Yield that XLA compiled one of two networks; of one network that was to be run in both ways it is no news."""
    if a.resolved and b.resolved and a.resolved.jit_compile != b.resolved.jit_compile and a.case.jit == b.case.jit:
        compiled = {case.label: case.resolved.jit_compile for case in (a, b) if case.resolved}
        yield about_cases([a.label, b.label], CautionCode.JIT_DIFFERS, compiled)


def _lacks_its_compiler(case: CaseSummary) -> bool:
    return case.case.jit == "on" and case.resolved is not None and not case.resolved.jit_compile


_SETTINGS: Mapping[CautionCode, Callable[[CaseSummary], bool]] = {
    CautionCode.UNSCALED: lambda case: (
        case.case.scaling == "none" and not (case.resolved and case.resolved.prepared_by)
    ),
    CautionCode.DETERMINISTIC: lambda case: not case.case.reports_times,
    CautionCode.JIT_NOT_USED: _lacks_its_compiler,
}


def _of_equal_cases(journals: Sequence[Journal], labels: Mapping[str, str]) -> Iterator[Caution]:
    by_case: defaultdict[Case, list[Journal]] = defaultdict(list)
    for journal in journals:
        by_case[journal.start.case].append(journal)
    for group in group_equal_cases({case: by_seed(found) for case, found in by_case.items()}):
        if len(group) > 1:
            yield about_cases([labels[case.case_id] for case in group], CautionCode.EQUAL_CASES, {})


def _of_each_case(cases: Sequence[CaseSummary], journals: Sequence[Journal]) -> Iterator[Caution]:
    """Yield what makes the trials of one case fewer than they seem, or not of one network."""
    by_case: defaultdict[str, list[Journal]] = defaultdict(list)
    for journal in journals:
        by_case[journal.start.case.case_id].append(journal)
    summaries = {case.case_id: case for case in cases}
    for case, group in ((summaries[case_id], group) for case_id, group in by_case.items()):
        # A curve is drawn once of trials that computed the same; those without one may be what they like.
        num_distinct = len(case.curve.seeds) + sum(not trial.num_epochs for trial in case.trials)
        if num_distinct < len(group):
            data: dict[str, Datum] = {"num_trials": len(group), "num_distinct": num_distinct}
            yield about_cases([case.label], CautionCode.EQUAL_SEEDS, data)
        networks = {_network(journal.built) for journal in group if journal.built}
        if len(networks) > 1:
            yield about_cases([case.label], CautionCode.NETWORK_DIFFERS, {"num_networks": len(networks)})


def _network(built: BuiltEvent) -> tuple[object, ...]:
    """Return what two trials of one network have in common, whatever their layers are called."""
    return built.num_params, tuple((layer.kind, layer.output_shape, layer.num_params) for layer in built.layers)


def _of_the_seeds(cases: Sequence[CaseSummary]) -> Iterator[Caution]:
    single = [case.label for case in cases if len({t.seed for t in case.trials if t.num_epochs}) == 1]
    if single:
        yield about_cases(single, CautionCode.ONE_SEED, {"num_seeds": 1})


def _of_the_quota(journals: Sequence[Journal], labels: Mapping[str, str]) -> Iterator[Caution]:
    """Yield what a CPU quota did to each case, and that it is smaller than the threads that a case starts."""
    by_case: defaultdict[str, list[Journal]] = defaultdict(list)
    for journal in journals:
        by_case[labels[journal.start.case.case_id]].append(journal)
    for label, found in by_case.items():
        environment = found[0].start.environment
        quota, num_threads = environment.cgroup_cpu_limit, environment.num_cpus_allowed
        is_unbound = found[0].start.case.device == "cpu"
        if quota is not None and num_threads is not None and quota < num_threads and is_unbound:
            data: dict[str, Datum] = {"quota": quota, "num_threads": num_threads, "device": f"cpu:{max(1, int(quota))}"}
            yield about_cases([label], CautionCode.QUOTA_BELOW_THREADS, data)
        acted = [acts for journal in found if (acts := _quota_of_trial(journal))]
        if any(acts.num_throttled for acts in acted):
            data = {name: sum(getattr(acts, name) for acts in acted) for name in Throttling.model_fields}
            yield about_cases(
                [label], CautionCode.THROTTLED, data | {"throttled_s": round(float(data["throttled_s"] or 0), 1)}
            )


def _quota_of_trial(journal: Journal) -> Throttling | None:
    """Return what the quota did from the end of building to the end of the last epoch."""
    first = journal.built.noise.quota if journal.built else None
    last = journal.epochs[-1].noise.quota if journal.epochs else None
    if first is None or last is None:
        return None
    return Throttling(
        num_periods=last.num_periods - first.num_periods,
        num_throttled=last.num_throttled - first.num_throttled,
        throttled_s=last.throttled_s - first.throttled_s,
    )


def _of_the_trials(journals: Sequence[Journal], labels: Mapping[str, str]) -> Iterator[Caution]:
    for journal in journals:
        if journal.status == "running":
            continue  # what it lacks is still to come
        case = journal.start.case
        label = [labels[case.case_id]]
        if 0 < len(journal.epochs) < case.epochs:
            data: dict[str, Datum] = {
                "trial_id": journal.trial_id,
                "num_epochs": len(journal.epochs),
                "epoch_budget": case.epochs,
            }
            yield about_cases(label, CautionCode.FEWER_EPOCHS, data)
        num_processes = max((epoch.noise.num_foreign_gpu_processes or 0 for epoch in journal.epochs), default=0)
        if num_processes:
            yield about_cases(
                label, CautionCode.FOREIGN_GPU, {"trial_id": journal.trial_id, "num_processes": num_processes}
            )
        for message in journal.warnings:
            yield about_cases(label, CautionCode.JOURNAL, {"trial_id": journal.trial_id, "message": message})
