"""Robot behind a rosbridge server: goals, calls, messages, and a stop that is acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from treehand.core.clock import Clock
from treehand.core.errors import ContractError
from treehand.skills import Frames, Proprioception, StopStatus
from treehand.skills.contracts.embodiment import FloatArray
from treehand.worlds.ros.bridge import Bridge
from treehand.worlds.ros.bridge_message import BridgeMessage
from treehand.worlds.ros.goals import ACTIVE, RequestBook, RosRequest
from treehand.worlds.ros.settings import RosSettings

AGAIN_S = 0.25
"""Wall time after which a cancellation or a stop is sent again."""
CANCEL_ALL_S = 0.5
"""Wall time after a cancellation without a result, until the action server itself is asked."""
STATUS = "/_action/status"
CANCEL = "/_action/cancel_goal"
CANCEL_TYPE = "action_msgs/srv/CancelGoal"


class RosRobot:
    """Commands of one robot over rosbridge; thread-safe.

    A goal counts as at rest when its result has come. Where it cannot come (the connection was
    lost, or the server refused the goal, of which rosbridge does not tell), the action server is
    asked to cancel all of its goals, and the goal counts as at rest when the server's status topic
    lists none that is active.

    Args:
        settings: The ``ros:`` section.
        clock: The run's time.
    """

    READINGS = ("request", "is_connected", "generation", "server_names", "silent_s", "settings")

    def __init__(self, settings: RosSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._book = RequestBook()
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._inbox: list[tuple[str, Any, float]] = []
        self._active: dict[str, int] = {}
        """Action to the number of its goals that are active, by its status topic."""
        self._watched: dict[str, str] = {}
        """Topic to its type, of all that is subscribed to."""
        self._advertised: dict[str, str] = {}
        self._sent_s: dict[str, float] = {}
        """Cancellation or stop to the wall time at which it was last sent."""
        self._asked: dict[str, str] = {}
        """Action to the request by which its server was asked to cancel all goals."""
        self._stop_call = ""
        self._named: set[str] = set()
        """Actions whose server has named goals that it cancels."""
        for topic in settings.topics:
            self._watched[topic.topic] = topic.type
        self._bridge = Bridge(settings.url, settings.connect, take=self._take, greet=self._greet)
        self._bridge.open()

    @property
    def is_connected(self) -> bool:
        """Return True if the bridge is connected."""
        return self._bridge.is_connected

    @property
    def generation(self) -> int:
        """Return the number of connections so far."""
        return self._bridge.generation

    @property
    def breach(self) -> str:
        """Return the first message that broke the protocol, in words; empty if none did."""
        return self._bridge.breach

    def silent_s(self) -> float:
        """Return the wall time since the bridge was last heard of, in seconds."""
        return self._bridge.silent_s()

    def wait_for_topics(self, limit_s: float) -> None:
        """Wait until every topic has told something, for so long at most, in wall seconds."""
        wanted = {topic.topic for topic in self.settings.topics}
        with self._news:
            self._news.wait_for(lambda: wanted <= {name for name, _, _ in self._inbox}, limit_s)

    def take_messages(self) -> list[tuple[str, Any, float]]:
        """Return the messages since the last call: topic, message, run time of arrival."""
        with self._lock:
            taken, self._inbox = self._inbox, []
        return taken

    def proprioception(self) -> Proprioception:
        """Return an empty state: topics tell it as percepts."""
        return Proprioception(self._clock.now_s(), {})

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Raise `ValueError`: there are no cameras; pictures stay with the robot's detectors."""
        raise ValueError("a robot over rosbridge offers no cameras")

    def apply(self, action: FloatArray) -> None:
        """Raise `ContractError`: there are no action vectors; goals and calls move the robot."""
        raise ContractError("no-action: a robot over rosbridge takes goals, not action vectors")

    def request(self, key: str) -> RosRequest | None:
        """Return the state of a goal or call; None after `finish`."""
        return self._book.find(key)

    def send_goal(self, action: str, kind: str, goal: Mapping[str, Any]) -> str:
        """Send a goal to an action server and return its id."""
        self._watch(action + STATUS, "action_msgs/msg/GoalStatusArray")
        made = self._book.opened(action, is_action=True, generation=self.generation)
        message = {"op": "send_action_goal", "id": made.id, "action": action}
        self._send({**message, "action_type": kind, "args": goal, "feedback": True}, made.id)
        return made.id

    def call_service(self, service: str, kind: str, request: Mapping[str, Any]) -> str:
        """Call a service and return the id of the call."""
        return self._call(service, kind, request, is_motion=True)

    def server_names(self) -> str:
        """Ask for the action servers that there are, and return the id of the call."""
        return self._call("/rosapi/action_servers", "rosapi_msgs/srv/GetActionServers", {})

    def publish(self, topic: str, kind: str, message: Mapping[str, Any]) -> bool:
        """Publish a message; return False if there is no connection."""
        with self._lock:
            if topic not in self._advertised:
                self._advertised[topic] = kind
                self._send({"op": "advertise", "topic": topic, "type": kind})
        return self._send({"op": "publish", "topic": topic, "msg": message})

    def cancel(self, key: str) -> bool:
        """Cancel a goal, again where that is due; return True once it is known to be at rest.

        A call of a service cannot be cancelled: it is at rest when it has returned.
        """
        with self._lock:
            goal = self._book.find(key)
            if goal is None or goal.is_over or not goal.is_action:
                return goal is None or goal.is_over
            now_s = time.monotonic()
            if goal.cancelled_s is None:
                self._book.update(key, cancelled_s=now_s)
            if not goal.is_lost:
                message = {"op": "cancel_action_goal", "id": key, "action": goal.name}
                self._send_again(key, message, now_s)
            since_s = now_s - (goal.cancelled_s if goal.cancelled_s is not None else now_s)
            if goal.is_lost or since_s >= CANCEL_ALL_S:
                self._ask_server(goal, now_s)
            found = self._book.find(key)
            return found is None or found.is_over

    def finish(self, key: str) -> None:
        """Forget a goal or call that is over."""
        self._book.forget(key)

    def stop(self) -> StopStatus:
        """Cancel every goal and call the stop service, if there is one; see `Embodiment.stop`."""
        for one in self._book.motions():
            self.cancel(one.id)
        left = sorted({one.name for one in self._book.motions()})
        if not self.is_connected:
            what = f"the connection to {self.settings.url} is lost"
            return StopStatus(acknowledged=False, detail=what)
        problem = self._stop_problem()
        if left:
            problem = f"still under way, as far as is known: {', '.join(left)}"
        return StopStatus(acknowledged=not problem, detail=problem)

    def close(self) -> None:
        """End the connection."""
        self._bridge.close()

    def _stop_problem(self) -> str:
        """Call the stop service; return its problem, empty once it has confirmed."""
        service = self.settings.stop
        if service is None:
            return ""
        with self._lock:
            call, now_s = self._book.find(self._stop_call), time.monotonic()
            if call is not None and call.is_over and call.is_served and _is_yes(call.values):
                self._book.forget(call.id)
                return ""
            if now_s - self._sent_s.get("stop", -AGAIN_S) >= AGAIN_S:
                self._sent_s["stop"] = now_s
                self._drop(call)
                self._stop_call = self._call(service.service, service.type, {})
            if call is not None and call.is_over:
                return f"{service.service} answered {call.values}"
            return f"{service.service} has not answered"

    def _ask_server(self, goal: RosRequest, now_s: float) -> None:
        """Ask an action server to cancel all goals, and note if none of them is active."""
        action = goal.name
        call = self._book.find(self._asked.get(action, ""))
        if call is not None and call.is_over and call.is_served:
            if isinstance(call.values, dict) and call.values.get("goals_canceling"):
                self._named.add(action)  # only the status topic tells when they have ended
            if self._active.get(action, 0 if action not in self._named else None) == 0:
                self._book.update(goal.id, is_over=True, is_served=False, values="cancelled")
                return
        key = f"all {action}"
        if now_s - self._sent_s.get(key, -AGAIN_S) >= AGAIN_S and self.is_connected:
            self._sent_s[key] = now_s
            self._watch(action + STATUS, "action_msgs/msg/GoalStatusArray")
            self._drop(call)
            self._asked[action] = self._call(action + CANCEL, CANCEL_TYPE, {})

    def _call(
        self, service: str, kind: str, request: Mapping[str, Any], *, is_motion: bool = False
    ) -> str:
        made = self._book.opened(
            service, is_action=False, generation=self.generation, is_motion=is_motion
        )
        message = {"op": "call_service", "id": made.id, "service": service}
        self._send({**message, "type": kind, "args": request}, made.id)
        return made.id

    def _drop(self, call: RosRequest | None) -> None:
        if call is not None:
            self._book.update(call.id, is_over=True)
            self._book.forget(call.id)

    def _send_again(self, key: str, message: Mapping[str, Any], now_s: float) -> None:
        if now_s - self._sent_s.get(key, -AGAIN_S) >= AGAIN_S:
            self._sent_s[key] = now_s
            self._send(message)

    def _send(self, message: Mapping[str, Any], key: str = "") -> bool:
        is_sent = self._bridge.send(message)
        found = self._book.find(key) if key and not is_sent else None
        if found is not None:  # it never reached the server
            self._book.update(key, is_lost=True, is_over=True, is_served=False)
        return is_sent

    def _watch(self, topic: str, kind: str) -> None:
        with self._lock:
            if topic in self._watched:
                return
            self._watched[topic] = kind
        self._send({"op": "subscribe", "topic": topic, "type": kind})

    def _greet(self) -> None:
        """Subscribe and advertise on a new connection; what was under way before is lost."""
        with self._lock:
            watched, advertised = dict(self._watched), dict(self._advertised)
            self._active.clear()
        self._book.lose(self._bridge.generation)
        self._subscribe(watched)
        for topic, kind in advertised.items():
            self._send({"op": "advertise", "topic": topic, "type": kind})
        self._clock.wake()

    def _subscribe(self, watched: Mapping[str, str]) -> None:
        for topic, kind in watched.items():
            self._send({"op": "subscribe", "topic": topic, "type": kind})

    def _take(self, message: BridgeMessage) -> None:
        if message.op == "publish":
            self._take_topic(message)
        else:
            self._book.take(message)
        self._clock.wake()

    def _take_topic(self, message: BridgeMessage) -> None:
        with self._lock:
            if message.name.endswith(STATUS):
                listed = message.values.get("status_list")
                statuses = [one.get("status") for one in listed or () if isinstance(one, dict)]
                name = message.name.removesuffix(STATUS)
                self._active[name] = sum(one in ACTIVE for one in statuses)
                return
            self._inbox.append((message.name, message.values, self._clock.now_s()))
            self._news.notify_all()


def _is_yes(values: Any) -> bool:
    """Return True if a service's response says success, or does not say."""
    return not isinstance(values, dict) or values.get("success") is not False
