"""Fixtures of the tests of the command line."""

from tests.calling import call

__all__ = ["call"]
