"""What `import bench` gives a notebook: runs as values and tables that show themselves. Nothing is trained here."""

import functools
import inspect
import subprocess
import sys

import numpy as np
import pytest

import bench
from bench.api import notebook
from bench.api.named_runs import load_one_run
from bench.errors import ConfigError, NothingSelectedError, StoreError
from bench.run.session.run_session import run_session
from bench.run.session.signals import Interrupted
from bench.store.archive import write_archive
from tests.faults.conftest import QUICK_WORKER
from tests.without_figures import draw_no_figures

pytestmark = pytest.mark.slow

OTHER_ID = "20261123T081500Z-tutorial-4a5b"


@pytest.fixture
def results(tmp_path, make_run, make_journal, write_run):
    """A folder of two runs of one machine, of which B's LSTM is slower and its CNN the same."""
    for run_id, seconds in (("20261122T081500Z-tutorial-3f2a", 60.0), (OTHER_ID, 90.0)):
        record = make_run(seeds=(0, 1, 2), run_id=run_id)
        journals = [
            make_journal(
                trial.case, trial.seed, run_id=run_id, index=trial.index,
                train_s=(seconds if trial.case.model == "lstm" else 40.0) + trial.seed / 10,
            )
            for trial in record.suite.trials
        ]  # fmt: skip
        write_run(tmp_path / run_id, record, journals)
    return tmp_path


@pytest.fixture
def latest(results):
    return bench.load(output=results)


def in_a_new_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_it_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import bench; print(sorted(set(sys.modules) - before))"
    assert in_a_new_process(code) == "['bench']"


def test_a_name_that_is_a_package_stays_one_and_can_be_called():
    assert inspect.ismodule(bench.run)
    assert inspect.signature(bench.run) == inspect.signature(notebook.run)
    assert inspect.getdoc(bench.run) == inspect.getdoc(notebook.run)
    assert {"run", "load", "compare", "claims"} <= set(dir(bench))
    assert bench.load is notebook.load


def test_it_does_not_matter_which_part_of_it_was_imported_before():
    code = "import bench.run.session.signals, bench; print(callable(bench.run), bench.run.session.signals.__name__)"
    assert in_a_new_process(code) == "True bench.run.session.signals"


def test_an_unknown_name_is_none_of_its():
    with pytest.raises(AttributeError, match="has no attribute 'runs'"):
        bench.runs  # noqa: B018


def test_the_latest_run_is_loaded_with_a_row_a_trial_and_a_row_an_epoch(latest):
    assert latest.run_id == OTHER_ID
    assert (len(latest.trials), len(latest.epochs), len(latest.validations)) == (6, 18, 18)
    means = latest.trials.groupby("model")["train_s"].mean()
    np.testing.assert_allclose([means["lstm"], means["cnn"]], [3 * 90.1, 3 * 40.1])


def test_a_run_says_what_came_of_it(latest):
    assert str(latest).startswith(f"{OTHER_ID}: 6 ok\n")
    assert "After one epoch" in str(latest)
    assert latest._repr_markdown_().startswith(f"**{OTHER_ID}**: 6 ok")


def test_a_run_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match="there is no run in"):
        bench.load(output=tmp_path)


def test_a_figure_shows_itself_and_says_what_one_sees(latest, tmp_path):
    figure = latest.figure("accuracy")
    png, words = figure._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert words["alt"] == repr(figure)
    assert "against training time" in repr(figure)
    assert figure.caption
    assert figure.save(tmp_path / "accuracy.png").read_bytes() == png
    with pytest.raises(ConfigError, match=r"ending in \.png"):
        figure.save("accuracy.gif")


def test_every_figure_of_the_report_can_be_drawn(latest):
    names = inspect.getdoc(latest.figure)
    for name in ("accuracy-per-epoch", "share-reached", "throughput", "epoch-seconds", "networks"):
        assert f"`{name}`" in names
        assert latest.figure(name, dataset="mnist").png


def test_an_unknown_figure_or_data_set_is_refused(latest):
    with pytest.raises(ConfigError, match="did you mean 'accuracy'"):
        latest.figure("acuracy")
    with pytest.raises(ConfigError, match="one of mnist, received 'cifar'"):
        latest.figure(dataset="cifar")


def test_of_several_data_sets_one_is_named(tmp_path, make_run, make_journal, write_run, make_case):
    cases = [make_case(dataset=name) for name in ("mnist", "mnist-pixels")]
    record = make_run(cases)
    write_run(tmp_path / record.run_id, record, [make_journal(case) for case in cases])
    run = bench.load(output=tmp_path)
    with pytest.raises(ConfigError, match="one of mnist, mnist-pixels, since each has a figure of its own"):
        run.figure()
    assert repr(run.figure(dataset="mnist-pixels")).startswith("Data set mnist-pixels.")


def test_a_run_without_an_epoch_has_no_figure(tmp_path, make_run, write_run):
    record = make_run()
    write_run(tmp_path / record.run_id, record, [])
    with pytest.raises(NothingSelectedError, match="has nothing to show in throughput"):
        bench.load(output=tmp_path).figure("throughput")


def test_a_report_is_written_where_the_run_is(latest, results):
    assert latest.report([0.97]) == results.absolute() / OTHER_ID / "report.md"
    assert "97 %" in latest.report([0.97]).read_text()
    assert latest.page.is_file()


def test_a_run_of_an_archive_is_reported_beside_it(results, tmp_path):
    archive = tmp_path / "away" / "run.tar.gz"
    archive.parent.mkdir()
    write_archive(archive, [results / OTHER_ID])
    run = bench.load(archive)
    assert len(run.trials) == 6
    assert run.report() == archive.parent / OTHER_ID / "report.md"


def test_two_runs_are_compared_by_value_or_by_name(latest, results):
    before = bench.load("20261122T081500Z-tutorial-3f2a", results)
    table = bench.compare(before, latest).table
    found = table[table["measure"] == "throughput"].set_index("case")["verdict"]
    assert dict(found) == {"lstm": "slower", "cnn": "equivalent"}
    by_name = bench.compare(before.run_id, "latest", output=results)
    assert str(by_name) == str(bench.compare(before, latest))
    assert by_name._repr_markdown_().startswith("# Two runs compared")


def test_claims_are_judged_by_the_latest_run(results, tmp_path):
    claims = tmp_path / "mine.toml"
    claims.write_text(
        'name = "mine"\nsource = "me"\n[cases]\nrnn = { model = "lstm" }\n[[claims]]\nid = "high"\n'
        'statement = "The recurrent network passes 90 %."\npredicate = "reaches"\ncase = "rnn"\ntarget = 0.9\n'
        "within_epochs = 3\nmin_seeds = 3\n"
    )
    verdicts = bench.claims(claims=claims, output=results)
    assert verdicts.by_claim == {"high": "inconclusive"}  # three seeds decide no share
    assert verdicts.page.parent.name == OTHER_ID
    assert "high" in str(verdicts)
    assert verdicts._repr_markdown_().startswith("| claim")


@pytest.fixture
def trains_nothing(monkeypatch, tmp_path):
    """Let workers train nothing, and no other measurement be waited for."""
    monkeypatch.setattr("bench.api.run.run_session", functools.partial(run_session, worker_command=QUICK_WORKER))
    draw_no_figures(monkeypatch.setattr)
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)


@pytest.mark.usefixtures("trains_nothing")
def test_a_run_is_recorded_as_the_command_that_asks_for_the_same(tmp_path, capfd):
    run = bench.run("quick", model="cnn", device="cpu:1", seeds=[7], output=tmp_path / "results", progress=False)
    typed = f"python -m bench run quick --model cnn --device cpu:1 --seeds 7, --output {tmp_path / 'results'}"
    assert " ".join(run.loaded.record.command) == typed
    assert typed in run.report().read_text()
    assert list(run.trials["seed"]) == [7]
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("trains_nothing")
def test_progress_goes_to_stderr_a_line_at_a_time(tmp_path, capfd):
    bench.run("quick", model="cnn", device="cpu:1", output=tmp_path / "results")
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "1 trial to run" in shown.err


@pytest.mark.usefixtures("trains_nothing")
def test_what_is_left_of_a_run_is_trained(tmp_path):
    output = tmp_path / "results"
    run = bench.run("quick", model="cnn", device="cpu:1", seeds=2, output=output, progress=False)
    min((run.folder / "trials").glob("*.jsonl")).unlink()
    assert len(bench.load(run.folder).trials) == 1
    assert len(bench.load(run.folder).resume(progress=False).trials) == 2


def test_a_stopped_run_stops_the_notebook_and_says_how_to_go_on(monkeypatch, results):
    loaded = load_one_run("latest", results)
    finished = notebook.run_api.FinishedRun(loaded.folder, None, None, Interrupted(2))
    monkeypatch.setattr("bench.api.run.run", lambda *_, **__: finished)
    with pytest.raises(KeyboardInterrupt, match=rf"bench\.load\('.*{OTHER_ID}'\)\.resume\(\) goes on"):
        bench.run("quick")


def test_a_setting_that_does_not_exist_is_refused_before_anything_starts():
    with pytest.raises(ConfigError, match="did you mean 'batch_size'"):
        bench.run("quick", batchsize=32)
