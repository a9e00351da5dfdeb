"""Which loss fits what a PyTorch network ends in."""

import pytest

from bench.errors import ConfigError
from bench.networks.pytorch.endings import find_ending
from bench.networks.pytorch.losses import count_right, make_loss

pytestmark = pytest.mark.training


@pytest.fixture
def logits(torch):
    """Return a function that makes logits of 8 examples, with their graph, as a Linear layer does."""

    def make(width):
        torch.manual_seed(0)
        return torch.nn.Linear(5, width)(torch.rand(8, 5))

    return make


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (lambda z: z, "logits"),
        (lambda z: z.softmax(1), "softmax"),
        (lambda z: z.log_softmax(-1), "log-softmax"),
        (lambda z: z.softmax(1).log(), "log-softmax"),
        (lambda z: z.softmax(1)[:, None].squeeze(1), "softmax"),
        (lambda z: z.exp() / z.exp().sum(1, keepdim=True), "softmax"),
        (lambda z: z * 0.01 + 0.5, "logits"),  # all between 0 and 1, as a sigmoid's
    ],
)
def test_an_output_for_each_class(logits, ending, expected):
    assert find_ending(ending(logits(3))) == expected


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (lambda z: z, "one logit"),
        (lambda z: z.sigmoid(), "one sigmoid"),
        (lambda z: z.sigmoid().clamp(1e-6, 1 - 1e-6), "one sigmoid"),
        (lambda z: z * 9 - 4, "one logit"),
    ],
)
def test_one_output_for_two_classes(logits, ending, expected):
    assert find_ending(ending(logits(1))) == expected


def test_a_logit_that_happens_to_lie_between_0_and_1_is_no_sigmoid(logits):
    assert find_ending(logits(1) * 0.01 + 0.5) == "one logit"


@pytest.mark.parametrize(
    ("ending", "width", "message"),
    [
        (lambda z: z.relu(), 3, "expected the network to end in logits, softmax or log-softmax, received relu"),
        (lambda z: z.sigmoid(), 3, "received sigmoid"),
        (lambda z: z.tanh()[:, :], 3, "received tanh"),
        (lambda z: 1 / (1 + (-z).exp()), 1, "received a quotient or product between 0 and 1, which may be either"),
        (lambda z: z.softmax(1), 1, "end in a logit or a sigmoid, received softmax"),
        (lambda z: z.softmax(0), 3, "expected softmax over the classes, the last axis"),
        (lambda z: z.log_softmax(0), 3, "expected log_softmax over the classes"),
    ],
)
def test_what_fits_no_loss_is_refused(logits, ending, width, message):
    with pytest.raises(ConfigError, match=message):
        find_ending(ending(logits(width)))


def test_all_ways_to_end_have_one_loss_and_the_same_right_answers(torch, logits):
    labels = torch.arange(8) % 3
    z = logits(3).detach()
    expected = float(torch.nn.functional.cross_entropy(z, labels))
    ends = {"logits": z, "softmax": z.softmax(1), "log-softmax": z.log_softmax(1)}
    for kind, outputs in ends.items():
        assert float(make_loss(kind)(outputs, labels)) == pytest.approx(expected, rel=1e-6)
        assert count_right(kind, outputs, labels) == (z.argmax(1) == labels).sum()


def test_both_ways_to_end_in_one_output_have_one_loss_and_the_same_right_answers(torch, logits):
    labels = torch.arange(8) % 2
    z = logits(1).detach()
    two = torch.cat([torch.zeros_like(z), z], dim=1)
    expected = float(torch.nn.functional.cross_entropy(two, labels))
    for kind, outputs in {"one logit": z, "one sigmoid": z.sigmoid()}.items():
        assert float(make_loss(kind)(outputs, labels)) == pytest.approx(expected, rel=1e-6)
        assert count_right(kind, outputs, labels) == (two.argmax(1) == labels).sum()


def test_a_probability_of_0_has_a_finite_loss(torch):
    assert float(make_loss("softmax")(torch.tensor([[0.0, 1.0]]), torch.tensor([0]))) == pytest.approx(16.118, abs=1e-3)
