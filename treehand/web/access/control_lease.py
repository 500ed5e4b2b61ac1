"""The controller's lease: one viewer at a time may approve, answer, re-arm and edit."""

from __future__ import annotations

import threading

from treehand.web.access.api_error import ApiError
from treehand.web.access.viewers import Viewer, Viewers

ABSENT_S = 20.0
"""A controller without an event stream and without a request for so long has left."""


class ControlLease:
    """Lease of the control over one robot.

    Args:
        viewers: All viewers.
        is_read_only: True if nobody may have it.
    """

    def __init__(self, viewers: Viewers, *, is_read_only: bool) -> None:
        self._viewers = viewers
        self.is_read_only = is_read_only
        self._lock = threading.Lock()
        self._holder: Viewer | None = None

    @property
    def holder(self) -> Viewer | None:
        """Return the viewer in control; None if nobody is, or who was has left or is an agent."""
        holder = self._holder
        if holder is not None and (holder.is_agent or not self._viewers.is_here(holder, ABSENT_S)):
            return None
        return holder

    def take(self, viewer: Viewer) -> None:
        """Give the control to a viewer, if nobody else has it.

        Raises:
            ApiError: If somebody else has it (409), the server is read-only (403), or the viewer
                is an agent (403).
        """
        self._require_writable()
        _require_person(viewer)
        with self._lock:
            holder = self.holder
            if holder is not None and holder is not viewer:
                hint = f"ask '{holder.name}' to hand it over; everybody may stop"
                raise ApiError(409, "controlled", f"'{holder.name}' is in control", hint)
            self._holder = viewer

    def hand_over(self, viewer: Viewer, to: Viewer) -> None:
        """Give the control from the viewer that has it to another one.

        Raises:
            ApiError: If the viewer is not in control (403).
        """
        self._require_writable()
        _require_person(to)
        with self._lock:
            self._require(viewer)
            self._holder = to

    def release(self, viewer: Viewer) -> None:
        """Give the control up; nothing happens if another viewer has it."""
        with self._lock:
            if self._holder is viewer:
                self._holder = None

    def require(self, viewer: Viewer) -> None:
        """Raise `ApiError` (403) unless a viewer is in control."""
        self._require_writable()
        with self._lock:
            self._require(viewer)

    def _require(self, viewer: Viewer) -> None:
        holder = self.holder
        if holder is not viewer:
            who = f"'{holder.name}' is in control" if holder is not None else "nobody is in control"
            raise ApiError(403, "not-in-control", who, "take control first: POST /api/control")

    def _require_writable(self) -> None:
        if self.is_read_only:
            hint = "viewers may look and stop; start it without --read-only for the rest"
            raise ApiError(403, "read-only", "this server is read-only", hint)


def _require_person(viewer: Viewer) -> None:
    if viewer.is_agent:
        hint = "a person approves with a code of their own"
        raise ApiError(403, "agent", f"'{viewer.name}' is an agent's token", hint)
