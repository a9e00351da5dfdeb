"""One fresh process: the tutorial's networks as a PyTorch user writes them, trained for a few epochs and timed.

Data, scaling, shuffling, optimizer and what counts are those of the other side: whole steps from arrays in memory, an
epoch's first to its last. Neither the rate's decay nor an accuracy is computed. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time

import torch
from torch import nn

from bench.data.load import load_dataset
from bench.data.scaling import prepare

DROPOUT = 0.2


class RowReader(nn.Module):
    """Reads an image row by row with a stack of two LSTMs, tanh and sigmoid, and tells the class from the last row."""

    def __init__(self, num_columns: int, units: int, num_classes: int) -> None:
        super().__init__()
        self.rows = nn.LSTM(num_columns, units, num_layers=2, dropout=DROPOUT, batch_first=True)
        self.classify = nn.Sequential(
            nn.Dropout(DROPOUT), nn.Linear(units, 32), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(32, num_classes)
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, (batch, classes), of images, (batch, rows, columns)."""
        states, _ = self.rows(images)
        return self.classify(states[:, -1])


def convolutional(num_filters: int, num_classes: int) -> nn.Sequential:
    """Return two 3 × 3 convolutions with pooling and a dense layer, for 28 × 28 images with one channel."""
    return nn.Sequential(
        nn.Conv2d(1, num_filters, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(num_filters, num_filters, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(num_filters * 5 * 5, 64), nn.ReLU(), nn.Linear(64, num_classes),
    ).to(memory_format=torch.channels_last)  # fmt: skip


def load(name: str, num_examples: int) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """Return a network with its training images and labels."""
    dataset = load_dataset("mnist", train_size=num_examples, test_size=100)
    data = prepare(dataset, "unit", "sequence")
    images, labels = torch.from_numpy(data.x_train), torch.from_numpy(data.y_train).long()
    if name == "lstm":
        return RowReader(images.shape[-1], 128, 10), images, labels
    return convolutional(64, 10), images[:, None].contiguous(memory_format=torch.channels_last), labels


def train_epoch(
    network: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, labels: torch.Tensor, batch_size: int
) -> list[float]:
    """Train on every example once in random order, and return the seconds up to the end of each step."""
    batches = torch.randperm(len(images)).split(batch_size)
    begin = time.perf_counter()  # what comes before an epoch's first step is left out on the other side, too
    ends = []
    for rows in batches:
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(network(images[rows]), labels[rows]).backward()
        optimizer.step()
        ends.append(time.perf_counter() - begin)
    return ends


def main() -> None:
    """Train, and print the seconds of the first step and of each epoch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=["lstm", "cnn"])
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--examples", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, help="threads within an operation; default: PyTorch's choice")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network, images, labels = load(options.model, options.examples)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    epochs = [train_epoch(network, optimizer, images, labels, options.batch_size) for _ in range(options.epochs)]
    print(json.dumps({"first_step_s": epochs[0][0], "epoch_s": [ends[-1] for ends in epochs],
                      "versions": {"torch": torch.__version__}, "threads": torch.get_num_threads()}))  # fmt: skip


if __name__ == "__main__":
    main()
