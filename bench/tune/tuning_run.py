"""Plans a tuning, and runs its rungs one after the other in one run folder, under one hold of the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.data.dataset import DataInfo
from bench.errors import ConfigError
from bench.host.devices import device_settings
from bench.host.environment import Environment
from bench.plan.case import Case, Trial
from bench.plan.tuning import MIN_CALLS, Search, choose_train_size, count_calls, list_candidates
from bench.run.session.executor import LocalExecutor
from bench.run.session.observer import Observer
from bench.run.session.open_session import Session, hold_session
from bench.run.session.planning import Plan, Request, check_data, make_plan
from bench.run.session.resume import select_trials
from bench.run.session.run_trials import RunContext
from bench.run.trial.trial import WORKER_COMMAND
from bench.store.records import Journal, ResolvedSuite, RunRecord
from bench.store.run_folder import load_run, write_record

SUITE_NAME = "tune"
MIN_TEST_SIZE = 100  # a tuning asks for no accuracy
_SEEDS_A_SEARCH = 1_000_000

NextTrials = Callable[[ResolvedSuite, Sequence[Journal]], Sequence[tuple[Case, int]]]


def plan_tuning(request: Request, environment: Environment, budget_s: float) -> Plan:
    """Resolve what is to be tuned, with the other ways to run each case; the budget is shared among the cases alike.

    Raises:
        ConfigError, DataError, DeviceError, NothingSelectedError: for what cannot be run as asked.
    """
    asked = make_plan(request, environment)
    cases = list(dict.fromkeys(trial.case for trial in asked.suite.trials))
    stocks: dict[Case, int] = {}
    for case in cases:
        stock = _short(case, asked.data[case])
        stocks[stock] = stock.train_size or asked.data[case].num_train
        _check_can_be_timed(stock, stocks[stock])
    searches = tuple(
        Search(
            stock=stock,
            candidates=list_candidates(stock, _num_threads(stock, environment), num_examples),
            budget_s=budget_s / len(stocks),
            first_seed=number * _SEEDS_A_SEARCH,
        )
        for number, (stock, num_examples) in enumerate(stocks.items())
    )
    suite = asked.suite.model_copy(
        update={"name": SUITE_NAME, "description": "The fastest execution settings", "trials": (), "searches": searches}
    )
    return Plan(suite, check_searches(suite))


def check_searches(suite: ResolvedSuite) -> dict[Case, DataInfo]:
    """Return the data of each case that a tuning may run, checked as `bench.run.session.planning.check_data` does."""
    return check_data([case for search in suite.searches for case in (search.stock, *search.candidates)])


def run_tuning(
    session: Session,
    observer: Observer,
    next_trials: NextTrials,
    *,
    allow_concurrent: bool = False,
    worker_command: Sequence[str] = WORKER_COMMAND,
) -> None:
    """Run rung after rung until no trial is asked for; a session that was interrupted goes on where it was.

    Args:
        session: a tuning that was started, or opened to be resumed.
        observer: is told what happens, each rung as a run of its own.
        next_trials: the next rung's cases and seeds, by the journals there are; empty where all is decided.
        allow_concurrent: measure beside another measurement on this machine, which labels the results.
        worker_command: the program that trains one trial.

    Raises:
        Interrupted: on a signal; what was measured stays.
        StoreError: where the tuning is already being run, or the disk is full.
    """
    executor = LocalExecutor(session.environment or session.record.environment, allow_concurrent)
    with hold_session(session, observer, executor, worker_command) as held:
        context = held
        select_trials(context.folder, context.record, retry_failed=False)  # moves what was cut short out of the way
        while rung := next_trials(context.record.suite, load_run(context.folder).journals):
            context, trials = _add_trials(context, rung)
            todo = select_trials(context.folder, _only(context, trials), retry_failed=False)
            observer.run_started(context.record.run_id, todo, len(context.record.suite.trials) - len(todo))
            executor.run_trials(context, todo)


def _short(case: Case, info: DataInfo) -> Case:
    """Return a case as short as a trial of a tuning should be; an asked-for number of examples stands."""
    train_size = case.train_size or choose_train_size(case.batch_size, info.num_train)
    fewest = max(MIN_TEST_SIZE, info.num_classes)  # a subset has an example of each class
    test_size = case.test_size or (fewest if fewest < info.num_test else None)
    # From arrays TensorFlow makes `fit` wait at the end of an epoch, in no second of training before the next begins.
    num_epochs = 2 if (case.backend, case.input) == ("tensorflow", "arrays") else 1
    return case.model_copy(update={"epochs": num_epochs, "train_size": train_size, "test_size": test_size})


def _check_can_be_timed(stock: Case, num_examples: int) -> None:
    """Refuse a case of which every step is the first of its kind."""
    if count_calls(stock, num_examples) < MIN_CALLS:
        needed = MIN_CALLS * stock.batch_size * stock.steps_per_execution
        raise ConfigError(
            f"tune: {stock.model} on {stock.dataset} has no steady step: an epoch has {num_examples:,} examples, "
            f"expected {needed:,} or more; choose a smaller --batch-size or a larger --train-size"
        )


def _num_threads(case: Case, environment: Environment) -> int | None:
    device = device_settings(case.device)
    return None if device.is_gpu else device.num_threads or environment.num_cpus_usable


def _add_trials(context: RunContext, rung: Sequence[tuple[Case, int]]) -> tuple[RunContext, list[Trial]]:
    """Write a rung's trials into the run's record before the first of them runs; return them with their places."""
    suite = context.record.suite
    known = {(trial.case, trial.seed): trial for trial in suite.trials}
    for case, seed in rung:
        known.setdefault((case, seed), Trial(case=case, seed=seed, index=len(known)))
    record = context.record.model_copy(update={"suite": suite.model_copy(update={"trials": tuple(known.values())})})
    write_record(context.folder, record)
    return replace(context, record=record), [known[place] for place in rung]


def _only(context: RunContext, trials: Sequence[Trial]) -> RunRecord:
    """Return the run's record with these trials alone."""
    suite = context.record.suite.model_copy(update={"trials": tuple(trials)})
    return context.record.model_copy(update={"suite": suite})
