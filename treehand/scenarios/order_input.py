"""Standard input of a process that a server starts: an order, and the life of the server."""

from __future__ import annotations

import os
import signal
import threading


def read_order() -> bytes:
    """Return the first line of standard input; at the input's end, all processes of this one end.

    It is empty if the input ends before.
    """
    line = b""
    while not line.endswith(b"\n"):
        got = os.read(0, 1 << 16)
        if not got:
            return b""
        line += got
    threading.Thread(target=_die_with_input, daemon=True).start()
    return line


def _die_with_input() -> None:
    """End this process and its workers at the end of standard input."""
    while os.read(0, 4096):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
