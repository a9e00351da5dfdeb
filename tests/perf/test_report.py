"""How long a report takes to build, by the number of trials: it must grow in proportion, not faster."""

import pytest

from bench.analysis.frames import epochs_frame, trials_frame
from bench.analysis.summary import summarize_run
from bench.store.journal import JournalWriter
from bench.store.run_folder import journal_path, load_run, write_record
from reports.markdown import write_report

NUM_CASES = 10


@pytest.fixture
def run_folder(tmp_path, make_case, make_run, make_journal, num_trials):
    """A run of ten cases with ten epochs a trial, on disk."""
    cases = [make_case(model, epochs=10, batch_size=size) for model in ("lstm", "cnn") for size in (8, 16, 32, 64, 128)]
    record = make_run(cases, seeds=range(num_trials // NUM_CASES))
    (tmp_path / "trials").mkdir()
    write_record(tmp_path, record)
    for trial in record.suite.trials:
        journal = make_journal(trial.case, trial.seed, val_accuracy=[0.9 + epoch / 100 for epoch in range(10)])
        with JournalWriter(journal_path(tmp_path, trial.trial_id)) as writer:
            for event in (journal.start, journal.built, *journal.epochs, journal.end):
                writer.append(event)
    return tmp_path


def build_report(folder):
    run = load_run(folder)
    return write_report(run.folder, summarize_run(run.record, run.journals))


def build_frames(folder):
    journals = load_run(folder).journals
    return trials_frame(journals), epochs_frame(journals)


@pytest.mark.parametrize("num_trials", [10, 1_000, 10_000])
def test_report(benchmark, run_folder):
    benchmark.pedantic(build_report, (run_folder,), rounds=1)


@pytest.mark.parametrize("num_trials", [10, 1_000, 10_000])
def test_frames(benchmark, run_folder):
    benchmark.pedantic(build_frames, (run_folder,), rounds=1)
