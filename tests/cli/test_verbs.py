"""The verbs that train nothing, and a whole run on a small slice of the real MNIST."""

import csv
import json
import re
import signal
import subprocess
import sys
import textwrap
from itertools import product

import psutil
import pytest

from bench import __version__
from bench.store.run_folder import load_run
from tests.without_figures import NO_FIGURES

SLICE = ("--train-size", "320", "--test-size", "100", "--epochs", "6", "--batch-size", "32")


def test_help_names_every_verb_and_every_verb_has_examples(bench_in, bench, tmp_path):
    text = bench_in(tmp_path, "--help").stdout
    verbs = re.findall(r"^  (\w+) +\S", text.partition("Verbs:")[2], re.MULTILINE)
    assert {"run", "report", "list", "env", "export"} <= set(verbs)
    for verb in verbs:
        assert "python -m bench " + verb in bench(verb, "--help").stdout


def test_the_help_of_run_tells_what_is_trained_from_how_and_which_options_take_lists(bench):
    text = bench("run", "--help").stdout
    what, how, own = (text.partition(f"\n{head}:\n")[2] for head in ("What is trained", "How it is trained", "Options"))
    assert what.index("--batch-size LIST") < what.index("How it is trained:")
    assert how.index("--precision LIST") < how.index("Options:")
    assert "--resume RUN" in own
    assert "LIST: one value, or several separated by commas" in own


def test_the_version_is_told_with_the_programs_name(bench):
    assert bench("--version").stdout == f"rnn-or-cnn, version {__version__}\n"


def test_a_dry_run_prints_the_trials_in_order_and_writes_nothing(bench, tmp_path):
    done = bench("run", "--dry-run", "--seeds", "2")
    assert done.returncode == 0
    assert re.findall(r"(\w+)-mnist-b32-float32-cpu-pipeline-s(\d)", done.stdout) == [
        ("lstm", "0"),
        ("cnn", "0"),
        ("cnn", "1"),
        ("lstm", "1"),
    ]
    assert "4 trials, about " in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_list_shows_models_datasets_suites_and_runs(bench):
    text = bench("list").stdout
    for word in ("lstm-cudnn", "cnn-deep", "mnist-pixels", "tutorial", "there is no run in results"):
        assert word in text


def test_a_reader_that_has_seen_enough_ends_a_list_quietly():
    code = "from bench.cli import main; main()"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code, "list", "models"], **pipes) as process:
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", 0)


def test_env_tells_a_person_and_a_machine_what_this_machine_is(bench):
    assert "fingerprint" in bench("env").stdout
    environment = json.loads(bench("env", "--json").stdout)["environment"]
    assert environment["num_cpus_usable"] >= 1
    assert re.fullmatch(r"[0-9a-f]{12}", environment["fingerprint"])


@pytest.mark.slow
def test_the_parent_imports_no_framework_and_no_library_that_only_few_figures_need(tmp_path):
    """Every verb, with all that its module imports, starts in a blink because no framework is loaded."""
    script = textwrap.dedent(
        """
        import sys
        from bench.cli import bench, main
        for verb in bench.list_commands(None):
            assert bench.get_command(None, verb)
        for arguments in (["list"], ["run", "--dry-run"], ["env"], ["run", "--help"]):
            sys.argv = ["bench", *arguments]
            try:
                main()
            except SystemExit as end:
                assert end.code == 0, arguments
        from bench.reports.kit.figures.theme import theme
        with theme():
            assert "seaborn" in sys.modules
        loaded = {"tensorflow", "keras", "jax", "torch", "scipy.stats"} & set(sys.modules)
        assert not loaded, loaded
        """
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def wait_for(process, words):
    """Read what a process says up to the first line with some words."""
    while words not in (line := process.stderr.readline()):
        assert line, f"ended before it said {words!r}"


@pytest.fixture(scope="module")
def stopped(start_training_in, tmp_path_factory):
    """Stop a run by Ctrl-C while both trials take turns; returns its folder, its process, and what came of it."""
    folder = tmp_path_factory.mktemp("run")
    with start_training_in(folder, "run", "quick", *SLICE, **NO_FIGURES) as process:
        wait_for(process, "starting")
        # The workers start right after that line. All else that takes time comes before the epoch's line, too.
        while len(children := psutil.Process(process.pid).children(recursive=True)) < 2:
            pass
        wait_for(process, "epoch 1/6")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    report = folder / stdout.splitlines()[-1]
    return folder, process, children, stderr, load_run(report.parent).journals, report.read_text()


@pytest.fixture(scope="module")
def finished(stopped, train_in):
    """Train what is left of the run that was stopped."""
    return train_in(stopped[0], "run", "--resume", "latest")


@pytest.mark.training
@pytest.mark.xdist_group("whole run")
def test_ctrl_c_keeps_the_epochs_writes_the_report_and_resume_finishes(stopped, request):
    folder, process, children, stderr, journals, report = stopped
    assert process.returncode == 130
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert [journal.status for journal in journals] == ["interrupted"] * 2
    assert max(len(journal.epochs) for journal in journals) >= 1
    assert "interrupted" in report

    done = request.getfixturevalue("finished")
    assert done.returncode == 0, done.stderr
    (run,) = (folder / "results").iterdir()
    assert [journal.status for journal in load_run(run).journals] == ["ok", "ok"]
    assert "Traceback" not in stderr + done.stderr


@pytest.mark.training
@pytest.mark.xdist_group("whole run")
def test_a_whole_run_trains_reports_rebuilds_and_exports(stopped, finished, call_bench_in):
    folder = stopped[0]
    report = folder / finished.stdout.splitlines()[-1]
    run = load_run(report.parent)
    assert run.record.command == ("python", "-m", "bench", "run", "quick", *SLICE)
    lstm, cnn = run.journals
    assert (lstm.built.num_params, cnn.built.num_params) == (216_426, 140_682)
    assert {path.path for path in lstm.built.resolved.layer_paths} == {"generic loop"}
    for journal in run.journals:
        first, second, *_ = journal.epochs
        assert (first.num_steps, first.first_step_examples, second.first_step_s) == (10, 32, None)
        assert 0 < first.first_step_s < first.train_s
        assert first.noise.canary.gemm_s > 0
        assert second.learning_rate == pytest.approx(1e-3 / (1 + 1e-5 * 20), rel=1e-6)
    assert "epoch 6/6, val_accuracy" in finished.stderr

    before = {path: path.read_bytes() for path in report.parent.rglob("*") if path.suffix in (".md", ".png", ".html")}
    assert {path.suffix for path in before} >= {".md", ".png"}
    for path in before:
        path.unlink()
    assert call_bench_in(folder, "report", "latest").returncode == 0
    assert {path: path.read_bytes() for path in before} == before

    assert call_bench_in(folder, "export", "latest", "--format", "csv", "--to", "tables").returncode == 0
    with (folder / "tables" / "epochs.csv").open() as file:
        rows = list(csv.DictReader(file))
    epochs = [str(number) for number in range(1, 7)]
    assert [(row["model"], row["epoch"]) for row in rows] == [*product(["lstm", "cnn"], epochs)]
    assert float(rows[0]["train_s"]) == lstm.epochs[0].train_s
