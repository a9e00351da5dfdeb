"""How long a plan will take on its machine, by what the latest runs there took."""

from __future__ import annotations

from pathlib import Path

from bench.analysis.time_estimate import REFERENCES, PlanEstimate, collect_history, estimate_plan
from bench.host.environment import Environment
from bench.run.session.planning import Plan
from bench.store.find_runs import list_runs, load_readable
from bench.store.run_folder import load_run

_HISTORY_RUNS = 20


def estimate(plan: Plan, environment: Environment, output: Path) -> PlanEstimate:
    """Expect what the latest runs in `output` took on this machine, and else what the reference machine took."""
    folders = list_runs(output)[-_HISTORY_RUNS:]
    # One run at a time: of a sweep of thousands of trials the paces alone are kept.
    runs = (run for folder in folders for run in load_readable([folder], load_run)[0])
    journals = (journal for run in runs for journal in run.journals)
    history = collect_history(journals, environment.fingerprint)
    num_train = {info.name: info.num_train_available for info in plan.data.values()}
    return estimate_plan(plan.suite.trials, history, REFERENCES, num_train)
