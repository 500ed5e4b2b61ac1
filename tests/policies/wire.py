"""What the clients of GR00T and ``/act`` servers are asked in the tests: specs and observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treehand.skills import ActionDim, ActionSpec
from treehand.skills.vla import PolicyObservation, PolicySpec
from treehand.worlds.tabletop.robot import SPEC

WORDS = (
    "pick up the red block",
    "pick up the red block [raise]",
    "pick up the red block [nan]",
    "pick up the red block [shape]",
    "pick up the red block [nothing]",
)


@dataclass(frozen=True)
class Client:
    """What one kind of server is sent, and what it answers."""

    spec: PolicySpec
    cameras: tuple[str, ...]
    state: dict[str, int]
    """Key to how many numbers."""
    is_double: bool = False
    """Whether it reads JSON in JSON."""

    def observation(self):
        """Return an observation with a red block in it."""
        picture = np.full((32, 32, 3), 180, dtype=np.uint8)
        picture[4:8, 20:24] = (220, 50, 40)
        picture[14:18, 14:18] = (40, 40, 45)
        return PolicyObservation(
            1,
            1,
            0.0,
            {key: picture for key in self.cameras},
            {},
            {key: np.zeros(count) for key, count in self.state.items()},
        )


def _spec(action, chunk):
    return PolicySpec(action=action, chunk=chunk, rate_hz=30.0)


def _arm(count):
    dims = tuple(ActionDim(label=f"joint_{i}", low=-9.0, high=9.0) for i in range(count))
    return ActionSpec(control="position", dims=dims)


GROOT = Client(
    _spec(SPEC.action, 16),
    ("overhead", "wrist"),
    {"gripper_m": 2, "gripper_width_m": 1, "gripper_force_n": 1},
)
ACT = {
    "openvla": Client(_spec(SPEC.action, 1), ("image",), {}, is_double=True),
    "oft": Client(
        _spec(SPEC.action, 8), ("full_image", "wrist_image"), {"state": 8}, is_double=True
    ),
    "molmoact2": Client(_spec(_arm(14), 30), ("top_cam", "left_cam", "right_cam"), {"state": 14}),
}
