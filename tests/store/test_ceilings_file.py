from __future__ import annotations

import pytest

from bench.errors import StoreError
from bench.host.ceilings.ceilings import Ceiling, Ceilings
from bench.store.ceilings_file import CEILINGS_FILE, read_ceilings, write_ceilings


def make_ceilings(device="cpu", flops=1e11):
    ceiling = Ceiling(
        device=device, gemm_flops_per_s=flops, lstm_gemm_flops_per_s=5e10, bandwidth_bytes_per_s=1e10, tf32=False
    )
    return Ceilings(tensorflow="2.21.0", devices=(ceiling,))


def test_a_run_without_ceilings_has_none(tmp_path):
    assert read_ceilings(tmp_path) == {}


def test_ceilings_read_back_for_every_machine_of_a_run(tmp_path):
    write_ceilings(tmp_path, "aaaaaaaaaaaa", make_ceilings())
    write_ceilings(tmp_path, "bbbbbbbbbbbb", make_ceilings("gpu", 4e13))
    assert read_ceilings(tmp_path) == {"aaaaaaaaaaaa": make_ceilings(), "bbbbbbbbbbbb": make_ceilings("gpu", 4e13)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ('{"schema":1}', "key machines is missing"),
        ('{"schema":2,"machines":{}}', "newer than this program reads"),
        ('{"schema":1,"machines":{"a":{"tensorflow":"2","devices":[{"device":"cpu"}]}}}', "is missing"),
        ('{"schema":1,"machines":{"a":{"tensorflow":"2","devices":[{"device":"cpu","gemm_flops_per_s":0,'
         '"lstm_gemm_flops_per_s":1,"bandwidth_bytes_per_s":1,"tf32":false}]}}}', "greater than 0"),
        ('{"schema":1,"machines":{},"more":1}', "unknown key more"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_by_name(tmp_path, text, words):
    (tmp_path / CEILINGS_FILE).write_text(text)
    with pytest.raises(StoreError, match=words) as caught:
        read_ceilings(tmp_path)
    assert CEILINGS_FILE in str(caught.value)


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / CEILINGS_FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        read_ceilings(tmp_path)
