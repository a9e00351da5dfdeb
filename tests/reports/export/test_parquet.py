"""Parquet: what it needs, and that missing figures stay missing."""

import pandas as pd
import pytest

from bench.errors import ConfigError
from bench.reports.export import parquet as parquet_export


def test_without_its_package_one_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(parquet_export, "is_installed", lambda _: False)
    with pytest.raises(ConfigError, match=r"pyarrow is not installed; install it with `python -m pip install") as error:
        parquet_export.check_parquet()
    assert "\n" not in str(error.value)


def test_a_missing_figure_is_null_and_text_is_as_it_was(tmp_path):
    frame = pd.DataFrame({"label": ["=1+1", "a|b"], "val_accuracy": [0.5, float("nan")]}).astype({"label": "object"})
    path = parquet_export.write_parquet(tmp_path, "epochs", frame)
    read = pd.read_parquet(path)
    assert list(read["label"]) == ["=1+1", "a|b"]
    assert list(read["val_accuracy"].isna()) == [False, True]
    assert [file.name for file in tmp_path.iterdir()] == ["epochs.parquet"]
