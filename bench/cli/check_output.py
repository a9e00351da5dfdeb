"""Shows what `bench check` came to: on stdout, as Markdown, as JUnit XML, and as an exit status."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.api.bisect import FinishedBisect, load_results
from bench.api.check import JudgedCheck
from bench.atomic_file import write_atomic
from bench.cli.exit_status import status_of_check
from bench.cli.notes import tell, warn_of_damage
from bench.errors import EXIT_OK
from bench.gate.check_folder import SideName
from bench.gate.judgement.calibration import Calibration
from bench.gate.judgement.findings import Tolerances
from bench.reports.gate.bisect import bisect_json, render_bisect, render_bisect_markdown
from bench.reports.gate.calibration import calibration_json, render_calibration
from bench.reports.gate.junit import render_junit
from bench.reports.gate.verdict import check_json, render_check, render_check_markdown
from bench.reports.terminal.check_view import CheckView
from bench.reports.terminal.lasting_stream import lasting
from bench.run.session.observer import Observer


@dataclass(frozen=True)
class VerdictOutput:
    """Where and how a verdict is shown."""

    again: Path | None
    strict: bool
    markdown: Path | None
    junit: Path | None
    as_json: bool
    quiet: bool

    def observe(self, side: SideName) -> Observer:
        """Return the view of one side's trials."""
        return CheckView(lasting(sys.stderr), side, is_quiet=self.quiet)

    def tell(self, message: str) -> None:
        """Say how far the check is; a warning is said in any case."""
        if not self.quiet or message.startswith("warning: "):
            tell(message)


def show(judged: JudgedCheck, output: VerdictOutput) -> int:
    """Print and write the verdict, or what the gate can see here, and return the exit status."""
    if judged.calibration:
        return _show_calibration(judged.check.folder, judged.calibration, output)
    return _show_verdict(judged, output)


def _show_verdict(
    judged: JudgedCheck,
    output: VerdictOutput,
    *,
    also: str = "",
    markdown: str = "",
    fields: dict[str, Any] | None = None,
) -> int:
    """Print and write the verdict, after what else there is to say, and return the exit status."""
    warn_of_damage(judged.check.set_aside)
    record, result = judged.check.record, judged.result
    if output.as_json:
        click.echo(json.dumps({**check_json(record, result), **(fields or {})}, indent=1, allow_nan=False))
    else:
        click.echo(f"{also}{render_check(record, result)}")
    if output.markdown:
        write_atomic(output.markdown, f"{markdown}{render_check_markdown(record, result)}".encode())
    if output.junit:
        write_atomic(output.junit, render_junit(result, strict=output.strict).encode())
    return status_of_check(result, strict=output.strict)


def show_bisect(found: FinishedBisect, tolerances: Tolerances, output: VerdictOutput) -> int:
    """Print and write the tested commits, and the check of the first bad one, and return that one's exit status."""
    results = load_results(found.folder, found.result.record, tolerances)
    return _show_verdict(
        found.shown,
        output,
        also=f"{render_bisect(found.result, results)}\n\n",
        markdown=f"{render_bisect_markdown(found.result, results)}\n",
        fields={"bisect": bisect_json(found.result, results)},
    )


def _show_calibration(folder: Path, calibration: Calibration, output: VerdictOutput) -> int:
    """Print what the gate can see here, and keep it beside the journals."""
    content = json.dumps(calibration_json(calibration), indent=1, allow_nan=False)
    write_atomic(folder / "calibration.json", content.encode() + b"\n")
    click.echo(content if output.as_json else render_calibration(calibration))
    return EXIT_OK
