"""Runs of several machines become one, whose trials keep their journals byte for byte, and every verb takes it."""

import json

import pytest

from bench.api.hardware import hardware
from bench.api.merge import merge
from bench.api.report import report
from bench.errors import ConfigError
from bench.run.session.resume import resume_session
from bench.store.archive import write_archive
from bench.store.run_folder import load_run

FIRST, SECOND, OTHER = (f"20261122T081500Z-tutorial-{token}" for token in ("0001", "0002", "0003"))


@pytest.fixture
def make(make_case, make_journal, make_run, write_run, tmp_path, environment):
    """Return a function that writes a run of a case with some seeds, by default of the usual machine."""

    def write(run_id, seeds, *, machine="a1b2c3d4e5f6", epochs=3, **changes):
        case = make_case("lstm", epochs=epochs)
        changed = environment.model_copy(update={"fingerprint": machine, "hostname": f"host-{machine}"})
        start = {"run_id": run_id, "environment": changed}
        record = make_run([case], seeds, run_id=run_id, environment=changed, **changes)
        journals = [make_journal(case, seed, **start) for seed in seeds]
        return write_run(tmp_path / "results" / run_id, record, journals)

    return write


def test_two_jobs_seeds_become_one_run_whose_journals_are_untouched(make, tmp_path):
    folders = [make(FIRST, (0, 1)), make(SECOND, (2, 3))]
    write_archive(tmp_path / "job2.tar.gz", [folders[1]])
    merged = merge([FIRST, str(tmp_path / "job2.tar.gz")], tmp_path / "results").folder
    run = load_run(merged)
    assert [journal.start.seed for journal in run.journals] == [0, 1, 2, 3]
    assert [trial.of_run for trial in run.record.suite.trials] == [FIRST, FIRST, SECOND, SECOND]
    kept = {path.name: path.read_bytes() for path in (merged / "trials").iterdir()}
    for folder in folders:
        for path in (folder / "trials").glob("*.jsonl"):
            assert kept[f"{path.stem}.{folder.name}.jsonl"] == path.read_bytes()
    assert report(merged.name, tmp_path / "results").parent == merged


def test_one_trial_of_two_machines_is_kept_twice_and_the_report_counts_one(make, tmp_path):
    make(FIRST, (0, 1))
    make(SECOND, (0, 1), machine="ffffffffffff")
    merged = merge([FIRST, SECOND], tmp_path / "results").folder
    run = load_run(merged)
    assert [journal.start.environment.fingerprint for journal in run.journals] == ["a1b2c3d4e5f6"] * 2 + [
        "ffffffffffff"
    ] * 2
    text = report(merged.name, tmp_path / "results").read_text()
    assert "2 trials from other machines" in text
    page = hardware([merged.name], tmp_path / "results", to=tmp_path / "page").read_text()
    assert "host-a1b2c3d4e5f6" in page
    assert "host-ffffffffffff" in page


def test_what_does_not_belong_together_is_refused(make, tmp_path):
    make(FIRST, (0, 1))
    make(SECOND, (1, 2))
    with pytest.raises(ConfigError, match=r"s1 is of one machine in .*0001 and .*0002, .*no further evidence"):
        merge([FIRST, SECOND], tmp_path / "results")
    longer = make("20261122T081500Z-tutorial-0004", (7,), epochs=10)
    with pytest.raises(ConfigError, match="has 3 epochs in one run and 10 in another"):
        merge([FIRST, longer.name], tmp_path / "results")
    folder = make(OTHER, (5,))
    record = json.loads((folder / "run.json").read_text())
    record["suite"]["name"] = "quick"
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(ConfigError, match="expected runs of one suite, received quick, tutorial"):
        merge([FIRST, OTHER], tmp_path / "results")


def test_a_merged_run_is_merged_again_and_never_resumed(make, tmp_path, environment):
    make(FIRST, (0,))
    make(SECOND, (1,))
    make(OTHER, (2,))
    output = tmp_path / "results"
    once = merge([FIRST, SECOND], output).folder
    twice = load_run(merge([once.name, OTHER], output).folder)
    assert [trial.of_run for trial in twice.record.suite.trials] == [FIRST, SECOND, OTHER]
    assert len(twice.journals) == 3
    with pytest.raises(ConfigError, match="was merged from other runs"):
        resume_session(once, environment, None, retry_failed=False)
