"""Which of a suite's entries the flags select, and what they add that no entry has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.plan.suite import Axes, Suite, SuiteEntry
from bench.settings import MODEL_OPTIONS


def select_entries(suite: Suite, flags: Axes) -> tuple[list[SuiteEntry], Axes]:
    """Return entries of one model each, and the flags that are left to apply to them.

    `--model` selects among a suite's models, and adds what is not there. `--dataset` does the same where each entry
    names its data sets, since their budgets are for these; elsewhere it stays a flag that overrides the default.
    """
    entries = [
        entry.model_copy(update={"model": (model,)})
        for entry in suite.cases
        for model in entry.model or suite.defaults.model or ()
    ]
    if flags.model:
        entries = [entry for model in flags.model for entry in _of_model(model, entries, suite)]
    if not flags.dataset or not _names_data(suite):
        return entries, flags
    chosen = [entry for name in flags.dataset for entry in _of_dataset(name, entries)]
    return chosen, flags.model_copy(update={"dataset": None})


def _names_data(suite: Suite) -> bool:
    return all(entry.dataset for entry in suite.cases)


def _of_model(model: str, entries: Sequence[SuiteEntry], suite: Suite) -> Iterable[SuiteEntry]:
    """Return a model's entries; one that the suite does not have gets one for each of the suite's data sets."""
    known = [entry for entry in entries if entry.model == (model,)]
    if known or not _names_data(suite):
        return known or [SuiteEntry(model=(model,))]
    others = dict.fromkeys(MODEL_OPTIONS)
    first_of = {entry.dataset: entry for entry in reversed(suite.cases)}
    return [entry.model_copy(update={**others, "model": (model,)}) for entry in reversed(first_of.values())]


def _of_dataset(name: str, entries: Sequence[SuiteEntry]) -> Iterable[SuiteEntry]:
    """Return a data set's entries; one that the suite does not have gets one for each of the models."""
    known = [entry.model_copy(update={"dataset": (name,)}) for entry in entries if name in (entry.dataset or ())]
    return known or [SuiteEntry(model=model, dataset=(name,)) for model in dict.fromkeys(e.model for e in entries)]
