"""Every warning and caption that a report shows; the numbers come from the analysis.

A caution says what is the case and ends with what to do. The names in braces are the keys of `Caution.data`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.analysis.statistics.interval import CONFIDENCE
from bench.analysis.statistics.paired import two_sided_error
from bench.analysis.summary_types import Caution, CautionCode, CurveKind, IntervalKind, Untold
from bench.reports.kit.escaping import escape_markdown
from bench.units import format_percent, format_ratio

CAUTIONS: dict[CautionCode, str] = {
    CautionCode.ONE_SEED: (
        "One seed is an anecdote: it cannot separate luck from skill. Run at least three with `--seeds 3`, better five."
    ),
    CautionCode.SUBSET: (
        "Trained on {num_train} of {num_train_available} examples and validated on {num_test} of "
        "{num_test_available}. Leave out `--train-size` and `--test-size` before you quote an accuracy."
    ),
    CautionCode.PADDED: (
        "The series of {dataset} have {shortest} to {longest} steps, {median} in the median; they are padded with "
        "zeros at the end to {num_steps}, and {num_cut} are cut there. A padded step costs what any other does, in "
        "time and FLOPs; a recurrent network gets a mask, and the evidence of its kernel says so. Choose another "
        "length with `--max-length`."
    ),
    CautionCode.UNSCALED: (
        "Values were not scaled (`--scaling none`), as the tutorial warns against. "
        "Leave `--scaling` out unless the scaling is what you test."
    ),
    CautionCode.DETERMINISTIC: (
        "Deterministic operations were requested, and they can be slower, so no speed and no time is reported. Measure "
        "without `--deterministic`."
    ),
    CautionCode.DIRTY_GIT: (
        "The working tree had uncommitted changes on top of commit {git_commit}. "
        "Commit them and run again before you publish."
    ),
    CautionCode.JIT_DIFFERS: (
        "XLA compiled some of the models and not others ({settings}), so part of the gap may be the compiler's. "
        "Run again with `--matched` to compare the networks alone."
    ),
    CautionCode.IMITATED: (
        "The processor has no instructions for {precision}: every product converts its values, and may take longer "
        "than in float32. Measure the precision's speed on a processor that has them."
    ),
    CautionCode.JIT_NOT_USED: (
        "XLA was requested but Keras left it off: it compiles neither cuDNN's kernels nor deterministic operations. "
        "Leave out `--jit on` for these cases."
    ),
    CautionCode.COMPILE_REPLACED: (
        "The network comes compiled ({compile}), and the benchmark compiled it anew with its own optimizer and loss. "
        "Use `--training own` to train it as it comes."
    ),
    CautionCode.OWN_TRAINING: (
        "Trained as its build function compiled it: {optimizer}, first rate {learning_rate}, loss {loss}. "
        "Part of a difference to other networks may be the training's. Report both when you quote it."
    ),
    CautionCode.CANARY_DRIFT: (
        "During {trial_id} the canary ({canary}) took {slowdown} its best time, above the limit of {limit}: the "
        "machine was busy. Close other programs and run again before you trust its times."
    ),
    CautionCode.CONCURRENT: (
        "Other measurements were allowed during this run and may have slowed it. "
        "Run again without `--allow-concurrent` before you quote a time."
    ),
    CautionCode.VALIDATION_IS_TEST: (
        "The {num_test} test examples serve as validation data, as the tutorial's do. "
        "Do not choose a model by these numbers without a third, untouched set."
    ),
    CautionCode.VALIDATION_IS_SPLIT: (
        "The {num_test} validation examples were split off the training examples, and no others were kept apart. "
        "Do not choose a model by these numbers without a third, untouched set."
    ),
    CautionCode.AXES: (
        "An example of {dataset} is taken for {example}, and another order of its axes is likelier. "
        "Use `--axes channels-first` if the channels or features come first."
    ),
    CautionCode.REPEATED: (
        "{num_repeated} of the {num_test} validation examples of {dataset} are training examples as well, so its "
        "accuracy is partly memory. Remove them from one half."
    ),
    CautionCode.MANY_CLASSES: (
        "{dataset} has {num_classes} classes for {num_train} training examples, so most classes can be seen once at "
        "most. Use labels that are classes, not numbers of examples or real values."
    ),
    CautionCode.MAJORITY: (
        "Always answering the largest class of {dataset} has a validation accuracy of {majority}; targets that are no "
        "higher are left out. Compare with that, not with 0, and quote the balanced accuracy."
    ),
    CautionCode.FEWER_EPOCHS: (
        "{trial_id} has {num_epochs} of {epoch_budget} epochs. "
        "Finish it before you compare end results: `--resume` goes on with what was cut short, and with "
        "`--retry-failed` repeats what failed."
    ),
    CautionCode.VARIABLES: (
        "Environment variables may change what the frameworks do: {settings}. "
        "Unset them, or set the same on every machine that you compare."
    ),
    CautionCode.KERAS_CONFIG: (
        "keras.json changes Keras' defaults: {settings}. Remove the file, or use the same on every machine."
    ),
    CautionCode.MIXED_FINGERPRINTS: (
        "The trials come from {num_fingerprints} machines or settings, but times are comparable only within one. "
        "Report each machine on its own, or use `bench hardware`."
    ),
    CautionCode.QUOTA_BELOW_THREADS: (
        "The CPU quota was {quota} and {num_threads} threads shared it: once it is spent, all stop until the next "
        "period. Run again with `--device {device}`, or with a larger quota."
    ),
    CautionCode.THROTTLED: (
        "The CPU quota stopped the training in {num_throttled} of {num_periods} periods, for {throttled_s} s in all. "
        "Choose a larger quota (`docker --cpus`), or fewer threads with `--device cpu:N`."
    ),
    CautionCode.DATA_DIFFERS: (
        "The data set {dataset} had {num_checksums} different contents across trials. Delete the odd copies and run "
        "again: these accuracies are not comparable."
    ),
    CautionCode.KERNEL_NOT_PROVABLE: (
        "Which kernel layer {layer} used cannot be proved ({evidence}). "
        "Do not call it cuDNN or generic until `bench env` on that machine proves it."
    ),
    CautionCode.EQUAL_CASES: (
        "These cases came to the same losses and training accuracies to the last bit on every seed that they share: "
        "what tells them apart changed no step. Count them as one."
    ),
    CautionCode.EQUAL_SEEDS: (
        "Of {num_trials} trials only {num_distinct} differ: the others computed the same to the last bit, so they "
        "count as one seed for every accuracy. Remove the seed that the network's code sets."
    ),
    CautionCode.NETWORK_DIFFERS: (
        "The trials of this case are of {num_networks} different networks (other layers or parameters), so their mean "
        "is of none. Run again with one version of the code."
    ),
    CautionCode.FOREIGN_GPU: (
        "During {trial_id} other processes ({num_processes} at most) computed on the same GPU. "
        "Close them and run again before you trust its times."
    ),
    CautionCode.JOURNAL: (
        "The journal of {trial_id} is incomplete: {message}. Run again with `--resume` if that epoch matters."
    ),
}
Escape = Callable[[str], str]
_SHARE_KEYS = frozenset({"majority"})
_RATIO_KEYS = frozenset({"slowdown", "limit"})
_FREE_KEYS = frozenset({CautionCode.JIT_DIFFERS, CautionCode.VARIABLES, CautionCode.KERAS_CONFIG})

BUDGETS_DIFFER = (
    "The epoch budgets differ by model, as in the tutorial. "
    "Compare at the same epoch, or by training seconds; never the last epoch of one with the last of another."
)

NO_FIGURE = "No figure: no trial completed an epoch. Fix what failed, and run again: `--resume RUN --retry-failed`."

# Why it is not decided which side came to a target first.
UNTOLD: Mapping[Untold, str] = {
    "between validations": "between two validations",
    "budget": "one ended before the other came there",
}

# The parts of a trial's wall time, in the order in which they pass; see `bench.analysis.trial.ledger`.
LEDGER_WORDS: Mapping[str, str] = {
    "setup_s": "set-up",
    "steady_s": "steps",
    "first_steps_s": "first steps",
    "iterator_s": "iterator",
    "val_s": "validation",
    "other_s": "other",
    "ending_s": "ending",
}

_INTERVALS: dict[IntervalKind, str] = {
    "none": "equal values, so no interval",
    "range": "smallest to largest of {n}",
    "t": "95 % interval (t) over {n}",
    "sign-flip": "{level} interval (sign-flip) over {n}",
    "bootstrap": "95 % interval (bootstrap) over {n}",
    "wilson": "95 % interval (Wilson) over {n}",
    "newcombe": "95 % interval (Newcombe) over {n}",
    "prediction": "95 % prediction interval (t) over {n}",
}
_CURVES: dict[CurveKind, str] = {
    "mean": "the mean over seeds",
    "interquartile mean": "the interquartile mean over seeds",
}


def word_caution(caution: Caution, escape: Escape = escape_markdown) -> str:
    """Return a caution; its own words use Markdown's backticks, and names from outside go through `escape`."""
    if caution.code in _FREE_KEYS:
        settings = ", ".join(f"{key}={value}" for key, value in caution.data.items())
        return CAUTIONS[caution.code].format(settings=escape(settings))
    return CAUTIONS[caution.code].format(
        **{key: _word_datum(key, value, escape) for key, value in caution.data.items()}
    )


def word_left_out(labels: Sequence[str]) -> str:
    """Say which cases have no row among the throughputs, and why; empty where there is none."""
    names = ", ".join(labels)
    return f"Left out, since deterministic operations can be slower: {names}." if labels else ""


def word_in_turns(num_in_turns: int | None, num_pairs: int) -> str:
    """Say how a ratio was measured: in turns, not so, or of some pairs; empty for a run without turns."""
    if num_in_turns is None or not num_pairs:
        return ""
    if 0 < num_in_turns < num_pairs:
        return f"in turns on {num_in_turns} of {num_pairs} pairs"
    return "in turns" if num_in_turns else "not in turns"


def say_measured(*counts: tuple[int | None, int]) -> str:
    """Return `, measured in turns` of ratios that were measured in one way, by their pairs in turns and all pairs."""
    ways = {word_in_turns(*count) for count in counts}
    return f", measured {ways.pop()}" if len(ways) == 1 and "" not in ways else ""


def word_level(num_values: int) -> str:
    """Return at which level a two-sided interval of so many pairs decides: `95 %`, and `93.75 %` of five.

    See `bench.analysis.statistics.interval.mean_interval`.
    """
    return f"{100 * min(CONFIDENCE, 1 - two_sided_error(num_values)):g} %"


def word_interval(kind: IntervalKind, *num_values: int) -> str:
    """Say what an interval's bounds are, `smallest to largest of 3`, or why there are none.

    Several numbers are those of several intervals: `95 % interval (t) over 6 or 7`, `… over 3 to 8` of three and more.
    By the signs of five values it is one of 93.75 %.
    """
    if kind == "none" and num_values == (1,):
        return "one value, so no range"
    few = 2
    joined = " or ".join(map(str, num_values)) if len(num_values) <= few else f"{num_values[0]} to {num_values[-1]}"
    levels = sorted({word_level(number) for number in num_values}) if kind == "sign-flip" else []
    return _INTERVALS[kind].format(n=joined, level=" or ".join(levels))


def word_model(name: str, caveat: str, escape: Escape = escape_markdown) -> str:
    """Return what the registry says of a network; as `word_caution`."""
    return f"**{escape(name)}**: {escape(caveat)}. Say so when you quote its results."


def word_curve(kind: CurveKind) -> str:
    """Say what a thick line is."""
    return _CURVES[kind]


def _word_datum(key: str, value: str | int | float | bool | None, escape: Escape) -> str:
    if value is None:
        return "unknown"
    if key in _RATIO_KEYS and not isinstance(value, str):
        return format_ratio(value)
    if key in _SHARE_KEYS and not isinstance(value, str):
        return format_percent(round(value, 4))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return escape(str(value))
