"""What is said of a claim: its verdict, the estimates that it rests on, and what kept it open; plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.analysis.statistics.interval import CONFIDENCE, Interval
from bench.analysis.statistics.sample_size import More
from bench.analysis.statistics.unpaired import inverse, negated
from bench.analysis.trial.time_to_target import TargetResult
from bench.claims.estimates import EstimateKind, SideEstimate
from bench.claims.evidence import Undecided, UndecidedCode
from bench.claims.findings import Effect, Finding, any_by_chance
from bench.claims.neighbours import Neighbour
from bench.claims.statements import Claim
from bench.reports.kit.cells import Format, accuracy_cell, cell, epochs_text, format_number, word_more
from bench.reports.kit.wording import word_in_turns, word_interval
from bench.units import (
    MISSING,
    counted,
    format_accuracy,
    format_count,
    format_percent,
    format_points,
    format_rate,
    format_ratio,
)

HOW_JUDGED = (
    "A statement about one network, or about which of two needs fewer epochs, holds or fails for each seed. It is "
    "decided if Wilson's 95 % interval of the share of seeds excludes one half and the one-sided binomial test is at "
    "5 % or below. That takes at least five seeds: at the border one experiment of 32 decides so by chance and one "
    "the opposite, which together is a level of 93.75 %; with more seeds it is 93 % or higher.",
    "A statement about accuracy or time between two networks rests on the differences or ratios of pairs: trials of "
    "one seed, or for times that took no turns neighbours in time. It is decided if their 95 % interval lies entirely "
    "on one side: t below 5 pairs, sign-flip from 5 up, which for 5 is the smallest to the largest and at 93.75 %. A "
    "statement about several epochs is supported if all of their intervals are above; it is refuted if all are below, "
    "or if one is below at a Bonferroni-corrected level.",
    "A statement about groups of networks is judged on each data set by itself: the best network of each group, on the "
    "same seeds. On several data sets it counts sets, never seeds pooled across them: supported on more than half of "
    "them, refuted if its opposite holds on at least half, each at 95 % by partial conjunction.",
    "Seconds are compared only between trials of one machine with no other measurement running. Trials that crashed "
    "before they had an answer do not count. A missed target counts as later than the trial's own budget, and as "
    "never if the trial diverged. If budgets end too early, a claim is decided only if it does not matter how those "
    "seeds would have continued.",
    "Each verdict is at about 95 % by itself, at 93.75 % with five seeds. Holm's procedure at 5 % over all tested "
    "claims says which hold together; it uses the two-sided binomial test for shares and Student's t for effects, "
    "since p of the signs of five pairs is never below 1 in 16.",
    "The next seed's accuracy is predicted by Student's t from the seeds that were trained, as if they were normal.",
)

_REASONS: Mapping[UndecidedCode, str] = {
    UndecidedCode.NO_CASE: "no trial trained {case}; train it: python -m bench run {flags}",
    UndecidedCode.NO_SETS: (
        "no data set has trials of both {case} and {than} that this claim is about; train them: python -m bench run "
        "sequences, for equal parameters with --match parameters"
    ),
    UndecidedCode.NOT_RUN: "{case} cannot run here: {why}",
    UndecidedCode.NOT_STARTED: "{case} was planned but never started; finish the run with --resume",
    UndecidedCode.SUBSET: (
        "{case} was trained on {num_train} of {num_train_available} examples and validated on {num_test} of "
        "{num_test_available}, but the claim needs all of them; leave out --train-size and --test-size"
    ),
    UndecidedCode.DATA_DIFFERS: (
        "data set {dataset} had {num_checksums} different contents across trials; delete the odd copies and train again"
    ),
    UndecidedCode.NO_PAIR: "{case} and {than} share no device or no seed; train both in one run",
    UndecidedCode.NO_FIGURE: (
        "no seed has an answer, and {num_crashed} of {num_trials} trials crashed; see the report's failures, or raise "
        "--epochs if a budget ends too early"
    ),
    UndecidedCode.TIMES_DIFFER: (
        "the times of {num_seeds} common seeds are not comparable: they ran on different machines or beside other "
        "measurements; train both sides in one run"
    ),
    UndecidedCode.SHORT_BUDGET: (
        "the budgets of {num_open} of {num_seeds} seeds end too early, and those seeds would decide; raise --epochs"
    ),
    UndecidedCode.FEW_SEEDS: "{num_seeds} of the {min_seeds} seeds that it needs",
    UndecidedCode.BETWEEN_VALIDATIONS: (
        "for {num_between} of {num_seeds} seeds either side may have been first: between two validations; use "
        "--validate-every, or claim a harder target"
    ),
    UndecidedCode.DETERMINISTIC: (
        "{case} is trained with --deterministic, whose operations can be slower, so its times are not reported; leave "
        "deterministic out of the claims file"
    ),
    UndecidedCode.OPEN: "inconclusive with {seeds}",
}

_SPEEDS: Mapping[EstimateKind, tuple[Format, str]] = {
    "fit_epoch_s": (format_number, "{} s of training per epoch as fit costs"),
    "steady_epoch_s": (format_number, "{} s of training per epoch, steady"),
    "fit_throughput": (format_rate, "{} training examples per second as fit costs"),
    "throughput": (format_rate, "{} training examples per second, steady"),
}


def word_reason(reason: Undecided, num_more_seeds: More | None = None) -> str:
    """Say what kept a claim open, and how many further seeds would decide where that can be told."""
    data = {key: _word_datum(value) for key, value in reason.data.items()}
    text = _REASONS[reason.code].format(**data, seeds=counted(int(reason.data.get("num_seeds", 0)), "seed"))
    return f"{text}; {word_more(num_more_seeds)} would decide" if num_more_seeds else text


def word_effect(effect: Effect, claim: Claim, estimates: Sequence[SideEstimate] = ()) -> str:
    """Say the effect that a verdict rests on, with its 95 % interval and its seeds.

    A share of seeds that pass an accuracy is told by what the next seed's will be, where `estimates` have that.
    """
    if effect.kind == "share":
        return _word_share(effect, next((one for one in estimates if one.kind == "next_seed"), None))
    if effect.kind == "difference":
        return _word_lead(effect, claim)
    if effect.kind == "published":
        return _word_published(effect, claim)
    measured = word_in_turns(effect.num_in_turns, effect.interval.n)
    return f"{_word_ratio(effect.interval, claim)}{f', {measured}' if measured else ''}"


def _word_share(effect: Effect, next_seed: SideEstimate | None) -> str:
    hits = round(effect.interval.value * effect.interval.n)
    untold = f" and undecided for {format_count(effect.num_open)}" if effect.num_open else ""
    held = f"holds for {hits} of {counted(effect.interval.n, 'seed')}{untold}"
    if next_seed is not None and next_seed.interval is not None:
        low, high = (format_accuracy(bound) for bound in (next_seed.interval.low, next_seed.interval.high))
        best = f"the next seed's best accuracy at any validation by epoch {next_seed.epoch}"
        return f"{held}; {best}: {low} … {high} (95 % prediction)"
    of_all = f"{_whole_percent(effect.interval.low)} … {_whole_percent(effect.interval.high)} of all"
    return f"{held} ({of_all}, 95 % interval)"


def _word_lead(effect: Effect, claim: Claim) -> str:
    """Say by how much the first side is ahead or behind; bounds beyond no difference keep their sign."""
    is_behind = effect.interval.value < 0
    lead = negated(effect.interval) if is_behind else effect.interval
    where = "behind" if is_behind else "ahead of"
    return (
        f"after epoch {effect.epoch} {claim.case} is {where} {getattr(claim, 'than', '')} by {cell(lead, _unsigned)}, "
        f"{_describe(lead)}"
    )


def _word_published(effect: Effect, claim: Claim) -> str:
    """Say how far a figure is from a paper's, and how far it may be."""
    published, within = getattr(claim, "published", 0.0), getattr(claim, "within", 0.0)
    return (
        f"after epoch {effect.epoch} {claim.case} differs from the published {format_accuracy(published)} by "
        f"{cell(effect.interval, format_points)}, {_describe(effect.interval)}; within {within * 100:g} pp counts as "
        "reproduced"
    )


def _word_ratio(ratio: Interval, claim: Claim) -> str:
    than = getattr(claim, "than", "")
    if claim.predicate == "sooner" and ratio.value < 1:
        return f"{than} gets there {_ratio_cell(inverse(ratio))} faster than {claim.case}, {_describe(ratio)}"
    words = {
        "sooner": f"{claim.case} gets there {{}} faster than {than}",
        "slower": f"an epoch of {claim.case} takes {{}} as long as one of {than}",
        "faster": f"{claim.case} trains {{}} as many examples per second as {than}",
    }[claim.predicate]
    return f"{words.format(_ratio_cell(ratio))}, {_describe(ratio)}"


def word_estimate(estimate: SideEstimate) -> str:
    """Say what one side of a claim did."""
    if estimate.target is not None:
        return f"{estimate.name}: {word_target(estimate.target, estimate.shortest_budget)}"
    if estimate.interval is None:
        return f"{estimate.name}: no value{_word_crashed(estimate.num_crashed)}"
    if estimate.kind == "next_seed":
        value = f"the next seed's best accuracy at any validation by epoch {estimate.epoch} {_word_next(estimate)}"
    elif estimate.kind == "val_accuracy":
        value = f"validation accuracy {accuracy_cell(estimate.interval)} after epoch {estimate.epoch}"
    else:
        text_of, words = _SPEEDS[estimate.kind]
        value = words.format(cell(estimate.interval, text_of))
    return f"{estimate.name}: {value}, {_describe(estimate.interval)}{_word_crashed(estimate.num_crashed)}"


def _word_next(estimate: SideEstimate) -> str:
    """Return the prediction with its distance from what the claim names."""
    deviations = estimate.deviations or 0.0
    side = "above" if deviations >= 0 else "below"
    return f"{accuracy_cell(estimate.interval)}, {abs(deviations):.1f} standard deviations {side} what the claim names"


def word_family(findings: Sequence[Finding]) -> str:
    """Say what so many verdicts at once are worth, and which of them hold together; empty where there is but one."""
    tested = [finding for finding in findings if finding.is_tested]
    decided = [finding for finding in tested if finding.is_decided]
    if not decided or len(tested) == 1:
        return ""
    together = [finding.claim.id for finding in decided if finding.holds_together]
    held = f"{len(together)} of the {len(decided)} hold" if together else f"none of the {len(decided)} holds"
    return (
        f"Each verdict is at {_word_levels(tested)} for itself. Were all {len(tested)} tested claims exactly at their "
        f"border and independent, {100 * any_by_chance(tested):.0f} % of runs would decide at least one. At 95 % for "
        f"all of them together (Holm), {held}{': ' if together else ''}{', '.join(together)}."
    )


def _word_levels(tested: Sequence[Finding]) -> str:
    """Return `93.75 %`, or `93 to 95 %` of verdicts that rest on different tests or numbers of seeds."""
    levels = [min(CONFIDENCE, 1 - (finding.error or 0.0)) for finding in tested]
    ends = dict.fromkeys(f"{100 * level:.4g}" for level in (min(levels), max(levels)))
    return f"{' to '.join(ends)} %"


def word_target(result: TargetResult, shortest_budget: int | None = None) -> str:
    """Say how many trials passed a target, and when the median one did."""
    crashed = _word_crashed(result.num_crashed)
    if not result.num_trials:
        return f"no value{crashed}"
    passed = f"{result.hits} of {result.num_trials} reach {format_percent(result.target)}"
    if result.median_epochs is None:
        budget = _word_budget(shortest_budget, result.epoch_budget)
        return f"{passed} within {budget}, and the median is not reached{crashed}"
    # Of trials with several budgets the seconds may have no median where the epochs have one.
    bound = "at most " if result.is_bound else ""
    seconds = (
        "" if result.median_train_s is None else f" and {bound}{format_number(result.median_train_s)} s of training"
    )
    return f"{passed}, the median after {_word_epochs(result.median_epochs)}{seconds}{crashed}"


def _word_budget(shortest: int | None, longest: int) -> str:
    several = f"{format_count(shortest)} to " if shortest is not None and shortest < longest else ""
    return f"{several}{counted(longest, 'epoch')}"


def _word_crashed(num_crashed: int) -> str:
    return f", {format_count(num_crashed)} crashed before" if num_crashed else ""


def word_needs(claim: Claim) -> str:
    """Say which evidence a claim requires."""
    data = "all examples of the data set" if claim.full_data else "any part of the data set"
    return f"at least {counted(claim.min_seeds, 'seed')}, {data}"


def word_neighbours(finding: Finding) -> str:
    """Say whether another setting of the network does what the claim says of it; empty where none was trained."""
    if not finding.neighbours:
        return ""
    found = [neighbour for neighbour in finding.neighbours if neighbour.is_as_claimed]
    count = len(finding.neighbours)
    settings = "1 other setting was" if count == 1 else f"{count} other settings were"
    nearest = finding.neighbours[0]
    if nearest.result.median_epochs is None and not nearest.is_as_claimed:
        return f"{settings} tried; none reaches the target."
    if not found:
        return (
            f"{settings} tried; none reaches the target as late as claimed. The nearest is {_word_neighbour(nearest)}."
        )
    named = "; ".join(_word_neighbour(neighbour) for neighbour in found)
    late = "These reach the target as late as claimed, nearest first"
    return f"{settings} tried. {late}: {named}.{_word_confirmation(found)}"


def name_neighbour(neighbour: Neighbour) -> str:
    """Return a setting's label, with those that computed the same to the last bit."""
    return f"{neighbour.label} (and, bit for bit, {', '.join(neighbour.same)})" if neighbour.same else neighbour.label


def _word_neighbour(neighbour: Neighbour) -> str:
    if neighbour.result.median_epochs is None:
        budget = counted(neighbour.result.epoch_budget, "epoch")
        return f"{neighbour.label} (not within {budget}, where it reaches {format_accuracy(neighbour.best)})"
    return f"{neighbour.label} ({_word_epochs(neighbour.result.median_epochs)})"


def _word_epochs(median: float | None) -> str:
    return f"{epochs_text(median)} {'epoch' if median == 1 else 'epochs'}"


def _word_confirmation(found: Sequence[Neighbour]) -> str:
    """Say what a candidate that one seed found still needs."""
    if found[0].result.num_trials > 1:
        return ""
    return " The nearest has one seed: train it again with --seeds 5 before you rely on it."


def _word_datum(value: str | int) -> str:
    return format_count(value) if isinstance(value, int) else value


def _describe(interval: Interval) -> str:
    bounds = word_interval(interval.kind, interval.n)
    return bounds if interval.kind == "none" else f"{bounds} {'seed' if interval.n == 1 else 'seeds'}"


def _ratio_cell(ratio: Interval) -> str:
    return cell(ratio, format_ratio)


def _unsigned(value: float | None) -> str:
    return format_points(value, ".2f")


def _whole_percent(share: float | None) -> str:
    return MISSING if share is None else f"{share * 100:.0f} %"
