"""What a case is called: its model, and each setting in which it differs from most of the cases it stands with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from tests.recompute.journals import Case
from tests.recompute.wording import plural

# In the order of a label; None for a value that needs no word.
_WORDS: dict[str, Callable[[Any], str | None]] = {
    "dataset": str,
    "batch_size": lambda size: f"batch {size:,}",
    "precision": str,
    "device": str,
    "backend": str,
    "scaling": lambda kind: "scaled" if kind == "unit" else "unscaled",
    "train_size": lambda size: "all examples" if size is None else f"{size:,} examples",
    "jit": lambda kind: f"jit {kind}",
    "units": lambda number: number and f"{number} units",
    "filters": lambda number: number and f"{number} filters",
    "steps_per_execution": lambda number: f"{plural(number, 'step')} per execution",
    "input": lambda kind: "input pipeline" if kind == "pipeline" else "from arrays",
    "optimizer": str,
    "learning_rate": lambda number: number and f"rate {number}",
    "activation": lambda name: name,
    "output_activation": lambda name: name and f"{name} output",
    "intra_op_threads": lambda number: number and plural(number, "intra-op thread"),
    "inter_op_threads": lambda number: number and plural(number, "inter-op thread"),
}
# None for all others.
_USUAL = {
    "batch_size": 32, "precision": "float32", "device": "cpu", "backend": "tensorflow", "scaling": "unit",
    "jit": "auto", "steps_per_execution": 1, "input": "arrays", "optimizer": "adam",
}  # fmt: skip
_NOT_IN_A_LABEL = {"model", "epochs", "validate_every"}
_OF_THE_DATA = {"scaling", "max_length", "vocabulary", "axes"}


def name_cases(cases: Iterable[Case], apart: frozenset[str] = frozenset()) -> dict[Case, str]:
    """Return each case's label; settings in `apart` have a column of their own.

    The number of examples is left out where it follows from the batch size, what is done to the data where that follows
    from the data set, and of each setting the value that more cases have than any other, as long as every other value
    has a word. Of two that are as common it is the usual one, unless each case has a partner that differs in that
    setting alone.
    """
    found = list(dict.fromkeys(cases))
    varying = {name for name in found[0] if len({case[name] for case in found}) > 1} - _NOT_IN_A_LABEL - apart
    sizes = {(case["batch_size"], case["train_size"]) for case in found}
    if len(sizes) == len({case["batch_size"] for case in found}):
        varying.discard("train_size")
    sets = {case["dataset"] for case in found}
    varying -= {
        name for name in varying & _OF_THE_DATA if len({(case["dataset"], case[name]) for case in found}) == len(sets)
    }
    unknown = varying - _WORDS.keys()
    if unknown:
        raise ValueError(f"expected words for what varies among the cases, {sorted(unknown)} has none: add it here")
    unsaid = {name: _unsaid(name, varying - {name}, found) for name in varying}
    told = [(name, say) for name, say in _WORDS.items() if name in varying]
    return {
        case: " · ".join([case["model"], *(w for n, say in told if [case[n]] != unsaid[n] and (w := say(case[n])))])
        for case in found
    }


def word_changes(stock: Case, changed: Case) -> list[str]:
    """Return what makes a case another one than `stock`, in words.

    Raises:
        KeyError: for a setting that has no word here yet.
    """
    changes = [name for name in stock if stock[name] != changed[name] and name not in _NOT_IN_A_LABEL]
    model = [changed["model"]] if stock["model"] != changed["model"] else []
    return [*model, *(word for name in changes if (word := _WORDS[name](changed[name])))]


def _unsaid(name: str, others: set[str], cases: list[Case]) -> list[Any]:
    """Return the one value that goes without saying, or none."""
    numbers = Counter(case[name] for case in cases)
    most = max(numbers.values())
    first = [value for value, number in numbers.items() if number == most]
    if len(first) > 1:
        alike = Counter((case["model"], *(str(case[other]) for other in sorted(others))) for case in cases)
        is_compared = min(alike.values()) > 1
        first = [value for value in first if most > 1 and not is_compared and value == _USUAL.get(name)]
    is_told = all(_WORDS[name](value) for value in numbers if [value] != first)
    return first if first and is_told else []
