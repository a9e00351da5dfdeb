"""A site's first page: what became worse, what stands side by side, and every run by machine and suite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from bench.compare.history_types import METRICS, History
from bench.reports.hardware.wording import answer
from bench.reports.kit.escaping import escape_markdown
from bench.reports.kit.machine import describe_host
from bench.reports.kit.measures import MEASURES, format_effect
from bench.reports.kit.tables import numbers, render_linked_table, words
from bench.reports.run.front import count_ok
from bench.reports.run.headline import headline
from bench.reports.site.addresses import hardware_address, history_address, run_address
from bench.site.site_types import MachineSuite, Site, SiteMachine, SiteRun, Worsening
from bench.units import counted, format_count, format_percent

_MAX_WORSENINGS = 50
_NUM_ANSWERS = 5  # of the latest runs of a suite; earlier ones are links alone


def render_index(site: Site, title: str) -> str:
    """Return the page as Markdown."""
    num_machines = counted(len(site.machines), "machine")
    parts = [
        f"# {escape_markdown(title)}",
        f"{counted(len(site.runs), 'run')} on {num_machines}. Times compare within one machine alone.",
        *_worse(site),
        *_side_by_side(site),
        *(part for machine in site.machines for part in _machine(machine)),
        *_unread(site),
    ]
    return "\n\n".join(parts) + "\n"


def name_metric(metric: str, history: History) -> str:
    """Return what a history is of: `training time to 90 %`."""
    return MEASURES[METRICS[metric]][0].format(target=format_percent(history.target)).replace("`", "")


def _worse(site: Site) -> Iterator[str]:
    yield "## What became worse"
    if not site.num_histories:
        yield "No machine has two runs of one suite, so there is nothing to compare over time."
        return
    looked = f"Of {counted(site.num_histories, 'figure')} over time, one for each metric of a suite on a machine"
    if not site.worsenings:
        yield f"{looked}, none shows a change for the worse."
    else:
        yield f"{looked}, these show a change for the worse, the latest first. *Now* is the latest level."
        columns = (
            *words("changed with", "suite", "case", "metric"),
            *numbers("change", "before", "after", "now", "now against before", "p"),
            *words("machine"),
        )
        yield render_linked_table(columns, [_worsening(one) for one in site.worsenings[:_MAX_WORSENINGS]])
    hidden = len(site.worsenings) - _MAX_WORSENINGS
    if hidden > 0:
        yield f"{format_count(hidden)} older ones are on the pages of their metrics."
    yield (
        "Where nothing changed, one figure of twenty shows a change all the same. A change point means that the "
        "program, a library or the machine changed between two runs."
    )


def _worsening(one: Worsening) -> tuple[str, ...]:
    measure, change = one.history.measure, one.change
    text_of = MEASURES[measure][1]
    page = history_address(one.machine, one.suite, one.metric)
    return (
        _link(f"{change.created_at.astimezone(UTC):%Y-%m-%d}", run_address(change.run_id)),
        escape_markdown(one.suite),
        escape_markdown(one.case.label),
        _link(name_metric(one.metric, one.history), page),
        escape_markdown(format_effect(change.effect, measure)),
        text_of(change.before),
        text_of(change.after),
        text_of(one.now),
        escape_markdown(format_effect(one.now_effect, measure)),
        f"{change.p_value:.3f}",
        escape_markdown(describe_host(one.machine.environment)),
    )


def _side_by_side(site: Site) -> Iterator[str]:
    if not site.side_by_side:
        return
    yield "## Side by side"
    yield "\n".join(
        f"- {_link(f'Suite {suite}', hardware_address(suite))}, {counted(len(summary.machines), 'machine')}: "
        f"{escape_markdown(answer(summary))}"
        for suite, summary in site.side_by_side.items()
    )


def _machine(machine: SiteMachine) -> Iterator[str]:
    yield f"## {escape_markdown(describe_host(machine.environment))}"
    yield f"{_software(machine)}; fingerprint {escape_markdown(machine.environment.fingerprint)}."
    for suite in machine.suites:
        yield f"### Suite {escape_markdown(suite.suite)}"
        latest, earlier = suite.runs[:_NUM_ANSWERS], suite.runs[_NUM_ANSWERS:]
        rows = [_run(one) for one in latest]
        yield render_linked_table(words("started (UTC)", "trials ok", "answer"), rows)
        if earlier:
            yield f"Earlier: {', '.join(_link_run(one) for one in earlier)}."
        if suite.histories:
            yield f"Over time: {', '.join(_history_links(machine, suite))}."


def _software(machine: SiteMachine) -> str:
    environment = machine.environment
    parts = [environment.os, f"Python {environment.python}"]
    parts += [
        f"{name} {environment.libraries[name]}" for name in ("keras", "tensorflow") if name in environment.libraries
    ]
    return escape_markdown(", ".join(parts))


def _run(one: SiteRun) -> tuple[str, ...]:
    summary = one.summary
    merged = " (merged)" if any(trial.of_run for trial in one.run.record.suite.trials) else ""
    return _link_run(one) + merged, count_ok(summary), escape_markdown(headline(summary))


def _link_run(one: SiteRun) -> str:
    return _link(f"{one.run.record.created_at.astimezone(UTC):%Y-%m-%d %H:%M}", run_address(one.run_id))


def _history_links(machine: SiteMachine, suite: MachineSuite) -> Iterator[str]:
    for metric, history in suite.histories.items():
        num_changes = sum(len(case.changes) for case in history.cases)
        found = f" ({counted(num_changes, 'change point')})" if num_changes else ""
        yield _link(name_metric(metric, history), history_address(machine, suite.suite, metric)) + found


def _unread(site: Site) -> Iterator[str]:
    if site.unread:
        yield "## Not on this site"
        yield "\n".join(f"- {escape_markdown(one.source)}: {escape_markdown(one.why)}" for one in site.unread)


def _link(text: str, address: str) -> str:
    return f"[{escape_markdown(text)}]({address})"
