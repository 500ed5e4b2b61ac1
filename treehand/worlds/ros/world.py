"""World of a robot behind a rosbridge server: its topics tell the facts."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from treehand.core.errors import InputError
from treehand.skills import World
from treehand.skills.domain import Percept
from treehand.worlds.definition import WorldContext, WorldKind
from treehand.worlds.ros.link import RosLink
from treehand.worlds.ros.percepts import TopicPercepts
from treehand.worlds.ros.robot import RosRobot
from treehand.worlds.ros.settings import RosSettings

ROS = "ros"
"""Name of the world."""


class RosWorld:
    """A robot behind a rosbridge server.

    Args:
        settings: The ``ros:`` section of ``treehand.yaml``.
        context: Domain, scene and clock of the run.

    Raises:
        BridgeUnreachable: If no server answers in time.
        MissingExtra: If the WebSocket client is not installed.
    """

    def __init__(self, settings: RosSettings, context: WorldContext) -> None:
        self._link = RosLink(settings, context.clock)
        weakref.finalize(self, self._link.close)
        self.embodiment = RosRobot(self._link, context.clock)
        self._settings = settings
        self._link.wait_for_topics(settings.first_look)
        objects = settings.objects
        self._topics = [(topic.topic, TopicPercepts(topic, objects)) for topic in settings.topics]

    def perceive(self) -> Sequence[Percept]:
        """Return the percepts of the messages since the last call.

        Raises:
            InputError: If a message has another shape than its topic declares, or the server does
                not speak the protocol.
        """
        if self._link.breach:
            message = f"the server sent {self._link.breach}"
            hint = "is it a rosbridge server of protocol 2?"
            raise InputError.of(
                "wrong-message", message, span=self._settings.span("url"), hint=hint
            )
        self._link.renew_topics()
        percepts: list[Percept] = []
        for name, message_of_topic, arrived_s in self._link.take_messages():
            for topic, reader in self._topics:
                if topic == name:
                    percepts.extend(reader.read(message_of_topic, arrived_s))
        return percepts

    def next_event_s(self) -> float | None:
        """Return None: messages wake the run by themselves."""
        return None

    def advance(self, to_s: float) -> None:
        """Let time pass; the robot has its own."""

    def close(self) -> None:
        """End the connection."""
        self._link.close()

    def silent_s(self) -> float:
        """Return the wall time since the server was last heard of, in seconds."""
        return self._link.silent_s()


def ros_kind(settings: RosSettings | None) -> WorldKind:
    """Return the kind of world.

    Raises:
        InputError: If there are no settings.
    """
    if settings is None:
        message = "world 'ros' needs a section 'ros:' in treehand.yaml"
        hint = "write ros: {url: ws://localhost:9090}"
        raise InputError.of("missing-key", message, hint=hint)
    return replace(unset_ros_kind(), open=partial(RosWorld, settings))


def unset_ros_kind() -> WorldKind:
    """Return the kind of world, which cannot be opened before it has settings."""
    home = Path(__file__).parents[1] / "kitchen"
    return WorldKind(
        name=ROS,
        doc="a robot behind a rosbridge server: ROS 2 without ROS installed here",
        open=_refuse,
        skills=(),
        domain=home / "kitchen.domain.yaml",
        scene=home / "kitchen.scene.yaml",
    )


def _refuse(context: WorldContext) -> World:
    return RosWorld(RosSettings(), context)
