"""Bounds of a policy server's answers, and the TCP connection that every client tries first."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from treehand.skills.vla.contract.policy import unreachable
from treehand.skills.vla.contract.spec import PolicySpec

OPEN_S = 5.0
"""Time limit of the TCP connection, in wall seconds; the answer may take longer."""
_FRAME_BYTES = 256 * 1024
"""Bytes for metadata, timings and the state that some servers repeat."""
_NUMBER_BYTES = 64
"""Bytes of one number of an action in the longest encoding, JSON, with room to spare."""
_CHUNKS = 4
"""Servers may answer more actions than they are asked for, such as a longer horizon."""


def answer_bytes(spec: PolicySpec) -> int:
    """Return the longest answer that a server may give, in bytes.

    It follows from the size of an action chunk; a longer answer is refused before it is read.

    Args:
        spec: Inputs and outputs of the policy.
    """
    return _FRAME_BYTES + _CHUNKS * spec.chunk * spec.answered * _NUMBER_BYTES


def connected(address: str, timeout_s: float, *, port: int = 80) -> socket.socket:
    """Return a TCP connection to a server.

    Args:
        address: ``scheme://host:port``.
        timeout_s: Time limit, in wall seconds; at most `OPEN_S` of it are used.
        port: Port if the address has none.

    Raises:
        OSError: If nobody listens there.
        ValueError: If the address has no valid port.
    """
    place = urlsplit(address)
    return socket.create_connection(
        (place.hostname or "", place.port or port), min(timeout_s, OPEN_S)
    )


def require_listener(address: str, timeout_s: float) -> None:
    """Raise `PolicyError` if nobody listens at an address.

    Args:
        address: ``scheme://host:port``.
        timeout_s: Time limit, in wall seconds; at most `OPEN_S` of it are used.
    """
    try:
        connected(address, timeout_s).close()
    except (OSError, ValueError) as error:
        raise unreachable(f"{address}: nobody listens there: {error}") from error
