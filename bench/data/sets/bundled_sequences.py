"""The bundled sequences: sound, a time series, and words, each with the split and the checksum of its source.

Authors and licences: see SEQUENCES-LICENSES.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.checksum import check_file_sha256
from bench.data.dataset import RawArrays
from bench.data.formats.npz import read_named_arrays
from bench.data.padding import LengthArray, pad_series, split_series
from bench.data.registry import DatasetSpec

FOLDER = Path(__file__).parent
_REMEDY = "install the package again"
SPOKEN_DIGITS_SHA256 = "5c6640cd447dfbdbcb8a228307187b8de8c72f5165cb87c2a867544aaf7ab854"
JAPANESE_VOWELS_SHA256 = "d8f12f806deb77a08663156c4bd163dea20b767f7736a24664506dbed0490c9b"
WORD_LANGUAGES_SHA256 = "b1466ccabe485c1260affa0078c22c72a09c5c5cd6777d3e4521e1647b540c27"
_NUM_SPOKEN_TRAIN = 2400
_EVERY_NTH_WORD_TESTS = 7


def load_spoken_digits(folder: Path = FOLDER) -> RawArrays:
    """Load 2,400 + 600 spoken digits: x float32 (num_examples, 92, 13), y (num_examples,), 6 to 92 frames each.

    The file's order is shuffled, and all six speakers are in both halves.

    Raises:
        DataError: if the bundled file is missing or not the published one.
    """
    path = folder / "spoken-digits.npz"
    check_file_sha256(path, SPOKEN_DIGITS_SHA256, _REMEDY)
    arrays: dict[str, Any] = read_named_arrays(path, ("frames", "lengths", "labels"))
    source = "bundled; Free Spoken Digit Dataset, Zohar Jackson and others, CC BY-SA 4.0"
    return _split(arrays, _NUM_SPOKEN_TRAIN, source)


def load_japanese_vowels(folder: Path = FOLDER) -> RawArrays:
    """Load 270 + 370 utterances: x float64 (num_examples, 29, 12), y (num_examples,), 7 to 29 steps each.

    Split as published. Raises as `load_spoken_digits`.

    Source: M. Kudo, J. Toyama, M. Shimbo, Multidimensional curve classification using passing-through regions, Pattern
    Recognition Letters 20(11–13), 1999.
    """
    path = folder / "japanese-vowels.npz"
    check_file_sha256(path, JAPANESE_VOWELS_SHA256, _REMEDY)
    arrays: dict[str, Any] = read_named_arrays(path, ("frames", "lengths", "labels", "num_train"))
    source = "bundled; Kudo, Toyama and Shimbo, UCI, doi 10.24432/C5NS47, CC BY 4.0"
    return _split(arrays, int(arrays["num_train"]), source)


def load_word_languages(folder: Path = FOLDER) -> RawArrays:
    """Load 30,000 + 5,000 words as letters: x uint8 (num_examples, 20), y their language's code, 4 to 20 letters each.

    Every seventh line of the file tests. Letters are numbered from 1 in the order of their code points, and 0 pads.
    Raises as `load_spoken_digits`.
    """
    path = folder / "word-languages.tsv"
    check_file_sha256(path, WORD_LANGUAGES_SHA256, _REMEDY)
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    words, codes = [word for word, _ in lines], [code for _, code in lines]
    letters = {letter: number for number, letter in enumerate(sorted(set("".join(words))), start=1)}
    ids = [np.array([letters[letter] for letter in word], dtype=np.uint8) for word in words]
    lengths = np.array([len(word) for word in words])
    x, y = pad_series(ids, int(lengths.max())), np.array(codes)
    tests = np.arange(1, len(words) + 1) % _EVERY_NTH_WORD_TESTS == 0
    return RawArrays(
        x[~tests], y[~tests], x[tests], y[tests], layout="tokens",
        source="bundled; drawn from wordfreq 3.1.1, Robyn Speer, CC BY-SA 4.0",
        lengths_train=lengths[~tests], lengths_test=lengths[tests], vocabulary=len(letters) + 1,
    )  # fmt: skip


def _split(arrays: dict[str, Any], num_train: int, source: str) -> RawArrays:
    """Pad series that stand one after the other, the training examples first."""
    lengths: LengthArray = arrays["lengths"]
    labels: npt.NDArray[np.int64] = arrays["labels"]
    x = pad_series(split_series(arrays["frames"], lengths), int(lengths.max()))
    return RawArrays(
        x[:num_train], labels[:num_train], x[num_train:], labels[num_train:], layout="sequence", source=source,
        lengths_train=lengths[:num_train], lengths_test=lengths[num_train:],
    )  # fmt: skip


DATASETS = (
    DatasetSpec(
        name="spoken-digits",
        summary="spoken digits, bundled: 2,400 + 600 sequences of 6 to 92 steps, 13 features, 10 classes",
        layout="sequence",
        load=load_spoken_digits,
    ),
    DatasetSpec(
        name="japanese-vowels",
        summary="who says /ae/, bundled: 270 + 370 sequences of 7 to 29 steps, 12 features, 9 classes",
        layout="sequence",
        load=load_japanese_vowels,
    ),
    DatasetSpec(
        name="word-languages",
        summary="which language a word is of, bundled: 30,000 + 5,000 words of 4 to 20 letters, 61 letters, 10 classes",
        layout="tokens",
        load=load_word_languages,
    ),
)
