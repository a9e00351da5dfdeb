"""The bundled sequences are the published ones: checksums, sizes, licences, and what an altered file comes to."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from bench.data.load import load_dataset
from bench.data.sets.bundled_sequences import (
    FOLDER,
    JAPANESE_VOWELS_SHA256,
    SPOKEN_DIGITS_SHA256,
    WORD_LANGUAGES_SHA256,
    load_japanese_vowels,
    load_spoken_digits,
    load_word_languages,
)
from bench.errors import DataError

FILES = {
    "spoken-digits.npz": (load_spoken_digits, SPOKEN_DIGITS_SHA256),
    "japanese-vowels.npz": (load_japanese_vowels, JAPANESE_VOWELS_SHA256),
    "word-languages.tsv": (load_word_languages, WORD_LANGUAGES_SHA256),
}


@pytest.mark.parametrize(
    ("name", "shape", "halves", "lengths", "vocabulary", "sha256"),
    [
        ("spoken-digits", (92, 13), (2400, 600), (6, 17, 92), None, "4bc9d541"),
        ("japanese-vowels", (29, 12), (270, 370), (7, 15, 29), None, "170682d0"),
        ("word-languages", (20,), (30_000, 5_000), (4, 7, 20), 62, "4cb869f2"),
    ],
)
def test_sizes_lengths_and_hash_are_known(name, shape, halves, lengths, vocabulary, sha256):
    info = load_dataset(name).info
    assert info.example_shape == shape
    assert (info.num_train, info.num_test) == halves
    assert (info.lengths.shortest, info.lengths.median, info.lengths.longest) == lengths
    assert info.vocabulary == vocabulary
    assert info.is_padded
    assert info.sha256.startswith(sha256)


def test_nine_men_speak_as_often_as_published():
    data = load_japanese_vowels()
    assert np.bincount(data.y_train).tolist() == [30] * 9
    assert np.bincount(data.y_test).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]


def test_words_are_letters_in_their_order_and_each_language_tests_500():
    data = load_word_languages()
    languages, counts = np.unique(data.y_test, return_counts=True)
    assert languages.tolist() == ["de", "en", "es", "fi", "fr", "it", "nl", "pl", "sv", "tr"]
    assert counts.tolist() == [500] * 10
    first, same = data.x_train[0], data.x_train[0, :4]  # "eine"
    assert same[0] == same[3]
    assert not first[4:].any()
    assert data.lengths_train[0] == 4


@pytest.mark.parametrize("file", FILES)
def test_authors_licence_and_checksum_are_beside_the_copy(file):
    text = FOLDER.joinpath("SEQUENCES-LICENSES.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {file} ")]
    assert FILES[file][1] in row
    assert "CC BY" in row


@pytest.mark.parametrize("file", FILES)
def test_one_flipped_bit_is_a_checksum_error(tmp_path, file):
    load, sha256 = FILES[file]
    altered = tmp_path / file
    shutil.copy(FOLDER / file, altered)
    content = bytearray(altered.read_bytes())
    content[100_000] ^= 1
    altered.write_bytes(content)
    with pytest.raises(DataError, match=f"expected sha256 {sha256}, .* install the package again"):
        load(tmp_path)
