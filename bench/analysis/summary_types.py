"""A run's summary: the values that every renderer uses, each computed once.

`bench.analysis.run_summary.summarize_run` makes them. A value that does not exist is None; nothing here is NaN.
Durations are seconds, accuracies are shares between 0 and 1, throughput is examples per second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bench.analysis.accuracy_curves import Curve, CurveKind, CurvePoint, EpochSeconds, SeedCurve
from bench.analysis.statistics.interval import Interval, IntervalKind
from bench.analysis.statistics.sample_size import More
from bench.analysis.trial.ledger import TrialLedger
from bench.analysis.trial.time_to_target import TargetOutcome, TargetResult, TargetTime
from bench.analysis.trial.trial_summary import TrialSummary
from bench.analysis.tuned_types import TunedSummary
from bench.data.dataset import DataInfo
from bench.host.environment import Environment
from bench.networks.flops import LayerSheet
from bench.networks.registry import Family
from bench.plan.case import Case
from bench.plan.expand import NotRun
from bench.store.records import Resolved, TrialStatus

__all__ = [
    "CaseSummary",
    "Caution",
    "CautionCode",
    "Comparison",
    "Contrast",
    "ContrastMeasure",
    "Curve",
    "CurveKind",
    "CurvePoint",
    "Datum",
    "EpochSeconds",
    "Failure",
    "Family",
    "Interval",
    "IntervalKind",
    "RunSummary",
    "SeedCurve",
    "TargetOutcome",
    "TargetResult",
    "TargetTime",
    "TrialLedger",
    "TrialSummary",
    "TunedSummary",
    "Untold",
    "Wins",
]

ContrastMeasure = Literal[
    "val_accuracy_first_epoch", "val_accuracy_budget", "fit_throughput", "whole_fit_throughput", "throughput",
    "fit_epoch_s", "steady_epoch_s", "train_s_to_target", "epochs_to_target",
]  # fmt: skip
# Why it is not decided which side reached a target first: either may have, between two validations, or one had stopped.
Untold = Literal["between validations", "budget"]
Datum = str | int | float | bool | None


@dataclass(frozen=True)
class CaseSummary:
    """One case over its seeds, in suite order; `label` is the shortest unique name within the run.

    `targets` are the run's, `sweep` those of `TARGET_SWEEP`; `steps` answer for any target, see `Climbs.steps`, both in
    `bench.analysis.trial.time_to_target`. `throughput` and `steady_epoch_s` are of the steps, `fit_throughput` and
    `fit_epoch_s` as `fit` costs, see `bench.analysis.trial.throughput`; `seconds` is the mean ledger of trials that
    told their total. `recalls` are by class, of the validation examples at the end of the budget, and the balanced
    accuracy is their mean. The final accuracy is over the trials that came to the end of their budget.
    Rates and epoch times are geometric means, so that the ratio of two means is the mean of the ratios.
    """

    case_id: str
    label: str
    case: Case
    family: Family
    seeds: tuple[int, ...]
    num_by_status: Mapping[TrialStatus, int]
    data: DataInfo | None
    num_params: int | None
    flops_per_example: int | None
    layers: tuple[LayerSheet, ...]
    resolved: Resolved | None
    throughput: Interval | None
    fit_throughput: Interval | None
    achieved_flops_per_s: Interval | None
    first_step_s: Interval | None
    steady_epoch_s: Interval | None
    fit_epoch_s: Interval | None
    epoch_val_s: Interval | None
    seconds: TrialLedger | None
    step_p50_s: Interval | None
    step_p95_s: Interval | None
    peak_rss_bytes: Interval | None
    peak_device_bytes: Interval | None
    final_val_accuracy: Interval | None
    curve: Curve
    ledger: tuple[EpochSeconds, ...]
    targets: tuple[TargetResult, ...]
    trials: tuple[TrialSummary, ...]
    sweep: tuple[TargetResult, ...] = ()
    steps: tuple[TargetResult, ...] = ()
    balanced_accuracy: Interval | None = None
    recalls: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Wins:
    """On how many of `of` pairs each side is better; the rest are ties."""

    a: int
    b: int
    of: int


@dataclass(frozen=True)
class Contrast:
    """One measure of case `a` against case `b`; wording belongs to the reports.

    `leader` is better by the point estimates (None: equal, or not known); `decided` says that the effect's interval
    leaves out "no difference", which never happens below `needs_pairs` seeds. `effect` is a / b where `effect_kind`
    is `ratio` and a − b where it is `difference`. `superiority` is P(a > b) in the measure, ties counted
    half, from ten values a side up; `wins` are on the pairs, which are of one seed or, where `pairing` is `time`, of
    neighbours in the order they ran.
    `num_more_pairs` is how many further seeds would decide an effect of this size, if that is known.
    A target contrast's `a` and `b` are Kaplan–Meier medians, `whole` says whether every trial hit, and without that it
    has no effect; for its wins and superiority a miss is later than what hit before it ended.
    `epoch` is the shorter budget's last, where the budgets differ: the last epoch of one network against the last of
    another would compare different training. Seconds to a target have a leader and are decided only as far as both hold
    wherever between two validations each trial reached it. `are_bounds` says for either side whether some of its seeds
    did before their first validation, so that the effect is a bound, with the other side's times at their earliest, and
    `are_medians_bounds` whether the median did; `are_counted` whether any of its trials tells, which one that crashed
    before a target or has not started does not; `untold` says why nothing is decided, and where there is no leader, why
    there is none.
    `num_in_turns` is on how many of the pairs a ratio of speeds comes from the turns that both sides had, or both sides
    trained in turns until they came to a target; None where the run had no turns, and of accuracies and epochs.
    """

    measure: ContrastMeasure
    target: float | None
    a: str
    b: str
    a_value: float | None
    b_value: float | None
    leader: Literal["a", "b"] | None
    whole: bool
    decided: bool
    num_pairs: int
    needs_pairs: int
    num_more_pairs: More | None
    effect_kind: Literal["ratio", "difference"]
    effect: Interval | None
    superiority: Interval | None
    wins: Wins
    pairing: Literal["seed", "time"]
    epoch: int | None = None
    untold: Untold | None = None
    are_bounds: tuple[bool, bool] = (False, False)
    are_medians_bounds: tuple[bool, bool] = (False, False)
    are_counted: tuple[bool, bool] = (True, True)
    num_in_turns: int | None = None


@dataclass(frozen=True)
class Comparison:
    """Two cases, by label, that differ by their model (and epoch budget) alone, or by one way to run one network.

    `change` says in words how `a` is run there, such as `mixed_bfloat16`; None for two models.
    """

    a: str
    b: str
    contrasts: tuple[Contrast, ...]
    change: str | None = None


@dataclass(frozen=True)
class Failure:
    """A trial that did not end ok; `type` and `message` are None where nothing could be said (a lost process)."""

    trial_id: str
    label: str
    status: TrialStatus
    num_epochs: int
    type: str | None
    message: str | None
    output_tail: str


class CautionCode(StrEnum):
    """What a reader must know before relying on a value; each code's comment names the keys of `Caution.data`."""

    ONE_SEED = "one_seed"  # num_seeds
    SUBSET = "subset"  # num_train, num_train_available, num_test, num_test_available
    PADDED = "padded"  # dataset, shortest, median, longest, num_steps, num_cut
    UNSCALED = "unscaled"  # (none)
    DETERMINISTIC = "deterministic"  # (none)
    DIRTY_GIT = "dirty_git"  # git_commit
    COMPILE_REPLACED = "compile_replaced"  # compile: with what the user's function had compiled the network
    OWN_TRAINING = "own_training"  # optimizer, learning_rate, loss
    IMITATED = "imitated"  # precision
    JIT_NOT_USED = "jit_not_used"  # (none)
    JIT_DIFFERS = "jit_differs"  # one key a label: whether XLA compiled it
    CANARY_DRIFT = "canary_drift"  # trial_id, canary (gemm or copy), slowdown (ratio), limit (ratio)
    CONCURRENT = "concurrent"  # num_trials
    VALIDATION_IS_TEST = "validation_is_test"  # num_test
    VALIDATION_IS_SPLIT = "validation_is_split"  # num_test
    AXES = "axes"  # dataset, example: what an example is taken for
    REPEATED = "repeated"  # dataset, num_repeated, num_test
    MANY_CLASSES = "many_classes"  # dataset, num_classes, num_train
    MAJORITY = "majority"  # dataset, majority: the accuracy of always answering the largest class
    FEWER_EPOCHS = "fewer_epochs"  # trial_id, num_epochs, epoch_budget
    VARIABLES = "variables"  # one key a variable (of KERAS_*, TF_*, …): its value
    KERAS_CONFIG = "keras_config"  # one key a setting of keras.json: its value
    MIXED_FINGERPRINTS = "mixed_fingerprints"  # num_fingerprints
    QUOTA_BELOW_THREADS = "quota_below_threads"  # quota (cores), num_threads, device: what to ask for
    THROTTLED = "throttled"  # num_periods, num_throttled, throttled_s: by the CPU quota
    DATA_DIFFERS = "data_differs"  # dataset, num_checksums
    KERNEL_NOT_PROVABLE = "kernel_not_provable"  # layer, evidence
    EQUAL_CASES = "equal_cases"  # (none): what tells these cases apart changed nothing
    EQUAL_SEEDS = "equal_seeds"  # num_trials, num_distinct: trials of one case, and how many of them differ
    NETWORK_DIFFERS = "network_differs"  # num_networks: different networks under one name
    FOREIGN_GPU = "foreign_gpu"  # trial_id, num_processes: the most that others ran on the trial's GPU
    JOURNAL = "journal"  # trial_id, message: what the reader of the file had to set aside


@dataclass(frozen=True)
class Caution:
    """A fact that qualifies figures of the cases named by `labels` (empty: of the whole run)."""

    code: CautionCode
    labels: tuple[str, ...]
    data: Mapping[str, Datum]


@dataclass(frozen=True)
class RunSummary:
    """All that a report of one run says.

    `set_aside` tells of damaged journals, `missing` names planned trials without a journal, `running` those whose
    worker was at work when the journals were read; `not_run` holds the cases
    that this machine cannot run, and why.
    `tuned` is None but with `--tuned`. `superseded` are earlier attempts at trials that were trained again, whose
    `trial_id` ends in the attempt's number; they count for nothing.
    `majority` is the validation accuracy of always answering the largest class, where all cases share it; targets that
    are no higher for any case are not among `targets`. `primary_target` is the one that headlines and the page are
    about, the first of them that the suite or the user names; None where there is none.
    `headlines` are the contrasts that answer the question "recurrent or convolutional": a is the recurrent case.
    """

    run_id: str
    created_at: datetime
    version: str
    command: tuple[str, ...]
    suite: str
    description: str
    environment: Environment
    concurrent: bool
    targets: tuple[float, ...]
    num_planned: int
    num_by_status: Mapping[TrialStatus, int]
    total_s: float | None
    cases: tuple[CaseSummary, ...]
    headlines: tuple[Contrast, ...]
    comparisons: tuple[Comparison, ...]
    failures: tuple[Failure, ...]
    set_aside: tuple[str, ...]
    missing: tuple[str, ...]
    cautions: tuple[Caution, ...]
    not_run: tuple[NotRun, ...] = ()
    running: tuple[str, ...] = ()
    tuned: TunedSummary | None = None
    superseded: tuple[Failure, ...] = ()
    majority: float | None = None
    primary_target: float | None = None
