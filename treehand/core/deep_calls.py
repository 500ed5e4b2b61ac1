"""Calls that are nested more deeply than Python allows by itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 10_000
"""Most nested calls inside `deep_calls`."""

_lock = threading.Lock()
_inside = 0
_before = 0


@contextmanager
def deep_calls() -> Iterator[None]:
    """Let libraries call themselves for each level of data whose depth was bounded before.

    Calls of Python functions take no room of the C stack since Python 3.11.
    """
    global _inside, _before
    with _lock:
        if not _inside:
            _before = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_before, MOST))
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                sys.setrecursionlimit(_before)
