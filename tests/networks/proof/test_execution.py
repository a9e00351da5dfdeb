import pytest

from bench.networks.proof.execution import watch_calls


class Doubling:
    """A layer as far as `watch_calls` knows one."""

    def call(self, number: int, *, plus: int = 0) -> int:
        """Return twice the number, and what is to be added."""
        return 2 * number + plus


def test_a_watched_layer_computes_as_before_and_its_watcher_sees_each_call() -> None:
    layer, seen = Doubling(), []

    def watch(call, *args, **kwargs) -> int:
        outputs = call(*args, **kwargs)
        seen.append((args, kwargs, outputs))
        return outputs

    with watch_calls(layer, watch):
        assert (layer.call(3), layer.call(3, plus=1)) == (6, 7)
        assert layer.call.__doc__ == Doubling.call.__doc__
    assert seen == [((3,), {}, 6), ((3,), {"plus": 1}, 7)]


def test_nothing_of_the_watching_stays_whatever_happens() -> None:
    layer = Doubling()
    with pytest.raises(RuntimeError, match="amiss"), watch_calls(layer, lambda call, *_: call(1)):
        raise RuntimeError("amiss")
    assert vars(layer) == {}
    assert layer.call(2) == 4
