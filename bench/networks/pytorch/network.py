"""A PyTorch network as the worker trains it: a plain loop behind the methods that it calls of a Keras model.

The loop is what a user of PyTorch writes: shuffled batches of tensors that are on the device, `zero_grad`, forward,
loss, `backward`, `step`. Nothing of Keras is in a step, and no step waits for the device. `fit`, `evaluate` and
`predict` take what those of `keras.Model` take, so that the callback which measures, and all around it, are the same.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.networks.inputs import NetworkInput
from bench.networks.outputs import Outputs
from bench.networks.pytorch.losses import count_right, make_loss
from bench.settings import Optimizer

# One or two tensors: the examples, and their lengths where the network takes them.
Inputs = tuple[Any, ...]


class DecayingOptimizer:
    """An optimizer of PyTorch's whose rate is rate / (1 + decay · updates), as that of the other networks.

    Attributes:
        inner: the optimizer, at PyTorch's own settings but for the rate.
        learning_rate: that of the next update.
        decay: share by which the rate's divisor grows per update.
    """

    def __init__(self, inner: Any, learning_rate: float, decay: float) -> None:
        """Take an optimizer that has made no update."""
        self.inner = inner
        self.learning_rate = learning_rate
        self.decay = decay
        self._first_rate = learning_rate
        self._num_updates = 0

    def step(self) -> None:
        """Update the parameters, and lower the rate."""
        self.inner.step()
        self._num_updates += 1
        self.learning_rate = self._first_rate / (1 + self.decay * self._num_updates)
        for group in self.inner.param_groups:
            group["lr"] = self.learning_rate


class TorchNetwork:
    """A `torch.nn.Module` with what the worker asks of a Keras model.

    Attributes:
        module: on the device from the start.
        input_shape: of one example as the module gets it.
        recurrent_layers: its recurrent modules by their names.
        takes_lengths: whether its forward has a parameter `lengths`, which gets how many steps of each example are no
            padding: int64, on the CPU, as `torch.nn.utils.rnn.pack_padded_sequence` takes it.
        optimizer: from `compile`.
        precision: that of the parameters, or `mixed_bfloat16` under `torch.autocast`.
        is_compiled: whether TorchDynamo compiles the forward and backward pass.
        stop_training: set by a callback to end `fit` after the epoch.
    """

    optimizer: DecayingOptimizer

    def __init__(self, module: Any, source: NetworkInput) -> None:
        """Take what the user's function returned, and what goes in."""
        import torch  # noqa: PLC0415 - imported in the worker, and in the process of a sheet, alone

        self.input_shape = source.torch_shape
        # The worker left no GPU visible but where one was asked for.
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.module = module.to(self.device)
        self.takes_lengths = "lengths" in inspect.signature(module.forward).parameters
        self.recurrent_layers = {
            name or type(part).__name__: part
            for name, part in module.named_modules()
            if isinstance(part, (torch.nn.RNNBase, torch.nn.RNNCellBase))
        }
        self.precision = ", ".join(sorted({str(one.dtype).removeprefix("torch.") for one in module.parameters()}))
        self.is_compiled = False
        self.stop_training = False
        self._has_tokens = source.vocabulary is not None
        self._moves_channels = source.torch_shape != source.shape
        self._autocast: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext
        self._call: Callable[..., Any] = self.module

    def count_params(self) -> int:
        """Count the parameters, trainable or not; one that is used twice counts once."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    def put(self, x: npt.NDArray[Any], lengths: npt.NDArray[np.int64] | None = None) -> Inputs:
        """Return examples as the module takes them: float32, channels first, or int64 ids of tokens, on the device.

        Args:
            x: as the data have them, of shape (num_examples, …).
            lengths: steps of each that are no padding; None where none ends early.
        """
        import torch  # noqa: PLC0415 - as above

        arranged = np.ascontiguousarray(np.moveaxis(x, -1, 1)) if self._moves_channels else x
        tensor = torch.from_numpy(arranged.astype(np.int64) if self._has_tokens else arranged).to(self.device)
        if not self.takes_lengths:
            return (tensor,)
        steps = np.full(len(x), x.shape[1], np.int64) if lengths is None else np.asarray(lengths, np.int64)
        return tensor, torch.from_numpy(steps)

    def put_labels(self, y: npt.NDArray[np.int64]) -> Any:
        """Return labels on the device."""
        import torch  # noqa: PLC0415 - as above

        return torch.from_numpy(np.asarray(y, np.int64)).to(self.device)

    def example(self, num_examples: int = 1) -> Inputs:
        """Return examples of ones, or of the padding's token, as the module takes them."""
        import torch  # noqa: PLC0415 - as above

        make = torch.zeros if self._has_tokens else torch.ones
        dtype = torch.int64 if self._has_tokens else torch.float32
        x = make((num_examples, *self.input_shape), dtype=dtype, device=self.device)
        return (x, torch.full((num_examples,), self.input_shape[0])) if self.takes_lengths else (x,)

    def try_out(self, inputs: Inputs, *, trains: bool = False) -> Any:
        """Return the outputs of one forward pass; no state and no random number is used up.

        Args:
            inputs: from `put`, or some of their rows.
            trains: whether the module is in training mode, with dropout.
        """
        with self.kept_state(), _kept_random_state(), self._autocast():
            self.module.train(trains)
            return self.module(*_copy(inputs))

    def compile(
        self,
        *,
        optimizer: Optimizer,
        learning_rate: float,
        decay: float,
        outputs: Outputs,
        jit: bool = False,
        is_bfloat16: bool = False,
    ) -> None:
        """Choose how the network is trained; a forward pass must have made all parameters.

        Args:
            optimizer: `adam` or `sgd`, with PyTorch's own settings.
            learning_rate: rate of the first update.
            decay: share by which the rate's divisor grows per update.
            outputs: what the module ends in.
            jit: whether `torch.compile` compiles it.
            is_bfloat16: whether the forward pass runs under `torch.autocast` to bfloat16.
        """
        import torch  # noqa: PLC0415 - as above

        make = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimizer]
        self.optimizer = DecayingOptimizer(make(self.module.parameters(), lr=learning_rate), learning_rate, decay)
        self._outputs = outputs
        self._loss = make_loss(outputs)
        if is_bfloat16:
            self.precision = "mixed_bfloat16"
            self._autocast = lambda: torch.autocast(self.device.type, dtype=torch.bfloat16)
        if jit:
            self._call = torch.compile(self.module)
        # `torch.compile` returns a module that holds the user's, who may have called it.
        self.is_compiled = jit or hasattr(self.module, "_orig_mod")

    def fit(
        self, x: Inputs, y: Any, *, batch_size: int, epochs: int, validation_data: tuple[Inputs, Any],
        callbacks: Sequence[Any], verbose: int = 0,  # noqa: ARG002 - nothing is printed
    ) -> None:  # fmt: skip
        """Train, and tell the callbacks what Keras tells them; a step's end comes without logs.

        Args:
            x: from `put`.
            y: from `put_labels`.
            batch_size: examples in a batch; the last one of an epoch may be smaller.
            epochs: how many, unless a callback sets `stop_training`.
            validation_data: what `evaluate` takes.
            callbacks: as `keras.callbacks.Callback`.
            verbose: as of `keras.Model.fit`.
        """
        for callback in callbacks:
            callback.set_model(self)
        for epoch in range(epochs):
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            logs = self._train_epoch(x, y, batch_size, callbacks)
            held_out = self.evaluate(*validation_data, batch_size=batch_size)
            for callback in callbacks:
                callback.on_epoch_end(epoch, {**logs, **{f"val_{name}": value for name, value in held_out.items()}})
            if self.stop_training:
                return

    def _train_epoch(self, x: Inputs, y: Any, batch_size: int, callbacks: Sequence[Any]) -> dict[str, float]:
        """Train on every example once in random order; return the means over the epoch, as Keras has them."""
        import torch  # noqa: PLC0415 - as above

        self.module.train()
        tensors = (*x, y)
        order: Any = torch.randperm(len(y), device=self.device)
        places = [order.to(tensor.device).split(batch_size) for tensor in tensors]
        sums = _Sums(self.device)
        for step, rows in enumerate(zip(*places, strict=True)):
            for callback in callbacks:
                callback.on_train_batch_begin(step)
            *inputs, labels = (tensor[place] for tensor, place in zip(tensors, rows, strict=True))
            self.optimizer.inner.zero_grad(set_to_none=True)
            outputs, loss = self._forward(inputs, labels)
            loss.backward()
            self.optimizer.step()
            sums.add(loss.detach(), count_right(self._outputs, outputs.detach(), labels), len(labels))
            for callback in callbacks:
                callback.on_train_batch_end(step)
        return sums.means()

    def _forward(self, inputs: Sequence[Any], labels: Any) -> tuple[Any, Any]:
        """Return outputs in single precision, and the loss, of a batch."""
        with self._autocast():
            outputs = self._call(*inputs).float()
        return outputs, self._loss(outputs, labels)

    def evaluate(
        self,
        x: Inputs,
        y: Any,
        *,
        batch_size: int,
        return_dict: bool = True,  # noqa: ARG002 - so that one call fits both kinds of network
        verbose: int = 0,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return `loss` and `accuracy`; the module is in training mode afterwards if it was before."""
        import torch  # noqa: PLC0415 - as above

        sums = _Sums(self.device)
        with self._in_evaluation(), torch.no_grad():
            for *inputs, labels in zip(*(tensor.split(batch_size) for tensor in (*x, y)), strict=True):
                outputs, loss = self._forward(_copy(inputs), labels)
                sums.add(loss, count_right(self._outputs, outputs, labels), len(labels))
        return sums.means()

    def predict(self, x: Inputs, *, batch_size: int, verbose: int = 0) -> npt.NDArray[Any]:  # noqa: ARG002
        """Return the outputs of all examples, of shape (num_examples, width)."""
        import torch  # noqa: PLC0415 - as above

        with self._in_evaluation(), torch.no_grad(), self._autocast():
            batches = zip(*(tensor.split(batch_size) for tensor in x), strict=True)
            outputs = [self._call(*_copy(inputs)).float().cpu().numpy() for inputs in batches]
        return np.concatenate(outputs)

    @contextlib.contextmanager
    def kept_state(self) -> Iterator[None]:
        """Give back to the module's buffers what they held, and its mode; the weights do not change."""
        from torch.nn.parameter import is_lazy  # noqa: PLC0415 - as above

        # A module may put another tensor in a buffer's place; one of a lazy module has no values before its first pass.
        owners = [(part, dict(part.named_buffers(recurse=False))) for part in self.module.modules()]
        values = [(one, one.detach().clone()) for one in self.module.buffers() if not is_lazy(one)]
        with self._kept_mode():
            yield
        for part, buffers in owners:
            for name, buffer in buffers.items():
                setattr(part, name, buffer)
        for buffer, value in values:
            buffer.data.copy_(value)

    @contextlib.contextmanager
    def _in_evaluation(self) -> Iterator[None]:
        with self._kept_mode():
            self.module.eval()
            yield

    @contextlib.contextmanager
    def _kept_mode(self) -> Iterator[None]:
        is_training = self.module.training
        yield
        self.module.train(is_training)


class _Sums:
    """Sums of losses and right answers, which stay on the device until an epoch has ended."""

    def __init__(self, device: Any) -> None:
        import torch  # noqa: PLC0415 - as above

        self._loss = torch.zeros((), dtype=torch.float64, device=device)
        self._right = torch.zeros((), dtype=torch.int64, device=device)
        self._num_examples = 0

    def add(self, loss: Any, num_right: Any, num_examples: int) -> None:
        """Add a batch's mean loss and its number of right answers."""
        self._loss.add_(loss, alpha=num_examples)
        self._right += num_right
        self._num_examples += num_examples

    def means(self) -> dict[str, float]:
        """Return the means over all examples, which waits for the device."""
        return {"loss": self._loss.item() / self._num_examples, "accuracy": self._right.item() / self._num_examples}


def _copy(inputs: Sequence[Any]) -> Inputs:
    """Return tensors that a module may write to, as `nn.ReLU(inplace=True)` does: rows are views of the data."""
    return tuple(part.clone() for part in inputs)


@contextlib.contextmanager
def _kept_random_state() -> Iterator[None]:
    import torch  # noqa: PLC0415 - as above

    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if torch.cuda.is_available() else []):
        yield
