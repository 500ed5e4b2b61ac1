"""Link to a rosbridge server: topics, goals and calls over connections that are made again."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from treehand.core.clock import Clock
from treehand.worlds.ros.action_topics import ActionTopics, is_of_topics
from treehand.worlds.ros.bridge import Bridge, BridgeUnreachable
from treehand.worlds.ros.bridge_message import BridgeMessage
from treehand.worlds.ros.goals import ACTIVE, RequestBook, RosRequest
from treehand.worlds.ros.lanes import LanePool
from treehand.worlds.ros.settings import RosSettings

STATUS = "/_action/status"
STATUS_TYPE = "action_msgs/msg/GoalStatusArray"
RENEW_S = 2.0
"""Wall time after which a topic that has told nothing is subscribed to again."""


class RosLink:
    """Messages to and from one server; thread-safe.

    Args:
        settings: The ``ros:`` section.
        clock: The run's time.
    """

    def __init__(self, settings: RosSettings, clock: Clock) -> None:
        self.settings = settings
        self.book = RequestBook()
        """Goals and calls that may still be under way."""
        self.actions = ActionTopics(self, self.book)
        """Goals of action servers of ROS 1."""
        self._clock = clock
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._inbox: list[tuple[str, Any, float]] = []
        self._active: dict[str, int] = {}
        """Action to the number of its goals that are active, by its status topic."""
        self._heard: set[str] = set()
        """Topics that have told something."""
        self._renewed_s = time.monotonic()
        self._watched = {topic.topic: topic.type for topic in settings.topics}
        """Topic to its type, of all that is subscribed to."""
        self._advertised: dict[str, str] = {}
        self._bridge = Bridge(
            settings.url,
            settings.connect,
            take=self._take,
            greet=self._greet,
            span=settings.span("url"),
        )
        self._lanes = LanePool(settings.url, settings.connect, take=self._take, lose=self._lose)
        try:
            self._bridge.open()
        except BridgeUnreachable:
            self._lanes.close()
            raise

    @property
    def is_connected(self) -> bool:
        """True if the bridge is connected."""
        return self._bridge.is_connected

    @property
    def breach(self) -> str:
        """The first message that broke the protocol, in words; empty if none did."""
        return self._bridge.breach or self._lanes.breach or self.actions.breach

    def silent_s(self) -> float:
        """Return the wall time since the server was last heard of, in seconds."""
        return self._bridge.silent_s()

    def wait_for_topics(self, limit_s: float) -> None:
        """Wait until every topic has told something, for so long at most, in wall seconds."""
        wanted = {topic.topic for topic in self.settings.topics}
        with self._news:
            self._news.wait_for(lambda: wanted <= {name for name, _, _ in self._inbox}, limit_s)

    def renew_topics(self) -> None:
        """Subscribe again, now and then, to topics that have told nothing.

        rosbridge takes over the quality of service of those who publish when it is asked: who comes
        later with another one (sensors are sent as *best effort*) is never heard.
        """
        now_s = time.monotonic()
        with self._lock:
            if now_s - self._renewed_s < RENEW_S:
                return
            self._renewed_s = now_s
            silent = {t.topic: t.type for t in self.settings.topics if t.topic not in self._heard}
        for topic, kind in silent.items():
            self.send({"op": "unsubscribe", "topic": topic})
            self.send({"op": "subscribe", "topic": topic, "type": kind})

    def take_messages(self) -> list[tuple[str, Any, float]]:
        """Return the messages since the last call: topic, message, run time of arrival."""
        with self._lock:
            taken, self._inbox = self._inbox, []
        return taken

    def active_n(self, action: str) -> int | None:
        """Return the number of an action's goals that are active; None if nothing tells it."""
        return self._active.get(action)

    def watch_status(self, action: str) -> None:
        """Subscribe to the status of an action's goals."""
        self.subscribe(action + STATUS, STATUS_TYPE)

    def subscribe(self, topic: str, kind: str) -> None:
        """Subscribe to a topic, once."""
        with self._lock:
            if topic in self._watched:
                return
            self._watched[topic] = kind
        self.send({"op": "subscribe", "topic": topic, "type": kind})

    def advertise(self, topic: str, kind: str) -> None:
        """Announce messages on a topic, once."""
        with self._lock:
            if topic in self._advertised:
                return
            self._advertised[topic] = kind
        self.send({"op": "advertise", "topic": topic, "type": kind})

    def send_goal(self, action: str, kind: str, goal: Mapping[str, Any]) -> str:
        """Send a goal to an action server and return its id."""
        if is_of_topics(kind):
            return self.actions.send_goal(action, kind, goal)
        self.watch_status(action)
        made = self.book.opened(action, is_action=True)
        message = {"op": "send_action_goal", "id": made.id, "action": action}
        self._request(made.id, {**message, "action_type": kind, "args": goal, "feedback": True})
        return made.id

    def cancel_goal(self, goal: RosRequest) -> None:
        """Ask the bridge to cancel a goal; one that was not sent yet is over at once."""
        if goal.is_of_topics:
            self.actions.cancel(goal)
            return
        if self._lanes.withdraw(goal.id):
            self.book.update(goal.id, is_over=True, is_served=False, values="cancelled")
            self._lanes.release(goal.id)
            return
        message = {"op": "cancel_action_goal", "id": goal.id, "action": goal.name}
        self.send(message)
        self._lanes.repeat(goal.id, message)  # a server may know goals by their connection only

    def abandon(self, key: str) -> None:
        """Expect no answer to a goal or call any more: its connection may be blocked by it."""
        self._lanes.abandon(key)

    def call(
        self, service: str, kind: str, request: Mapping[str, Any], *, is_motion: bool = False
    ) -> str:
        """Call a service and return the id of the call.

        Args:
            service: Name of the service.
            kind: Its type.
            request: The request.
            is_motion: True if the robot may move until the service has returned.
        """
        made = self.book.opened(service, is_action=False, is_motion=is_motion)
        message = {"op": "call_service", "id": made.id, "service": service}
        self._request(made.id, {**message, "type": kind, "args": request})
        return made.id

    def publish(self, topic: str, kind: str, message: Mapping[str, Any]) -> bool:
        """Publish a message; return False if there is no connection."""
        self.advertise(topic, kind)
        return self.send({"op": "publish", "topic": topic, "msg": message})

    def send(self, message: Mapping[str, Any]) -> bool:
        """Send a message; return False if there is no connection."""
        return self._bridge.send(message)

    def close(self) -> None:
        """End all connections."""
        self._bridge.close()
        self._lanes.close()

    def _request(self, key: str, message: Mapping[str, Any]) -> None:
        if self.is_connected and self._lanes.send(key, message):
            return
        self._lanes.release(key)  # it never reached the server
        self.book.update(key, is_lost=True, is_over=True, is_served=False)

    def _lose(self, key: str) -> None:
        self.book.lose(key)
        self._lanes.release(key)
        self._clock.wake()

    def _greet(self) -> None:
        """Subscribe and advertise on a new connection."""
        with self._lock:
            watched, advertised = dict(self._watched), dict(self._advertised)
            self._active.clear()
        self.actions.lose()
        for topic, kind in watched.items():
            self.send({"op": "subscribe", "topic": topic, "type": kind})
        for topic, kind in advertised.items():
            self.send({"op": "advertise", "topic": topic, "type": kind})
        self._clock.wake()

    def _take(self, message: BridgeMessage) -> None:
        if message.op == "publish":
            if not self.actions.take(message):
                self._take_topic(message)
        else:
            self.book.take(message)
            if message.op in ("action_result", "service_response"):
                self._lanes.release(message.id)
        self._clock.wake()

    def _take_topic(self, message: BridgeMessage) -> None:
        with self._lock:
            if message.name.endswith(STATUS):
                listed = message.values.get("status_list")
                statuses = [one.get("status") for one in listed or () if isinstance(one, dict)]
                name = message.name.removesuffix(STATUS)
                self._active[name] = sum(one in ACTIVE for one in statuses)
                return
            self._heard.add(message.name)
            self._inbox.append((message.name, message.values, self._clock.now_s()))
            self._news.notify_all()
