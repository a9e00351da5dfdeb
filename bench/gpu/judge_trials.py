"""The checks that the trials' journals decide."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from bench.analysis.trial.throughput import fit_throughput
from bench.gpu.seen import Judged, Seen, Verdict
from bench.store.records import Journal
from bench.units import counted, format_bytes, format_count, format_ratio


def judge_memory(seen: Seen) -> Judged:
    """Judge whether each trial has a peak of memory that the GPU can have."""
    trials = [one for one in seen.on("gpu") if one.status == "ok"]
    if not trials:
        return "not possible here", "no trial on the GPU ended ok"
    peaks = [one.epochs[-1].peak_device_bytes for one in trials]
    known = [peak for peak in peaks if peak]
    memory = next((gpu.memory_bytes for gpu in trials[0].start.environment.gpus), None)
    is_sound = len(known) == len(peaks) and (memory is None or max(known) <= memory)
    text = f"peaks of {format_bytes(min(known, default=None))} to {format_bytes(max(known, default=None))}"
    return ("proven" if is_sound else "refuted"), f"{text} in {counted(len(trials), 'trial')}"


def judge_oom(seen: Seen) -> Judged:
    """Judge whether a network without room ended as `oom`, and the trial after it ran."""
    trials = seen.on("gpu")
    too_large = [place for place, one in enumerate(trials) if one.start.case.units is not None]
    if not too_large:
        return "not possible here", "no trial of a network that is too large was run"
    statuses = [trials[place].status for place in too_large]
    if "ok" in statuses:
        return "not possible here", "the network that should be too large had room"
    next_ones = [trials[place + 1].status for place in too_large if place + 1 < len(trials)]
    is_sound = set(statuses) == {"oom"} and (not next_ones or "ok" in next_ones)
    then = f", the next trial {next_ones[0]}" if next_ones else ", and no trial came after it"
    verdict: Verdict = "refuted" if not is_sound else "proven" if next_ones else "not possible here"
    return verdict, f"a batch that needs more memory than the GPU has: {', '.join(statuses)}{then}"


def judge_in_turns(seen: Seen) -> Judged:
    """Judge whether trials took turns on the GPU."""
    trials = [one for one in seen.on("gpu") if one.status == "ok" and any(epoch.turns for epoch in one.epochs)]
    partners = {name for one in trials if one.start.in_turns for name in one.start.in_turns.trials}
    together = [one for one in trials if f"{one.start.run_id}/{one.trial_id}" in partners]
    if len(together) <= 1:
        return "not possible here", "no two trials took turns on the GPU"
    num_turns = sum(len(epoch.turns.seconds) for one in together for epoch in one.epochs if epoch.turns)
    return "proven", f"{format_count(len(together))} trials had {format_count(num_turns)} turns in one GPU's memory"


def judge_cpu(seen: Seen) -> Judged:
    """Judge whether the same networks ran on GPU and CPU, and tell how much faster the GPU was."""
    rates = {device: _rates(seen.on(device)) for device in ("gpu", "cpu")}
    shared = sorted(rates["gpu"].keys() & rates["cpu"].keys())
    if not shared:
        return "not possible here", "no network ran on both the GPU and the CPU"
    ratios = (f"{model} {format_ratio(rates['gpu'][key] / rates['cpu'][key])} at {format_count(batch)}"
              for key in shared for model, batch in [key])  # fmt: skip
    return "proven", f"GPU over CPU: {', '.join(ratios)}"


def judge_throughput(seen: Seen) -> Judged:
    """Judge whether all trials of all batch sizes ended ok."""
    wanted = [one for one in seen.on("gpu") if one.start.case.units is None]
    if not wanted:
        return "not possible here", "no trial ran on the GPU"
    failed = [one.trial_id for one in wanted if one.status != "ok"]
    if failed:
        return "refuted", f"did not end ok: {', '.join(failed[:3])}{' …' if len(failed) > len(failed[:3]) else ''}"
    sizes = sorted({one.start.case.batch_size for one in wanted})
    models = {one.start.case.model for one in wanted}
    return "proven", f"{counted(len(models), 'network')} at batch {', '.join(map(format_count, sizes))}"


def _rates(journals: Iterable[Journal]) -> dict[tuple[str, int], float]:
    """Return the geometric mean of examples per second as `fit` costs, by network and batch size."""
    found: dict[tuple[str, int], list[float]] = {}
    for journal in journals:
        rate = fit_throughput(journal.start.case, journal.epochs) if journal.status == "ok" else None
        if rate:
            found.setdefault((journal.start.case.model, journal.start.case.batch_size), []).append(rate)
    return {key: statistics.geometric_mean(values) for key, values in found.items()}
