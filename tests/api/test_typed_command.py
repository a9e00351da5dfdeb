"""A request as a command line: the verb makes the same request of it again."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.api.typed_command import word_command
from bench.cli import run_verb
from bench.plan.seeds import parse_seeds
from bench.plan.suite import Axes
from bench.run.session.planning import Request

REQUESTS = {
    "nothing": Request(),
    "a suite": Request("quick"),
    "settings": Request("quick", Axes(model=("lstm", "cnn"), batch_size=(32, 128), epochs=2, unroll=True, decay=0.5)),
    "seeds counted": Request(seeds=5),
    "one seed": Request(seeds=(7,)),
    "seeds listed": Request(seeds=(0, 7)),
    "seeds in words": Request(seeds="0-4"),
    "bounds": Request(targets=(0.9, 0.97), timeout_s=90.5, memory_limit_bytes=8_000_000_000),
    "ways": Request(matched=True, match="parameters", tuned=True, in_turns=True),
    "alone": Request(in_turns=False),
}


@pytest.fixture
def asked(monkeypatch):
    """Return what the verb makes of a command: the request, the folder of runs, and the switches of a run."""
    seen = []
    monkeypatch.setattr(run_verb.api, "plan_run", lambda request, _executor: request)

    def run_each(plans, output, _watch, with_ceilings, _command):
        ((executor, request),) = plans
        seen.append((request, output, with_ceilings, executor.allow_concurrent))
        return []

    monkeypatch.setattr(run_verb.api, "run_each", run_each)

    def ask(command):
        run_verb.command.main(list(command), standalone_mode=False)
        return seen.pop()

    return ask


@pytest.mark.parametrize("name", REQUESTS)
def test_the_verb_reads_the_same_request(asked, name):
    request = REQUESTS[name]
    command = word_command(request, Path("elsewhere"), with_ceilings=True, allow_concurrent=True)
    assert command[:4] == ("python", "-m", "bench", "run")
    read, *others = asked(command[4:])
    assert others == [Path("elsewhere"), True, True]
    assert with_seeds_counted(read) == with_seeds_counted(request)


def test_what_no_flag_can_say_is_recorded_as_a_call():
    assert word_command(Request(flags=Axes(unroll=(False, True))), Path("results")) == ("bench.run",)


def with_seeds_counted(request):
    return replace(request, seeds=None if request.seeds is None else parse_seeds(request.seeds))
