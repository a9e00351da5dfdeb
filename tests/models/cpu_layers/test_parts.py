# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import pytest

pytestmark = pytest.mark.training


@pytest.mark.parametrize(
    ("batch_size", "rows", "threads", "parts"),
    [
        (None, 16, 2, 2),
        (1, 16, 2, 2),
        (32, 16, 2, 2),
        (64, 16, 2, 4),
        (64, 32, 2, 2),
        (512, 16, 2, 32),
        (2048, 16, 2, 32),
        (32, 16, 16, 16),
    ],
)
def test_a_batch_is_cut_by_its_size_and_the_threads(
    monkeypatch, batch_size: int | None, rows: int, threads: int, parts: int
) -> None:
    import tensorflow as tf

    from bench.models.cpu_layers.parts import count_parts

    monkeypatch.setattr(tf.config.threading, "get_inter_op_parallelism_threads", lambda: threads)
    assert count_parts(batch_size, rows) == parts


def test_a_gpu_takes_a_batch_whole(monkeypatch) -> None:
    import tensorflow as tf

    from bench.models.cpu_layers.parts import count_parts

    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [f"/device:{kind}:0"])
    assert count_parts(512, 16) == 1


@pytest.mark.parametrize(("num_examples", "sizes"), [(8, [3, 3, 2]), (2, [1, 1, 0]), (0, [0, 0, 0])])
def test_parts_hold_every_example_once_and_differ_by_one_at_most(num_examples: int, sizes: list[int]) -> None:
    from bench.models.cpu_layers.parts import part_sizes

    assert part_sizes(num_examples, 3) == sizes
