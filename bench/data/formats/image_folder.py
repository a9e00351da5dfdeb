"""Reads images from one folder a class, as `keras.utils.image_dataset_from_directory` does, with or without halves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES, check_size
from bench.errors import DataError

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
_TRAINING, _TESTING = ("train", "training"), ("test", "testing", "val", "valid", "validation")
_CHANNELS = 3
_GREY = frozenset({"1", "L", "LA"})
_DEEP = ("I", "F")  # how Pillow's names of modes begin that hold more than 8 bits a pixel


def has_image_classes(folder: Path) -> bool:
    """Tell whether a folder holds folders of images, or such halves."""
    return bool(_list_images(folder) or _list_images(_find_half(folder, _TRAINING)))


def read_image_folder(folder: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read `CLASS/*.png`, or `train/CLASS/*.png` beside `test/CLASS/*.png`; uint8, in grey or three colours.

    Images of other sizes are resized (bilinear) to the size that most of the training images have.

    Raises:
        DataError: if an image is damaged or has more than 8 bits a channel, a folder of a class has none, or all
            together take more than `limit_bytes`.
    """
    training = _find_half(folder, _TRAINING)
    testing = _find_half(folder, _TESTING) if training else None
    halves = [_list_images(training or folder), _list_images(testing)]
    _check_classes(training or folder, halves[0])
    sizes = [_read_size(path) for path, _ in halves[0]]
    (rows, columns), count = Counter(size for size, _ in sizes).most_common(1)[0]
    is_grey = all(grey for _, grey in sizes)
    num_images = sum(map(len, halves))
    check_size(str(folder), "the images", num_images * rows * columns * (1 if is_grey else _CHANNELS), limit_bytes)
    x_train, y_train = _read_half(halves[0], (rows, columns), is_grey)
    x_test, y_test = _read_half(halves[1], (rows, columns), is_grey) if halves[1] else (None, None)
    resized = "" if count == len(sizes) else f", others resized to {rows} × {columns} pixels"
    return RawArrays(x_train, y_train, x_test, y_test, "image", f"images by folder of {folder.name}{resized}")


def _find_half(folder: Path, names: Sequence[str]) -> Path | None:
    """Return the folder of one half, which has folders of classes; one with images is a class of that name."""
    halves = (path for path in sorted(folder.iterdir()) if path.is_dir() and path.name.lower() in names)
    return next((half for half in halves if _list_images(half)), None)


def _list_images(folder: Path | None) -> list[tuple[Path, str]]:
    """Return each image with its class, in order; none where no folder within holds images."""
    if folder is None:
        return []
    classes = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    return [(path, one.name) for one in classes for path in sorted(one.iterdir()) if path.suffix.lower() in _SUFFIXES]


def _check_classes(folder: Path, images: Sequence[tuple[Path, str]]) -> None:
    """Refuse a folder without images: a class would be left out that nobody misses."""
    found = {name for _, name in images}
    empty = [
        path.name
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith(".") and path.name not in found
    ]
    if empty:
        raise DataError(
            f"{folder}: expected images ({', '.join(sorted(_SUFFIXES))}) in the folder of each class, received none in "
            f"{', '.join(empty[:5])}; add some, or move what is no class elsewhere"
        )


def _read_size(path: Path) -> tuple[tuple[int, int], bool]:
    """Return an image's rows and columns, and whether it has no colours."""
    with _open(path) as image:
        return (image.height, image.width), image.mode in _GREY or image.mode.startswith(_DEEP)


def _read_half(
    images: Sequence[tuple[Path, str]], size: tuple[int, int], is_grey: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
    x = np.stack([_read_image(path, size, is_grey) for path, _ in images])
    return x, np.asarray([name for _, name in images])


def _read_image(path: Path, size: tuple[int, int], is_grey: bool) -> npt.NDArray[np.uint8]:
    from PIL import Image  # noqa: PLC0415 - as below

    with _open(path) as image:
        if image.mode.startswith(_DEEP):
            # Pillow would cut them off at 255: most of such an image becomes white.
            raise DataError(
                f"{path}: expected 8 bits a channel, received Pillow's mode {image.mode}; save the images in 8 "
                "bits, or all pixels as integers in an npz file"
            )
        try:
            pixels = image.convert("L" if is_grey else "RGB")
            if (pixels.height, pixels.width) != size:
                pixels = pixels.resize((size[1], size[0]), Image.Resampling.BILINEAR)
            values = np.asarray(pixels, dtype=np.uint8)
        except OSError as error:
            raise DataError(f"{path}: expected an intact image, received {error}; remove it") from error
    return values[..., np.newaxis] if is_grey else values


def _open(path: Path) -> Any:
    from PIL import Image  # noqa: PLC0415 - comes with matplotlib; other formats do not need it

    try:
        return Image.open(path)
    except (OSError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: expected an image, received {error}; remove it") from error
