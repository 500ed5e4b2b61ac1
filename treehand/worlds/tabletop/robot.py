"""The tabletop's robot: a gripper with velocity and force control."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np

from treehand.core.clock import Clock
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
from treehand.worlds.tabletop.pictures import picture
from treehand.worlds.tabletop.state import TabletopState

SPEED_M_S = 0.25
"""Greatest speed per axis."""
STEP_M_S = 0.25
"""Greatest change of the speed in one control period."""
FORCE_N = 40.0
"""Greatest grip force."""

SPEC = EmbodimentSpec(
    cameras={"overhead": CameraOfRobot(), "wrist": CameraOfRobot()},
    proprioception={
        "gripper_m": QuantityOfRobot(size=2, unit="m"),
        "gripper_width_m": QuantityOfRobot(size=1, unit="m"),
        "gripper_force_n": QuantityOfRobot(size=1, unit="N"),
    },
    action=ActionSpec(
        control="velocity",
        frame="world",
        gripper="force",
        dims=(
            ActionDim(label="x", unit="m/s", low=-SPEED_M_S, high=SPEED_M_S, max_step=STEP_M_S),
            ActionDim(label="y", unit="m/s", low=-SPEED_M_S, high=SPEED_M_S, max_step=STEP_M_S),
            ActionDim(label="grip", unit="N", low=0.0, high=FORCE_N, part="gripper"),
        ),
    ),
)


class TabletopRobot:
    """A `Controllable` robot; thread-safe.

    Args:
        state: State of the tabletop.
        clock: The run's time, to which the state is advanced.
        lock: Held while the state changes.
    """

    READINGS = ("state",)
    """Attributes that command nothing."""

    def __init__(self, state: TabletopState, clock: Clock, lock: threading.RLock) -> None:
        self.state = state
        self._clock = clock
        self._lock = lock

    @property
    def spec(self) -> EmbodimentSpec:
        """Actions: velocity and grip force; two cameras."""
        return SPEC

    def proprioception(self) -> Proprioception:
        """Return gripper position in m, width in m and grip force in N."""
        with self._lock:
            state = self._now()
            values = {
                "gripper_m": np.array(state.gripper_m),
                "gripper_width_m": np.array([state.width_m]),
                "gripper_force_n": np.array([state.force_n if state.held is not None else 0.0]),
            }
            return Proprioception(state.time_s, values)

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return pictures of ``overhead`` and ``wrist``; there is no depth."""
        unknown = [name for name in cameras if name not in SPEC.cameras]
        if unknown or depth:
            what = f"camera '{unknown[0]}'" if unknown else "depth"
            raise ValueError(f"no {what} on the tabletop; it has: overhead, wrist")
        with self._lock:
            state = self._now()
            since_s, until_s = state.frozen_s
            time_s = since_s if state.time_s < until_s else state.time_s
            return Frames(
                dict.fromkeys(cameras, time_s),
                {name: picture(state, name, size) for name in cameras},
            )

    def readings(self, sensors: Sequence[str]) -> Mapping[str, SensorReading]:
        """Return an empty mapping: there are no other sensors."""
        if sensors:
            raise ValueError(f"no sensor '{sensors[0]}' on the tabletop; it has none")
        return {}

    def apply(self, action: FloatArray) -> None:
        """Set velocity x and y in m/s and grip force in N (0 opens), until the next action."""
        if action.shape != (3,) or not np.isfinite(action).all():
            raise ValueError(f"an action is three finite numbers, got {action!r}")
        with self._lock:
            state = self._now()
            x, y = np.clip(action[:2], -SPEED_M_S, SPEED_M_S)
            state.velocity_m_s, state.expires_s = (float(x), float(y)), None
            state.grip(float(np.clip(action[2], 0.0, FORCE_N)))

    def apply_for(self, action: FloatArray, valid_s: float) -> None:
        """Send an action that expires: then the gripper stands still and keeps its grip."""
        with self._lock:
            self.apply(action)
            self.state.expires_s = self.state.time_s + valid_s

    def stop(self) -> StopStatus:
        """Stop and keep the grip."""
        with self._lock:
            self._now().velocity_m_s = (0.0, 0.0)
        return StopStatus(acknowledged=True, detail="at rest, grip kept")

    def _now(self) -> TabletopState:
        self.state.advance(self._clock.now_s())
        return self.state
