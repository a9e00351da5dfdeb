"""What a check refuses to train before it trains anything."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import ConfigError, DataError
from bench.gate.measurement.check_plan import plan_check
from bench.gate.request import CheckRequest
from bench.run.session.planning import Request
from bench.store.run_folder import LoadedRun


def test_a_stored_run_in_turns_is_no_baseline_of_a_head_that_trains_alone(
    make_case, make_run, make_journal, take_turns, environment
):
    case, seeds = make_case("cnn"), range(6)
    record = make_run([case], seeds=seeds).model_copy(update={"environment": environment})
    alone = tuple(make_journal(case, seed) for seed in seeds)
    stored = LoadedRun(Path("run"), record, take_turns(alone, [0.001] * len(alone)), ())
    asked = CheckRequest(Request(None), baseline=stored)
    with pytest.raises(ConfigError, match=re.escape("store a run with --alone")):
        plan_check(asked, environment)
    started_together = take_turns(alone, [0.001] * len(alone), num_epochs=0)  # and the others failed at once
    for journals in (alone, started_together):
        with pytest.raises(DataError, match=r"is not what .* trained on"):  # made-up data are the next to be refused
            plan_check(replace(asked, baseline=replace(stored, journals=journals)), environment)
