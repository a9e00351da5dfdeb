"""Bad input: exit status 2, one clear sentence, no traceback, nothing trained and nothing written."""

import pytest

CASES = [
    (("run", "--epochs", "0"), "epochs: input should be greater than or equal to 1, received 0"),
    (("run", "--model", "lsmt"), "received 'lsmt'; did you mean 'lstm'"),
    (("run", "--model", "not a module:build"), "package.module:build"),
    (("run", "tutorail"), "received 'tutorail'; did you mean 'tutorial'"),
    (("run", "missing.toml"), "cannot read missing.toml"),
    (("run", "--dataset", "mnits"), "'mnits' is not a data set: expected one of"),
    (("run", "--dataset", "missing.npz"), "missing.npz"),
    (("run", "--device", "tpu"), "unknown device 'tpu'"),
    (("run", "--device", "gpu"), "`python -m bench env`"),
    (("run", "--device", "cpu:4096"), "asks for 4096 cores"),
    (("run", "--model", "lstm-cudnn"), "needs cuDNN, so a GPU; received device cpu"),
    (("run", "--model", "cnn", "--units", "8"), "received units"),
    (
        ("run", "--batch-size", "1", "--validate-every", "29"),
        "validate_every: expected at least 30 of an epoch's 60,000 steps, received 29",
    ),
    (("run", "--batch-size", "60001"), "at most the 60,000 training examples of mnist, received 60,001"),
    (("run", "--batch-size", "many"), "'many' is not a valid integer"),
    (("run", "--seeds", "1,1"), "each seed may appear only once"),
    (("run", "--target-accuracy", "90"), "a share between 0 and 1, such as 0.9; received 90"),
    (("run", "--timeout", "0"), "'--timeout': expected a duration such as 20m, 1h30m or 90s, received '0'"),
    (("run", "--train-size", "60001"), "expected from 1 to 60,000"),
    (("run", "--precision", "int8"), "precision.0: input should be 'float32'"),
    (("run", "--retry-failed"), "--retry-failed goes with --resume"),
    (("run", "--resume", "latest"), "there is no run in results"),
    (("run", "--in-turns", "--executor", "dask://h:1"), "on a cluster each trial has a host to itself; leave it"),
    (("run", "--resume", "latest", "--dry-run"), "--dry-run prints what a new run would train"),
    (("run", "--each-host"), "name it with --executor"),
    (("tune", "--resume", "latest", "--dry-run"), "leave the other flags out"),
    (("tune", "--train-size", "4096,8192"), "name one"),
    (("export", "latest", "--archive", "a.tar.gz", "--to", "x"), "leave --to out"),
    (("check", "--calibrate", "--markdown", "x.md"), "--calibrate gives none; leave it out"),
    (("check", "--calibrate", "--calibration-pairs", "4"), "4 is not in the range 5<=x<=10000"),
    (("check", "--base", "main", "--junit", "."), "--junit: expected a file's name, received '.'"),
    (("check", "--again", "x", "--base", "main"), "leave --base out"),
    (("check", "--again", "x", "--model", "cnn"), "leave what to train out"),
    (("run", "--epocs", "3"), "No such option '--epocs'"),
    (("rnu",), "received 'rnu'; did you mean 'run'"),
    (("report", "20261122T081500Z-tutorial-3f2a"), "expected a run folder, an id in results, or latest"),
    (("report", "../../etc"), "expected a folder that holds run.json"),
    (("export", "latest", "--format", "cvs"), "did you mean 'csv'"),
    (("list", "model"), "did you mean 'models'"),
    (("run", "--backend", "tensorflw"), "did you mean 'tensorflow'"),
    (("run", "--tracker", "mlfow"), "did you mean 'mlflow'"),
]


@pytest.mark.parametrize(("arguments", "sentence"), CASES, ids=[" ".join(arguments) for arguments, _ in CASES])
def test_bad_input_is_named_and_nothing_is_written(bench, tmp_path, arguments, sentence):
    done = bench(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "sentence"), [CASES[0], CASES[-1]], ids=["a setting", "a word"])
def test_bad_input_is_no_traceback_in_a_process_of_its_own(bench_in, tmp_path, arguments, sentence):
    done = bench_in(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_an_output_folder_that_cannot_be_written_is_refused_before_training(bench, tmp_path):
    (tmp_path / "results").write_text("a file is in the way")
    done = bench("run", "quick")
    assert done.returncode == 2
    assert "choose another with --output" in done.stderr


def test_a_variable_that_cuts_training_short_is_refused(bench):
    done = bench("run", "quick", KERAS_MAX_EPOCHS="1")
    assert done.returncode == 2
    assert "KERAS_MAX_EPOCHS=1 would make Keras train less than it is told to" in done.stderr


def test_a_name_cannot_steer_the_terminal(bench):
    done = bench("run", "--model", "\x1b[31mred\x1b[0m\u202e")
    assert done.returncode == 2
    assert "red" in done.stderr
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr


def test_nothing_selected_has_a_status_of_its_own(bench, tmp_path):
    (tmp_path / "gpu.toml").write_text('name = "gpu"\n[[cases]]\nmodel = "lstm-cudnn"\nif_available = true\n')
    done = bench("run", "gpu.toml")
    assert done.returncode == 5
    assert "no case is left to run" in done.stderr
