"""An error of a user's network is told by its line, and another is left as it is."""

import sys

import pytest

from bench.networks.guest_errors import NetworkError, named_errors


def test_an_error_in_a_step_names_the_network_and_its_line(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_step.py").write_text("def forward(x):\n    raise RuntimeError('no such x')\n")
    import own_step  # noqa: PLC0415 - written above

    message = r"model 'own_step:Net' raised RuntimeError at own_step.py, line 2, in forward on training it: no such x; "
    with pytest.raises(NetworkError, match=message), named_errors("own_step:Net", "own_step", "training it"):
        own_step.forward(1)
    del sys.modules["own_step"]


def test_an_error_of_other_code_is_left_as_it_is():
    with pytest.raises(ZeroDivisionError), named_errors("own_step:Net", "own_step", "training it"):
        1 / 0  # noqa: B018 - it raises
