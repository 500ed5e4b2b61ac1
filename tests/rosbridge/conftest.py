"""Robots that answer in real time."""

import gc

import pytest


@pytest.fixture(autouse=True)
def collected() -> None:
    """Collect what other tests left before the clock runs: a second of it is a second too late.

    What is alive then is passed over by the next collections, which so take no time.
    """
    gc.collect()
    gc.freeze()
