"""A run in Bencher Metric Format holds to the schema that bencher.dev publishes."""

import json
from pathlib import Path

import jsonschema

from bench.reports.export.bencher import bencher_metrics, write_bencher

SCHEMA = json.loads(Path(__file__).with_name("bmf-schema.json").read_text())


def test_each_case_is_a_benchmark_whose_measures_have_their_intervals(make_summary, make_case_summary):
    metrics = bencher_metrics(make_summary([make_case_summary("lstm", seeds=(0, 1, 2)), make_case_summary("cnn")]))
    jsonschema.validate(metrics, SCHEMA)
    lstm = metrics["lstm-mnist-b32-float32-cpu"]
    assert list(lstm) == ["throughput", "throughput-as-fit-costs", "final-validation-accuracy"]
    assert lstm["throughput"]["lower_value"] <= lstm["throughput"]["value"] <= lstm["throughput"]["upper_value"]


def test_one_trial_has_no_bounds_and_a_case_without_a_figure_is_left_out(make_summary, make_case_summary):
    metrics = bencher_metrics(make_summary([make_case_summary("lstm"), make_case_summary("cnn", curve=())]))
    jsonschema.validate(metrics, SCHEMA)
    assert {name: list(metric) for name, metric in metrics["lstm-mnist-b32-float32-cpu"].items()} == {
        "throughput": ["value"],
        "throughput-as-fit-costs": ["value"],
        "final-validation-accuracy": ["value"],
    }
    assert list(metrics) == ["lstm-mnist-b32-float32-cpu"]


def test_the_file_holds_json_alone(make_summary, tmp_path):
    jsonschema.validate(json.loads(write_bencher(tmp_path, make_summary()).read_text()), SCHEMA)
