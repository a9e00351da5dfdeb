"""Whether a trial's data are what their name says: the bundled sets are hashed here, and nobody's word is taken.

Only a set that this program knows by name is loaded: a name that is a path is the contributor's own, and stays shut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.data.dataset import DataInfo
from bench.data.load import load_dataset
from bench.data.registry import builtin_datasets
from bench.errors import MissingDataError
from bench.plan.case import Case
from bench.store.records import Journal
from bench.validate.flaws import Flaw, FlawCode, Unchecked

_COUNTS = ("num_train_available", "num_test_available", "num_classes")
_OWN = "it is no built-in one"


class KnownSets:
    """What this machine knows of the built-in data sets; each is loaded and hashed once, whatever asks for it."""

    def __init__(self, describe: Callable[[str], DataInfo] = lambda name: load_dataset(name).info) -> None:
        """Know nothing yet; `describe` loads a set by its name."""
        self._describe = describe
        self._known: dict[str, DataInfo | Unchecked] = {}

    def find(self, name: str) -> DataInfo | Unchecked:
        """Return what a set is, or why that cannot be said here.

        Raises:
            DataError: where a bundled file of this installation was altered.
        """
        if name not in self._known:
            self._known[name] = self._load(name)
        return self._known[name]

    def _load(self, name: str) -> DataInfo | Unchecked:
        if name not in builtin_datasets():
            return Unchecked(name, _OWN)
        try:
            return self._describe(name)
        except MissingDataError:
            return Unchecked(name, "it is not on this machine")


def check_data(journal: Journal, known: DataInfo | Unchecked, where: str) -> Iterator[Flaw]:
    """Yield what a journal says of its data that is not so."""
    case, info = journal.start.case, journal.start.data
    if info.name != case.dataset:
        data = {"name": case.dataset, "field": "name", "expected": case.dataset, "received": info.name}
        yield Flaw(FlawCode.DATA_FIELD, where, data)
        return
    if isinstance(known, Unchecked):
        return
    if info.sha256 != known.sha256:
        data = {"name": info.name, "expected": known.sha256, "received": info.sha256}
        yield Flaw(FlawCode.OTHER_DATA, where, data)
    for name, expected in (*((name, getattr(known, name)) for name in _COUNTS), *_sizes(case, known)):
        received = getattr(info, name)
        if received != expected:
            data = {"name": info.name, "field": name, "expected": str(expected), "received": str(received)}
            yield Flaw(FlawCode.DATA_FIELD, where, data)


def _sizes(case: Case, known: DataInfo) -> Iterator[tuple[str, object]]:
    """Yield how many examples of which shape a case takes; one that turns or cuts them has another shape."""
    yield "num_train", case.train_size or known.num_train_available
    yield "num_test", case.test_size or known.num_test_available
    if case.is_default("axes") and case.max_length is None:
        yield "example_shape", known.example_shape
