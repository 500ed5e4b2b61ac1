"""Unit tests are units: none writes a file, sleeps, connects or starts a process."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
REFUSED = {
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.symlink",
    "socket.connect",
    "sqlite3.connect",
    "subprocess.Popen",
    "time.sleep",
}
CACHES = ("__pycache__", ".hypothesis")
"""Folders of imports in a test, and of the examples that Hypothesis remembers."""
_THREADS_OF_TESTS: list[int] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if threading.get_ident() not in _THREADS_OF_TESTS:
        return
    is_cache = bool(arguments) and any(one in str(arguments[0]) for one in CACHES)
    if event == "open":
        path, _, flags = arguments
        if not isinstance(flags, int) or not flags & WRITES or path == os.devnull:
            return
    elif event not in REFUSED:
        return
    if is_cache:
        return
    raise RuntimeError(f"{event}{arguments} has no place in a unit test: tests/component is for it")


sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def _own_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a workspace that nobody makes."""
    monkeypatch.setenv("TREEHAND_HOME", os.path.join(os.sep, "nonexistent", "treehand"))
    monkeypatch.setenv("TREEHAND_PARANOID", "1")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    _THREADS_OF_TESTS.append(threading.get_ident())
    try:
        return (yield)
    finally:
        _THREADS_OF_TESTS.pop()
