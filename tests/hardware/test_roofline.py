from __future__ import annotations

import pytest

from bench.hardware.roofline import operational_intensity, roof
from bench.networks.flops import LayerSheet


def sheet(*shape):
    return LayerSheet(name="dense", kind="Dense", output_shape=shape, num_params=0, flops=None)


def test_a_layer_by_hand():
    # 10 outputs: 5 passes × 4 bytes × 10 = 200 bytes an example; 20 weights: 10 × 4 × 20 = 800 bytes a step.
    assert operational_intensity(1000, 20, [sheet(10)], batch_size=1) == pytest.approx(1000 / (200 + 800))
    assert operational_intensity(1000, 20, [sheet(2, 5)], batch_size=4) == pytest.approx(4000 / (4 * 200 + 800))


def test_half_precision_halves_the_outputs_and_not_the_weights():
    intensity = operational_intensity(1000, 20, [sheet(10)], 1, "mixed_float16")
    assert intensity == pytest.approx(1000 / (100 + 800))


def test_a_larger_batch_uses_each_weight_for_more_examples():
    small, large = (operational_intensity(35_000_000, 216_426, [sheet(28, 128)], batch) for batch in (32, 1024))
    assert large > small


@pytest.mark.parametrize("unknown", [(None, 20, [sheet(10)]), (1000, None, [sheet(10)]), (1000, 20, []),
                                     (1000, 20, [sheet(None, 5)])])  # fmt: skip
def test_what_is_not_known_has_no_intensity(unknown):
    assert operational_intensity(*unknown, batch_size=32) is None


def test_the_roof_is_memory_below_the_ridge_and_arithmetic_above():
    assert roof(2.0, flops_per_s=100.0, bytes_per_s=10.0) == 20.0
    assert roof(20.0, flops_per_s=100.0, bytes_per_s=10.0) == 100.0
