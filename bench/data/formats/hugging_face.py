"""Reads a data set that Hugging Face's `datasets` saved to disk: Arrow streams, and JSON that describes them.

`save_to_disk` writes a folder with `state.json` and `dataset_info.json`, or one such folder for each split of
`dataset_dict.json`. Only pyarrow is needed to read them.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES, check_file_size
from bench.data.formats.npz import natural_layout
from bench.errors import DataError
from bench.install_hint import word_install

_LABELS = ("label", "labels", "target", "class", "fine_label", "coarse_label", "y")
_TESTING = ("test", "validation", "val", "valid")


def is_hugging_face(folder: Path) -> bool:
    """Tell whether `save_to_disk` wrote a folder."""
    return (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file()


def read_hugging_face(folder: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read a data set of one column of labels and one of images or arrays of numbers.

    The split `test`, or else `validation`, is the test half.

    Raises:
        DataError: if pyarrow is missing, a file is damaged, or there are no such columns.
    """
    index = folder / "dataset_dict.json"
    splits = _read_json(index).get("splits", []) if index.is_file() else []
    training = folder / "train" if "train" in splits else folder
    if splits and training == folder:
        raise DataError(f"{folder}: expected a split named train, received {', '.join(map(str, splits))}")
    testing = next((folder / name for name in _TESTING if name in splits), None)
    x_train, y_train, label = _read_split(training, limit_bytes)
    x_test, y_test, _ = _read_split(testing, limit_bytes) if testing else (None, None, label)
    source = f"Hugging Face data set {folder.name}"
    names = _read_label_names(training, label)
    return RawArrays(x_train, y_train, x_test, y_test, natural_layout(x_train), source, names)


def _read_split(folder: Path, limit_bytes: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], str]:
    table = _read_arrow(folder, limit_bytes)
    names = table.column_names
    label = next((name for name in _LABELS if name in names), None)
    if label is None:
        raise DataError(f"{folder}: expected a column named {', '.join(_LABELS)}, received {', '.join(names)}")
    others = [name for name in names if name != label and _is_readable(table.schema.field(name).type)]
    if len(others) != 1:
        raise DataError(
            f"{folder}: expected one column of images or arrays beside {label!r}, received "
            f"{', '.join(others) or 'none'} of {', '.join(names)}; leave the others out, and turn "
            "text into token ids first"
        )
    x = _read_examples(f"{folder}: {others[0]}", table[others[0]].to_pylist())
    return x, np.asarray(table[label].to_pylist()), label


def _read_arrow(folder: Path, limit_bytes: int) -> Any:
    try:
        import pyarrow  # noqa: PLC0415 - an extra, which other formats do not need
    except ModuleNotFoundError:
        how = word_install("huggingface")
        raise DataError(f"{folder}: reading a Hugging Face data set needs pyarrow; add it with `{how}`") from None
    state = _read_json(folder / "state.json")
    if not state.get("_data_files"):
        raise DataError(f"{folder}: expected state.json to name data files, received none; save the data set again")
    files = [folder / Path(str(one["filename"])).name for one in state["_data_files"]]
    for file in files:
        check_file_size(file, limit_bytes)
    try:
        return pyarrow.concat_tables([pyarrow.ipc.open_stream(file.read_bytes()).read_all() for file in files])
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: expected intact Arrow files, received {error}; save the data set again") from error


def _is_readable(kind: Any) -> bool:
    """Tell images, which are a structure of bytes and a path, and arrays of numbers from all else."""
    text = str(kind)
    is_array = text.startswith(("list<", "large_list<", "fixed_size_list<", "extension<"))
    return text.startswith("struct<bytes: binary") or (is_array and "string" not in text)


def _read_examples(where: str, values: list[Any]) -> npt.NDArray[Any]:
    if not values:
        raise DataError(f"{where}: expected examples, received none; leave the empty split out")
    if isinstance(values[0], dict):
        values = [_read_image(where, value.get("bytes")) for value in values]
    try:
        return np.asarray(values)
    except ValueError:
        raise DataError(
            f"{where}: expected examples of one shape, received several; pad or resize them first"
        ) from None


def _read_image(where: str, content: bytes | None) -> npt.NDArray[np.uint8]:
    from PIL import Image  # noqa: PLC0415 - comes with matplotlib; other formats do not need it

    if content is None:
        raise DataError(f"{where}: expected the images' bytes in the data set, received paths; cast and save it again")
    try:
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"), dtype=np.uint8)
    except (OSError, Image.DecompressionBombError) as error:
        raise DataError(f"{where}: expected intact images, received {error}") from error


def _read_label_names(folder: Path, label: str) -> tuple[str, ...]:
    feature = _read_json(folder / "dataset_info.json").get("features", {}).get(label, {})
    names = feature.get("names") if isinstance(feature, dict) else None
    return tuple(map(str, names or ()))


def _read_json(path: Path) -> dict[str, Any]:
    check_file_size(path, 16 << 20)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected JSON, received {error}; save the data set again") from error
    if not isinstance(value, dict):
        raise DataError(f"{path}: expected a JSON object, received a {type(value).__name__}; save the data set again")
    return value
