"""The tables of the hardware report: a row for each machine, device and case, also where nothing could run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.analysis.statistics.interval import Interval
from bench.hardware.hardware_types import (
    CostRatio,
    CostToTarget,
    Crossover,
    CurvePair,
    HardwareRow,
    HardwareSummary,
    Place,
    ThreadScaling,
)
from bench.hardware.machines import Machine
from bench.hardware.scaling import ScalingPoint
from bench.reports.hardware.wording import name_place, word_absence
from bench.reports.kit.cells import (
    cell,
    explain_intervals,
    format_number,
    number_cell,
    seconds_cell,
    share_text,
    yes_no,
)
from bench.reports.kit.tables import Table, numbers, rare, without_empty_columns, words
from bench.reports.kit.wording import word_in_turns
from bench.units import (
    MISSING,
    counted,
    format_bytes,
    format_count,
    format_percent,
    format_points,
    format_rate,
    format_ratio,
    signed,
)

_GIGA = 1e9


def machines_table(summary: HardwareSummary) -> Table:
    """Return what each machine is."""
    columns = (*words("machine", "processor"), *numbers("cores"), *words("memory", "GPU", "system", "libraries",
               "fingerprint"), *numbers("USD/hour"))  # fmt: skip
    return without_empty_columns(
        Table("The machines", columns, tuple(_machine_row(machine) for machine in summary.machines))
    )


def _machine_row(machine: Machine) -> tuple[str, ...]:
    environment = machine.environment
    libraries = (f"{name} {environment.libraries[name]}" for name in ("tensorflow", "keras", "jax", "torch")
                 if name in environment.libraries)  # fmt: skip
    system = (environment.os, environment.virtualization)
    return (
        machine.label,
        environment.cpu_model or environment.machine,
        format_count(environment.num_cpus_usable),
        format_bytes(environment.memory_bytes),
        "; ".join(gpu.name for gpu in environment.gpus) or "none",
        ", ".join(part for part in system if part),
        ", ".join(libraries) or MISSING,
        environment.fingerprint,
        MISSING if machine.usd_per_hour is None else f"{machine.usd_per_hour:.6g}",
    )


def ceilings_table(summary: HardwareSummary) -> Table | None:
    """Return what each device reached at most; None where no run brought its ceilings along."""
    columns = (*words("machine", "device", "precision"), *numbers("large product (GFLOP/s)",
               "one LSTM step's product (GFLOP/s)", "memory (GB/s)"))  # fmt: skip
    rows = tuple(
        (
            machine.label,
            one.device,
            f"{one.precision}, TF32 allowed" if one.tf32 else one.precision,
            format_number(one.gemm_flops_per_s, _GIGA),
            format_number(one.lstm_gemm_flops_per_s, _GIGA),
            format_number(one.bandwidth_bytes_per_s, _GIGA),
        )
        for machine in summary.machines
        for one in (machine.ceilings.devices if machine.ceilings else ())
    )
    return Table("What the devices can do at most", columns, rows) if rows else None


def hardware_throughput_table(summary: HardwareSummary) -> Table:
    """Return throughput, speed-up and efficiency, one row a case and place; a row without figures says why."""
    columns = (*words("network"), *numbers("batch"), *words("machine", "device"), *numbers(
               "as fit costs (examples/s)", "speed-up", "steady (examples/s)", "achieved GFLOP/s", "of the ceiling",
               "of one LSTM step's ceiling"))  # fmt: skip
    rows = tuple(_throughput_row(row) for row in summary.rows)
    rates = (rate for row in summary.rows for rate in (row.fit_throughput, row.throughput))
    of_rates = explain_intervals(rates, "In parentheses behind a throughput")
    note = f"{of_rates} {_explain_ratios((row.speedup for row in summary.rows), 'speed-up')}".strip()
    table = Table("Throughput", columns, rows, note)
    counts = [(row.speedup_in_turns, row.speedup.n if row.speedup else 0) for row in summary.rows]
    return _say_turns(table, "speed-up is", counts)


def _explain_ratios(ratios: Iterable[Interval | None], name: str) -> str:
    """Say what stands in parentheses behind a ratio, whose trials are pairs where they took turns."""
    return explain_intervals(ratios, f"In parentheses behind a {name}", "trials or pairs")


def _say_turns(table: Table, title: str, counts: Sequence[tuple[int | None, int]]) -> Table:
    """Return a table with a last column that says how each row's ratio was measured; as it is where none took turns."""
    if all(in_turns is None for in_turns, _ in counts):
        return table
    cells = [word_in_turns(*count) or MISSING for count in counts]
    rows = tuple((*row, text) for row, text in zip(table.rows, cells, strict=True))
    return replace(table, columns=(*table.columns, *words(title)), rows=rows)


def _throughput_row(row: HardwareRow) -> tuple[str, ...]:
    head = (row.variant, format_count(row.case.batch_size), row.place.machine, row.place.device)
    if row.absence is not None:
        return (*head, word_absence(row.absence), *[MISSING] * 5)
    return (
        *head,
        cell(row.fit_throughput, format_rate),
        cell(row.speedup, format_ratio),
        cell(row.throughput, format_rate),
        number_cell(row.achieved_flops_per_s, _GIGA),
        share_text(row.efficiency),
        share_text(row.step_efficiency),
    )


def cost_ratio_table(summary: HardwareSummary) -> Table | None:
    """Return what a recurrent network costs in units of a convolutional one, wherever both ran."""
    columns = (*words("networks"), *numbers("batch"), *words("machine", "device"), *numbers("cost ratio"),
               *words("cheaper per example"))  # fmt: skip
    rows = tuple(
        (
            f"{one.recurrent} / {one.convolutional}",
            format_count(one.batch_size),
            one.place.machine,
            one.place.device,
            cell(one.ratio, format_ratio),
            _cheaper(one),
        )
        for one in summary.cost_ratios
    )
    note = _explain_ratios((one.ratio for one in summary.cost_ratios), "ratio")
    table = Table("What one network costs in units of the other", columns, rows, note)
    counts = [(one.num_in_turns, one.ratio.n) for one in summary.cost_ratios]
    return _say_turns(table, "ratio is", counts) if rows else None


def _cheaper(one: CostRatio) -> str:
    """Name the cheaper network, where the interval decides between them."""
    if not one.is_decided:
        return "undecided"
    return one.convolutional if one.ratio.value > 1 else one.recurrent


def crossovers_table(summary: HardwareSummary) -> Table | None:
    """Return where over batch sizes one curve overtakes another."""
    columns = (*words("what is compared", "faster below", "faster above"), *numbers("batch, about"),
               *words("measured between", "decided"))  # fmt: skip
    rows = tuple(_crossover_row(one, summary) for one in summary.crossovers)
    return Table("Where the answer changes with the batch size", columns, rows) if rows else None


def _crossover_row(one: Crossover, summary: HardwareSummary) -> tuple[str, ...]:
    a, b = (_name(side, summary) for side in (one.a, one.b))
    below, above = (a, b) if one.crossing.a_leads_before else (b, a)
    between = f"{format_count(one.crossing.before)} and {format_count(one.crossing.after)}"
    about = format_count(round(one.crossing.x))
    return _name(one.where, summary), below, above, about, between, yes_no(one.is_clear)


def _name(thing: str | Place, summary: HardwareSummary) -> str:
    return thing if isinstance(thing, str) else name_place(thing, summary)


def scaling_table(summary: HardwareSummary) -> Table | None:
    """Return how much faster the same work gets on more threads."""
    columns = (*words("network"), *numbers("batch"), *words("machine"), *numbers("threads", "speed-up", "efficiency",
               "serial share (Karp–Flatt)"))  # fmt: skip
    rows = tuple(_scaling_row(one, point) for one in summary.scalings for point in one.points)
    note = _explain_ratios((point.speedup for one in summary.scalings for point in one.points), "speed-up")
    table = Table("Strong scaling over threads", columns, rows, note)
    counts = [(point.num_in_turns, point.speedup.n) for one in summary.scalings for point in one.points]
    return _say_turns(table, "speed-up is", counts) if rows else None


def _scaling_row(one: ThreadScaling, point: ScalingPoint) -> tuple[str, ...]:
    return (
        one.variant,
        format_count(one.batch_size),
        one.machine,
        format_count(point.num_threads),
        cell(point.speedup, format_ratio),
        share_text(point.efficiency),
        signed(point.serial_share, ".2f"),
    )


def to_target_tables(summary: HardwareSummary) -> tuple[Table, ...]:
    """Return what each target costs in seconds, dollars and joules of training, a table a number of examples.

    The same target after training on more examples is another target.
    """
    sizes = sorted({one.num_train for one in summary.to_target})
    return tuple(_to_target_table([one for one in summary.to_target if one.num_train == size], size) for size in sizes)


def _to_target_table(costs: Sequence[CostToTarget], num_train: int) -> Table:
    columns = (*words("network"), *numbers("batch"), *words("machine", "device"),
               *numbers("target", "hits", "median (s)", "USD", "joules"), *words("joules of"))  # fmt: skip
    title = f"Trained on {counted(num_train, 'example')}"
    return without_empty_columns(Table(title, columns, tuple(map(_to_target_row, costs))))


def _to_target_row(one: CostToTarget) -> tuple[str, ...]:
    bound = "≤ " if one.result.is_bound else ""
    return (
        one.variant,
        format_count(one.batch_size),
        one.place.machine,
        one.place.device,
        format_percent(one.result.target),
        f"{one.result.hits}/{one.result.num_trials}",
        seconds_cell(one.result.median_train_s, one.result, is_bound=one.result.is_bound),
        MISSING if one.usd is None else f"{bound}{_dollars(one.usd)}",
        MISSING if one.joules is None else f"{bound}{format_number(one.joules)}",
        ", ".join(one.sensors) or MISSING,
    )


def _dollars(usd: float) -> str:
    """Return three significant digits without an exponent: `0.0000575`."""
    decimals = max(2 - math.floor(math.log10(usd)), 2) if usd > 0 else 2
    return f"{usd:.{decimals}f}"


def curves_table(summary: HardwareSummary) -> Table | None:
    """Return whether the same seeds learnt the same everywhere, one row a case, with its two curves furthest apart."""
    columns = (*words("network"), *numbers("batch", "pairs", "that differ"), *words("furthest apart"),
               *numbers("seed", "epoch", "difference", "tolerance"))  # fmt: skip
    cases: dict[tuple[str, int], list[CurvePair]] = {}
    for pair in summary.curve_pairs:
        cases.setdefault((pair.variant, pair.batch_size), []).append(pair)
    rows = tuple(_curves_row(pairs, summary) for pairs in cases.values())
    return Table("The same seeds on different hardware", columns, rows) if rows else None


def _curves_row(pairs: Sequence[CurvePair], summary: HardwareSummary) -> tuple[str, ...]:
    worst = max(pairs, key=lambda pair: abs(pair.agreement.difference) / pair.agreement.tolerance)
    return (
        worst.variant,
        format_count(worst.batch_size),
        format_count(len(pairs)),
        format_count(sum(not pair.agreement.agrees for pair in pairs)),
        f"{name_place(worst.a, summary)} and {name_place(worst.b, summary)}",
        str(worst.seed),
        format_count(worst.agreement.epoch),
        format_points(worst.agreement.difference) if worst.agreement.difference else "0",
        format_points(worst.agreement.tolerance, ".2f"),
    )


def hardware_noise_table(summary: HardwareSummary) -> Table:
    """Return how quiet each machine was."""
    columns = (*words("machine"), *numbers("trials", "with a slow canary"),
               *rare("beside another measurement", "foreign processes on the GPU, at most"))  # fmt: skip
    rows = tuple(
        (
            one.machine,
            format_count(one.num_trials),
            format_count(one.num_drifting),
            format_count(one.num_concurrent),
            format_count(one.num_foreign),
        )
        for one in summary.noise
    )
    return without_empty_columns(Table("How quiet the machines were", columns, rows))
