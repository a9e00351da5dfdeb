"""Trials gathered by place and case: what a hardware report's rows are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.analysis.case_labels import case_labels
from bench.analysis.trial.throughput import fit_throughput, steady_throughput
from bench.hardware.hardware_types import Place, device_order
from bench.hardware.machines import Machine, MeasuredRun
from bench.plan.case import Case
from bench.store.records import BuiltEvent, EpochEvent, Journal

_NO_SEPARATE_ROW = {"epochs": 1, "device": "cpu"}


@dataclass(frozen=True)
class Cell:
    """One case at one place, before anything is computed: its trials, or what refused it."""

    place: Place
    case: Case
    journals: list[Journal] = field(default_factory=list)
    refusal: str | None = None

    @property
    def built(self) -> BuiltEvent | None:
        """What the first trial that came so far says of its model."""
        return next((journal.built for journal in self.journals if journal.built), None)

    @property
    def throughputs(self) -> tuple[float, ...]:
        """Each trial's steady throughput, whatever became of the trial after."""
        return self._of_trials(steady_throughput)

    @property
    def fit_throughputs(self) -> tuple[float, ...]:
        """Each trial's throughput as `fit` costs, likewise."""
        return self._of_trials(fit_throughput)

    def _of_trials(self, rate: Callable[[Case, Sequence[EpochEvent]], float | None]) -> tuple[float, ...]:
        rates = (rate(self.case, journal.epochs) for journal in self.journals)
        return tuple(found for found in rates if found is not None)


def collect_cells(sources: Sequence[MeasuredRun], machines: Sequence[Machine]) -> list[Cell]:
    """Gather the trials that ended by place and case, with those that were planned and did not run, or still do."""
    labels = {machine.fingerprint: machine.label for machine in machines}
    cells: dict[tuple[Place, Case], Cell] = {}
    for source in sources:
        for journal in _ended(source):
            case = journal.start.case
            place = Place(labels[journal.start.environment.fingerprint], case.device)
            cells.setdefault((place, case), Cell(place, case)).journals.append(journal)
    for source in sources:
        here = labels.get(source.record.environment.fingerprint, "")
        ran = {journal.start.case for journal in _ended(source)}
        planned = [(trial.case, None) for trial in source.record.suite.trials if trial.case not in ran]
        refused = [(left.case, left.reason) for left in source.record.suite.not_run]
        for case, refusal in (*planned, *refused) if here else ():
            place = Place(here, case.device)
            cells.setdefault((place, case), Cell(place, case, refusal=refusal))
    return list(cells.values())


def _ended(source: MeasuredRun) -> list[Journal]:
    return [journal for journal in source.journals if journal.status != "running"]


def sort_cells(cells: Iterable[Cell], machines: Sequence[Machine]) -> list[Cell]:
    """Return the cells by machine and device; cases keep their order."""
    order = {machine.label: place for place, machine in enumerate(machines)}
    return sorted(cells, key=lambda cell: (order[cell.place.machine], device_order(cell.place.device)))


def name_variants(cases: Sequence[Case]) -> Mapping[Case, str]:
    """Name each case by its model and those settings that vary beside device, batch size and budget.

    A subset's size is no part of the name where it follows from the batch size, as in suite `hardware`.
    """
    sizes: defaultdict[Case, set[int | None]] = defaultdict(set)
    for case in cases:
        sizes[case.model_copy(update={**_NO_SEPARATE_ROW, "train_size": None})].add(case.train_size)
    bare = {"batch_size": 1, **_NO_SEPARATE_ROW}
    if all(len(found) == 1 for found in sizes.values()):
        bare["train_size"] = None
    stripped = {case: case.model_copy(update=bare) for case in cases}
    labels = case_labels(stripped.values())
    return {case: labels[plain.case_id] for case, plain in stripped.items()}


def comparable_case(case: Case) -> Case:
    """Return what two cases share that differ by their device and budget alone."""
    return case.model_copy(update=_NO_SEPARATE_ROW)
