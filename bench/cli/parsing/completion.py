"""What the Tab key offers: names that exist, read when it is pressed. Click writes the shell's part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
VARIABLE = "_RNN_OR_CNN_COMPLETE"


def complete_models(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the registry's networks, the last of a comma-separated list."""
    from bench.networks.registry import builtin_models  # noqa: PLC0415 - only when Tab is pressed

    return _offer_last(((name, spec.summary) for name, spec in builtin_models().items()), incomplete)


def complete_datasets(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the built-in data sets, the last of a comma-separated list; files are the shell's."""
    from bench.data.registry import builtin_datasets  # noqa: PLC0415 - only when Tab is pressed

    return _offer_last(((name, spec.summary) for name, spec in builtin_datasets().items()), incomplete)


def complete_suites(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the built-in suites."""
    from bench.plan.suite import builtin_suites  # noqa: PLC0415 - only when Tab is pressed

    return _offer(((name, suite.description) for name, suite in builtin_suites().items()), incomplete)


def complete_runs(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer `latest` and the ids of the runs in the output folder, the latest first."""
    from bench.store.find_runs import list_runs  # noqa: PLC0415 - only when Tab is pressed

    folders = list_runs(Path(ctx.params.get("output") or "results"))
    names = [("latest", "the last run"), *((folder.name, "") for folder in reversed(folders))]
    return _offer(names, incomplete)


def words_completion(*words: str) -> Complete:
    """Return a completion of fixed words, the last of a comma-separated list."""

    def complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return _offer_last(((word, "") for word in words), incomplete)

    return complete


def _offer(words: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word, help=about or None) for word, about in words if word.startswith(incomplete)]


def _offer_last(words: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    """Offer what completes the part after the last comma, with the parts before it."""
    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(f"{before}{comma}{item.value}", help=item.help) for item in _offer(words, last)]
