"""The options that say what to train: one table, of which each verb takes those that it can vary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from bench.cli.parsing.completion import Complete, complete_datasets, complete_models, words_completion
from bench.cli.parsing.options import Command, list_option
from bench.setting_definition import Setting
from bench.settings import TABLE

# In the order of `bench run --help`: what is trained on what, and how.
WHAT = tuple(setting.name for setting in TABLE.values() if setting.is_what)
HOW = tuple(setting.name for setting in TABLE.values() if not setting.is_what)
_NAMES: Mapping[str, Complete] = {"model": complete_models, "dataset": complete_datasets}


class CaseCommand(click.Command):
    """A verb's command, whose help tells apart what is trained, how, and the verb's own options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in groups; LIST takes several values, separated by commas, and makes a case of each."""
        groups: dict[str, list[tuple[str, str]]] = {"What is trained": [], "How it is trained": [], "Options": []}
        for param in self.get_params(ctx):
            setting = TABLE.get(param.name or "")
            group = "Options" if setting is None else "What is trained" if setting.is_what else "How it is trained"
            record = param.get_help_record(ctx)
            if isinstance(param, click.Option) and record:
                groups[group].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)
        formatter.write_paragraph()
        formatter.write_text("LIST: one value, or several separated by commas; each makes a case of its own.")


def case_options(*names: str, **helps: str) -> Callable[[Command], Command]:
    """Declare the options of these settings in this order; `helps` has a verb's own words for one, by its name."""

    def decorate(command: Command) -> Command:
        for name in reversed(names):
            command = declare_option(TABLE[name], helps.get(name))(command)
        return command

    return decorate


def declare_option(setting: Setting, help_text: str | None = None) -> Callable[[Command], Command]:
    """Return the decorator that declares a setting's option, with its own words where `help_text` has none."""
    complete = _NAMES.get(setting.name) or (words_completion(*setting.choices) if setting.choices else None)
    attributes: dict[str, Any] = {"help": help_text or setting.help, "shell_complete": complete}
    if setting.kind is bool:
        return click.option(setting.flag, is_flag=True, default=None, **attributes)
    declare = list_option if setting.is_list else click.option
    return declare(setting.flag, type=setting.kind, **attributes)
