"""`bench claims` as a user types it, on a run made by hand: a table, a page beside the report, and JSON."""

import json

import pytest

RUN_ID = "20261122T081500Z-tutorial-3f2a"


@pytest.fixture
def run_folder(tmp_path, make_case, make_journal, make_run, write_run):
    """A finished run of five seeds in `results`, as `bench run` leaves it."""
    cases = {make_case("lstm"): (0.95, 0.97, 0.981), make_case("cnn", epochs=3): (0.983, 0.987, 0.989)}
    journals = []
    for case, curve in cases.items():
        for seed in range(5):
            shifted = [value + 0.0001 * ((seed * seed + len(case.model)) % 7) for value in curve]
            seconds = 60.0 + (seed * len(case.model)) % 3
            journals.append(make_journal(case, seed, val_accuracy=shifted, train_s=seconds))
    return write_run(tmp_path / "results" / RUN_ID, make_run(list(cases), seeds=range(5)), journals)


def test_claims_are_judged_and_the_page_stands_beside_the_report(bench, run_folder):
    done = bench("claims", "latest")
    assert done.returncode == 0, done.stderr
    assert "1-rnn-in-3-epochs" in done.stdout
    assert done.stdout.splitlines()[-1] == f"results/{RUN_ID}/claims.md"
    page = (run_folder / "claims.md").read_text()
    assert "## 1-rnn-in-3-epochs: supported" in page
    assert "## 2-cnn-needs-10-epochs: refuted" in page
    assert "## 7-cudnn-on-gpu: not tested" in page
    assert bench("claims", RUN_ID).returncode == 0
    assert (run_folder / "claims.md").read_text() == page


def test_json_is_one_object_and_own_claims_are_judged(bench, run_folder, tmp_path):
    (tmp_path / "mine.toml").write_text(
        'name = "own"\nsource = "A book."\ncases.rnn = { model = "lstm" }\n'
        '[[claims]]\nid = "one"\nstatement = "Fast."\npredicate = "reaches"\ncase = "rnn"\ntarget = 0.99\n'
        "within_epochs = 3\n"
    )
    done = bench("claims", "latest", "--claims", "mine.toml", "--json")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert [(one["claim"]["id"], one["verdict"]) for one in content["claims"]] == [("one", "refuted")]
    assert f"python -m bench claims {RUN_ID} --claims mine.toml\n" in (run_folder / "claims-own.md").read_text()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('predicate = "reach"', "claims.0.predicate: expected one of reaches, "),
        (
            'predicate = "reaches"\ncase = "rn"',
            "claims.0.case: expected one of rnn, received 'rn'; did you mean 'rnn'?",
        ),
        ('predicate = "reaches"\ncase = "rnn"\ntraget = 0.9', "unknown key traget; did you mean 'target'? (allowed: "),
    ],
)
def test_a_fault_in_a_claims_file_is_one_sentence_and_status_2(bench, run_folder, tmp_path, text, sentence):
    rest = "" if "traget" in text else "\ntarget = 0.9"
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\nsource = "A book."\ncases.rnn = { model = "lstm" }\n'
        f'[[claims]]\nid = "one"\nstatement = "Fast."\nwithin_epochs = 3\n{text}{rest}\n'
    )
    done = bench("claims", "latest", "--claims", "mine.toml")
    assert done.returncode == 2
    assert "error: mine.toml: " in done.stderr
    assert sentence in done.stderr
    assert not list(run_folder.glob("claims*.md"))


def test_an_unknown_set_of_claims_is_named_with_the_known_ones(bench):
    done = bench("claims", "latest", "--claims", "tutorail")
    assert done.returncode == 2
    assert (
        "expected one of fcn-paper, gpu, sequences, tutorial, or a file ending in .toml, received 'tutorail'; "
        "did you mean 'tutorial'?" in done.stderr
    )
