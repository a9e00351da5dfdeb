"""The named data sets and their loaders.

Every module in `bench/data/sets` may define a tuple `DATASETS`. To add a data set, add one file there, such as
`stripes.py`:

    import numpy as np

    from bench.data.dataset import RawArrays
    from bench.data.draws import fixed_integers
    from bench.data.registry import DatasetSpec


    def load_stripes() -> RawArrays:
        x = fixed_integers((1200, 8, 8), 128, seed=1).astype(np.uint8)
        y = np.arange(1200) % 2
        x[y == 0, 3, :] = 255
        x[y == 1, :, 3] = 255
        return RawArrays(x[:1000], y[:1000], x[1000:], y[1000:], layout="image", source="generated")


    DATASETS = (DatasetSpec("stripes", "a bright row or column: 8×8 pixels, 2 classes", "image", load_stripes),)

It then trains with `python -m bench run --dataset stripes`. Nothing is read or generated until `load` is called.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.data.dataset import RawArrays
from bench.networks.registry import DataLayout
from bench.settings import Scaling


@dataclass(frozen=True)
class DatasetSpec:
    """One named data set.

    Attributes:
        name: what `--dataset` takes, lower case.
        summary: one line for lists, with the shape of one example and the number of classes.
        layout: the data's own layout, `image`, `sequence` or `tokens`.
        load: returns the arrays; raises DataError if they are missing or altered.
        scaling: how it is scaled where nothing is asked for, if not as `own_scaling` has it for its layout.
    """

    name: str
    summary: str
    layout: DataLayout
    load: Callable[[], RawArrays]
    scaling: Scaling | None = None


@functools.cache
def builtin_datasets() -> Mapping[str, DatasetSpec]:
    """Return every named data set, ordered by module name, then by position in the module."""
    package = importlib.import_module("bench.data.sets")
    names = (info.name for info in pkgutil.iter_modules(package.__path__))
    modules = (importlib.import_module(f"{package.__name__}.{name}") for name in names)
    return {spec.name: spec for module in modules for spec in getattr(module, "DATASETS", ())}
