"""LIBERO's Panda as a robot of Treehand: 7 numbers in, 8 numbers and two cameras out."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from treehand.skills import (
    ActionDim,
    ActionSpec,
    ByteArray,
    CameraOfRobot,
    EmbodimentSpec,
    FloatArray,
    Frames,
    Pose,
    Proprioception,
    QuantityOfRobot,
    SensorReading,
    StopStatus,
)

PERIOD_S = 0.05
"""Control period: LIBERO steps at 20 Hz."""
STEP_M = 0.05
"""Displacement that the controller makes of a translation of 1."""
TURN_RAD = 0.5
"""Rotation that the controller makes of a rotation of 1."""
CAMERAS = {"agentview": "agentview", "wrist": "robot0_eye_in_hand"}
"""Camera of the robot to LIBERO's name of it."""
OPEN, CLOSED = -1.0, 1.0
"""Gripper commands."""
WIDEST_M = 0.078
"""Distance of fingers that are open; nothing that they hold is as wide."""
REST_RAD_S = 0.2
SPEC = EmbodimentSpec(
    cameras={name: CameraOfRobot() for name in CAMERAS},
    proprioception={
        "state": QuantityOfRobot(size=8, unit="1"),
    },
    action=ActionSpec(
        control="delta",
        frame="base",
        rotation="axis-angle",
        gripper="closed-is-high",
        dims=(
            *(ActionDim(label=label, low=-1.0, high=1.0) for label in ("x", "y", "z")),
            *(
                ActionDim(label=label, low=-1.0, high=1.0, part="rotation")
                for label in ("turn_x", "turn_y", "turn_z")
            ),
            ActionDim(label="grip", low=OPEN, high=CLOSED, part="gripper"),
        ),
    ),
)
"""Declaration of the robot: the numbers are those that LIBERO's `env.step` takes."""


def axis_angle(quaternion: FloatArray) -> FloatArray:
    """Return axis times angle of a quaternion (x, y, z, w), as openpi's LIBERO client makes it."""
    w = float(np.clip(quaternion[3], -1.0, 1.0))
    sine = float(np.sqrt(1.0 - w * w))
    if sine < 1e-8:
        return np.zeros(3)
    found: FloatArray = quaternion[:3] * 2.0 * np.arccos(w) / sine
    return found


class LiberoRobot:
    """The arm, commanded by one action per control period.

    Args:
        env: LIBERO's environment.
        now: Advances the simulation to the run's present time, and returns that of the simulation.
        scene: Scene knowledge of the scripted skills.
    """

    READINGS = (
        *("proprioception", "frames", "readings", "spec", "hand", "width_m", "scene"),
        *("is_holding", "now_s"),
    )

    def __init__(self, env: Any, now: Callable[[], float], scene: Any) -> None:
        self._env = env
        self._now = now
        self.scene = scene
        """Scene knowledge of the scripted skills: true places of things. A policy has cameras."""
        self._next: FloatArray | None = None
        self._grip = OPEN
        self._canvas: Any = None
        self.observation: dict[str, FloatArray] = {}
        """Latest observation, as LIBERO gives it."""

    @property
    def spec(self) -> EmbodimentSpec:
        """Declaration of cameras, state and actions."""
        return SPEC

    @property
    def now_s(self) -> float:
        """Time of the simulation."""
        return self._now()

    @property
    def hand(self) -> Pose:
        """Measured pose of the pads' middle: x along the fingers' motion, z out of the hand."""
        self._now()
        sim, site = self._env.sim, self._env.robots[0].eef_site_id
        return Pose(sim.data.site_xpos[site].copy(), sim.data.site_xmat[site].reshape(3, 3).copy())

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        self._now()
        return float(np.abs(self.observation["robot0_gripper_qpos"]).sum())

    @property
    def is_holding(self) -> bool:
        """True if the fingers were closed and something keeps them apart."""
        return self._grip > 0.0 and 0.002 < self.width_m < WIDEST_M

    def apply(self, action: FloatArray) -> None:
        """Send the 7 numbers of the next control period: translation, rotation, gripper.

        Raises:
            ValueError: If they are not 7 finite numbers.
        """
        values = np.asarray(action, dtype=float)
        if values.shape != (7,) or not np.isfinite(values).all():
            raise ValueError(f"an action is 7 finite numbers, got {action!r}")
        self._now()
        self._next = np.clip(values, -1.0, 1.0)
        self._grip = float(self._next[6])

    def take_action(self) -> FloatArray:
        """Return the action of this control period: the arm stands where none was sent."""
        action = self._next if self._next is not None else np.zeros(7)
        self._next = None
        action[6] = self._grip
        return action

    def stop(self) -> StopStatus:
        """Stop the arm where it is and keep the grip."""
        self._next = None
        self._now()
        speed = float(np.abs(self._env.sim.data.qvel[:7]).max())
        return StopStatus(speed < REST_RAD_S, f"fastest joint: {speed:.2f} rad/s")

    def proprioception(self) -> Proprioception:
        """Return the 8 numbers that clients of LIBERO policies send.

        They are the position of the hand in m, its rotation as axis times angle in rad, and the
        places of both fingers in m.
        """
        time_s, seen = self._now(), self.observation
        turned = axis_angle(seen["robot0_eef_quat"])
        state = np.concatenate([seen["robot0_eef_pos"], turned, seen["robot0_gripper_qpos"]])
        return Proprioception(time_s, {"state": state})

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return pictures as LIBERO policies were trained on them: turned by 180 degrees.

        Raises:
            ValueError: If there is no such camera, or depth is wanted.
        """
        if depth:
            raise ValueError("LIBERO's cameras give no depth here")
        unknown = [name for name in cameras if name not in CAMERAS]
        if unknown:
            raise ValueError(f"no camera '{unknown[0]}' here: {', '.join(CAMERAS)}")
        time_s = self._now()
        rgb = {name: self._picture(CAMERAS[name], size) for name in cameras}
        return Frames(dict.fromkeys(cameras, time_s), rgb)

    def readings(self, sensors: Sequence[str]) -> dict[str, SensorReading]:
        """Return an empty mapping: there are no other sensors."""
        if sensors:
            raise ValueError(f"no sensor '{sensors[0]}' here")
        return {}

    def close(self) -> None:
        """Free the renderer."""
        if self._canvas is not None:
            self._canvas.gl_ctx.free()

    def _picture(self, camera: str, size: tuple[int, int]) -> ByteArray:
        sim = self._env.sim
        if self._canvas is None:
            from robosuite.utils.binding_utils import MjRenderContextOffscreen

            sim.model.vis.quality.offsamples = 0
            self._canvas = MjRenderContextOffscreen(sim, device_id=-1)
            atexit.register(self._canvas.gl_ctx.free)  # before EGL is shut down
            sim.add_render_context(self._canvas)
        height, width = size
        raw = sim.render(camera_name=camera, height=height, width=width)
        picture: ByteArray = np.ascontiguousarray(raw[::-1, ::-1])
        return picture
