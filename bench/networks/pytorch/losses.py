"""The loss that fits what a PyTorch network ends in, and how its right answers are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.networks.outputs import Outputs

# As Keras': the logarithm of a probability that rounds to 0 is finite.
_LEAST_PROBABILITY = 1e-7


def make_loss(outputs: Outputs) -> Callable[[Any, Any], Any]:
    """Return the mean loss of a batch: of outputs (batch, width) and labels (batch,), int64."""
    from torch.nn import functional  # noqa: PLC0415 - imported in the worker alone

    losses: dict[Outputs, Callable[[Any, Any], Any]] = {
        "logits": functional.cross_entropy,
        "log-softmax": functional.nll_loss,
        "softmax": lambda shares, labels: functional.nll_loss(shares.clamp_min(_LEAST_PROBABILITY).log(), labels),
        "one logit": lambda logits, labels: functional.binary_cross_entropy_with_logits(
            logits.squeeze(1), labels.to(logits.dtype)
        ),
        "one sigmoid": lambda shares, labels: functional.binary_cross_entropy(
            shares.squeeze(1), labels.to(shares.dtype)
        ),
    }
    return losses[outputs]


def count_right(kind: Outputs, outputs: Any, labels: Any) -> Any:
    """Return how many answers of a batch are right, as a tensor on its device."""
    if kind in ("one logit", "one sigmoid"):
        answers = outputs.squeeze(1) > (0.0 if kind == "one logit" else 0.5)
    else:
        answers = outputs.argmax(1)
    return (answers == labels).sum()
