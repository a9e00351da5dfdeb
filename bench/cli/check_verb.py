"""`bench check`: is a revision of the code slower, larger or less accurate than another? The gate for CI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench.api.bisect import bisect
from bench.api.check import check, judge
from bench.cli.check_output import VerdictOutput, show, show_bisect
from bench.cli.parsing.case_options import WHAT, CaseCommand, case_options
from bench.cli.parsing.completion import complete_runs, complete_suites
from bench.cli.parsing.options import (
    output_option,
    parse_axes,
    parse_duration,
    prepare_file,
    timeout_option,
    typed_command,
)
from bench.errors import ConfigError
from bench.gate.check_folder import load_check
from bench.gate.judgement.calibration import MIN_ROUNDS
from bench.gate.judgement.findings import Tolerances
from bench.gate.request import DEFAULT_CONFIRM_PAIRS, DEFAULT_PAIRS, DEFAULT_SUITE, CheckRequest
from bench.run.session.planning import Request
from bench.store.find_runs import find_run
from bench.store.run_folder import load_run

DEFAULT_CALIBRATION_PAIRS = 30
_FLAGS = {"include": "with"}  # whose word is Python's
_CASE_OPTIONS = (*WHAT, "precision", "jit")
_SLOWDOWNS = f"{Tolerances.max_slowdown_in_turns:g} in turns, {Tolerances.max_slowdown:g} otherwise"
_EPILOG = """
\b
Examples:
  python -m bench check --base main --model mine:build     the working tree against a branch
  python -m bench check --base v1.2 --head v1.3 --repo ~/mine --model mine:build
  python -m bench check --base origin/main --markdown check.md --junit check.xml --strict
  python -m bench check --baseline latest                  against a stored run of this machine, made with --alone
  python -m bench check --bisect v1.2..main                the commit that made it slower, larger or less accurate
  python -m bench check --calibrate                        what the gate can see on this machine

Exit status: 0 no regression · 1 a trial did not end ok · 2 usage, or no such base · 3 regression · 4 too few pairs ran
to decide, or with --strict something stays open · 5 nothing selected.
"""


@click.command("check", cls=CaseCommand, epilog=_EPILOG)
@click.argument("suite", required=False, shell_complete=complete_suites)
@click.option("--base", metavar="REF", help="The revision to compare with: a branch, tag or commit.")
@click.option("--head", metavar="REF", help="The revision to judge; default: the working tree as it is.")
@click.option(
    "--baseline",
    metavar="RUN",
    shell_complete=complete_runs,
    help="Instead of --base: a stored run of this machine, made with --alone.",
)
@click.option(
    "--bisect", metavar="GOOD..BAD", help="Instead of --base: find the first bad commit, by checks against GOOD."
)
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="FOLDER", help="With --bisect: continue an earlier search."
)
@click.option("--calibrate", is_flag=True, help="Check the head against itself: what the gate can see here.")
@click.option("--again", type=click.Path(path_type=Path), metavar="FOLDER", help="Judge an earlier check again.")
@click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), show_default=True, help="Folder that holds your package."
)
@click.option("--install", is_flag=True, help="Give each side its own environment, for dependencies that differ.")
@click.option(
    "--with",
    "include",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Add a file or folder that git ignores, the same to both sides.",
)
@case_options(*_CASE_OPTIONS)
@timeout_option
@click.option("--max-slowdown", type=float, show_default=_SLOWDOWNS, help="Share by which an example may take longer.")
@click.option(
    "--max-first-step-growth",
    type=float,
    default=0.1,
    show_default=True,
    help="Share by which the first step may take longer.",
)
@click.option(
    "--max-memory-growth", type=float, default=0.05, show_default=True, help="Share by which peak memory may grow."
)
@click.option(
    "--max-accuracy-drop",
    type=float,
    default=0.02,
    show_default=True,
    help="By how much the validation accuracy at the end may fall: 0.02 is from 0.98 to 0.96.",
)
@click.option(
    "--pairs", type=click.IntRange(1, 1000), default=DEFAULT_PAIRS, show_default=True, help="Pairs of every case."
)
@click.option(
    "--confirm-pairs",
    type=click.IntRange(1, 1000),
    default=DEFAULT_CONFIRM_PAIRS,
    show_default=True,
    help="Fresh pairs of a case that is flagged; for speeds in turns only as many as decide, and at most 12.",
)
@click.option(
    "--calibration-pairs",
    type=click.IntRange(MIN_ROUNDS, 10_000),
    default=DEFAULT_CALIBRATION_PAIRS,
    show_default=True,
    help="With --calibrate: pairs of a case.",
)
@click.option(
    "--time-budget",
    callback=parse_duration,
    metavar="DURATION",
    help="Begin no pair that would end later: 10m; with --bisect for all commits together.",
)
@click.option("--strict", is_flag=True, help="Exit with 4 where anything stays open or is implausibly good.")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE", help="Write the verdict as Markdown, too.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the verdict as JUnit XML, too.")
@output_option
@click.option(
    "--alone", is_flag=True, help="Train one side after the other, not in turns: where memory holds only one."
)
@click.option("--allow-concurrent", is_flag=True, help="Measure while another measurement runs.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object on stdout.")
def command(suite: str | None, timeout: float | None, **options: Any) -> int:
    """Compare two revisions of your code, and fail where the head is surely slower, larger or less accurate.

    Both are trained in turns of a few steps, in fresh processes that are alive at once: pairs whose order is drawn, in
    suite `ci` by default.
    Pairs are added to what they flag until it is sure or cleared. `bench` is the same on both sides; your package comes
    from the revision.
    """
    view = _take_output(options)
    tolerances = _take_tolerances(options)
    request = Request(suite, timeout_s=timeout)
    for option, path in (("--markdown", view.markdown), ("--junit", view.junit)):
        prepare_file(option, path)
        if path is not None and options["calibrate"]:
            raise ConfigError(f"{option} writes a verdict, and --calibrate gives none; leave it out")
    if view.again is not None:
        _check_alone(options, is_bare=request.is_empty)
        return show(judge(load_check(view.again), tolerances), view)
    commits, resume = options.pop("bisect"), options.pop("resume")
    if resume is not None and commits is None:
        raise ConfigError("check: --resume goes on with a --bisect; name its GOOD..BAD")
    asked = _ask(request, tolerances, options, is_bisect=commits is not None)
    if commits is not None:
        found = bisect(asked, commits, view.observe, view.tell, resume=resume)
        return show_bisect(found, tolerances, view)
    return show(check(asked, view.observe, view.tell), view)


def _take_output(options: dict[str, Any]) -> VerdictOutput:
    """Take the options of the showing out of all."""
    names = ("again", "strict", "markdown", "junit", "as_json", "quiet")
    return VerdictOutput(**{name: options.pop(name) for name in names})


def _check_alone(options: dict[str, Any], *, is_bare: bool) -> None:
    """Refuse what says what to measure beside --again, which measures nothing."""
    asked = ("base", "head", "baseline", "bisect", "resume", "calibrate", "install", "include", "alone", "time_budget")
    given = next((name for name in asked if options[name]), None)
    if given or not is_bare or parse_axes({name: options[name] for name in _CASE_OPTIONS}).given():
        named = f"--{_FLAGS.get(given, given).replace('_', '-')}" if given else "what to train"
        raise ConfigError(f"check: --again judges what was measured; leave {named} out")


def _take_tolerances(options: dict[str, Any]) -> Tolerances:
    """Take the tolerances out of all options.

    Raises:
        ConfigError: for one that is no share between 0 and 1.
    """
    names = ("max_slowdown", "max_first_step_growth", "max_memory_growth", "max_accuracy_drop")
    given = {name: share for name in names if (share := options.pop(name)) is not None}
    for name, share in given.items():
        if not 0 < share < 1:
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(f"{option}: expected a share between 0 and 1, such as 0.05; received {share:g}")
    if "max_slowdown" in given:
        given["max_slowdown_in_turns"] = given["max_slowdown"]
    return Tolerances(**given)


def _ask(request: Request, tolerances: Tolerances, options: dict[str, Any], *, is_bisect: bool) -> CheckRequest:
    """Return what is to be measured; the options that are left when these are taken are the cases' settings."""
    names = ("repo", "output", "head", "base", "install", "include", "allow_concurrent", "alone")
    given = {name: options.pop(name) for name in names}
    baseline, is_calibration = options.pop("baseline"), options.pop("calibrate")
    pairs, confirm_pairs, calibration_pairs, budget_s = (
        options.pop(name) for name in ("pairs", "confirm_pairs", "calibration_pairs", "time_budget")
    )
    if [given["base"] is not None, baseline is not None, is_calibration, is_bisect].count(True) != 1:
        raise ConfigError(
            "check: expected one of --base REF, --baseline RUN, --bisect GOOD..BAD, --calibrate, or --again FOLDER"
        )
    if is_bisect and given["head"] is not None:
        raise ConfigError("check: --bisect GOOD..BAD names both ends; leave --head out")
    flags = Request(request.suite, parse_axes(options), timeout_s=request.timeout_s)
    stored = load_run(find_run(baseline, given["output"])) if baseline is not None else None
    if stored is None and flags.suite is None:
        flags = Request(DEFAULT_SUITE, flags.flags, timeout_s=flags.timeout_s)
    return CheckRequest(
        request=flags,
        tolerances=tolerances,
        baseline=stored,
        calibration_pairs=calibration_pairs if is_calibration else None,
        num_pairs=pairs,
        num_confirm_pairs=confirm_pairs,
        time_budget_s=budget_s,
        command=tuple(typed_command()),
        **given,
    )
