"""What a tracker is, which there are, and what each needs installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.errors import ConfigError, suggest
from bench.install_hint import word_install
from bench.plan.backends import is_installed
from bench.store.records import Journal

TRACKERS_FOLDER = "trackers"


class Tracker(Protocol):
    """Takes copies of ended trials."""

    def copy(self, journal: Journal) -> None:
        """Copy one trial; whatever it raises is shown once and ends this tracker's part in the run."""


@dataclass(frozen=True)
class TrackerSpec:
    """One tracker: the package that it imports, the extra that installs it, and the module that holds `open_tracker`.

    `open_tracker` is called as `open_tracker(folder)` with a folder of its own, and imports the package only then.
    """

    name: str
    package: str
    extra: str
    module: str
    summary: str


_SPECS = (
    TrackerSpec("tensorboard", "tensorboardX", "tensorboard", "tensorboard", "event files; show with `tensorboard`"),
    TrackerSpec(
        "mlflow", "mlflow", "mlflow", "mlflow", "a database in the run's folder, or where MLFLOW_TRACKING_URI says"
    ),
    TrackerSpec("wandb-offline", "wandb", "wandb", "wandb_offline", "an offline run to upload with `wandb sync`"),
)


def builtin_trackers() -> Mapping[str, TrackerSpec]:
    """Return every tracker by name."""
    return {spec.name: spec for spec in _SPECS}


def check_trackers(names: Sequence[str], has_module: Callable[[str], bool] = is_installed) -> tuple[TrackerSpec, ...]:
    """Return the named trackers, before any training.

    Args:
        names: what `--tracker` names.
        has_module: tells whether a package is installed, without importing it.

    Raises:
        ConfigError: a tracker is unknown, or its package is not installed.
    """
    known = builtin_trackers()
    for name in names:
        if name not in known:
            raise ConfigError(f"--tracker: expected one of {', '.join(known)}, received {name!r}{suggest(name, known)}")
    specs = tuple(known[name] for name in dict.fromkeys(names))
    for spec in specs:
        if not has_module(spec.package):
            raise ConfigError(
                f"--tracker {spec.name}: package {spec.package} is not installed; "
                f"install it with `{word_install(spec.extra)}`"
            )
    return specs


def open_tracker(spec: TrackerSpec, run_folder: Path) -> Tracker:
    """Import a tracker's package and open it on a folder of its own inside the run's."""
    folder = run_folder / TRACKERS_FOLDER / spec.name
    folder.mkdir(parents=True, exist_ok=True)
    tracker: Tracker = importlib.import_module(f"bench.reports.trackers.{spec.module}").open_tracker(folder)
    return tracker
