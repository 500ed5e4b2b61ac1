"""Robot behind a rosbridge server: goals, calls, messages, and a stop that is acknowledged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from treehand.core.clock import Clock
from treehand.core.errors import ContractError
from treehand.skills import Frames, Proprioception, StopStatus
from treehand.skills.contracts.embodiment import FloatArray
from treehand.worlds.ros.cancellation import Cancellation
from treehand.worlds.ros.goals import RosRequest
from treehand.worlds.ros.link import RosLink


class RosRobot:
    """Commands of one robot over rosbridge; thread-safe.

    Args:
        link: Link to its server.
        clock: The run's time.
    """

    READINGS = ("request", "is_connected", "server_names", "service_names", "has_served")

    def __init__(self, link: RosLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._cancellation = Cancellation(link)

    @property
    def is_connected(self) -> bool:
        """True if the link is connected."""
        return self._link.is_connected

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
        return self._link.book.find(key)

    def send_goal(self, action: str, kind: str, goal: Mapping[str, Any]) -> str:
        """Send a goal to an action server and return its id."""
        return self._link.send_goal(action, kind, goal)

    def call_service(self, service: str, kind: str, request: Mapping[str, Any]) -> str:
        """Call a service and return the id of the call."""
        return self._link.call(service, kind, request, is_motion=True)

    def server_names(self) -> str:
        """Ask for the action servers that there are, and return the id of the call."""
        return self._link.call("/rosapi/action_servers", "rosapi_msgs/srv/GetActionServers", {})

    def service_names(self) -> str:
        """Ask for the services that there are, and return the id of the call."""
        return self._link.call("/rosapi/services", "rosapi_msgs/srv/Services", {})

    def has_served(self, name: str) -> bool:
        """Return True if an action server or service has answered before."""
        return self._link.book.has_served(name)

    def publish(self, topic: str, kind: str, message: Mapping[str, Any]) -> bool:
        """Publish a message; return False if there is no connection."""
        return self._link.publish(topic, kind, message)

    def cancel(self, key: str) -> bool:
        """Cancel a goal, again where that is due; return True once it is known to be at rest.

        A call of a service cannot be cancelled: it is at rest when it has returned.
        """
        return self._cancellation.cancel(key)

    def finish(self, key: str) -> None:
        """Forget a goal or call that is over."""
        self._link.book.forget(key)

    def stop(self) -> StopStatus:
        """Cancel every goal and call the stop service, if there is one; see `Embodiment.stop`."""
        book = self._link.book
        for one in book.motions():
            self.cancel(one.id)
        left = sorted({one.name for one in book.motions()})
        if not self.is_connected:
            what = f"the connection to {self._link.settings.url} is lost"
            return StopStatus(acknowledged=False, detail=what)
        problem = self._cancellation.stop_problem()
        if left:
            problem = f"still under way, as far as is known: {', '.join(left)}"
        return StopStatus(acknowledged=not problem, detail=problem)
