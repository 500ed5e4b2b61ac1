"""Processes of a real ROS, for the suites that talk to a real bridge: started, read and ended."""

from __future__ import annotations

import contextlib
import queue
import shlex
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import treehand as th
from tests.rosbridge.conversations import connected
from tests.rosbridge.recording import recorded

Lines = queue.SimpleQueue[str]
"""Lines that a process has written."""


@contextlib.contextmanager
def process(
    setup: str, command: str, environment: Mapping[str, str], *, end_s: float
) -> Iterator[Lines]:
    """Run a command with ROS set up until its input ends, and yield its lines.

    Args:
        setup: Shell file that sets ROS up.
        command: The command.
        environment: Its environment.
        end_s: Time to end by itself once its input has ended, in wall seconds.
    """
    line = ["bash", "-c", f". {shlex.quote(setup)} && exec {command}"]
    clean = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    pipes |= {"stderr": subprocess.DEVNULL, "env": clean}
    with subprocess.Popen(line, text=True, **pipes) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        output, lines = running.stdout, Lines()
        reader = threading.Thread(target=lambda: [lines.put(one.strip()) for one in output])
        reader.start()
        try:
            yield lines
        finally:
            running.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=end_s)
            running.kill()
            reader.join()


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def is_up(url: str) -> bool:
    """Return True if a bridge answers."""
    with contextlib.suppress(th.TreehandError), connected(url):
        return True
    return False


def ear(lines: Lines) -> Callable[[str], bool]:
    """Return a function that tells if the next line is a word."""

    def heard(word: str) -> bool:
        with contextlib.suppress(queue.Empty):
            assert lines.get(timeout=5) == word
            return True
        return False

    return heard


def maybe_recorded(url: str, folder: str, name: str) -> contextlib.AbstractContextManager[str]:
    """Return the URL of a bridge, through a recorder if a folder is given."""
    return recorded(url, Path(folder) / f"{name}.jsonl") if folder else contextlib.nullcontext(url)
