"""The command that adds an extra fits how the program was installed: from a checkout, an index, or a file."""

import json
from pathlib import Path

import pytest

from bench.install_hint import word_install


class Distribution:
    """An installed package, of which one file can be read."""

    def __init__(self, origin):
        self.origin = origin

    def read_text(self, name):
        assert name == "direct_url.json"
        return self.origin and json.dumps(self.origin)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, "python -m pip install 'rnn-or-cnn[dask]'"),
        ({"url": "file:///a%20b", "dir_info": {"editable": True}}, "python -m pip install -e '/a b[dask]'"),
        (
            {"url": "https://x.org/rnn.whl", "archive_info": {}},
            "python -m pip install 'rnn-or-cnn[dask] @ https://x.org/rnn.whl'",
        ),
    ],
)
def test_the_command_names_what_was_installed(origin, expected):
    assert word_install("dask", Distribution(origin)) == expected


def test_the_checkout_that_one_stands_in_is_a_dot():
    origin = {"url": Path.cwd().as_uri(), "dir_info": {"editable": True}}
    assert word_install("dask", Distribution(origin)) == "python -m pip install -e '.[dask]'"
