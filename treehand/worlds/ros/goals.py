"""Goals and service calls that a robot was given over rosbridge, and what became of them."""

from __future__ import annotations

import itertools
import threading
import uuid
from dataclasses import dataclass, replace
from typing import Any

from treehand.worlds.ros.bridge_message import BridgeMessage

SUCCEEDED, CANCELED, ABORTED = 4, 5, 6
"""Statuses of a goal that has ended (``action_msgs/msg/GoalStatus``)."""
ACTIVE = frozenset({1, 2, 3})
"""Statuses of a goal that is accepted, executes or is being cancelled."""


@dataclass(frozen=True)
class RosRequest:
    """State of one goal of an action, or of one call of a service."""

    id: str
    name: str
    """Action or service."""
    is_action: bool
    is_motion: bool
    """True if the robot may move because of it."""
    is_of_topics: bool = False
    """True for a goal of ROS 1, whose action is a set of topics."""
    is_sent: bool = True
    """False if its action server has not shown itself yet."""
    is_over: bool = False
    """True if its result has come, or it is known to be no longer executed."""
    is_lost: bool = False
    """True if the connection was lost on the way, so that its result never comes."""
    status: int | None = None
    """Status of the goal at its end."""
    is_served: bool = True
    """False if the bridge could not hand it on; `values` says why."""
    values: Any = None
    """Result of the action, or response of the service."""
    said: str = ""
    """Text of the server about the end of a goal."""
    feedback: Any = None
    """Newest feedback; None before the first."""
    cancelled_s: float | None = None
    """Wall time at which it was cancelled first; None if it was not."""


class RequestBook:
    """Every goal and call that may still be under way; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._prefix = uuid.uuid4().hex[:8]
        self._numbers = itertools.count(1)
        self._requests: dict[str, RosRequest] = {}
        self._served: set[str] = set()
        """Actions and services that have answered."""

    def opened(
        self, name: str, *, is_action: bool, is_motion: bool = True, is_of_topics: bool = False
    ) -> RosRequest:
        """Return a new request, noted as under way."""
        kind = "goal" if is_action else "call"
        with self._lock:
            key = f"{kind}:{self._prefix}:{next(self._numbers)}"
            made = RosRequest(
                key, name, is_action, is_motion, is_of_topics, is_sent=not is_of_topics
            )
            self._requests[key] = made
            return made

    def find(self, key: str) -> RosRequest | None:
        """Return the request of an id; None if there is none, or it was forgotten."""
        return self._requests.get(key)

    def has_served(self, name: str) -> bool:
        """Return True if an action or a service has answered before."""
        return name in self._served

    def motions(self) -> tuple[RosRequest, ...]:
        """Return the goals and calls that may still move the robot."""
        with self._lock:
            return tuple(r for r in self._requests.values() if r.is_motion and not r.is_over)

    def update(self, key: str, **changes: Any) -> None:
        """Change what is known of a request; does nothing if it was forgotten."""
        with self._lock:
            found = self._requests.get(key)
            if found is not None:
                self._requests[key] = replace(found, **changes)

    def forget(self, key: str) -> None:
        """Forget a request that is over, once its skill has taken the result."""
        with self._lock:
            found = self._requests.get(key)
            if found is not None and found.is_over:
                del self._requests[key]

    def take(self, message: BridgeMessage) -> None:
        """Take in feedback, a result or a response; late ones of forgotten requests are dropped."""
        if message.op == "action_feedback":
            self._served.add(message.name)
            self.update(message.id, feedback=message.values)
        elif message.op in ("action_result", "service_response"):
            if message.is_success:
                self._served.add(message.name)
            self.update(
                message.id,
                is_over=True,
                status=message.status,
                is_served=message.is_success,
                values=message.values,
                said=message.said,
            )

    def lose(self, key: str) -> None:
        """Mark a goal or call whose connection was lost; a call of a service is over then."""
        with self._lock:
            found = self._requests.get(key)
            if found is not None and not found.is_over:
                over = not found.is_action
                self._requests[key] = replace(found, is_lost=True, is_over=over, is_served=False)
