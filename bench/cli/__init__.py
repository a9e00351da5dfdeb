"""The verbs: each parses, calls and prints. Its module is imported when it is used, so that `--help` starts at once."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from bench import __version__
from bench.cli.parsing.completion import VARIABLE
from bench.cli.start_up import check_paths, prepare_process
from bench.errors import EXIT_OK, EXIT_SIGINT, EXIT_USAGE, BenchError, suggest
from bench.run.session.signals import Interrupted, interruptible

SCRIPT = "rnn-or-cnn"
_VERBS = {
    "run": "train; print progress on stderr and the report's path last on stdout",
    "report": "rebuild the reports from journals, without training",
    "claims": "judge a tutorial's claims by journals: supported, refuted, inconclusive or not tested",
    "compare": "compare two runs, or plot a metric over many: what became faster, slower or better",
    "check": "the CI gate: is a revision slower, larger or worse than another?",
    "tune": "find the execution settings under which each network trains fastest on this machine",
    "hardware": "compare machines and devices, from runs or an archive of them",
    "prove-gpu": "show on a GPU what was only traced elsewhere: kernels, seconds, memory, joules",
    "merge": "make one run of several, from any machines or CI jobs",
    "site": "make one static site of a folder of runs: by machine and suite, over time, side by side",
    "validate": "check a stranger's runs: journals, ids, checksums, seconds that add up; nothing is executed",
    "list": "list models, datasets, suites or runs",
    "env": "tell what this machine is, and whether a GPU and cuDNN really work",
    "export": "write what was measured as csv, parquet or JSON for other tools, or whole runs as one archive",
}


class Verbs(click.Group):
    """Finds a verb's command in the module of that name, and knows each verb's help without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order in which a newcomer meets them."""
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one verb."""
        if cmd_name not in _VERBS:
            return None
        module = importlib.import_module(f"bench.cli.{cmd_name.replace('-', '_')}_verb")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; click by itself ends with 1 where whoever reads stdout has seen enough, as `head` has."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more as it ends
            return EXIT_OK

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest verb for an unknown one."""
        if args[0] not in _VERBS and not args[0].startswith("-"):
            verbs = ", ".join(_VERBS)
            raise click.UsageError(f"expected one of {verbs}, received {args[0]!r}{suggest(args[0], _VERBS)}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the verbs from the table above, and the flags."""
        verbs = [CompletionItem(name, help=about) for name, about in _VERBS.items() if name.startswith(incomplete)]
        return [*verbs, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the verbs from the table above."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(_VERBS.items()))


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rnn-or-cnn")
def bench() -> None:
    """Answer "RNN or CNN, on my hardware?" with evidence that anyone can re-make.

    Trains networks over fixed epoch budgets, records accuracy per epoch and throughput, and reports what it measured.

    \b
    Examples:
      python -m bench run quick            a minute's look
      python -m bench run                  the tutorial's comparison on all of MNIST
      python -m bench report latest        the last run's report, without training
    """  # noqa: D301 - \b is click's mark for a paragraph that keeps its line breaks


def main() -> NoReturn:
    """Run the command line and exit; every error a user can meet is one sentence and an exit status."""
    prepare_process()
    sys.exit(_main())


def _main() -> int:
    try:
        check_paths()
        with interruptible():
            result = bench.main(prog_name=_program(), standalone_mode=False, complete_var=VARIABLE)
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except Interrupted as signal:
        return signal.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_SIGINT
    except BenchError as error:
        _show_error(error)
        return error.exit_code
    except OSError as error:
        _show_error(BenchError(f"the system refused: {error}; what was measured before is kept"))
        return EXIT_USAGE
    return result if isinstance(result, int) else EXIT_OK


def _program() -> str:
    """Return how the user called this program, which is what its help should say; only the script has completion."""
    return SCRIPT if Path(sys.argv[0]).name == SCRIPT else "python -m bench"


def _show_error(error: BenchError) -> None:
    """Print an error's sentences; names in them come from files and must not steer the terminal."""
    from bench.reports.kit.escaping import escape_terminal  # noqa: PLC0415 - `--help` needs no escaping

    for line in str(error).splitlines():
        click.echo(f"error: {escape_terminal(line)}", err=True)
