"""Our networks as they come, tuned, and in plain PyTorch, compared in fresh processes in random order.

    python tools/peers/peers.py peers.jsonl                       measure, or go on after a kill
    python tools/peers/peers.py peers.jsonl --tuned               the settings that `bench tune` found here
    python tools/peers/peers.py peers.jsonl --report report.md    render, without measuring

Run it alone on the machine, with the extra `torch` installed: here, or in an environment of its own, since a tuning
holds for the libraries beside which it was found (`--torch-python ../torch-venv/bin/python`). Every raw record is
appended to the file as it comes.
Eight rounds of eight sides at three batch sizes take about an hour on two slow cores.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from peer_measure import SideFailedError, measure
from peer_records import PeerRecords, ProcessKey, ProcessRecord, append_record, place_of, plan, read_records
from peer_report import collect_rates, ratio_table, render_report
from peer_sides import BATCH_SIZES, NUM_EXAMPLES, SIDES, PeerSettings, PeerSide, settings_of, tuned_settings

from bench.host.capture import capture_environment
from bench.host.environment import Environment
from bench.host.sensors.noise import NoiseMeter
from bench.networks.registry import builtin_models
from bench.reports.kit.tables import render_plain_table


def main() -> int:
    """Measure what is missing, or render what there is."""
    options = parse_options()
    try:
        found = read_records(options.records)
        if options.report:
            options.report.write_text(render_report(found), encoding="utf-8")
            print(options.report)
            return 0
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        measure_all(options, found)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
        return 130
    table = ratio_table(collect_rates(read_records(options.records).processes))
    print(f"{table.title}\n\n{render_plain_table(table.columns, table.rows)}\n\n{table.note}")
    return 0


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path, help="JSON Lines file of raw records")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--sides", nargs="+", default=list(SIDES), choices=list(SIDES))
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=list(BATCH_SIZES))
    parser.add_argument("--examples", type=int, help="examples of an epoch; default: seconds of steps")
    parser.add_argument("--epochs", type=int, default=3, help="the first is a warm-up")
    parser.add_argument("--tuned", action="store_true", help="the tuned sides run as `bench tune` found fastest here")
    parser.add_argument(
        "--torch-python", default=sys.executable, help="the interpreter that has PyTorch; default: this"
    )
    parser.add_argument("--report", type=Path, help="render the records as Markdown into this file")
    options = parser.parse_args()
    if options.epochs < 2 or options.rounds < 1:
        parser.error("expected two epochs or more, and one round or more")
    return options


def measure_all(options: argparse.Namespace, found: PeerRecords) -> None:
    """Measure every process that the file does not have yet, in the order of the plan."""
    environment = capture_environment()
    asked = {"epochs": options.epochs, "examples": options.examples, "tuned": options.tuned}
    check_same(found, environment.fingerprint, asked)
    if found.machine is None:
        begun = {"environment": environment.model_dump(mode="json"), "command": ["python", *sys.argv], "asked": asked}
        append_record(options.records, {**begun, "started_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"})
    sides = available_sides(options.sides)
    done = {place_of(record) for record in found.processes}
    places = plan(options.rounds, options.batch_sizes, sides)
    meter = NoiseMeter()
    for number, place in enumerate(places, start=1):
        if place not in done:
            record = measure_one(place, options, environment, meter)
            append_record(options.records, record)
            rate = record.get("error") or f"{record['examples_per_s']:,.0f} examples/s"
            print(f"[{number}/{len(places)}] {place[2]}, batch {place[1]}, round {place[0]}: {rate}", flush=True)


def check_same(found: PeerRecords, fingerprint: str, asked: ProcessRecord) -> None:
    """Refuse to mix two machines, or two ways to measure, in one file.

    Raises:
        ValueError: where the file was begun on another machine or with other options.
    """
    if found.machine is None:
        return
    before = {"machine": found.machine["environment"]["fingerprint"], **found.machine["asked"]}
    now = {"machine": fingerprint, **asked}
    differences = [f"{name} {before[name]} then, {now[name]} now" for name in now if before[name] != now[name]]
    if differences:
        raise ValueError(f"the records were begun otherwise ({'; '.join(differences)}); name another file")


def available_sides(names: list[str]) -> list[str]:
    """Return the sides whose network exists, and say which does not."""
    known = builtin_models()
    missing = [name for name in names if SIDES[name].framework == "keras" and SIDES[name].model not in known]
    for name in missing:
        print(f"left out: no network is named {SIDES[name].model}", file=sys.stderr)
    return [name for name in names if name not in missing]


def measure_one(
    place: ProcessKey, options: argparse.Namespace, environment: Environment, meter: NoiseMeter
) -> ProcessRecord:
    """Measure one process, after a look at how quiet the machine is; a failure is a line as well."""
    number, batch_size, name = place
    model, settings = choose_settings(SIDES[name], batch_size, environment, is_tuned=options.tuned)
    examples = options.examples or NUM_EXAMPLES.get(batch_size, 10 * batch_size)
    sizes = {"batch_size": batch_size, "examples": examples, "epochs": options.epochs, "seed": number}
    known = {"round": number, "side": name, "model": model, "settings": dict(settings), **sizes}
    noise = meter.read().model_dump()
    begin = time.perf_counter()
    try:
        outcome = measure(SIDES[name], model, settings, sizes, environment, options.torch_python)
    except SideFailedError as error:
        outcome = {"error": str(error)}
    return {**known, "noise": noise, **outcome, "wall_s": time.perf_counter() - begin}


def choose_settings(
    side: PeerSide, batch_size: int, environment: Environment, *, is_tuned: bool
) -> tuple[str, PeerSettings]:
    """Return the model that stands for a side and its execution settings.

    Raises:
        ValueError: where tuned settings are asked for and there are none.
    """
    if not (is_tuned and side.stock):
        return side.model, settings_of(side, batch_size)
    tuned = tuned_settings(side, batch_size, environment)
    if tuned is None:
        command = f"python -m bench tune --model {side.stock} --batch-size {batch_size}"
        raise ValueError(
            f"no tuning of {side.stock} at batch {batch_size} on this machine; measure it with `{command}`"
        )
    return tuned


if __name__ == "__main__":
    sys.exit(main())
