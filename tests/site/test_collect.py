"""Runs by machine and suite, what became worse, and what stands side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.compare.history_types import METRICS
from bench.site.collect import collect_site, machine_key, suite_of
from bench.site.site_types import SiteRun, UnreadRun
from bench.store.merge_runs import merge_runs
from bench.store.run_folder import load_run
from tests.site.conftest import night_id

STEADY, SLOWER = [60.0] * 12, [60.0] * 6 + [75.0] * 6


def test_runs_stand_by_machine_and_suite_the_latest_first(make_nights):
    runs = [
        *make_nights(STEADY[:3], cpu_model="Zen"),
        *make_nights(STEADY[:1], suite="quick", digits="0001", cpu_model="Zen"),
        *make_nights(STEADY[:2], digits="0002", cpu_model="ARM"),
    ]
    site = collect_site(list(reversed(runs)), [UnreadRun("x.tar.gz", "torn")])
    assert [machine.environment.cpu_model for machine in site.machines] == ["ARM", "Zen"]
    zen = site.machines[1]
    assert [suite.suite for suite in zen.suites] == ["quick", "tutorial"]
    assert [run.run_id for run in zen.suites[1].runs] == [night_id(2), night_id(1), night_id(0)]
    assert len(site.runs) == 6
    assert site.unread == (UnreadRun("x.tar.gz", "torn"),)


def test_the_order_in_which_runs_are_found_plays_no_part(make_nights):
    runs = [*make_nights(SLOWER), *make_nights(STEADY[:2], digits="0002", cpu_model="ARM")]
    assert collect_site(runs, []) == collect_site(list(reversed(runs)), [])


def test_every_metric_of_two_nights_has_its_history_but_those_that_nobody_measured(make_nights):
    (machine,) = collect_site(make_nights(STEADY[:2]), []).machines
    assert machine.suites[0].histories.keys() == METRICS.keys() - {"device-memory"}
    (machine,) = collect_site(make_nights(STEADY[:1]), []).machines
    assert machine.suites[0].histories == {}


def test_what_became_slower_is_found_with_its_night_and_what_it_is_now(make_nights):
    site = collect_site(make_nights(SLOWER), [])
    found = {one.metric: one for one in site.worsenings}
    assert found.keys() == {"throughput", "fit-throughput", "time-to-accuracy"} & found.keys()
    one = found["throughput"]
    assert (one.case.label, one.change.run_id, one.suite) == ("lstm", night_id(6), "tutorial")
    assert one.change.effect == pytest.approx(0.8, abs=0.01)
    assert (one.now, one.now_effect) == (one.change.after, one.change.effect)


def test_what_was_mended_is_still_listed_and_now_says_so(make_nights):
    site = collect_site(make_nights([60.0] * 8 + [75.0] * 8 + [60.0] * 8), [])
    (one,) = [one for one in site.worsenings if one.metric == "throughput"]
    assert one.change.effect == pytest.approx(0.8, abs=0.01)
    assert one.now_effect == pytest.approx(1.0, abs=0.01)


def test_what_became_faster_is_no_worsening(make_nights):
    site = collect_site(make_nights(list(reversed(SLOWER))), [])
    (machine,) = site.machines
    (change,) = machine.suites[0].histories["throughput"].cases[0].changes
    assert change.verdict == "faster"
    assert site.worsenings == ()


def test_a_machine_with_another_stands_beside_it_with_its_latest_run(make_nights):
    runs = [
        *make_nights(STEADY[:3], hostname="laptop"),
        *make_nights([30.0, 30.0], digits="0002", hostname="node7", cpu_model="ARM"),
    ]
    site = collect_site(runs, [])
    (summary,) = site.side_by_side.values()
    assert set(summary.run_ids) == {night_id(2), night_id(1, digits="0002")}
    assert {row.place.machine for row in summary.rows} == {"laptop", "node7"}
    assert collect_site(runs[:3], []).side_by_side == {}


def test_a_merged_run_stands_below_each_machine_and_counts_no_journal_twice(make_nights, write_run, tmp_path):
    """Its sources are on the site, too: in a history the same trials must not be two nights."""
    sources = [*make_nights(STEADY[:2]), *make_nights([30.0], digits="0002", cpu_model="ARM")]
    loaded = [
        load_run(write_run(tmp_path / "results" / one.run_id, one.run.record, one.run.journals)) for one in sources
    ]
    merged = load_run(merge_runs([loaded[0], loaded[2]], tmp_path / "results", ("bench", "merge")))
    alone = collect_site([SiteRun(run, {}) for run in loaded], [])
    both = collect_site([SiteRun(run, {}) for run in (*loaded, merged)], [])
    assert len(both.runs) == 4
    assert all(merged.record.run_id in {run.run_id for run in machine.suites[0].runs} for machine in both.machines)
    for before, after in zip(alone.machines, both.machines, strict=True):
        assert before.suites[0].histories == after.suites[0].histories


def test_no_free_text_of_a_record_is_part_of_an_address(make_nights):
    (run,) = make_nights(STEADY[:1])
    nasty = "../../<script>"
    record = run.run.record
    environment = record.environment.model_copy(update={"fingerprint": nasty})
    suite = record.suite.model_copy(update={"name": nasty})
    hostile = record.model_copy(update={"environment": environment, "suite": suite})
    site = collect_site([replace(run, run=replace(run.run, record=hostile, journals=()))], [])
    (machine,) = site.machines
    assert machine.key == machine_key(environment)
    assert len(machine.key) == 12
    assert machine.key.isalnum()
    assert machine.suites[0].suite == suite_of(run.run_id) == "tutorial"
