"""The recurrence of an LSTM layer and its gradient, each one XLA program.

What the backward loop does not need stands behind it, as single large products: the gradients of the weights (Appleyard
et al. 2016, "Optimizing Performance of Recurrent Neural Networks on GPUs", section 3.3). A loop's body is one batched
product with the four gates' matrices and a few pointwise passes over contiguous memory.

Four things were found by measuring, on TensorFlow 2.21's XLA for the CPU, and look odd without their reasons:

- The gates lie one behind the other, (4, B, N), not side by side, (B, 4N): XLA does not vectorise an exponential that
  reads a slice of columns.
- The input's product stays in the forward loop, in one with the state's. Before the loop, as large products (section
  3.1 there), it runs at three quarters of the speed and is written and read once more: 1.6 ms against 1.5 for 16 × 28
  rows of 128 numbers.
- What the gradient multiplies by is computed for all steps at once before its loop, whose body is two short passes.
- The loops' bodies are short and their operations depend on each other: XLA runs such a program on the thread that
  calls it. Two halves of a batch then occupy two cores without a lock between them.

Letters in shapes: T steps, B examples, F features, N units; gates in Keras' order input, forget, cell, output.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

NUM_GATES = 4
_INPUT, _FORGET, _CELL, _OUTPUT = range(NUM_GATES)


class ActivationPair(NamedTuple):
    """A function, and its derivative by its own output."""

    apply: Callable[[Any], Any]
    slope: Callable[[Any], Any]


ACTIVATIONS = {
    "tanh": ActivationPair(tf.tanh, lambda y: 1 - y * y),
    "relu": ActivationPair(tf.nn.relu, lambda y: tf.cast(y > 0, y.dtype)),
}


class Recurrence(NamedTuple):
    """The two programs of one activation.

    Attributes:
        forward: (inputs (T, B, F), weights (4, F + N, N), bias (4, 1, N)) → (gates (T, 4, B, N), cells and states
            (T, B, N)); the weights are the kernel's above the recurrent one's, and `gates` are activated.
        backward: (inputs, each gate's recurrent weights transposed (4, N, N), gates, cells, states, gradient of the
            states (T, B, N)) → (gradient of the gates before their activation (T, B, 4N), of the kernel, of the
            recurrent kernel (N, 4N), of the bias).
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]


@functools.cache
def compile_recurrence(activation: str) -> Recurrence:
    """Return the programs for `tanh` or `relu`; XLA compiles them when they meet a shape for the first time."""
    function = ACTIVATIONS[activation]
    compiled = functools.partial(tf.function, jit_compile=True, autograph=False)
    return Recurrence(
        compiled(functools.partial(run_forward, function)), compiled(functools.partial(run_backward, function))
    )


def run_forward(activation: ActivationPair, inputs: Any, weights: Any, bias: Any) -> tuple[Any, Any, Any]:
    """Run the steps in order, from a state of zeros; see `Recurrence.forward`."""
    num_steps, num_units = inputs.shape[0], weights.shape[2]
    is_cell = tf.reshape(tf.range(NUM_GATES) == _CELL, [NUM_GATES, 1, 1])

    def step(t: Any, state: Any, cell: Any, all_gates: Any, all_cells: Any) -> tuple[Any, ...]:
        rows = tf.concat([inputs[t], state], 1)
        sums = tf.matmul(tf.stack([rows] * NUM_GATES), weights) + bias
        gates = tf.where(is_cell, activation.apply(sums), tf.sigmoid(sums))
        cell = gates[_FORGET] * cell + gates[_INPUT] * gates[_CELL]
        state = gates[_OUTPUT] * activation.apply(cell)
        return t + 1, state, cell, all_gates.write(t, gates), all_cells.write(t, cell)

    zero = tf.zeros([tf.shape(inputs)[1], num_units], inputs.dtype)
    start = (0, zero, zero, tf.TensorArray(inputs.dtype, num_steps), tf.TensorArray(inputs.dtype, num_steps))
    *_, gates, cells = tf.while_loop(lambda t, *_: t < num_steps, step, start, parallel_iterations=1)
    gates, cells = gates.stack(), cells.stack()
    return gates, cells, gates[:, _OUTPUT] * activation.apply(cells)


def run_backward(
    activation: ActivationPair, inputs: Any, transposed: Any, gates: Any, cells: Any, states: Any, gradient: Any
) -> tuple[Any, Any, Any, Any]:
    """Run the steps from the last to the first, then sum up the weights' gradients; see `Recurrence.backward`."""
    num_steps = inputs.shape[0]
    zero = tf.zeros_like(cells[0])
    by_cell, by_state, to_cell = _local_slopes(activation, gates, cells, zero)
    keep = gates[:, _FORGET]

    def step(k: Any, from_later: Any, d_cell: Any, all_d_sums: Any) -> tuple[Any, ...]:
        t = num_steps - 1 - k
        d_state = gradient[t] + from_later[0] + from_later[1] + from_later[2] + from_later[3]
        # The output gate is the last one, and no cell of this step goes through it.
        d_sums = by_state[:, t] * d_state + tf.concat([by_cell[:, t] * d_cell, zero[None]], 0)
        d_cell = (d_cell + d_state * to_cell[t]) * keep[t]
        return k + 1, tf.matmul(d_sums, transposed), d_cell, all_d_sums.write(t, d_sums)

    start = (0, tf.zeros_like(gates[0]), zero, tf.TensorArray(inputs.dtype, num_steps))
    *_, d_sums = tf.while_loop(lambda k, *_: k < num_steps, step, start, parallel_iterations=1)
    return _sum_up(inputs, tf.concat([zero[None], states[:-1]], 0), d_sums.stack())


def _local_slopes(activation: ActivationPair, gates: Any, cells: Any, zero: Any) -> tuple[Any, Any, Any]:
    """Return what a step's gradients are multiplied by to become the gates' before their activation, and the cell's.

    Returns:
        By the gradient that comes down from the next step's cell, (3, T, B, N): the output gate has none; by the
        gradient of the step's own state, (4, T, B, N); and by the same to become that of its cell, (T, B, N).
    """
    i, f, c, o = (gates[:, gate] for gate in range(NUM_GATES))
    out = activation.apply(cells)
    before = tf.concat([zero[None], cells[:-1]], 0)
    by_cell = (c * i * (1 - i), before * f * (1 - f), i * activation.slope(c))
    to_cell = o * activation.slope(out)
    by_state = (*(slope * to_cell for slope in by_cell), out * o * (1 - o))
    return tf.stack(by_cell), tf.stack(by_state), to_cell


def _sum_up(inputs: Any, states_before: Any, d_sums: Any) -> tuple[Any, Any, Any, Any]:
    """Return the gates' gradient side by side, (T, B, 4N), and the weights', each one product over all steps."""
    side_by_side = tf.concat([d_sums[:, gate] for gate in range(NUM_GATES)], 2)
    rows = tf.reshape(side_by_side, [-1, side_by_side.shape[2]])
    d_kernel, d_recurrent = (
        tf.matmul(tf.reshape(sequence, [-1, sequence.shape[2]]), rows, transpose_a=True)
        for sequence in (inputs, states_before)
    )
    return side_by_side, d_kernel, d_recurrent, tf.reshape(tf.reduce_sum(d_sums, [0, 2]), [-1])
