"""Viewers of the page and clients of the API: one-time codes, and the tokens given for them.

A token is kept as its hash only. Neither codes nor tokens are written to a log.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from treehand.web.access.api_error import ApiError

CODE_S = 600.0
"""Time for which an invitation is valid, in seconds; the first code lasts until it is used."""
MAX_VIEWERS = 64
"""Most viewers at a time; the one that was idle longest is forgotten."""
MAX_WRONG = 10
"""Wrong codes in a row after which codes are refused for `PAUSE_S`."""
PAUSE_S = 30.0
LONGEST_NAME = 40
MAX_STREAMS = 8
"""Most streams of events and pictures that one viewer has open."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters that nobody mistakes for one another."""
_GROUPS, _GROUP = 3, 4
"""59 bits: ten guesses in 30 s find none in the lifetime of a server."""


@dataclass
class Viewer:
    """Somebody who may look and stop; with the controller's lease, approve and answer, too."""

    id: str
    """Short public identifier."""
    name: str
    """Name that the journal gets, chosen by the person."""
    token_hash: bytes
    seen_s: float
    """Time of the last request, on the wall's monotonic clock."""
    streams: int = 0
    """Open event streams."""
    is_agent: bool = False
    """True once its token has been used by a model: it never gets control."""


class Viewers:
    """All viewers of one server.

    Args:
        announce: Called with a new one-time code; prints it where the server was started.
        now_s: Monotonic time in seconds.
    """

    def __init__(
        self, announce: Callable[[str], None], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._announce = announce
        self._now_s = now_s
        self._lock = threading.Lock()
        self._codes: dict[bytes, float] = {}
        """Hash of a code to the time at which it expires."""
        self._main = b""
        """Hash of the code that was printed last."""
        self._viewers: dict[bytes, Viewer] = {}
        self._wrong = 0
        self._refused_until_s = 0.0

    def open(self) -> str:
        """Make and announce the first code; return it."""
        return self._next_code()

    def invite(self) -> str:
        """Return a further one-time code, valid for ten minutes."""
        code = _new_code()
        with self._lock:
            now_s = self._now_s()
            self._codes = {one: until for one, until in self._codes.items() if until > now_s}
            self._codes[_hash(code)] = now_s + CODE_S
        return code

    def exchange(self, code: str, name: str) -> tuple[Viewer, str]:
        """Return a new viewer and its token for a one-time code, which is used up.

        Raises:
            ApiError: If the code is wrong, expired or used (401), or too many were wrong (429).
        """
        given = _hash(_plain(code))
        with self._lock:
            now_s = self._now_s()
            if now_s < self._refused_until_s:
                hint = "wait half a minute; the code stands where the server was started"
                raise ApiError(429, "too-many-codes", "too many wrong codes", hint)
            found = next((one for one in self._codes if hmac.compare_digest(one, given)), None)
            if found is None or self._codes.pop(found) <= now_s:
                self._wrong += 1
                if self._wrong >= MAX_WRONG:
                    self._wrong, self._refused_until_s = 0, now_s + PAUSE_S
                hint = "a code is good for one use; the next one stands where the server runs"
                raise ApiError(401, "wrong-code", "this code is wrong, expired or used", hint)
            self._wrong = 0
            was_main = found == self._main
        viewer, token = self.admit(name)
        if was_main:
            self._next_code()
        return viewer, token

    def admit(self, name: str) -> tuple[Viewer, str]:
        """Return a new viewer with its token."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            viewer = Viewer(secrets.token_hex(4), _name(name), _hash(token), self._now_s())
            while len(self._viewers) >= MAX_VIEWERS:
                idle = min(self._viewers.values(), key=lambda one: (one.streams, one.seen_s))
                del self._viewers[idle.token_hash]
            self._viewers[viewer.token_hash] = viewer
        return viewer, token

    def of_token(self, token: str) -> Viewer | None:
        """Return the viewer with a token; None if nobody has it."""
        given = _hash(token)
        with self._lock:
            for known, viewer in self._viewers.items():
                if hmac.compare_digest(known, given):
                    viewer.seen_s = self._now_s()
                    return viewer
        return None

    def mark_agent(self, viewer: Viewer) -> None:
        """Take in that a model uses a viewer's token; this is never undone."""
        viewer.is_agent = True

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer and its token."""
        with self._lock:
            self._viewers.pop(viewer.token_hash, None)

    def find(self, id_: str) -> Viewer | None:
        """Return the viewer with an identifier; None if there is none."""
        with self._lock:
            return next((one for one in self._viewers.values() if one.id == id_), None)

    def all(self) -> tuple[Viewer, ...]:
        """Return all viewers, the earliest first."""
        with self._lock:
            return tuple(self._viewers.values())

    def is_known(self, viewer: Viewer) -> bool:
        """Return True until a viewer has left or was forgotten."""
        with self._lock:
            return self._viewers.get(viewer.token_hash) is viewer

    def is_here(self, viewer: Viewer, within_s: float) -> bool:
        """Return True if a viewer has an event stream open, or asked something lately."""
        with self._lock:
            is_known = viewer.token_hash in self._viewers
        return is_known and (viewer.streams > 0 or self._now_s() - viewer.seen_s < within_s)

    def _next_code(self) -> str:
        code = _new_code()
        with self._lock:
            self._main = _hash(code)
            self._codes[self._main] = float("inf")
        self._announce(_spaced(code))
        return code


def _new_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP))


def _spaced(code: str) -> str:
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _name(name: str) -> str:
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return plain[:LONGEST_NAME] or "a viewer"
