"""The ``ros:`` section of ``treehand.yaml``: the server, its topics, poses and names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import Finding, near
from treehand.core.text.outside_values import shown
from treehand.documents.reader import Located
from treehand.skills.domain import Domain, Name, Scene, Seconds, Vocabulary
from treehand.skills.vla import is_url
from treehand.worlds.ros.topics import RosTopic

Number = Annotated[float, Field(allow_inf_nan=False)]


class RosPose(Located):
    """Pose of a place in a frame of the robot, in m and degrees."""

    example: ClassVar[str | None] = "{x: 1.0, y: 2.0, yaw_deg: 90}"

    frame: str = "map"
    """Frame of the pose."""
    x: Number
    """In m."""
    y: Number
    """In m."""
    z: Number = 0.0
    """In m."""
    roll_deg: Number = 0.0
    """Turn about the x axis, in degrees."""
    pitch_deg: Number = 0.0
    """Turn about the y axis, in degrees."""
    yaw_deg: Number = 0.0
    """Turn about the z axis, in degrees; applied last."""

    @property
    def position(self) -> dict[str, float]:
        """Return the position as ``geometry_msgs/msg/Point``."""
        return {"x": self.x, "y": self.y, "z": self.z}

    @property
    def orientation(self) -> dict[str, float]:
        """Return the orientation as ``geometry_msgs/msg/Quaternion``."""
        half = [math.radians(a) / 2 for a in (self.roll_deg, self.pitch_deg, self.yaw_deg)]
        (sr, sp, sy), (cr, cp, cy) = map(math.sin, half), map(math.cos, half)
        return {
            "x": sr * cp * cy - cr * sp * sy,
            "y": cr * sp * cy + sr * cp * sy,
            "z": cr * cp * sy - sr * sp * cy,
            "w": cr * cp * cy + sr * sp * sy,
        }

    @property
    def stamped(self) -> dict[str, Any]:
        """Return the pose as ``geometry_msgs/msg/PoseStamped``; time 0 means the latest."""
        pose = {"position": self.position, "orientation": self.orientation}
        header = {"frame_id": self.frame, "stamp": {"sec": 0, "nanosec": 0}}
        return {"header": header, "pose": pose}


class RosStop(Located):
    """Service that brings the robot to rest."""

    service: str
    """Name of the service."""
    type: str = "std_srvs/srv/Trigger"
    """Type of the service; a response with ``success: false`` does not confirm the stop."""


class RosSettings(Located):
    """Robot behind a rosbridge server."""

    url: str = "ws://localhost:9090"
    """URL of the rosbridge server."""
    connect: Annotated[Seconds, Field(gt=0)] = 5.0
    """Longest time to connect."""
    first_look: Annotated[Seconds, Field(ge=0)] = 2.0
    """Longest time to wait, before anything is planned, until every topic has told something."""
    stop: RosStop | None = None
    """Service that is called by a stop, besides the cancellation of every goal."""
    topics: tuple[RosTopic, ...] = ()
    """Topics that tell facts."""
    poses: dict[Name, RosPose] = {}
    """Object to its pose, for goals: ``{place.pose}``."""
    names: dict[Name, str] = {}
    """Object to the robot's name for it, for goals and detections: ``{item.name}``."""

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if not url.startswith(("ws://", "wss://")) or not is_url(url):
            context = {"code": "wrong-url", "hint": "for example ws://localhost:9090"}
            message = f"{shown(url)} is no URL of a WebSocket"
            raise PydanticCustomError("wrong_url", message.replace("{", "{{"), context)
        return url

    @model_validator(mode="after")
    def _has_one_name_each(self) -> Self:
        known: dict[str, str] = {}
        for name, robots in self.names.items():
            if robots in known:
                context = {"code": "duplicate-name", "hint": "give each object another one"}
                message = f"'{name}' and '{known[robots]}' have the same name"
                raise PydanticCustomError("duplicate_name", message, context)
            known[robots] = name
        return self

    def name_of(self, item: str) -> str:
        """Return the robot's name for an object; its own if none is given."""
        return self.names.get(item, item)

    @property
    def objects(self) -> Mapping[str, str]:
        """Return the robot's name to the object."""
        return {robots: name for name, robots in self.names.items()}

    def findings(self, domain: Domain, scene: Scene, vocabulary: Vocabulary) -> Iterator[Finding]:
        """Yield what does not fit the domain and the scene."""
        for key in ("poses", "names"):
            for name in getattr(self, key):
                if name not in scene.objects:
                    hint = near(name, scene.objects, what="objects")
                    span = self.entry_span(key, name, is_key=True)
                    yield Finding("unknown-object", f"unknown object '{name}'", span, hint)
        for topic in self.topics:
            yield from topic.findings(domain, vocabulary)
