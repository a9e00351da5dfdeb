"""What a network ends in, by its last activation and by what its outputs look like."""

import numpy as np
import pytest

from bench.networks.guest_errors import last_words
from bench.networks.outputs import guess_activation


@pytest.mark.parametrize(
    ("outputs", "activation"),
    [
        ([[0.2, 0.8], [0.5, 0.5]], "softmax"),
        ([[1.2, -0.8], [0.5, 0.5]], "linear"),
        ([[-0.2, -1.8], [-0.5, -0.5]], "linear"),
        (np.log([[0.2, 0.8], [0.5, 0.5]]), "log_softmax"),
        ([[0.9, 0.8], [0.3, 0.6]], "sigmoid"),
        ([[0.0, 3.0], [0.0, 0.0]], "outputs of 0 and above, as of relu"),
        ([[0.4], [0.6]], "sigmoid"),
        ([[-0.4], [0.6]], "linear"),
    ],
)
def test_an_activation_is_known_by_its_range(outputs, activation):
    assert guess_activation(np.asarray(outputs)) == activation


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("out of ideas", "out of ideas"),
        (
            "Exception encountered when calling B.call().\n\n\x1b[1mCould not infer. Error encountered:\n\n"
            "Input 0 is incompatible: expected ndim=3, found ndim=4.\x1b[0m\n\nArguments received by B.call():\n  • x",
            "Input 0 is incompatible: expected ndim=3, found ndim=4.",
        ),
        (
            "Graph execution error:\n\nAt node add\nIncompatible shapes: [32,10] vs. [16,10]\n\t [[{{node add}}]]",
            "Incompatible shapes: [32,10] vs. [16,10]",
        ),
        (
            'Graph execution error:\n\nAt node a:\n  File "b.py", line 1, in <module>\n\n … \n'
            '  File "c.py", line 2, in call\n\nassertion failed: [too big]\n\t [[{{node a}}]] [Op:__inference_x_1]',
            "assertion failed: [too big]",
        ),
        ("A KerasTensor cannot be used\n\n```\nclass Mine:\n```\n", "A KerasTensor cannot be used"),
        ("", ""),
    ],
)
def test_the_line_that_says_what_is_wrong_is_found(text, line):
    assert last_words(text) == line
