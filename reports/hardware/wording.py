"""The hardware report's sentences: the answer and why a row is empty, in plain text; what to know before quoting it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bench.hardware.hardware_types import CostRatio, HardwareSummary, NoThroughput, Place
from bench.reports.kit.wording import Escape, say_measured
from bench.units import format_count, format_ratio

_ABSENCES = {
    "no gpu": "not run: no GPU",
    "not started": "not run: no trial has ended",
    "no steady step": "not timed: no step beyond the first",
    "deterministic": "not timed: deterministic operations can be slower",
}
_HINT = "; "


def name_place(place: Place, summary: HardwareSummary) -> str:
    """Return `machine · device`, and the device alone where there is one machine."""
    return place.device if len(summary.machines) == 1 else f"{place.machine} · {place.device}"


def word_absence(absence: NoThroughput) -> str:
    """Say why a row has no figure: `not run: no GPU`; a refusal's advice is left out."""
    if absence.kind in _ABSENCES:
        return _ABSENCES[absence.kind]
    detail = absence.detail.partition(_HINT)[0]
    return f"not timed: {detail}" if absence.kind == "not ok" else f"not run: {detail}"


def answer(summary: HardwareSummary) -> str:
    """Return whether "recurrent or convolutional" has one answer on all these devices and batch sizes."""
    ratios = _comparable(summary.cost_ratios)
    if not ratios:
        return "No device ran both a recurrent and a convolutional network, so there is no answer yet."
    return " ".join(
        sentence for sentence in (_of_the_place(ratios, summary), _of_the_batch(ratios[0], summary)) if sentence
    )


def _of_the_place(ratios: Sequence[CostRatio], summary: HardwareSummary) -> str:
    """Say what the ratios of one batch size come to, over all places that have one."""
    least, most = (choose(ratios, key=lambda one: one.ratio.value) for choose in (min, max))
    pair, batch = f"{most.recurrent} costs", f"At batch size {format_count(most.batch_size)}"
    if len(ratios) == 1:
        ratio = _word_ratio(most, summary)
        return f"{batch} {pair} {ratio} what {most.convolutional} costs per example{_measured(ratios)}."
    if least.ratio.value < 1 < most.ratio.value:
        depends = "depends" if least.is_decided and most.is_decided else "may depend"
        return (
            f"{batch} the answer {depends} on the hardware: {pair} {_word_ratio(least, summary)} and "
            f"{_word_ratio(most, summary)} what {most.convolutional} costs per example{_measured(ratios)}."
        )
    cheaper = most.convolutional if least.ratio.value >= 1 else most.recurrent
    means = "" if all(one.is_decided for one in ratios) else ", judging by the means"
    return (
        f"{batch} {cheaper} costs less per example on every device{means}: {pair} from "
        f"{_word_ratio(least, summary)} to {_word_ratio(most, summary)} what {most.convolutional} costs"
        f"{_measured(ratios)}."
    )


def _measured(ratios: Sequence[CostRatio]) -> str:
    return say_measured(*((one.num_in_turns, one.ratio.n) for one in ratios))


def _of_the_batch(ratio: CostRatio, summary: HardwareSummary) -> str:
    """Say on how many devices the answer changes with the batch size, and the first of these sizes.

    Where no change is beyond its trials' bounds, it is told as what may be.
    """
    pair = (ratio.recurrent, ratio.convolutional)
    found = [one for one in summary.crossovers if one.kind == "models" and (one.a, one.b) == pair]
    clear = [one for one in found if one.is_clear]
    changes = clear or found
    if not changes:
        return ""
    first = min(changes, key=lambda one: one.crossing.x)
    named = name_place(first.where, summary) if isinstance(first.where, Place) else first.where
    where = f"{format_count(len({one.where for one in changes}))} of {format_count(_count_places(summary))} devices"
    size = f"at about {format_count(round(first.crossing.x))} ({named})"
    if clear:
        return f"The answer changes with the batch size on {where}, first {size}."
    return f"The answer may change with the batch size on {where}, first {size}; these trials are inconclusive."


def _count_places(summary: HardwareSummary) -> int:
    return len({one.place for one in summary.cost_ratios})


def _comparable(ratios: Sequence[CostRatio]) -> list[CostRatio]:
    """Return the first pair's ratios at the batch size that most places measured, the smallest of these."""
    pair = [
        one for one in ratios if (one.recurrent, one.convolutional) == (ratios[0].recurrent, ratios[0].convolutional)
    ]
    counts = Counter(one.batch_size for one in pair)
    batch = min(counts, key=lambda size: (-counts[size], size), default=0)
    return [one for one in pair if one.batch_size == batch]


def _word_ratio(one: CostRatio, summary: HardwareSummary) -> str:
    return f"{format_ratio(one.ratio.value)} ({name_place(one.place, summary)})"


def caveats(summary: HardwareSummary, escape: Escape) -> list[str]:
    """Return what to know before quoting the report, each with what to do; names are made inert by `escape`."""
    return list(_caveats(summary, escape))


def _caveats(summary: HardwareSummary, escape: Escape) -> Iterator[str]:
    fewest = min((len(row.throughputs) for row in summary.rows if row.throughputs), default=0)
    if fewest == 1:
        yield "Some rows have one trial, so no interval. Run again with `--seeds 3`, better 8."
    if summary.subsets:
        sizes = " and ".join(f"{format_count(size)} of {format_count(whole)}" for size, whole in summary.subsets)
        yield (
            f"The networks trained on {sizes} examples: their "
            "accuracies are comparable between machines, but are not those of the whole data set. Quote accuracies "
            "from suite tutorial."
        )
    yield from _of_the_machines(summary, escape)
    different = sum(not pair.agreement.agrees for pair in summary.curve_pairs)
    if different:
        yield (
            f"{format_count(different)} of {format_count(len(summary.curve_pairs))} pairs of curves differ by more "
            "than their tolerance. Look for a different kernel or library before you compare their times to a target."
        )
    if summary.superseded:
        names = ", ".join(map(escape, summary.superseded))
        yield f"{names}: earlier attempts that did not end ok. Their trials were trained again, and those alone count."
    for problem in summary.set_aside:
        yield f"A journal is damaged and was left out: {escape(problem)}. Copy it again from its machine."


def _of_the_machines(summary: HardwareSummary, escape: Escape) -> Iterator[str]:
    for one in summary.noise:
        name = escape(one.machine)
        if one.num_drifting:
            yield (
                f"{name} was not quiet: the canary ran slow in {format_count(one.num_drifting)} of "
                f"{format_count(one.num_trials)} trials. Close other programs and run again before you trust its times."
            )
        if one.num_concurrent:
            yield f"{name} measured several things at once. Run again without `--allow-concurrent`."
        if one.num_foreign:
            yield f"Other processes used a GPU of {name} during a trial. Stop them and run again."
    above = dict.fromkeys(row.place for row in summary.rows if row.efficiency is not None and row.efficiency > 1)
    if above:
        names = escape(", ".join(name_place(place, summary) for place in above))
        yield (
            f"Achieved more than the ceiling on {names}: other work was running when the ceiling was measured. "
            "Measure it again with `bench env --check`, then run again."
        )
    for machine in summary.machines:
        if machine.ceilings is None:
            name = escape(machine.label)
            yield f"{name} has no ceilings, so no efficiencies: run on it with `--ceilings` or suite hardware."
