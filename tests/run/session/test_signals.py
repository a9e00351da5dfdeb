"""Signals that ask a run to stop: real ones, sent to this very process."""

import os
import signal
import sys
import time

import pytest

from bench.run.session.signals import Interrupted, interruptible


def stop_and_ask_again(done):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGHUP)
        done.append("cleaned up")


def stop_twice(caught, number):
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGINT)
    except Interrupted as inner:
        caught.append(inner.exit_code)
    os.kill(os.getpid(), number)


def test_only_the_first_signal_interrupts_and_the_cleaning_up_is_done_in_peace():
    """A second Ctrl-C comes while the first one's worker is being ended."""
    done = []
    with pytest.raises(Interrupted) as caught, interruptible():
        stop_and_ask_again(done)
    assert (caught.value.exit_code, done) == (143, ["cleaned up"])


class StoppedWhileItGoes:
    """An object that is being finalized as a signal comes, which nothing that is raised there can leave."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_is_heard_that_comes_where_nothing_can_be_raised(capfd):
    def stop():
        StoppedWhileItGoes()
        time.sleep(60)

    with pytest.raises(Interrupted) as caught, interruptible():
        stop()
    assert caught.value.exit_code == 143
    assert capfd.readouterr() == ("", "")


def interrupt_twice(place):
    """Handle one signal, and another one as the first one's handler comes to its `place`-th line."""
    handler = signal.getsignal(signal.SIGINT)
    num_lines = 0

    def ask_again(frame, event, _):
        nonlocal num_lines
        if event == "line" and frame.f_code is handler.__code__:
            num_lines += 1
            if num_lines == place:
                sys.settrace(None)
                handler(signal.SIGTERM, None)
        return ask_again

    before = sys.gettrace()
    try:
        sys.settrace(ask_again)
        handler(signal.SIGINT, None)
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_burst_interrupts_wherever_in_the_handling_of_the_first_signal_the_second_one_comes(place):
    """Python handles a signal between any two lines, those of another signal's handler among them."""
    with pytest.raises(Interrupted), interruptible():
        interrupt_twice(place)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_after_an_inner_block_the_outer_one_listens_again(number, code):
    caught = []
    with pytest.raises(Interrupted) as outer, interruptible():
        stop_twice(caught, number)
    assert (caught, outer.value.exit_code) == ([130], code)


def test_a_signal_that_is_ignored_on_purpose_stays_ignored():
    """As nohup does with SIGHUP."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, previous)


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with interruptible():
        assert signal.getsignal(signal.SIGTERM) is not before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
