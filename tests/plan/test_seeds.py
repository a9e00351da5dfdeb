"""Seeds as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ConfigError
from bench.plan.seeds import MAX_SEEDS, parse_seeds


@pytest.mark.parametrize(
    ("written", "seeds"),
    [
        (5, (0, 1, 2, 3, 4)),
        ("5", (0, 1, 2, 3, 4)),
        ("0-4", (0, 1, 2, 3, 4)),
        ("3-5", (3, 4, 5)),
        ("1,7", (1, 7)),
        ("7,", (7,)),
        ("0-1, 9", (0, 1, 9)),
        ([1, 7], (1, 7)),
    ],
)
def test_a_count_a_range_and_a_list_stand_for_seeds(written, seeds):
    assert parse_seeds(written) == seeds


@pytest.mark.parametrize(
    "written",
    ["", "0", 0, "4-0", "x", "1,,2", "-3", "1.5", True, None, [], [True], ["1"], "1,1", [2, 2], 2**32, "5000000000,"],
)
def test_what_is_no_seed_list_is_refused_with_the_forms(written):
    with pytest.raises(ConfigError, match="seeds: "):
        parse_seeds(written)


@pytest.mark.parametrize("written", [MAX_SEEDS + 1, f"0-{MAX_SEEDS}", "0-9999999999"])
def test_a_huge_range_is_refused_before_it_is_built(written):
    with pytest.raises(ConfigError, match="at most 10,000 seeds"):
        parse_seeds(written)


@given(st.text(max_size=30))
def test_any_text_gives_distinct_seeds_or_a_clear_error(text):
    try:
        seeds = parse_seeds(text)
    except ConfigError as error:
        assert "seeds: " in str(error)
    else:
        assert seeds
        assert len(set(seeds)) == len(seeds)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=20, unique=True))
def test_a_list_reads_back_as_it_was_written(seeds):
    assert parse_seeds(",".join(map(str, seeds))) == tuple(seeds)
