"""Actions of ROS 1: goals, cancellations, status, feedback and results are messages of topics."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from treehand.core.text.outside_values import shown
from treehand.worlds.ros.bridge_message import BridgeMessage
from treehand.worlds.ros.goals import ABORTED, CANCELED, SUCCEEDED, RequestBook, RosRequest

SUFFIX = "Action"
"""End of an action's type in ROS 1, such as ``move_base_msgs/MoveBaseAction``."""
UNDER_WAY = frozenset({0, 1, 6, 7})
"""Statuses of a goal that waits, executes or is being cancelled (``actionlib_msgs/GoalStatus``)."""
REJECTED = 5
ENDS: Mapping[int, int] = {2: CANCELED, 3: SUCCEEDED, 4: ABORTED, REJECTED: ABORTED, 8: CANCELED}
"""Status of a goal that has ended, to its status in ROS 2."""
SILENT_S = 2.0
"""Wall time for which a goal may be missing in its server's status, or its result after its end."""
GOAL_ID = "actionlib_msgs/GoalID"
STATUS = "actionlib_msgs/GoalStatusArray"


class TopicLink(Protocol):
    """Topics over a connection, subscribed to and advertised again when it is made again."""

    def subscribe(self, topic: str, kind: str) -> None:
        """Subscribe to a topic, once."""

    def advertise(self, topic: str, kind: str) -> None:
        """Announce messages on a topic, once."""

    def send(self, message: Mapping[str, Any]) -> bool:
        """Send a message; return False if there is no connection."""


def is_of_topics(kind: str) -> bool:
    """Return True if a type of action is one of ROS 1."""
    return kind.count("/") == 1 and kind.endswith(SUFFIX)


class ActionTopics:
    """Goals of action servers of ROS 1 (actionlib); thread-safe.

    A goal is sent when the server has told its status first: before, nobody might hear the goal or
    its result. The status lists goals by their ids, for some seconds after their end, too.

    Args:
        link: Topics of the server.
        book: Goals that may still be under way.
    """

    def __init__(self, link: TopicLink, book: RequestBook) -> None:
        self._link = link
        self._book = book
        self._lock = threading.RLock()
        self._actions: dict[str, str] = {}
        """Action to its type."""
        self._statuses: dict[str, Mapping[str, int]] = {}
        """Action to its goals and their statuses, as told last on this connection."""
        self._unsent: dict[str, dict[str, Any]] = {}
        """Goal to its message, until its server has told its status."""
        self._pending_s: dict[str, float] = {}
        """Goal without a result to the wall time at which it was sent, or last under way."""
        self.breach = ""
        """The first message of another shape, in words; empty if there was none."""

    def send_goal(self, action: str, kind: str, goal: Mapping[str, Any]) -> str:
        """Send a goal, now or when its server has told its status, and return its id."""
        made = self._book.opened(action, is_action=True, is_of_topics=True)
        identity = {"id": made.id, "stamp": {"secs": 0, "nsecs": 0}}
        message = {"op": "publish", "topic": f"{action}/goal"}
        with self._lock:
            self._unsent[made.id] = {**message, "msg": {"goal_id": identity, "goal": goal}}
            self._watch(action, kind)
            if action in self._statuses:
                self._send_unsent(action)
        return made.id

    def cancel(self, goal: RosRequest) -> None:
        """Ask a server to cancel a goal; one that was not sent yet is over at once."""
        with self._lock:
            if self._unsent.pop(goal.id, None) is not None:
                self._book.update(goal.id, is_over=True, is_served=False, values="cancelled")
                return
        identity = {"id": goal.id, "stamp": {"secs": 0, "nsecs": 0}}
        self._link.send({"op": "publish", "topic": f"{goal.name}/cancel", "msg": identity})

    def forget_status(self, action: str) -> None:
        """Forget what a server has told, so that `is_at_rest` waits for what it tells next."""
        with self._lock:
            self._statuses.pop(action, None)

    def is_at_rest(self, goal: RosRequest) -> bool:
        """Return True if a server has told its status and a goal is not under way in it."""
        told = self._statuses.get(goal.name)
        return told is not None and told.get(goal.id) not in UNDER_WAY

    def lose(self) -> None:
        """Mark the goals whose result may have been told while there was no connection."""
        with self._lock:
            self._statuses.clear()
            for one in self._book.motions():
                if one.is_of_topics and one.id not in self._unsent:
                    self._book.lose(one.id)

    def take(self, message: BridgeMessage) -> bool:
        """Take in a message of a topic; return False if it is not of an action."""
        action, _, part = message.name.rpartition("/")
        if action not in self._actions or part not in ("status", "feedback", "result"):
            return False
        if part == "status":
            self._take_status(action, message.values)
        else:
            self._take_news(action, part, message.values)
        return True

    def _watch(self, action: str, kind: str) -> None:
        """Subscribe and advertise the topics of an action, once."""
        if action in self._actions:
            return
        self._actions[action] = kind
        self._link.subscribe(f"{action}/result", f"{kind}Result")
        self._link.subscribe(f"{action}/feedback", f"{kind}Feedback")
        self._link.advertise(f"{action}/goal", f"{kind}Goal")
        self._link.advertise(f"{action}/cancel", GOAL_ID)
        self._link.subscribe(f"{action}/status", STATUS)

    def _send_unsent(self, action: str) -> None:
        for key, message in list(self._unsent.items()):
            if message["topic"] != f"{action}/goal":
                continue
            del self._unsent[key]
            self._pending_s[key] = time.monotonic()
            self._book.update(key, is_sent=True)
            if not self._link.send(message):
                self._book.update(key, is_lost=True, is_over=True, is_served=False)

    def _take_status(self, action: str, told: Mapping[str, Any]) -> None:
        listed = told.get("status_list")
        statuses = dict(map(_status, listed)) if isinstance(listed, list) else {None: None}
        if None in statuses:
            self.breach = self.breach or f"a status of {action} that is {shown(told)}"
            return
        with self._lock:
            self._statuses[action] = statuses  # type: ignore[assignment]
            self._refuse_silent(action)
            self._send_unsent(action)

    def _refuse_silent(self, action: str) -> None:
        """End the goals that a server does not list, and those that ended without a result.

        rosbridge tells nothing of a goal or a subscription whose type or fields are wrong.
        """
        now_s, statuses = time.monotonic(), self._statuses[action]
        for key, since_s in list(self._pending_s.items()):
            goal = self._book.find(key)
            if goal is None or goal.is_over:
                del self._pending_s[key]
            elif goal.name == action:
                if statuses.get(key) in UNDER_WAY:
                    self._pending_s[key] = now_s
                elif now_s - since_s > SILENT_S:
                    self.cancel(goal)  # should it come later, its server has cancelled it
                    what = "its result did not come" if key in statuses else "nothing came of it"
                    told = f"{what}; compare its fields and its type '{self._actions[action]}'"
                    self._book.update(key, is_over=True, is_served=False, values=told)

    def _take_news(self, action: str, part: str, told: Mapping[str, Any]) -> None:
        key, status = _status(told.get("status"))
        if key is None or part not in told:
            self.breach = self.breach or f"a {part} of {action} that is {shown(told)}"
            return
        values = told[part]
        if part == "feedback":
            self._book.take(BridgeMessage("action_feedback", key, action, values))
            return
        said = told["status"].get("text")
        said = said if isinstance(said, str) else ""
        if status == REJECTED:
            values = said or "the server rejected it"
        end, is_taken = ENDS.get(status or 0, ABORTED), status != REJECTED
        self._book.take(BridgeMessage("action_result", key, action, values, is_taken, end, said))


def _status(told: Any) -> tuple[str | None, int | None]:
    """Return the goal and the status of a ``GoalStatus``; None if it is none."""
    identity = told.get("goal_id") if isinstance(told, dict) else None
    key = identity.get("id") if isinstance(identity, dict) else None
    status = told.get("status") if isinstance(told, dict) else None
    if not isinstance(key, str) or type(status) is not int:
        return None, None
    return key, status
