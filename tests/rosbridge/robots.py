"""A base behind a rosbridge server, in files and in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOMAIN = """\
domain: base
types: {place: null}
predicates:
  robot_at:
    params: {place: place}
    say: "the robot is at {place}"
    phrases: ["go to {place}"]
  honked:
    params: {}
    say: "the horn was blown"
    phrases: ["blow the horn"]
    known_by: predicted
exclusive:
  - ["robot_at(_)"]
skills:
  go_to:
    params: {place: place}
    effects: ["robot_at(place)"]
    failures: {path-blocked: {probability: 0.1}}
    timeout: 20 s
    retry: {attempts: 2, on: [path-blocked, robot-unreachable]}
    resources: [base]
  honk:
    params: {}
    effects: ["honked()"]
    timeout: 20 s
    retry: {attempts: 1}
"""
SCENE = """\
scene: hall
domain: base
objects:
  dock: {type: place}
  table: {type: place}
  shelf: {type: place}
facts: ["robot_at(dock)"]
"""
DEPLOYMENT = """\
world: ros
domain: base.domain.yaml
scene: hall.scene.yaml
ros:
  url: %s
  connect: 2 s
  poses:
    dock: {x: 0, y: 0}
    table: {x: 1, y: 2, yaw_deg: 90}
    shelf: {x: -3, y: 0.5}
  topics:
    - topic: /where
      type: geometry_msgs/msg/PoseStamped
      fact: robot_at({place})
      frame: map
      regions:
        dock: {x: [-0.4, 0.4], y: [-0.4, 0.4]}
        table: {x: [0.6, 1.4], y: [1.6, 2.4]}
        shelf: {x: [-3.4, -2.6], y: [0.1, 0.9]}
bindings:
  go_to:
    ros:
      action: /navigate_to_pose
      type: nav2_msgs/action/NavigateToPose
      goal: {pose: "{place.pose}"}
      failure: {208: path-blocked}
      feedback: "{distance_remaining} m to go"
  honk:
    ros: {service: /honk, type: std_srvs/srv/Trigger}
budgets: {replans: 0}
"""
DEPLOYMENT_OF_ROS_1 = (
    DEPLOYMENT.replace("/navigate_to_pose", "/move_base")
    .replace("nav2_msgs/action/NavigateToPose", "move_base_msgs/MoveBaseAction")
    .replace("{pose:", "{target_pose:")
    .replace("      failure: {208: path-blocked}\n", "")
    .replace("{distance_remaining} m to go", "at {base_position.pose.position.x} m")
    .replace("geometry_msgs/msg/", "geometry_msgs/")
    .replace("std_srvs/srv/", "std_srvs/")
)


def write_files(folder: Path, url: str = "ws://127.0.0.1:9", text: str = DEPLOYMENT) -> Path:
    """Write the files of a base, and return its deployment file."""
    (folder / "base.domain.yaml").write_text(DOMAIN)
    (folder / "hall.scene.yaml").write_text(SCENE)
    (folder / "treehand.yaml").write_text(text % url if "%s" in text else text)
    return folder / "treehand.yaml"


@dataclass
class Server:
    """A server's process: its URL, and the messages that it got."""

    process: subprocess.Popen[str]
    url: str
    got: list[dict] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.got.append(json.loads(line))
                self._changed.notify_all()

    def of(self, op: str) -> list[dict]:
        return [message for message in self.got if message["op"] == op]

    def wait_for(self, op: str, count: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(op)) >= count, timeout=20), self.got


@contextlib.contextmanager
def serving(**settings: object) -> Iterator[Server]:
    """Run a server; see `tests.rosbridge.server`."""
    command = [sys.executable, "-m", "tests.rosbridge.server", json.dumps(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        server = Server(process, process.stdout.readline().strip())
        reader = threading.Thread(target=server.read, daemon=True)
        reader.start()
        try:
            yield server
        finally:
            process.kill()
            process.wait()
            reader.join()
