"""Connections to a rosbridge server on which goals and calls wait, one of them on each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from treehand.worlds.ros.bridge import Bridge
from treehand.worlds.ros.bridge_message import BridgeMessage


class Lane:
    """A connection for one goal or call at a time.

    Args:
        url: URL of the server.
        connect_s: Longest time for one attempt to connect, in wall seconds.
        take: Called with each message, from the reader's thread.
        lose: Called with the id of a request whose connection was lost.
    """

    def __init__(
        self,
        url: str,
        connect_s: float,
        *,
        take: Callable[[BridgeMessage], None],
        lose: Callable[[str], None],
    ) -> None:
        self._lock = threading.Lock()
        self._lose = lose
        self._unsent: Mapping[str, Any] | None = None
        self.key = ""
        """Id of the goal or call that is under way; empty if there is none."""
        self.bridge = Bridge(url, connect_s, take=take, greet=self._greet)
        self.bridge.start()

    def send(self, message: Mapping[str, Any]) -> bool:
        """Send a goal or a call, at once or when the first connection is made; False if it is lost.

        What could not be sent on a connection that broke is not sent on the next one: nobody might
        wait for it any more.
        """
        with self._lock:
            if not self.bridge.generation:
                self._unsent = message
                return True
            return self.bridge.send(message)

    def withdraw(self) -> bool:
        """Drop what waits for the first connection; return False if nothing does."""
        with self._lock:
            unsent, self._unsent = self._unsent, None
            return unsent is not None

    def _greet(self) -> None:
        with self._lock:
            unsent, self._unsent = self._unsent, None
            if unsent is not None and self.bridge.send(unsent):
                return
            lost = self.key
        if lost and (unsent is not None or self.bridge.generation > 1):
            self._lose(lost)


class LanePool:
    """Lanes of one server, as many as there were goals and calls at once; thread-safe.

    A rosbridge server works off what one connection sends in sequence, unless it is started with
    ``send_action_goals_in_new_thread`` and ``call_services_in_new_thread``: what was sent behind
    a goal waits for the goal's end, and for ever behind a goal that was refused. So every goal and
    call has a connection of its own, and nothing that stops the robot waits.

    Args:
        url: URL of the server.
        connect_s: Longest time for one attempt to connect, in wall seconds.
        take: Called with each message, from the reader's thread.
        lose: Called with the id of a request whose connection was lost.
    """

    def __init__(
        self,
        url: str,
        connect_s: float,
        *,
        take: Callable[[BridgeMessage], None],
        lose: Callable[[str], None],
    ) -> None:
        self._url, self._connect_s, self._take, self._lose = url, connect_s, take, lose
        self._lock = threading.Lock()
        self._is_over = False
        self._lanes = [self._made()]  # the first goal need not wait for its connection

    @property
    def breach(self) -> str:
        """The first message that broke the protocol, in words; empty if none did."""
        return next((lane.bridge.breach for lane in self._lanes if lane.bridge.breach), "")

    def send(self, key: str, message: Mapping[str, Any]) -> bool:
        """Send a goal or a call on a lane of its own; return False if it is lost."""
        with self._lock:
            if self._is_over:
                return False
            lane = next((one for one in self._lanes if not one.key), None)
            if lane is None:
                lane = self._made()
                self._lanes.append(lane)
            lane.key = key
        return lane.send(message)  # without the lock: it may wait for the server to read

    def repeat(self, key: str, message: Mapping[str, Any]) -> None:
        """Send something on the lane of a goal, besides; nothing if it has none."""
        for lane in self._of(key):
            lane.bridge.send(message)

    def withdraw(self, key: str) -> bool:
        """Drop a goal or call that was not sent yet; return False if it was."""
        return any(lane.withdraw() for lane in self._of(key))

    def release(self, key: str) -> None:
        """Make the lane of a goal or call that was answered free for another one."""
        for lane in self._of(key):
            lane.key = ""

    def abandon(self, key: str) -> None:
        """Close the lane of a goal or call that is never answered: it may be blocked."""
        blocked = self._of(key)
        with self._lock:
            self._lanes = [lane for lane in self._lanes if lane not in blocked]
        for lane in blocked:
            lane.bridge.close()

    def close(self) -> None:
        """End all connections; idempotent."""
        with self._lock:
            self._is_over, lanes = True, self._lanes
        for lane in lanes:
            lane.bridge.close()

    def _of(self, key: str) -> list[Lane]:
        with self._lock:
            return [lane for lane in self._lanes if key and lane.key == key]

    def _made(self) -> Lane:
        return Lane(self._url, self._connect_s, take=self._take, lose=self._lose)
