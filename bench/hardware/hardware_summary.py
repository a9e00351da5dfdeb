"""Machines and devices side by side: the only place where timings of different fingerprints meet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.analysis.case_summary import family_of
from bench.analysis.cautions import find_canary_drift
from bench.analysis.equal_seeds import distinct_seeds
from bench.analysis.statistics.interval import Interval, summarize_rates
from bench.analysis.targets import choose_targets
from bench.analysis.trial.throughput import achieved_flops_per_s, fit_throughput
from bench.analysis.trial.time_to_target import summarize_target
from bench.data.dataset import DataInfo
from bench.errors import ConfigError
from bench.hardware.cells import Cell, collect_cells, comparable_case, name_variants, sort_cells
from bench.hardware.comparisons import (
    compare_accuracies,
    find_cost_ratios,
    find_crossovers,
    scale_over_threads,
)
from bench.hardware.cost_to_target import dollars, joules_to_target
from bench.hardware.hardware_types import (
    CostToTarget,
    HardwareRow,
    HardwareSummary,
    MachineNoise,
    NoThroughput,
    Place,
)
from bench.hardware.machines import Machine, MeasuredRun, find_machines, match_machine, set_prices
from bench.hardware.ratios import SpeedRatio, ratio_of_speeds
from bench.hardware.roofline import operational_intensity
from bench.plan.case import Case
from bench.store.records import Journal

LSTM_CEILING_BATCH = 32  # the batch size of `Ceiling.lstm_gemm_flops_per_s`


def summarize_hardware(
    sources: Sequence[MeasuredRun],
    targets: Sequence[float] | None = None,
    reference: str | None = None,
    prices: Sequence[str] = (),
    set_aside: Sequence[str] = (),
) -> HardwareSummary:
    """Summarize runs from any number of machines.

    Args:
        sources: the runs; trials of one fingerprint count as one machine's.
        targets: validation accuracies to cost; those of the runs' suites where None.
        reference: `MACHINE` or `MACHINE/DEVICE` that speed-ups are against; the first place with a figure by default.
        prices: `machine=USD/hour` each.
        set_aside: for each journal that is damaged, what its reader said of it.

    Raises:
        ConfigError: for a reference or a price of a machine or a device that no run is from.
    """
    machines = set_prices(find_machines(sources), prices)
    cells = sort_cells(collect_cells(sources, machines), machines)
    chosen = _choose_reference(cells, machines, reference)
    asked = tuple(_suite_targets(sources) if targets is None else targets)
    wanted = choose_targets(asked, None, [one for cell in cells for one in cell.journals]).wanted
    rows = _make_rows(cells, machines, chosen)
    variants = {(row.place, row.case): row.variant for row in rows}
    journals = {(cell.place, cell.case): cell.journals for cell in cells}
    return HardwareSummary(
        run_ids=tuple(dict.fromkeys(source.record.run_id for source in sources)),
        machines=machines,
        reference=chosen,
        targets=wanted,
        rows=rows,
        cost_ratios=find_cost_ratios(rows, journals),
        crossovers=find_crossovers(rows, journals, chosen),
        scalings=scale_over_threads(rows, journals),
        to_target=tuple(_cost_targets(cells, machines, wanted, variants)),
        curve_pairs=compare_accuracies(rows, journals, chosen),
        noise=tuple(_summarize_noise(machine, cells) for machine in machines),
        subsets=_subsets(journal.start.data for cell in cells for journal in cell.journals),
        set_aside=tuple(set_aside),
        superseded=tuple(journal.source.removesuffix(".jsonl") for one in sources for journal in one.superseded),
    )


def _choose_reference(cells: Sequence[Cell], machines: Sequence[Machine], asked: str | None) -> Place | None:
    measured = list(dict.fromkeys(cell.place for cell in cells if cell.throughputs))
    if asked is None:
        return measured[0] if measured else None
    name, _, device = asked.rpartition("/") if "/" in asked else (asked, "", "")
    machine = match_machine(name, machines, "--reference")
    devices = [place.device for place in measured if place.machine == machine.label]
    if not devices or (device and device not in devices):
        has = ", ".join(devices) or "no device"
        raise ConfigError(f"--reference: {machine.label} has figures for {has}; received {asked!r}")
    return Place(machine.label, device or devices[0])


def _make_rows(cells: Sequence[Cell], machines: Sequence[Machine], reference: Place | None) -> tuple[HardwareRow, ...]:
    labels = name_variants([cell.case for cell in cells])
    by_label = {machine.label: machine for machine in machines}
    base: defaultdict[Case, list[Journal]] = defaultdict(list)
    for cell in cells:
        if cell.place == reference:
            base[comparable_case(cell.case)] += cell.journals
    rows = [_row(cell, labels[cell.case], by_label[cell.place.machine], base, reference) for cell in cells]
    order = list(dict.fromkeys(row.variant for row in rows))
    # sorted is stable: within a variant and a batch size the places keep their order.
    return tuple(sorted(rows, key=lambda row: (order.index(row.variant), row.case.batch_size)))


def _row(
    cell: Cell, variant: str, machine: Machine, base: Mapping[Case, Sequence[Journal]], reference: Place | None
) -> HardwareRow:
    case, built = cell.case, cell.built
    ceiling = machine.ceilings.find(case.device, case.precision) if machine.ceilings else None
    flops = built.flops_per_example if built else None
    achieved = summarize_rates(
        [v for throughput in cell.throughputs if (v := achieved_flops_per_s(throughput, flops)) is not None]
    )
    mean = achieved.value if achieved else None
    family = family_of(case.model)
    is_step_shaped = family == "recurrent" and case.batch_size == LSTM_CEILING_BATCH
    speedup = _speedup(cell, base.get(comparable_case(case), ()), cell.place == reference)
    return HardwareRow(
        place=cell.place,
        variant=variant,
        family=family,
        case=case,
        absence=_find_absence(cell, machine),
        throughputs=cell.throughputs,
        throughput=summarize_rates(cell.throughputs),
        fit_throughputs=cell.fit_throughputs,
        fit_throughput=summarize_rates(cell.fit_throughputs),
        speedup=speedup.interval if speedup else None,
        speedup_in_turns=speedup.num_in_turns if speedup else None,
        achieved_flops_per_s=achieved,
        ceiling=ceiling,
        efficiency=mean / ceiling.gemm_flops_per_s if ceiling and mean else None,
        step_efficiency=mean / ceiling.lstm_gemm_flops_per_s if ceiling and mean and is_step_shaped else None,
        intensity=operational_intensity(flops, built.num_params, built.layers, case.batch_size, case.precision)
        if built
        else None,
    )


def _speedup(cell: Cell, base: Sequence[Journal], is_reference: bool) -> SpeedRatio | None:
    if is_reference and cell.fit_throughputs:
        return SpeedRatio(Interval(1.0, None, None, len(cell.fit_throughputs), "none"), False, None)
    return ratio_of_speeds(cell.journals, base, fit_throughput)


def _find_absence(cell: Cell, machine: Machine) -> NoThroughput | None:
    if cell.throughputs:
        return None
    if cell.refusal is not None:
        no_gpu = cell.case.device.startswith("gpu") and not machine.environment.gpus
        return NoThroughput("no gpu" if no_gpu else "refused", cell.refusal)
    if not cell.journals:
        return NoThroughput("not started", "")
    if not cell.case.reports_times:
        return NoThroughput("deterministic", "")
    statuses = Counter(journal.status for journal in cell.journals)
    if set(statuses) == {"ok"}:
        return NoThroughput("no steady step", "")
    return NoThroughput("not ok", ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())))


def _cost_targets(
    cells: Sequence[Cell],
    machines: Sequence[Machine],
    targets: Sequence[float],
    variants: Mapping[tuple[Place, Case], str],
) -> Iterator[CostToTarget]:
    price = {machine.label: machine.usd_per_hour for machine in machines}
    order = list(variants)
    for cell in sorted(cells, key=lambda cell: order.index((cell.place, cell.case))):
        distinct = distinct_seeds(cell.journals)
        for target in targets if cell.journals else ():
            result = summarize_target(distinct, target, cell.case.epochs)
            yield CostToTarget(
                place=cell.place,
                variant=variants[cell.place, cell.case],
                batch_size=cell.case.batch_size,
                num_train=cell.journals[0].start.data.num_train,
                result=result,
                usd=dollars(result.median_train_s, price[cell.place.machine]),
                joules=joules_to_target(distinct, result),
                sensors=cell.built.energy_sensors if cell.built else (),
            )


def _summarize_noise(machine: Machine, cells: Sequence[Cell]) -> MachineNoise:
    journals = [journal for cell in cells for journal in cell.journals if cell.place.machine == machine.label]
    labels = {journal.start.case.case_id: journal.start.case.case_id for journal in journals}
    drifting = {(one.data["run_id"], one.data["trial_id"]) for one in find_canary_drift(journals, labels)}
    readings = (epoch.noise.num_foreign_gpu_processes for journal in journals for epoch in journal.epochs)
    return MachineNoise(
        machine=machine.label,
        num_trials=len(journals),
        num_drifting=len(drifting),
        num_concurrent=sum(journal.start.concurrent for journal in journals),
        num_foreign=max((count for count in readings if count is not None), default=None),
    )


def _suite_targets(sources: Sequence[MeasuredRun]) -> Iterator[float]:
    return (target for source in sources for target in source.record.suite.targets)


def _subsets(data: Iterable[DataInfo]) -> tuple[tuple[int, int], ...]:
    """Return on how many of how many examples networks trained, where these were not all."""
    sizes = {(one.num_train, one.num_train_available) for one in data}
    return tuple(sorted((size, whole) for size, whole in sizes if size < whole))
