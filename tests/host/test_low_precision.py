from __future__ import annotations

import pytest

from bench.host.low_precision import find_instructions, is_imitated


@pytest.mark.parametrize(
    ("precision", "kind", "flags", "found"),
    [
        ("mixed_bfloat16", "x86_64", ("avx2", "avx512_bf16", "amx_bf16"), ("avx512_bf16", "amx_bf16")),
        ("mixed_bfloat16", "x86_64", ("avx2", "avx512f"), ()),
        ("mixed_float16", "x86_64", ("avx2", "avx512_bf16"), ()),
        ("mixed_float16", "x86_64", ("avx512_fp16",), ("avx512_fp16",)),
        ("mixed_bfloat16", "aarch64", ("asimd", "bf16"), ("bf16",)),
        ("mixed_bfloat16", "arm64", ("neon",), None),  # macOS, which lists nothing
        ("mixed_bfloat16", "x86_64", (), None),
        ("float32", "x86_64", ("avx2",), None),
        ("float64", "x86_64", ("avx2",), None),
    ],
)
def test_a_precision_is_imitated_where_the_processor_lists_other_instructions_alone(
    environment, precision, kind, flags, found
):
    here = environment.model_copy(update={"machine": kind, "cpu_flags": flags})
    assert find_instructions(precision, here) == found
    assert is_imitated(precision, "cpu", here) == is_imitated(precision, "cpu:2", here) == (found == ())
    assert not is_imitated(precision, "gpu", here)
