"""Cancellation of goals, and the stop service: sent until it is known that the robot rests."""

from __future__ import annotations

import threading
import time
from typing import Any

from treehand.worlds.ros.goals import RosRequest
from treehand.worlds.ros.link import RosLink

AGAIN_S = 0.25
"""Wall time after which a cancellation or a stop is sent again."""
UNANSWERED_S = 1.0
"""The same where a service has not answered the last time."""
CANCEL_ALL_S = 0.5
"""Wall time after a cancellation without a result, until the action server itself is asked."""
CANCEL = "/_action/cancel_goal"
CANCEL_TYPE = "action_msgs/srv/CancelGoal"


class Cancellation:
    """Cancels goals over a link, and calls the stop service; thread-safe.

    A goal counts as at rest when its result has come. Where it cannot come (the connection was
    lost, or the server refused the goal, of which rosbridge does not tell), the action server is
    asked to cancel all of its goals, and the goal counts as at rest when the server's status topic
    lists none that is active.
    """

    def __init__(self, link: RosLink) -> None:
        self._link = link
        self._lock = threading.RLock()
        self._sent_s: dict[str, float] = {}
        """Cancellation or stop to the wall time at which it was last sent."""
        self._asked: dict[str, str] = {}
        """Action to the request by which its server was asked to cancel all goals."""
        self._named: set[str] = set()
        """Actions whose server has named goals that it cancels."""
        self._stop_call = ""

    def cancel(self, key: str) -> bool:
        """Cancel a goal, again where that is due; return True once it is known to be at rest.

        A call of a service cannot be cancelled: it is at rest when it has returned.
        """
        book = self._link.book
        with self._lock:
            goal = book.find(key)
            if goal is None or goal.is_over or not goal.is_action:
                return goal is None or goal.is_over
            now_s = time.monotonic()
            if goal.cancelled_s is None:
                book.update(key, cancelled_s=now_s)
                if goal.is_of_topics:
                    self._link.actions.forget_status(goal.name)
            if goal.is_of_topics:
                return self._cancel_by_topic(goal, now_s)
            if not goal.is_lost and self._is_due(key, now_s):
                self._link.cancel_goal(goal)
            since_s = now_s - (goal.cancelled_s if goal.cancelled_s is not None else now_s)
            if goal.is_lost or since_s >= CANCEL_ALL_S:
                self._ask_server(goal, now_s)
            found = book.find(key)
            return found is None or found.is_over

    def _cancel_by_topic(self, goal: RosRequest, now_s: float) -> bool:
        """Cancel a goal of ROS 1; return True once its status is that of no goal under way."""
        if self._is_due(goal.id, now_s):
            self._link.cancel_goal(goal)
        book, begun_s = self._link.book, goal.cancelled_s
        is_late = begun_s is not None and now_s - begun_s >= CANCEL_ALL_S
        if is_late and self._link.actions.is_at_rest(goal):
            book.update(goal.id, is_over=True, is_served=False, values="cancelled")
        found = book.find(goal.id)
        return found is None or found.is_over

    def stop_problem(self) -> str:
        """Call the stop service; return its problem, empty once it has confirmed."""
        service, book = self._link.settings.stop, self._link.book
        if service is None:
            return ""
        with self._lock:
            call = book.find(self._stop_call)
            if call is not None and call.is_over and call.is_served and _is_yes(call.values):
                book.forget(call.id)
                return ""
            if self._is_due("stop", time.monotonic(), call):
                self._drop(call)
                self._stop_call = self._link.call(service.service, service.type, {})
            if call is not None and call.is_over:
                return f"{service.service} answered {call.values}"
            return f"{service.service} has not answered"

    def _ask_server(self, goal: RosRequest, now_s: float) -> None:
        """Ask an action server to cancel all goals, and note if none of them is active."""
        action, book = goal.name, self._link.book
        call = book.find(self._asked.get(action, ""))
        if call is not None and call.is_over and call.is_served:
            if isinstance(call.values, dict) and call.values.get("goals_canceling"):
                self._named.add(action)  # only the status topic tells when they have ended
            active_n = self._link.active_n(action)
            if active_n == 0 or (active_n is None and action not in self._named):
                book.update(goal.id, is_over=True, is_served=False, values="cancelled")
                self._link.abandon(goal.id)
                return
        if self._link.is_connected and self._is_due(f"all {action}", now_s, call):
            self._link.watch_status(action)
            self._drop(call)
            self._asked[action] = self._link.call(action + CANCEL, CANCEL_TYPE, {})

    def _drop(self, call: RosRequest | None) -> None:
        if call is not None:
            self._link.abandon(call.id)
            self._link.book.update(call.id, is_over=True)
            self._link.book.forget(call.id)

    def _is_due(self, key: str, now_s: float, call: RosRequest | None = None) -> bool:
        """Return True if something was not sent lately; it counts as sent now."""
        again_s = AGAIN_S if call is None or call.is_over else UNANSWERED_S
        if now_s - self._sent_s.get(key, -again_s) < again_s:
            return False
        self._sent_s[key] = now_s
        return True


def _is_yes(values: Any) -> bool:
    """Return True if a service's response says success, or does not say."""
    return not isinstance(values, dict) or values.get("success") is not False
