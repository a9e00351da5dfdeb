"""Claims about several data sets: what each set says, and the matrix of data sets and networks; plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.unpaired import negated
from bench.claims.findings import Finding
from bench.claims.set_findings import SetFinding
from bench.claims.statements import AheadOnSets
from bench.reports.kit.cells import accuracy_cell, cell, explain_intervals
from bench.reports.kit.tables import Table, words
from bench.reports.kit.wording import word_interval
from bench.units import MISSING, counted, format_count, format_points

_UNDECIDED = "not decided"


@dataclass(frozen=True)
class SetView:
    """Two groups' names beside what one data set says of them."""

    case: str
    than: str
    found: SetFinding


def word_sets(finding: Finding) -> str:
    """Say on which data sets which group is ahead; of a single one, by how much."""
    views = _views(finding)
    if len(views) == 1:
        return word_set(views[0])
    claim = finding.claim
    ahead, behind, others = (
        [view.found.dataset for view in views if view.found.verdict in verdicts]
        for verdicts in (("supported",), ("refuted",), ("inconclusive", "not tested"))
    )
    parts = [f"{claim.case} ahead on {_sets(ahead, len(views))}", f"behind on {_sets(behind, len(views))}"]
    return "; ".join([*parts, *([f"{_UNDECIDED} on {_sets(others, len(views))}"] if others else [])])


def word_set(view: SetView) -> str:
    """Say who is ahead on one data set, by how much, and what each network comes to there."""
    found = view.found
    if found.lead is None:
        return f"{found.dataset}: no seed on which all networks can be compared"
    is_behind = found.lead.value < 0
    lead = negated(found.lead) if is_behind else found.lead
    where = "behind" if is_behind else "ahead of"
    when = "within equal seconds" if found.epochs is None else f"after epoch {format_count(found.epochs)}"
    return (
        f"{found.dataset}: {when} the best of {view.case} is {where} the best of {view.than} by "
        f"{cell(lead, lambda value: format_points(value, '.2f'))}, {_over_seeds(lead)}"
    )


def word_sets_in_full(finding: Finding) -> list[str]:
    """Return a line for each data set, and below it one for each of its networks."""
    lines = []
    for view in _views(finding):
        lines.append(word_set(view))
        for network in view.found.networks:
            bounds = f", {_over_seeds(network.accuracy)}" if network.accuracy else ""
            params = f"; {counted(network.num_params, 'parameter')}" if network.num_params else ""
            accuracy = f"validation accuracy {accuracy_cell(network.accuracy)}{bounds}"
            lines.append(f"{view.found.dataset}, {network.name}: {accuracy}{params}")
    return lines


def _over_seeds(interval: Interval) -> str:
    bounds = word_interval(interval.kind, interval.n)
    return bounds if interval.kind == "none" else f"{bounds} {'seed' if interval.n == 1 else 'seeds'}"


def matrix_table(findings: Sequence[Finding]) -> Table | None:
    """Return a row a data set and a column a network, of the claim per epoch that has most sets; None without one."""
    told = [one for one in findings if isinstance(one.claim, AheadOnSets) and one.sets and _is_plain(one.claim)]
    if not told:
        return None
    finding = max(told, key=lambda one: len(one.sets))
    views = _views(finding)
    names = list(dict.fromkeys(network.name for view in views for network in view.found.networks))
    rows = tuple((view.found.dataset, *_accuracies(view.found, names), _ahead(view)) for view in views)
    bounds = explain_intervals((network.accuracy for view in views for network in view.found.networks), values="seeds")
    note = f"Mean validation accuracy after the last epoch of the shortest budget on that data set. {bounds}".strip()
    return Table("Data sets and networks", words("data set", *names, "ahead"), rows, note)


def _is_plain(claim: AheadOnSets) -> bool:
    return claim.by == "epochs" and claim.parameters == "any"


def _accuracies(found: SetFinding, names: Sequence[str]) -> tuple[str, ...]:
    by_name = {network.name: network.accuracy for network in found.networks}
    return tuple(accuracy_cell(by_name[name]) if by_name.get(name) else MISSING for name in names)


def _ahead(view: SetView) -> str:
    return {"supported": view.case, "refuted": view.than}.get(view.found.verdict, _UNDECIDED)


def _views(finding: Finding) -> list[SetView]:
    than = getattr(finding.claim, "than", "")
    return [SetView(finding.claim.case, than, found) for found in finding.sets]


def _sets(names: Sequence[str], total: int) -> str:
    return f"{len(names)} of {counted(total, 'set')}" + (f" ({', '.join(names)})" if names else "")
