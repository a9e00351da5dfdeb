from __future__ import annotations

import pytest

from bench.host.ceilings.cuda_libraries import find_missing_libraries

BUILD = {"is_cuda_build": True, "cuda_version": "12.5.1", "cudnn_version": "9"}


def load_nothing(name):
    raise OSError(f"{name}: cannot open shared object file: No such file or directory")


def test_a_library_that_nothing_brings_is_missing_by_name(tmp_path):
    missing = find_missing_libraries(BUILD, load_nothing, tmp_path)
    assert missing == (
        "libcuda.so.1", "libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11",
        "libcusolver.so.11", "libcusparse.so.12", "libcudnn.so.9",
    )  # fmt: skip


def test_a_wheel_brings_its_libraries_but_never_the_driver(tmp_path):
    for name in ("cudnn/lib/libcudnn.so.9", "cuda_runtime/lib/libcudart.so.12", "driver/lib/libcuda.so.1"):
        path = tmp_path / "nvidia" / name
        path.parent.mkdir(parents=True)
        path.write_text("")
    missing = find_missing_libraries(BUILD, load_nothing, tmp_path)
    assert "libcuda.so.1" in missing
    assert not {"libcudnn.so.9", "libcudart.so.12"} & set(missing)


def test_a_library_of_the_system_is_not_missing(tmp_path):
    assert find_missing_libraries(BUILD, lambda _: None, tmp_path) == ()


@pytest.mark.parametrize("build", [{}, {"is_cuda_build": False, "cuda_version": "12"}])
def test_a_build_without_cuda_needs_none(build, tmp_path):
    assert find_missing_libraries(build, load_nothing, tmp_path) == ()
