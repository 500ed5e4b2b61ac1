"""The kitchen's robot: a mobile base with one arm and a parallel gripper.

Its motions are generators. They yield the seconds until the next event and return None, or the
failed step. A skill runs them with ``yield from``; closing the skill's generator stops the robot
where it is, and the gripper keeps its grip.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np

from treehand.skills import (
    ActionDim,
    ActionSpec,
    CameraOfRobot,
    EmbodimentSpec,
    FloatArray,
    Frames,
    Proprioception,
    QuantityOfRobot,
    SensorReading,
    StopStatus,
)
from treehand.worlds.kitchen.manipulator import Manipulator
from treehand.worlds.kitchen.mobile_base import SPEED_M_S, MobileBase
from treehand.worlds.kitchen.sensing import KitchenPerception
from treehand.worlds.kitchen.state import FLOOR, KitchenState, Point
from treehand.worlds.simulated.grasping import MAX_FORCE_N
from treehand.worlds.simulated.pace import Pace

LOCALISATION_M = 0.006
"""Standard deviation of a seen position, per axis."""
GRIPPER_OPEN_M = 0.08

SPEC = EmbodimentSpec(
    cameras={"overhead": CameraOfRobot(has_depth=True)},
    proprioception={
        "base_m": QuantityOfRobot(size=2, unit="m"),
        "gripper_width_m": QuantityOfRobot(size=1, unit="m"),
        "gripper_force_n": QuantityOfRobot(size=1, unit="N"),
    },
    action=ActionSpec(
        control="velocity",
        frame="world",
        gripper="force",
        dims=(
            ActionDim(label="base_x", unit="m/s", low=-SPEED_M_S, high=SPEED_M_S),
            ActionDim(label="base_y", unit="m/s", low=-SPEED_M_S, high=SPEED_M_S),
            ActionDim(label="grip", unit="N", low=0.0, high=MAX_FORCE_N, part="gripper"),
        ),
    ),
)


class KitchenRobot:
    """The kitchen's embodiment; `base` and `manipulator` have the motions that skills use.

    Args:
        state: True state of the kitchen.
        tracker: The robot's perception.
        lock: Held while an action or a stop from another thread changes the state.
    """

    READINGS = ("state", "tracker", "pace")
    """Attributes that command nothing."""

    def __init__(
        self, state: KitchenState, tracker: KitchenPerception, lock: threading.RLock
    ) -> None:
        self.state = state
        self.tracker = tracker
        self._lock = lock
        self.pace = Pace()
        """Duration factor of the motions."""
        self.base = MobileBase(state, tracker, self.pace)
        self.manipulator = Manipulator(state, tracker, self.pace)

    @property
    def spec(self) -> EmbodimentSpec:
        """Actions: base velocity and grip force; one camera with depth."""
        return SPEC

    def proprioception(self) -> Proprioception:
        """Return base position in m, gripper width in m and grip force in N."""
        state = self.state
        width_m = GRIPPER_OPEN_M
        if state.held is not None:
            width_m = min(GRIPPER_OPEN_M, state.things[state.held].model.size_m or 0.05)
        values = {
            "base_m": np.array(state.base_m),
            "gripper_width_m": np.array([width_m]),
            "gripper_force_n": np.array([state.force_n]),
        }
        return Proprioception(state.time_s, values)

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return the floor plan from above (camera ``overhead``).

        Places are grey, visible objects coloured, the robot is white. Depth is constant.
        """
        unknown = [name for name in cameras if name != "overhead"]
        if unknown:
            raise ValueError(f"no camera '{unknown[0]}' in the kitchen; it has: overhead")
        height, width = size
        picture = np.full((height, width, 3), 40, dtype=np.uint8)

        def dot(point_m: Point, side_px: int, colour: tuple[int, int, int]) -> None:
            column = int((point_m[0] + 0.5) / 4.5 * width)
            row = int((2.9 - point_m[1]) / 3.5 * height)
            picture[
                max(row - side_px, 0) : row + side_px, max(column - side_px, 0) : column + side_px
            ] = colour

        for name, model in self.state.scene.objects.items():
            if model.position_m is not None and name not in self.state.knobs:
                dot(model.position_m, width // 16, (110, 110, 110))
        for index, thing in enumerate(self.state.things.values()):
            if self.tracker.can_see(thing):
                dot(thing.point_m, width // 64, (60 + index * 37 % 190, 80 + index * 71 % 170, 90))
        dot(self.state.base_m, width // 40, (255, 255, 255))
        far = {"overhead": np.full(size, 2.5)} if depth else {}
        if not cameras:
            return Frames({}, {})
        return Frames({"overhead": self.state.time_s}, {"overhead": picture}, far)

    def readings(self, sensors: Sequence[str]) -> Mapping[str, SensorReading]:
        """Return an empty mapping: there are no other sensors."""
        if sensors:
            raise ValueError(f"no sensor '{sensors[0]}' in the kitchen; it has none")
        return {}

    def apply(self, action: FloatArray) -> None:
        """Set base velocity x and y in m/s, and grip force in N, until the next action.

        A force of 0 opens the gripper.
        """
        if action.shape != (3,) or not np.isfinite(action).all():
            raise ValueError(f"an action is three finite numbers, got shape {action.shape}")
        velocity = np.clip(action[:2], -SPEED_M_S, SPEED_M_S)
        with self._lock:
            self.base.set_velocity((float(velocity[0]), float(velocity[1])))
            if action[2] <= 0 and self.state.held is not None:
                self.manipulator.release(FLOOR)
            elif self.state.held is not None:
                self.state.force_n = float(min(action[2], MAX_FORCE_N))

    def stop(self) -> StopStatus:
        """Stop the base where it is; the gripper keeps its grip."""
        with self._lock:
            self.base.stop()
        return StopStatus(acknowledged=True, detail="base at rest, grip kept")
