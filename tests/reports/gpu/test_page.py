"""gpu.md and the terminal's tables."""

from typing import get_args

from bench.gpu.checks import judge_backend
from bench.gpu.seen import CheckName, Proof, Seen
from bench.plan.expand import NotRun
from bench.reports.gpu.page import kernels_table, render_checks, render_gpu_report, render_proofs
from bench.reports.gpu.wording import HOW, STATEMENTS, word_proofs
from bench.store.gpu_evidence import KernelTime
from tests.gpu.made import make_evidence, make_training
from tests.reports.golden import assert_golden


def test_every_check_has_its_statement_and_says_how():
    names = [one.check for one in judge_backend(Seen(make_evidence(), ()))]
    assert list(STATEMENTS) == list(HOW) == list(get_args(CheckName)) == names


def test_the_page(make_run, make_case):
    evidence = [make_evidence("jax", problem="no answer from JAX within 90 s", reading=None), make_evidence()]
    proofs = [proof for one in evidence for proof in judge_backend(Seen(one, ()))]
    record = make_run([make_case("cnn", device="gpu")])
    missing = NotRun(case=make_case("cnn", device="gpu"), reason="backend tensorflow is not installed")
    record = record.model_copy(update={"suite": record.suite.model_copy(update={"not_run": (missing,)})})
    assert_golden("gpu.md", render_gpu_report(record, evidence, proofs, ()))


def test_a_training_that_failed_says_why_in_place_of_kernels():
    failed = make_training({"model": "gru"}, error="OutOfMemoryError: CUDA out of memory")
    (row,) = kernels_table([make_evidence(trainings=(failed,))]).rows
    assert row == ("gru", "PyTorch", "batch 512", "–", "–", "OutOfMemoryError: CUDA out of memory")


def test_verdicts_are_counted_for_a_terminal():
    proofs = [Proof("cudnn", "jax", "proven", "rnn_fwd"), Proof("oom", "jax", "refuted", "killed")]
    assert render_proofs(proofs).endswith("2 checks: 1 proven, 1 refuted, 0 not possible here.")
    assert word_proofs([]) == "No backend was asked."
    assert STATEMENTS["oom"] in render_checks()


def test_a_kernels_name_is_inert(make_run, make_case):
    hostile = KernelTime(name="a|b<script>\x1b[31m`c`", calls=1, seconds=1.0)
    evidence = [make_evidence(trainings=(make_training({"model": "lstm-cudnn"}, kernels=(hostile,)),))]
    proofs = judge_backend(Seen(evidence[0], ()))
    page = render_gpu_report(make_run([make_case("cnn")]), evidence, proofs, ())
    assert "<script>" not in page
    assert "\x1b" not in page + render_proofs(proofs)
