"""The golden report is compared byte for byte; `UPDATE_GOLDEN=1 pytest` on this file rewrites it."""

from __future__ import annotations

import re

import pytest

from bench.errors import StoreError
from bench.hardware.hardware_summary import summarize_hardware
from bench.host.environment import Gpu
from bench.reports.hardware.page import HARDWARE_PLOTS, render_hardware_report, write_hardware_report
from tests.reports.golden import assert_golden
from tests.reports.hostile import HOSTILE, assert_inert_report

ALL_STEMS = [plot.stem for plot in HARDWARE_PLOTS]
H100 = Gpu(
    name="NVIDIA H100", memory_bytes=80 * 2**30, driver="560.35.03", compute_capability="9.0", power_limit_w=700.0,
    max_clock_mhz=1980,
)  # fmt: skip


@pytest.fixture
def laptop(make_source):
    throughputs = {
        (model, device, batch): rate * (1 if device == "cpu:1" else 1.6)
        for model, curve in (("lstm", (330, 860)), ("cnn", (600, 620)))
        for batch, rate in zip((32, 512), curve, strict=True)
        for device in ("cpu:1", "cpu:2")
    }
    return make_source(
        throughputs, gflops={"cpu:1": 55.0, "cpu:2": 110.0}, not_run=[("lstm", "gpu", 32), ("cnn", "gpu", 32)],
        hostname="laptop", fingerprint="aaaaaaaaaaaa",
    )  # fmt: skip


@pytest.fixture
def node(make_source):
    throughputs = {
        ("lstm", "cpu:1", 32): 700.0, ("lstm", "cpu:1", 512): 1900.0, ("cnn", "cpu:1", 32): 1300.0,
        ("cnn", "cpu:1", 512): 1350.0, ("lstm", "gpu", 32): 500.0, ("lstm", "gpu", 512): 14_000.0,
        ("cnn", "gpu", 32): 12_000.0, ("cnn", "gpu", 512): 120_000.0,
    }  # fmt: skip
    return make_source(
        throughputs, val_accuracy=(0.7, 0.93), energy_j=420.0, gflops={"gpu": 40_000.0}, hostname="node7",
        fingerprint="bbbbbbbbbbbb", gpus=(H100,), num_cpus_usable=16, run_id="20261122T091500Z-hardware-0001",
    )  # fmt: skip


@pytest.fixture
def two_machines(laptop, node):
    return summarize_hardware([laptop, node], prices=["node7=2.5"])


def test_a_report_of_two_machines_reads_as_the_golden_one(two_machines):
    assert_golden("hardware.md", render_hardware_report(two_machines, ALL_STEMS))


def test_a_row_that_could_not_run_says_so_and_does_not_vanish(two_machines):
    report = render_hardware_report(two_machines, ALL_STEMS)
    assert len(re.findall(r"^\| (?:lstm|cnn) .*laptop .*gpu .*not run: no GPU", report, flags=re.MULTILINE)) == 2


def test_the_answer_names_the_places_that_differ_most(two_machines, laptop):
    first = render_hardware_report(two_machines, []).splitlines()[2]
    assert "At batch size 32 cnn costs less per example on every device" in first
    assert "24.0× (node7 · gpu)" in first
    assert "The answer changes with the batch size on 3 of 4 devices, first at about" in first
    alone = render_hardware_report(summarize_hardware([laptop]), []).splitlines()[2]
    assert "1.82× (cpu:1)" in alone  # one machine needs no name


def test_what_the_trials_do_not_tell_apart_is_undecided(make_source):
    throughputs = {("lstm", "cpu:1", 32): 199.0, ("lstm", "cpu:1", 512): 401.0, ("cnn", "cpu:1", 32): 200.0,
             ("cnn", "cpu:1", 512): 400.0, ("lstm", "cpu:2", 32): 300.0, ("cnn", "cpu:2", 32): 500.0}  # fmt: skip
    report = render_hardware_report(summarize_hardware([make_source(throughputs)]), [])
    assert "At batch size 32 cnn costs less per example on every device, judging by the means" in report
    assert "The answer may change with the batch size on 1 of 2 devices, first at about 204 (cpu:1)" in report
    assert "; these trials are inconclusive." in report
    assert re.search(r"\| lstm / cnn .*cpu:1 .*\| undecided", report)
    assert re.search(r"\| cpu:1 .*32 and 512 .*\| no ", report)


def test_an_answer_that_depends_on_the_machine_says_so(make_source, laptop):
    other = make_source(
        {("lstm", "cpu:1", 32): 900.0, ("cnn", "cpu:1", 32): 300.0}, hostname="odd", fingerprint="c" * 12
    )
    report = render_hardware_report(summarize_hardware([laptop, other]), [])
    assert "At batch size 32 the answer depends on the hardware: lstm costs 0.33× (odd · cpu:1) and 1.82×" in report


def test_curves_that_differ_are_flagged_twice(make_source, laptop):
    other = make_source({("lstm", "cpu:1", 32): 900.0}, val_accuracy=(0.7, 0.4), hostname="odd", fingerprint="c" * 12)
    report = render_hardware_report(summarize_hardware([laptop, other]), [])
    assert "pairs of curves differ.**" in report
    assert "differ by more than their tolerance. Look for a different kernel" in report


def test_more_than_a_ceiling_is_told_as_the_ceilings_fault(make_source):
    source = make_source({("lstm", "cpu:1", 32): 100.0}, gflops={"cpu:1": 1.0})
    report = render_hardware_report(summarize_hardware([source]), [])
    assert "Achieved more than the ceiling on cpu:1: other work was running when the ceiling was measured." in report
    assert "`bench env --check`" in report  # code, and not its letters


def test_hostile_names_are_inert_everywhere_in_the_report(make_source, tmp_path):
    source = make_source(
        {("lstm", "cpu:1", 32): 100.0, ("cnn", "cpu:1", 32): 200.0}, gflops={"cpu:1": 10.0}, hostname=HOSTILE,
        cpu_model=HOSTILE, not_run=[("lstm", "gpu", 32)],
    )  # fmt: skip
    summary = summarize_hardware([source], set_aside=[HOSTILE])
    assert_inert_report(write_hardware_report(tmp_path, summary).read_text(encoding="utf-8"))


def test_rebuilding_a_report_gives_the_same_bytes(two_machines, tmp_path):
    for name in ("first", "second"):
        write_hardware_report(tmp_path / name, two_machines)
    written = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*") if path.is_file())
    assert [str(path) for path in written] == [*sorted(f"figures/{stem}.png" for stem in ALL_STEMS), "hardware.md"]
    assert all(
        (tmp_path / "first" / path).read_bytes() == (tmp_path / "second" / path).read_bytes() for path in written
    )


def test_every_figure_has_words_for_those_who_do_not_see_it(two_machines):
    alternatives = re.findall(r"!\[(.*?)\]\(figures/.*?\.png\)", render_hardware_report(two_machines, ALL_STEMS))
    assert len(alternatives) == len(HARDWARE_PLOTS)
    assert all("laptop" in text or "lstm" in text for text in alternatives)


def test_a_machine_alone_on_one_device_still_has_a_report(make_source, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "hardware-scaling.png").write_bytes(b"old")
    source = make_source({("lstm", "cpu", 32): 100.0}, seeds=(0,))
    report = write_hardware_report(tmp_path, summarize_hardware([source])).read_text(encoding="utf-8")
    assert "there is no answer yet" in report
    assert "No figure: no case ran with two thread counts." in report
    assert "No figure: no run has ceilings." in report
    assert "Some rows have one trial" in report
    assert not (tmp_path / "figures" / "hardware-scaling.png").exists()


def test_a_run_in_which_nothing_was_measured_still_has_its_rows(make_source, tmp_path):
    source = make_source({("lstm", "cpu:1", 32): 100.0})
    journals = tuple(journal.model_copy(update={"epochs": (), "end": None}) for journal in source.journals)
    summary = summarize_hardware([type(source)(source.record, journals, {})])
    report = write_hardware_report(tmp_path, summary).read_text(encoding="utf-8")
    assert "not timed: 2 killed" in report
    assert report.count("No figure:") == len(HARDWARE_PLOTS)


def test_a_folder_that_cannot_be_written_is_named(two_machines, tmp_path):
    (tmp_path / "figures").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot write figures into .*name another folder with --to"):
        write_hardware_report(tmp_path, two_machines)
