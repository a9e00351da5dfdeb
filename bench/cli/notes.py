"""What is said on stderr beside a result: what a plan leaves out and why, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click

from bench.host.environment import Environment
from bench.host.low_precision import find_instructions, is_imitated
from bench.reports.kit.data_words import word_data, word_reversed
from bench.reports.kit.escaping import escape_terminal
from bench.run.session.planning import Plan
from bench.run.session.tuned_cases import word_untuned
from bench.store.records import ResolvedSuite
from bench.units import format_count


def tell_not_run(suite: ResolvedSuite) -> None:
    """Say what was asked for and cannot run here, each reason once."""
    for reason, count in Counter(left.reason for left in suite.not_run).items():
        click.echo(f"not run: {format_count(count)} cases: {escape_terminal(reason)}", err=True)


def tell_data(plan: Plan) -> None:
    """Say what an example is and what is done to its values, and warn of axes in another order."""
    for sentence in word_data(plan.data):
        tell(f"data: {sentence}")
    for sentence in word_reversed(plan.data.values()):
        tell(f"warning: {sentence}")


def tell_imitated(suite: ResolvedSuite, environment: Environment) -> None:
    """Warn of precisions for which this machine's processor has no instructions."""
    asked = dict.fromkeys((trial.case.precision, trial.case.device) for trial in suite.trials)
    imitated = dict.fromkeys(name for name, device in asked if is_imitated(name, device, environment))
    for precision in imitated:
        from bench.analysis.summary_types import Caution, CautionCode  # noqa: PLC0415 - both need scipy
        from bench.reports.kit.wording import word_caution  # noqa: PLC0415

        tell(f"warning: {word_caution(Caution(CautionCode.IMITATED, (), {'precision': precision}))}")


def tell_precision(suite: ResolvedSuite, environment: Environment) -> None:
    """Say of a search in float32 alone that the processor multiplies bfloat16, which is no way to run the same."""
    asked = {(search.stock.precision, search.stock.device.partition(":")[0]) for search in suite.searches}
    instructions = find_instructions("mixed_bfloat16", environment)
    if instructions and asked == {("float32", "cpu")}:
        tell(
            f"note: the processor multiplies bfloat16 ({', '.join(instructions)}): with "
            "`--precision float32,mixed_bfloat16` that is searched, too, by itself, since it computes something else"
        )


def tell_untuned(plan: Plan) -> None:
    """Say which cases have no tuned one beside them, and what would give them one."""
    if plan.untuned:
        click.echo(f"note: {escape_terminal(word_untuned(plan.untuned))}", err=True)


def tell(sentence: str) -> None:
    """Print a sentence; names in it come from files and must not steer the terminal."""
    click.echo(escape_terminal(sentence), err=True)


def warn_of_damage(set_aside: Iterable[str]) -> None:
    """Print a warning for each journal that had to be set aside."""
    for problem in set_aside:
        tell(f"warning: set aside: {problem}")
