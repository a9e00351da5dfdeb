"""`bench list`: what there is to train, and what was trained."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.options import output_option
from bench.data.registry import builtin_datasets
from bench.plan.suite import builtin_suites
from bench.store.run_folder import list_runs, read_record
from models.registry import builtin_models
from reports.listing import list_datasets_table, list_models_table, list_runs_table, list_suites_table

KINDS = ("models", "datasets", "suites", "runs")
