"""A budget of pairs that can decide nothing is refused with the one that can."""

import numpy as np
import pytest

from bench.errors import ConfigError
from bench.gate.judgement.two_stages import confirmed, is_flagged, min_fresh, run_test
from bench.gate.measurement.budget import check_budget


@pytest.mark.parametrize(
    ("pairs", "fresh", "expected"),
    [
        (3, 22, "--pairs 5 --confirm-pairs 22"),
        (4, 22, "--pairs 5 --confirm-pairs 22"),
        (5, 5, "--pairs 5 --confirm-pairs 7"),
        (1, 1, "--pairs 5 --confirm-pairs 7"),
    ],
)
def test_a_budget_that_can_fail_nothing_is_refused_with_one_that_can(make_case, pairs, fresh, expected):
    with pytest.raises(ConfigError, match=f"{pairs} pairs and {fresh} fresh ones .* at least {expected}$"):
        check_budget(pairs, fresh, [make_case("cnn")])


def test_the_smallest_budget_that_is_taken_fails_a_head_that_is_half_as_fast(make_case):
    check_budget(5, 7, [make_case("cnn")])
    generator = np.random.default_rng(1)
    screen, fresh = (generator.normal(np.log(2), 0.05, num) for num in (5, 7))
    assert is_flagged(screen, 0.02)
    assert confirmed({"throughput": run_test(np.concatenate([screen, fresh]), 0.02)}, 5) == {"throughput"}


def test_many_cases_and_a_stored_baseline_take_more(make_case):
    cases = [make_case("cnn", batch_size=size) for size in range(1, 65)]
    assert min_fresh(5, 5 * 64) == 10  # 15 pairs: 2⁻¹⁵ is below 0.01 / 320
    check_budget(5, 10, cases)
    with pytest.raises(ConfigError, match=r"--confirm-pairs 10$"):
        check_budget(5, 9, cases)
    check_budget(5, 5, [make_case("cnn")], num_base=12)
    with pytest.raises(ConfigError, match=r"--confirm-pairs 13$"):
        check_budget(5, 12, cases, num_base=5)  # of 5 and 18 trials there are 33,649 orders, and 320 tests take 32,000
