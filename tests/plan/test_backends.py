"""A backend that is not installed is refused before anything trains."""

import pytest

from bench.errors import ConfigError
from bench.install_hint import word_install
from bench.plan.backends import check_backend, is_installed


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_missing_extra_is_refused_with_the_command_that_installs_it(backend):
    with pytest.raises(ConfigError) as caught:
        check_backend(backend, has_module=lambda _: False)
    assert str(caught.value) == f"backend {backend} is not installed; install it with `{word_install(backend)}`"


def test_an_installed_backend_passes():
    check_backend("jax", has_module={"jax"}.__contains__)


def test_a_module_is_sought_without_importing_it(tmp_path, monkeypatch):
    (tmp_path / "loud_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert is_installed("loud_module")
    assert not is_installed("no_such_module")
