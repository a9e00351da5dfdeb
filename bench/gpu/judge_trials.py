"""The checks that the trials' journals decide."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable

from bench.analysis.trial.throughput import fit_throughput
from bench.gpu.seen import Judged, Seen
from bench.store.records import Journal
from bench.units import counted, format_bytes, format_count, format_ratio

_SHOWN = 3


def judge_memory(seen: Seen) -> Judged:
    """Judge whether each trial has a peak of memory that the GPU can have."""
    trials = [one for one in seen.on("gpu") if one.status == "ok"]
    if not trials:
        return "not possible here", "no trial on the GPU ended ok"
    peaks = [one.epochs[-1].peak_device_bytes for one in trials]
    known = [peak for peak in peaks if peak]
    most = max((gpu.memory_bytes or 0 for gpu in trials[0].start.environment.gpus), default=0)
    is_sound = len(known) == len(peaks) and (not most or max(known) <= most)
    text = f"peaks of {format_bytes(min(known, default=None))} to {format_bytes(max(known, default=None))}"
    return ("proven" if is_sound else "refuted"), f"{text} in {counted(len(trials), 'trial')}"


def judge_oom(seen: Seen) -> Judged:
    """Judge whether the networks without room ended as `oom`, and the trial after them ran."""
    trials = seen.on("gpu")
    too_large = [place for place, one in enumerate(trials) if _is_too_large(one)]
    if not too_large:
        return "not possible here", "no trial of a network that is too large was run"
    statuses = [trials[place].status for place in too_large]
    text = f"an LSTM that needs more memory than the GPU has: {', '.join(statuses)}"
    if "ok" in statuses:
        return "not possible here", f"{text}: it had room"
    if set(statuses) != {"oom"}:
        return "refuted", text
    after = [one.status for one in trials[too_large[-1] + 1 :]]
    if not after:
        return "not possible here", f"{text}; no trial came after it"
    return ("proven" if after[0] == "ok" else "refuted"), f"{text}; the trial after it: {after[0]}"


def _is_too_large(journal: Journal) -> bool:
    return journal.start.case.units is not None


def judge_in_turns(seen: Seen) -> Judged:
    """Judge whether trials took turns on the GPU."""
    trials = [one for one in seen.on("gpu") if one.status == "ok" and any(epoch.turns for epoch in one.epochs)]
    groups = Counter(one.start.in_turns.trials for one in trials if one.start.in_turns)
    together = [one for one in trials if one.start.in_turns and groups[one.start.in_turns.trials] > 1]
    if not together:
        return "not possible here", "no two trials of this backend took turns on the GPU"
    num_turns = sum(len(epoch.turns.seconds) for one in together for epoch in one.epochs if epoch.turns)
    return "proven", f"{counted(len(together), 'trial')} had {counted(num_turns, 'turn')} in one GPU's memory"


def judge_cpu(seen: Seen) -> Judged:
    """Judge whether the same networks ran on GPU and CPU, and tell how much faster the GPU was."""
    rates = {device: _rates(seen.on(device)) for device in ("gpu", "cpu")}
    shared = sorted(rates["gpu"].keys() & rates["cpu"].keys())
    if not shared:
        return "not possible here", "no network ran on both the GPU and the CPU"
    ratios = (
        f"{model} {format_ratio(rates['gpu'][model, batch] / rates['cpu'][model, batch])} at {format_count(batch)}"
        for model, batch in shared
    )
    return "proven", f"GPU over CPU: {', '.join(ratios)}"


def judge_throughput(seen: Seen) -> Judged:
    """Judge whether all trials of several batch sizes ended ok."""
    wanted = [one for one in seen.on("gpu") if not _is_too_large(one)]
    if not wanted:
        return "not possible here", "no trial ran on the GPU"
    failed = [f"{one.trial_id} ({one.status})" for one in wanted if one.status != "ok"]
    if failed:
        more = " …" if len(failed) > _SHOWN else ""
        return "refuted", f"did not end ok: {', '.join(failed[:_SHOWN])}{more}"
    sizes = sorted({one.start.case.batch_size for one in wanted})
    models = {one.start.case.model for one in wanted}
    text = f"{counted(len(models), 'network')} at batch {', '.join(map(format_count, sizes))}"
    return ("proven" if len(sizes) > 1 else "not possible here"), text


def _rates(journals: Iterable[Journal]) -> dict[tuple[str, int], float]:
    """Return the geometric mean of examples per second as `fit` costs, by network and batch size."""
    found: dict[tuple[str, int], list[float]] = {}
    for journal in journals:
        rate = fit_throughput(journal.start.case, journal.epochs) if journal.status == "ok" else None
        if rate:
            found.setdefault((journal.start.case.model, journal.start.case.batch_size), []).append(rate)
    return {key: statistics.geometric_mean(values) for key, values in found.items()}
