"""Messages of the Groot2 monitoring protocol, from ``groot2_protocol.h`` of BehaviorTree.CPP.

A request has a header of 6 bytes and at most one more part; the reply begins with that header and
the 16 bytes of the tree's id. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

PROTOCOL = 2
"""``kProtocolID``."""
_HEADER = struct.Struct("<BBI")
_STATUS = struct.Struct("<HB")
STATUSES = {"INVALID": 0, "RUNNING": 1, "SUCCESS": 2, "FAILURE": 3}
"""Numbers of ``NodeStatus``; INVALID is IDLE there, and 4 is SKIPPED."""
IDLE_AFTER = 10
"""Added to the last status of a node that became idle."""


class RequestType(Enum):
    """Tags of ``Monitor::RequestType``."""

    FULLTREE = "T"
    STATUS = "S"
    BLACKBOARD = "B"
    HOOK_INSERT = "I"
    HOOK_REMOVE = "R"
    BREAKPOINT_REACHED = "N"
    BREAKPOINT_UNLOCK = "U"
    HOOKS_DUMP = "D"
    REMOVE_ALL_HOOKS = "A"
    DISABLE_ALL_HOOKS = "X"
    TOGGLE_RECORDING = "r"
    GET_TRANSITIONS = "t"


class WrongRequest(ValueError):
    """A request that is answered with an error, in the words of BehaviorTree.CPP's publisher."""


@dataclass(frozen=True)
class RequestHeader:
    """First part of a request."""

    kind: RequestType | None
    """None for a tag that the protocol does not have."""
    tag: int
    """The tag as it came, one byte."""
    number: int
    """Unique id of the request; the reply repeats it."""

    def reply(self, tree_id: bytes) -> bytes:
        """Return the header of the reply, 22 bytes."""
        return _HEADER.pack(PROTOCOL, self.tag, self.number) + tree_id


def read_header(part: bytes) -> RequestHeader:
    """Return the header of a request.

    Raises:
        WrongRequest: If it does not have 6 bytes.
    """
    if len(part) != _HEADER.size:
        raise WrongRequest("wrong request header")
    _, tag, number = _HEADER.unpack(part)
    kind = next((one for one in RequestType if ord(one.value) == tag), None)
    return RequestHeader(kind, tag, number)


def breakpoint_message(number: int, uid: int) -> list[bytes]:
    """Return the notification that a node with a breakpoint was reached."""
    tag = ord(RequestType.BREAKPOINT_REACHED.value)
    return [_HEADER.pack(PROTOCOL, tag, number), str(uid).encode()]


def status_buffer(statuses: Iterable[tuple[int, int]]) -> bytes:
    """Return uid and status of every node, 3 bytes each."""
    return b"".join(_STATUS.pack(uid, status) for uid, status in statuses)


def transition_buffer(transitions: Iterable[tuple[int, int, int]]) -> bytes:
    """Return time in microseconds, uid and new status of every transition, 9 bytes each."""
    return b"".join(
        (time & 0xFFFF_FFFF_FFFF).to_bytes(6, "little") + _STATUS.pack(uid, status)
        for time, uid, status in transitions
    )
