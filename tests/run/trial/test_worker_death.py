"""What is written for a worker that could not write its own end."""

import signal

import pytest

from bench.run.trial.trial import complete
from bench.run.trial.worker_death import explain_exit, interrupted
from bench.run.trial.worker_process import WorkerExit


def gone(number, output=""):
    return WorkerExit(-number, timed_out=False, output_tail=output)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_worker_killed_from_outside_counts_as_killed_so_that_resume_repeats_it(number):
    """A cluster that ends a job signals every process of it, the worker perhaps before its parent."""
    end = explain_exit(gone(number), None, oom_kills=0)
    assert (end.status, end.error.type) == ("killed", number.name)


@pytest.mark.parametrize(("in_turns", "words"), [(False, "after 60 s;"), (True, "after 60 s of its own;")])
def test_a_limit_in_turns_is_one_on_a_workers_own_seconds(in_turns, words):
    end = explain_exit(WorkerExit(-signal.SIGKILL, timed_out=True, output_tail=""), 60.0, 0, in_turns=in_turns)
    assert words in end.error.message


def test_one_for_which_others_waited_too_long_says_so_and_what_to_do():
    end = explain_exit(WorkerExit(-signal.SIGKILL, timed_out=False, output_tail="", held_up=True), None, oom_kills=0)
    assert (end.status, end.error.type) == ("timeout", "HeldUp")
    assert "for more than 30 min" in end.error.message
    assert "--alone" in end.error.message


def test_a_signal_without_a_name_is_told_by_its_number():
    end = explain_exit(gone(40), None, oom_kills=0)
    assert (end.status, end.error.message) == ("failed", "the worker died of signal 40")


def test_the_kernels_count_of_memory_kills_tells_oom_from_killed():
    assert explain_exit(gone(signal.SIGKILL), None, oom_kills=1).status == "oom"
    assert explain_exit(gone(signal.SIGKILL), None, oom_kills=0).status == "killed"
    alone = explain_exit(gone(signal.SIGKILL), None, oom_kills=1, in_turns=True)
    assert alone.error.message == "the kernel killed the worker for lack of memory"
    beside = explain_exit(gone(signal.SIGKILL), None, oom_kills=1, in_turns=True, shares_memory=True)
    assert beside.error.message.startswith("out of memory beside other workers in turns; --alone gives it all")


def test_words_of_no_memory_mean_oom_only_where_there_was_a_limit():
    end = explain_exit(gone(signal.SIGABRT, "std::bad_alloc"), None, oom_kills=0, memory_limit_bytes=200 << 20)
    assert (end.status, end.error.type) == ("oom", "MemoryLimit")
    assert "memory limit of" in end.error.message
    assert explain_exit(gone(signal.SIGABRT, "std::bad_alloc"), None, oom_kills=0).status == "failed"


def test_a_spoiled_journal_fails_its_trial_and_not_the_run(tmp_path, make_journal):
    """A model's own code may write anything anywhere, its journal included."""
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"rubbish\nmore\n")
    end = complete(path, make_journal("lstm").start, interrupted("SIGINT"))
    assert (end.status, end.error.type) == ("failed", "Journal")
    assert "t.jsonl:1" in end.error.message
    assert path.read_bytes() == b"rubbish\nmore\n"
