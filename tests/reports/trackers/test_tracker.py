from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import ConfigError
from bench.reports.trackers.tracker import builtin_trackers, check_trackers, open_tracker


def test_a_tracker_whose_package_is_missing_is_refused_with_the_command_that_installs_it() -> None:
    with pytest.raises(
        ConfigError, match=r"package mlflow is not installed; install it with `.*pip install .*\[mlflow\]"
    ):
        check_trackers(["mlflow"], has_module=lambda _: False)


def test_an_unknown_tracker_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="received 'tensorbord'; did you mean 'tensorboard'"):
        check_trackers(["tensorbord"])


def test_a_tracker_named_twice_is_one(tmp_path: Path) -> None:
    (spec,) = check_trackers(["tensorboard", "tensorboard"], has_module=lambda _: True)
    assert spec is builtin_trackers()["tensorboard"]
    open_tracker(spec, tmp_path)
    assert (tmp_path / "trackers" / "tensorboard").is_dir()
