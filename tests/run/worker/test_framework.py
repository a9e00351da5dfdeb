"""What a worker tells a backend before it is imported, and what it asks of it after; the backends are stand-ins."""

import importlib
import os
import sys
from types import SimpleNamespace

import pytest

from bench.errors import DeviceError
from bench.host.devices import device_settings
from bench.run.worker.framework import (
    configure,
    configure_jax,
    configure_tensorflow,
    configure_torch,
    prepare_variables,
)


@pytest.fixture
def environ(monkeypatch):
    """The environment variables as a worker finds them, none of which is this process's."""
    variables = {}
    monkeypatch.setattr("bench.run.worker.framework.os", SimpleNamespace(environ=variables))
    return variables


@pytest.mark.parametrize(("device", "expected"), [("cpu", "cpu"), ("cpu:2", "cpu"), ("gpu", "cuda"), ("gpu:1", "cuda")])
@pytest.mark.parametrize("inherited", [{}, {"KERAS_TORCH_DEVICE": "mps"}])
def test_keras_is_told_the_cases_device_whatever_stood_there(environ, make_case, device, expected, inherited):
    environ.update(inherited)
    prepare_variables(make_case("lstm", backend="torch", device=device), device_settings(device))
    assert environ["KERAS_TORCH_DEVICE"] == expected


def test_a_training_on_a_cpu_sees_no_gpu(environ, make_case):
    prepare_variables(make_case("lstm", backend="jax"), device_settings("cpu"))
    assert (environ["CUDA_VISIBLE_DEVICES"], environ["JAX_PLATFORMS"]) == ("-1", "cpu")


@pytest.mark.parametrize(
    ("device", "inherited", "left"),
    [
        ("gpu", None, "0"),
        ("gpu:1", None, "1"),
        ("gpu:1", "3,2", "2"),
        ("gpu", "GPU-aa, GPU-bb", "GPU-aa"),
        ("gpu:1", "GPU-aa, GPU-bb", "GPU-bb"),
        ("gpu:2", "3,2", "-1"),
    ],
)
def test_jax_sees_the_cases_gpu_alone(environ, make_case, device, inherited, left):
    if inherited is not None:
        environ["CUDA_VISIBLE_DEVICES"] = inherited
    prepare_variables(make_case("lstm", backend="jax", device=device), device_settings(device))
    assert environ["CUDA_VISIBLE_DEVICES"] == left
    assert "JAX_PLATFORMS" not in environ


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_a_backend_that_keeps_to_its_gpu_goes_on_seeing_all(environ, make_case, backend):
    prepare_variables(make_case("lstm", backend=backend, device="gpu:1"), device_settings("gpu:1"))
    assert "CUDA_VISIBLE_DEVICES" not in environ


class JaxDevice(SimpleNamespace):
    """One of JAX's devices, which names itself by its number."""

    def __str__(self):
        return self.name


@pytest.fixture
def install_jax(monkeypatch):
    """Return what puts a JAX with the given devices in the place of the real one."""

    def install(*devices):
        settings = {}
        jax = SimpleNamespace(
            __version__="0",
            config=SimpleNamespace(update=settings.__setitem__),
            devices=lambda platform=None: [one for one in devices if platform in (None, one.platform)],
            block_until_ready=None,
        )
        monkeypatch.setitem(sys.modules, "jax", jax)
        return settings

    return install


CPU = JaxDevice(platform="cpu", name="TFRT_CPU_0")
GPU = JaxDevice(platform="gpu", name="cuda:0", device_kind="NVIDIA H100", memory_stats=lambda: {"peak_bytes_in_use": 7})


def test_jax_takes_the_one_gpu_that_it_was_left_and_the_journal_names_its_kind(install_jax, make_case):
    settings = install_jax(GPU)
    framework = configure_jax(make_case("lstm", backend="jax", device="gpu:1"), device_settings("gpu:1"))
    assert settings == {"jax_default_device": GPU}
    assert (framework.device_name, framework.peak_device_bytes(), framework.threads) == ("NVIDIA H100", 7, (None, None))


def test_a_gpu_that_jax_does_not_see_is_refused_by_the_cases_name(install_jax, make_case):
    install_jax(CPU)
    with pytest.raises(DeviceError, match="device gpu:1: jax sees 0 GPUs"):
        configure_jax(make_case("lstm", backend="jax", device="gpu:1"), device_settings("gpu:1"))


@pytest.fixture
def tensorflow(monkeypatch):
    """A TensorFlow that sees one GPU; `told` is what it was told, name by name."""
    told = {}

    def note(name):
        return lambda *values: told.setdefault(name, values)

    threading = SimpleNamespace(
        set_intra_op_parallelism_threads=note("intra"), set_inter_op_parallelism_threads=note("inter"),
        get_intra_op_parallelism_threads=lambda: 0, get_inter_op_parallelism_threads=lambda: 0,
    )  # fmt: skip
    config = SimpleNamespace(
        threading=threading, list_physical_devices=lambda _: ["GPU:0"], set_visible_devices=note("visible"),
        experimental=SimpleNamespace(set_memory_growth=note("growth"), enable_op_determinism=note("deterministic")),
        list_logical_devices=lambda kind: [SimpleNamespace(name=f"/device:{kind}:0")],
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(__version__="0", config=config, told=told))
    return told


@pytest.mark.parametrize(
    ("device", "options", "told"),
    [
        ("cpu", {}, {"visible": ([], "GPU")}),
        ("cpu:2", {"deterministic": True}, {"intra": (2,), "inter": (2,), "visible": ([], "GPU"), "deterministic": ()}),
        ("cpu", {"intra_op_threads": 1}, {"intra": (1,), "visible": ([], "GPU")}),
        ("gpu", {}, {"visible": ("GPU:0", "GPU"), "growth": ("GPU:0", True)}),
    ],
)
def test_tensorflow_is_told_the_cases_device_threads_and_determinism(tensorflow, make_case, device, options, told):
    configure_tensorflow(make_case("lstm", device=device, **options), device_settings(device))
    assert tensorflow == told


@pytest.fixture
def macos(monkeypatch):
    """A system that binds no process to cores."""
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)


@pytest.fixture
def linux(monkeypatch):
    """A system that binds processes to cores."""
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None, raising=False)


@pytest.mark.usefixtures("linux")
@pytest.mark.parametrize(("device", "threads"), [("cpu:2", (2, None)), ("cpu", (None, None))])
def test_jax_has_the_threads_of_the_cores_that_it_is_bound_to(install_jax, make_case, device, threads):
    install_jax(CPU)
    framework = configure_jax(make_case("lstm", backend="jax", device=device), device_settings(device))
    assert (framework.device_name, framework.threads) == ("TFRT_CPU_0", threads)


@pytest.mark.usefixtures("macos")
def test_a_number_of_threads_that_jax_would_not_keep_to_is_refused(install_jax, make_case):
    install_jax(CPU)
    with pytest.raises(DeviceError, match=r"device cpu:2 expects a system that binds .* ask for cpu, or"):
        configure_jax(make_case("lstm", backend="jax", device="cpu:2"), device_settings("cpu:2"))
    framework = configure_jax(make_case("lstm", backend="jax", device="cpu"), device_settings("cpu"))
    assert framework.threads == (None, None)


@pytest.fixture
def torch(monkeypatch):
    """A PyTorch with two GPUs, which keeps which one it was given."""
    chosen = []
    cuda = SimpleNamespace(
        device_count=lambda: 2, set_device=chosen.append, get_device_name=lambda: "B", synchronize=None,
        max_memory_allocated=None,
    )  # fmt: skip
    module = SimpleNamespace(
        __version__="0", cuda=cuda, get_num_threads=lambda: 2, get_num_interop_threads=lambda: 1, chosen=chosen
    )
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setattr("bench.run.worker.framework.load_torch", lambda: None)
    return module


def test_pytorchs_current_gpu_is_the_cases(torch, make_case):
    framework = configure_torch(make_case("lstm", backend="torch", device="gpu:1"), device_settings("gpu:1"))
    assert (torch.chosen, framework.device_name) == ([1], "B")


@pytest.mark.usefixtures("torch")
def test_keras_imports_no_tables_which_a_network_may_still_do(monkeypatch, tmp_path, make_case):
    for name in ("pandas", "keras"):
        monkeypatch.setitem(sys.modules, name, None)  # so that what is imported in its place goes at the end
        del sys.modules[name]
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "pandas.py").write_text("")
    (tmp_path / "keras.py").write_text(
        "try:\n    import pandas\nexcept ImportError:\n    pandas = None\n"
        "class config:\n    set_image_data_format = set_floatx = set_dtype_policy = staticmethod(lambda _: None)\n"
        "class utils:\n    set_random_seed = staticmethod(lambda _: None)\n"
    )
    configure(make_case("lstm", backend="torch"), 0, device_settings("cpu"))
    assert sys.modules["keras"].pandas is None
    assert importlib.import_module("pandas").__file__ == str(tmp_path / "pandas.py")
