"""The tutorial's two networks in plain PyTorch, as its users write them, to measure Keras against."""

from __future__ import annotations

from typing import Any

DEFAULT_UNITS = 128
DEFAULT_FILTERS = 64
_DROPOUT = 0.2
_LSTM_DENSE_UNITS = 32
_CNN_DENSE_UNITS = 64
_KERNEL_SIZE = 3
_POOL_SIZE = 2


def build_lstm_pytorch(input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS) -> Any:
    """Build the function of `lstm-cpu` with `torch.nn.LSTM`: two layers, of whose last step the class is told.

    PyTorch adds two biases where Keras adds one, so that it has 4 · units more parameters a layer.

    Args:
        input_shape: (steps, features) of one example.
        num_classes: width of the logits.
        units: of both LSTM layers.
    """
    from torch import nn  # noqa: PLC0415 - an extra, which a list of the networks does without

    class RowReader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(input_shape[-1], units, num_layers=2, dropout=_DROPOUT, batch_first=True)
            self.classify = nn.Sequential(
                nn.Dropout(_DROPOUT),
                nn.Linear(units, _LSTM_DENSE_UNITS),  # (32,)
                nn.ReLU(),
                nn.Dropout(_DROPOUT),
                nn.Linear(_LSTM_DENSE_UNITS, num_classes),  # (10,)
            )

        def forward(self, rows: Any) -> Any:
            states, _ = self.lstm(rows)  # (batch, 28, 128)
            return self.classify(states[:, -1])

    return RowReader()


def build_cnn_pytorch(input_shape: tuple[int, ...], num_classes: int, *, filters: int = DEFAULT_FILTERS) -> Any:
    """Build the function of `cnn` with the channels last in memory, which PyTorch's convolutions are fastest with.

    Args:
        input_shape: (channels, rows, columns) of one example.
        num_classes: width of the logits.
        filters: output channels of both convolutions.
    """
    import torch  # noqa: PLC0415 - an extra, which a list of the networks does without
    from torch import nn  # noqa: PLC0415

    channels, rows, columns = input_shape
    rows, columns = (_shrink(_shrink(size)) for size in (rows, columns))
    return nn.Sequential(
        nn.Conv2d(channels, filters, _KERNEL_SIZE),  # (64, 26, 26)
        nn.ReLU(),
        nn.MaxPool2d(_POOL_SIZE),
        nn.Conv2d(filters, filters, _KERNEL_SIZE),  # (64, 11, 11)
        nn.ReLU(),
        nn.MaxPool2d(_POOL_SIZE),
        nn.Flatten(),  # (1600,)
        nn.Linear(filters * rows * columns, _CNN_DENSE_UNITS),  # (64,)
        nn.ReLU(),
        nn.Linear(_CNN_DENSE_UNITS, num_classes),  # (10,)
    ).to(memory_format=torch.channels_last)


def _shrink(size: int) -> int:
    """Return what a convolution without padding and a pooling leave of an axis."""
    return (size - _KERNEL_SIZE + 1) // _POOL_SIZE


NETWORKS = {
    "lstm-pytorch": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "lstm-cpu as users of PyTorch write it: nn.LSTM of two layers, tanh and sigmoid",
        "default_epochs": 3,
        "build": "build_lstm_pytorch",
        "options": ["units"],
        "backends": ["torch"],
        "framework": "torch",
    },
    "cnn-pytorch": {
        "family": "convolutional",
        "layout": "image",
        "summary": "cnn as users of PyTorch write it, channels last",
        "default_epochs": 10,
        "build": "build_cnn_pytorch",
        "options": ["filters"],
        "backends": ["torch"],
        "framework": "torch",
    },
}
