"""The thread that takes signals, with a robot whose stops keep their caller waiting."""

import signal
import threading

import pytest

from treehand.cli.stopping.signals import StopSignals


class SlowTarget:
    """A robot in a run; a stop is latched once it may be."""

    def __init__(self):
        self.run = object()
        self._may_latch = threading.Event()
        self.latched = []

    def stop(self, reason, *, by, is_immediate=False):
        threading.Timer(0.05, self._may_latch.set).start()
        self._may_latch.wait(5.0)
        self.latched.append(by)

    def latch(self, reason, by):
        raise AssertionError("there is no third signal")

    def leave(self, name):
        raise EOFError(name)


def test_a_command_that_a_signal_ends_waits_for_its_stop():
    """Who is told of the end would add a stop of its own otherwise."""
    target = SlowTarget()
    with pytest.raises(EOFError), StopSignals(target):
        signal.raise_signal(signal.SIGTERM)
    assert target.latched == ["SIGTERM"]
