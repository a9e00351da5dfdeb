"""The plain loop: against one written here by hand, and by what it tells the callback that measures."""

import itertools
import math

import numpy as np
import pytest

from bench.host.sensors.noise import Noise
from bench.networks.inputs import NetworkInput
from bench.networks.pytorch.network import TorchNetwork
from bench.plan.case import Case
from bench.run.worker.framework import Framework
from bench.run.worker.time_ledger import Ledger

pytestmark = pytest.mark.training

QUIET = Noise(load_1m=None, steal_s=None, num_throttles=None, canary=None)
SERIES = NetworkInput((5, 3), "sequence")
EXAMPLES, HELD_OUT = 10, 6


@pytest.fixture
def arrays():
    """Return training examples, their labels, and those held out: series of 5 steps of 3 features, 3 classes."""
    random = np.random.default_rng(0)
    x = random.normal(size=(EXAMPLES + HELD_OUT, 5, 3)).astype("float32")
    y = random.integers(0, 3, len(x))
    return x[:EXAMPLES], y[:EXAMPLES], x[EXAMPLES:], y[EXAMPLES:]


@pytest.fixture
def make_module(torch):
    """Return a function that makes an LSTM with dropout and normalisation, which behave otherwise in evaluation."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(3, 4, batch_first=True)
            self.last = torch.nn.Sequential(torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 3))

        def forward(self, x):
            return self.last(self.lstm(x)[0][:, -1])

    def make():
        torch.manual_seed(7)
        return Net()

    return make


class Listener:
    """A callback that notes what it is told."""

    def __init__(self):
        self.calls, self.logs = [], []

    def set_model(self, model):
        self.model = model

    def on_epoch_begin(self, epoch):
        self.calls.append(("epoch", epoch))

    def on_train_batch_begin(self, step):
        self.calls.append(("begin", step))

    def on_train_batch_end(self, step):
        self.calls.append(("end", step))

    def on_epoch_end(self, _epoch, logs):
        self.logs.append(logs)


def fit(network, arrays, *callbacks, batch_size=4, epochs=2, **compiled):
    x, y, x_test, y_test = arrays
    settings = {"optimizer": "adam", "learning_rate": 0.01, "decay": 0.0, "outputs": "logits", **compiled}
    network.compile(**settings)
    test = network.put(x_test), network.put_labels(y_test)
    network.fit(
        x=network.put(x), y=network.put_labels(y), batch_size=batch_size, epochs=epochs, validation_data=test,
        callbacks=callbacks, verbose=0,
    )  # fmt: skip


def train_by_hand(torch, module, arrays, decay):
    """Return the mean loss and accuracy of each epoch, trained and held out, of the loop that a user writes."""
    x, y, x_test, y_test = map(torch.from_numpy, arrays)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: 1 / (1 + decay * update))
    found = []
    for _ in range(2):
        module.train()
        loss_sum, num_right = 0.0, 0
        for rows in torch.randperm(len(x)).split(4):
            optimizer.zero_grad()
            logits = module(x[rows])
            loss = torch.nn.functional.cross_entropy(logits, y[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
            loss_sum += loss.item() * len(rows)
            num_right += int((logits.argmax(1) == y[rows]).sum())
        module.eval()
        with torch.no_grad():
            parts = [(module(x_test[rows]), y_test[rows]) for rows in torch.arange(len(x_test)).split(4)]
        val_loss = sum(torch.nn.functional.cross_entropy(*part).item() * len(part[1]) for part in parts)
        val_right = sum(int((logits.argmax(1) == labels).sum()) for logits, labels in parts)
        found.append({"loss": loss_sum / EXAMPLES, "accuracy": num_right / EXAMPLES,
                      "val_loss": val_loss / HELD_OUT, "val_accuracy": val_right / HELD_OUT})  # fmt: skip
    return found


@pytest.mark.parametrize("decay", [0.0, 0.125])
def test_every_loss_is_that_of_the_loop_written_by_hand_to_the_last_bit(torch, make_module, arrays, decay):
    expected = train_by_hand(torch, make_module(), arrays, decay)
    listener = Listener()
    fit(TorchNetwork(make_module(), SERIES), arrays, listener, decay=decay)
    assert listener.logs == expected


def test_what_is_read_and_proven_before_changes_no_loss(torch, make_module, arrays):
    from bench.networks.proof.trace_torch import prove_module  # noqa: PLC0415 - the proof is made of PyTorch
    from bench.networks.sheet import describe_network  # noqa: PLC0415

    expected = train_by_hand(torch, make_module(), arrays, 0.0)
    network, listener = TorchNetwork(make_module(), SERIES), Listener()
    prove_module(network)
    describe_network(network)
    fit(network, arrays, listener)
    assert listener.logs == expected


def test_a_callback_hears_of_each_step_and_epoch_in_their_order(make_module, arrays):
    listener = Listener()
    fit(TorchNetwork(make_module(), SERIES), arrays, listener, epochs=1)
    steps = [(what, step) for step in range(3) for what in ("begin", "end")]
    assert listener.calls == [("epoch", 0), *steps]


def test_a_callback_can_stop_the_training_after_an_epoch(make_module, arrays):
    class Stopping(Listener):
        def on_epoch_end(self, epoch, logs):
            super().on_epoch_end(epoch, logs)
            self.model.stop_training = True

    listener = Stopping()
    fit(TorchNetwork(make_module(), SERIES), arrays, listener, epochs=3)
    assert len(listener.logs) == 1


def test_the_rate_falls_with_every_update(make_module, arrays):
    network = TorchNetwork(make_module(), SERIES)
    fit(network, arrays, decay=0.5, optimizer="sgd")
    assert network.optimizer.learning_rate == 0.01 / (1 + 0.5 * 6)
    assert [group["lr"] for group in network.optimizer.inner.param_groups] == [network.optimizer.learning_rate]
    assert type(network.optimizer.inner).__name__ == "SGD"


def test_the_ledger_of_its_training_adds_up_to_the_wall_time(make_module, arrays):
    """The clock moves one second at each reading; the ledger's first is when it begins, its last an epoch's end."""
    from bench.run.worker.recorder import Recorder  # noqa: PLC0415 - imports Keras

    readings = itertools.count()
    ledger, events = Ledger(lambda: float(next(readings))), []
    framework = Framework("0", "cpu", lambda _: None, lambda: None, (None, None), steps_can_be_timed=True)
    recorder = Recorder(Case(model="net", epochs=2, batch_size=4), 10, framework, ledger, lambda: QUIET, events.append)
    network = TorchNetwork(make_module(), SERIES)
    fit(network, arrays, recorder, decay=0.5)
    parts = sum(event.train_s + event.val_s + event.other_s for event in events)
    assert parts == next(readings) - 1
    first, second = events
    assert (first.train_s, first.first_step_examples, first.num_steps, first.num_examples) == (6.0, 4 + 2, 3, 10)
    assert (second.first_step_s, second.learning_rate) == (None, 0.01 / (1 + 0.5 * 6))
    assert math.isfinite(second.val_loss)


def test_predictions_are_those_of_evaluation_and_leave_the_mode(torch, make_module, arrays):
    network = TorchNetwork(make_module(), SERIES)
    fit(network, arrays)
    network.module.train()
    predicted = network.predict(network.put(arrays[2]), batch_size=4, verbose=0)
    assert network.module.training
    with torch.no_grad():
        expected = network.module.eval()(torch.from_numpy(arrays[2]))
    np.testing.assert_allclose(predicted, expected.numpy(), rtol=1e-6)


def test_a_module_that_writes_to_its_examples_leaves_the_data_as_they_are(torch, arrays):
    class Doubling(torch.nn.Linear):
        def forward(self, x):
            return super().forward(x.mul_(2)[:, -1])

    x, y, *_ = arrays
    network = TorchNetwork(Doubling(3, 3), SERIES)
    train, before = network.put(x.copy()), x.copy()
    network.compile(optimizer="sgd", learning_rate=0.1, decay=0.0, outputs="logits")
    network.try_out(train)
    network.fit(
        train,
        network.put_labels(y),
        batch_size=4,
        epochs=1,
        validation_data=(train, network.put_labels(y)),
        callbacks=[],
    )
    network.predict(train, batch_size=4)
    np.testing.assert_array_equal(train[0].numpy(), before)


def test_bfloat16_is_that_of_autocast_and_the_weights_stay_single(torch, arrays):
    seen = []

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = torch.nn.Linear(3, 3)

        def forward(self, x):
            seen.append((outputs := self.dense(x[:, 0])).dtype)
            return outputs

    network = TorchNetwork(Net(), SERIES)
    assert network.precision == "float32"
    fit(network, arrays, is_bfloat16=True)
    assert set(seen) == {torch.bfloat16}
    assert (network.precision, network.module.dense.weight.dtype) == ("mixed_bfloat16", torch.float32)


def test_images_come_channels_first_and_tokens_as_they_are(torch):
    shapes, dense = [], torch.nn.Linear(2, 3)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = dense

        def forward(self, x):
            shapes.append((*x.shape, x.dtype))
            return self.dense(x.float().reshape(len(x), -1)[:, :2])

    image, tokens = NetworkInput((4, 5, 2), "image"), NetworkInput((6,), "sequence", vocabulary=9)
    (pixels,) = TorchNetwork(Net(), image).put(np.arange(80, dtype="float32").reshape(2, 4, 5, 2))
    assert pixels[0, 1, 2, 3] == 2 * (2 * 5 + 3) + 1
    assert pixels.is_contiguous()
    for source in (image, tokens):
        network = TorchNetwork(Net(), source)
        network.try_out(network.example(3))
    assert shapes == [(3, 2, 4, 5, torch.float32), (3, 6, torch.int64)]


def test_a_forward_that_takes_lengths_gets_those_of_its_examples(torch):
    """Whatever the order of the batches, each example comes with its own length."""
    met = []

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = torch.nn.Linear(3, 3)

        def forward(self, x, lengths):
            met.extend(zip(x[:, 0, 0].tolist(), lengths.tolist(), strict=True))
            return self.dense(x[:, 0])

    x = np.zeros((10, 5, 3), "float32")
    x[:, 0, 0] = np.arange(10)
    network = TorchNetwork(Net(), SERIES)
    network.compile(optimizer="sgd", learning_rate=0.1, decay=0.0, outputs="logits")
    labels = network.put_labels(np.arange(10) % 3)
    inputs = network.put(x, np.arange(10) % 5 + 1)
    network.fit(inputs, labels, batch_size=4, epochs=1, validation_data=(inputs, labels), callbacks=[])
    assert sorted(met) == sorted(2 * [(float(number), number % 5 + 1) for number in range(10)])
    assert network.put(x)[1].tolist() == [5] * 10


def test_a_buffer_that_is_replaced_is_kept_too_and_one_of_a_lazy_module_is_made(torch, arrays):
    class Centred(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.zeros(3))
            self.norm = torch.nn.LazyBatchNorm1d()

        def forward(self, x):
            self.mean = x.mean((0, 1))
            return self.norm((x - self.mean)[:, -1])

    network = TorchNetwork(Centred(), SERIES)
    network.try_out(network.put(arrays[0]))
    assert torch.equal(network.module.mean, torch.zeros(3))
    assert torch.equal(network.module.norm.running_mean, torch.zeros(3))


def test_what_is_kept_is_as_before(torch, make_module, arrays):
    network = TorchNetwork(make_module(), SERIES)
    network.module.train()
    before = [buffer.clone() for buffer in network.module.buffers()]
    with network.kept_state():
        network.module(torch.from_numpy(arrays[0]))
        network.module.eval()
    assert network.module.training
    assert all(torch.equal(old, new) for old, new in zip(before, network.module.buffers(), strict=True))
