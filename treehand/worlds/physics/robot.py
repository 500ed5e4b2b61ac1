"""The physics kitchen's robot: motions for skills, and the `Controllable` side for policies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

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
from treehand.skills.domain import Call
from treehand.worlds.physics.model.arm import SHARE
from treehand.worlds.physics.perception.cameras import CAMERAS, Cameras, pictures
from treehand.worlds.physics.perception.tracker import Tracker
from treehand.worlds.physics.port import Encoders, Perception, ShapeLibrary
from treehand.worlds.physics.robots.kinematic_chain import KinematicChain
from treehand.worlds.physics.robots.robot_library import RobotModel
from treehand.worlds.physics.sim.simulation import Simulation
from treehand.worlds.physics.supervised_motions import SupervisedMotions
from treehand.worlds.simulated.pending_faults import PendingFaults

REST_RAD_S = 0.05
"""Joint speed below which the arm is at rest."""
PUSH_RAD = 0.05
"""Distance of a joint from its servo's command up to which the arm does not push."""
PUSH_N = 10.0
"""Force on the surroundings up to which the arm is at rest."""


def spec_of(robot: RobotModel) -> EmbodimentSpec:
    """Return the declaration of a robot: joint velocities, grip force, cameras."""
    count = robot.joints_n
    return EmbodimentSpec(
        cameras={name: CameraOfRobot(has_depth=True) for name in CAMERAS},
        proprioception={
            "joint_rad": QuantityOfRobot(size=count, unit="rad"),
            "joint_rad_s": QuantityOfRobot(size=count, unit="rad/s"),
            "hand_m": QuantityOfRobot(size=3, unit="m"),
            "hand_rotation": QuantityOfRobot(size=6, unit="1"),
            "gripper_width_m": QuantityOfRobot(size=1, unit="m"),
            "gripper_force_n": QuantityOfRobot(size=1, unit="N"),
            "external_torque_nm": QuantityOfRobot(size=count, unit="N*m"),
        },
        action=ActionSpec(
            control="velocity",
            frame="joint",
            gripper="force",
            dims=(
                *(
                    ActionDim(
                        label=f"joint_{index + 1}",
                        unit="rad/s",
                        low=-SHARE * limit,
                        high=SHARE * limit,
                    )
                    for index, limit in enumerate(robot.speeds.tolist())
                ),
                ActionDim(
                    label="grip", unit="N", low=0.0, high=robot.gripper.force_n, part="gripper"
                ),
            ),
        ),
        joints="joint_rad",
    )


class PhysicsRobot(SupervisedMotions):
    """A `Controllable` arm; thread-safe.

    Args:
        simulation: Simulation of the kitchen.
        tracker: The robot's perception.
        cameras: Its cameras.
        clock: The run's time, to which the simulation is advanced.
        advance: Advances the simulation to a run time.
        lock: Held while the simulation changes.
    """

    READINGS = (
        *("perception", "encoders", "library", "model", "now_s", "width_m", "pace"),
        *(
            "faults",
            "is_gripping",
            "pose",
            "joints",
            "kinematics",
            "has_contact",
            "strike",
            "discard_faults",
            "overload",
        ),
    )
    """Attributes that command nothing."""

    def __init__(
        self,
        simulation: Simulation,
        tracker: Tracker,
        cameras: Cameras,
        clock: Clock,
        advance: Callable[[float], None],
        lock: threading.RLock,
    ) -> None:
        super().__init__(simulation, lock)
        self.perception: Perception = tracker
        """Perception of objects and of the hand's contacts."""
        self.library = ShapeLibrary(
            simulation.stations, simulation.shapes, simulation.scene.objects
        )
        """Knowledge about the objects."""
        self._clock = clock
        self._advance = advance
        self.faults = PendingFaults()
        self._cameras = cameras
        self._spec = spec_of(self.model)
        self._joints = slice(0, self.model.joints_n)

    @property
    def spec(self) -> EmbodimentSpec:
        """Actions: joint velocities and grip force; four cameras with depth."""
        return self._spec

    @property
    def encoders(self) -> Encoders:
        """Encoders of doors, drawer and knob."""
        return self.simulation.poses

    @property
    def now_s(self) -> float:
        """Time of the simulation."""
        return self.simulation.time_s

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        return self.simulation.width_m

    @property
    def is_gripping(self) -> bool:
        """True if the fingers close with a force."""
        return self.simulation.grip_n > 0.0

    @property
    def kinematics(self) -> KinematicChain:
        """Kinematics of the arm, the same for skills and for a policy's actions."""
        return self.simulation.arm.chain

    def proprioception(self) -> Proprioception:
        """Return joints in rad and rad/s, hand and gripper width in m, forces in N.

        The rotation of the hand is told by the first two axes of its frame.
        """
        with self._lock:
            simulation = self._now()
            return Proprioception(simulation.time_s, self.measured())

    def measured(self) -> dict[str, FloatArray]:
        """Return the values of `proprioception` now; the time does not pass."""
        simulation = self.simulation
        return {
            "joint_rad": simulation.data.qpos[self._joints].copy(),
            "joint_rad_s": simulation.rates_rad_s,
            "hand_m": simulation.hand_m,
            "hand_rotation": simulation.hand_rotation.T[:2].ravel(),
            "gripper_width_m": np.array([simulation.width_m]),
            "gripper_force_n": np.array([simulation.grip_n]),
            "external_torque_nm": simulation.load_nm.copy(),
        }

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return pictures of some of `CAMERAS`, rendered now."""
        unknown = [name for name in cameras if name not in CAMERAS]
        if unknown:
            known = ", ".join(CAMERAS)
            raise ValueError(f"no camera '{unknown[0]}' in the physics kitchen; it has: {known}")
        with self._lock:
            time_s = self._now().time_s
            colours, depths = pictures(self._cameras, cameras, size, depth=depth)
            return Frames(dict.fromkeys(cameras, time_s), colours, depths)

    def readings(self, sensors: Sequence[str]) -> Mapping[str, SensorReading]:
        """Return an empty mapping: there are no other sensors."""
        if sensors:
            raise ValueError(f"no sensor '{sensors[0]}' in the physics kitchen; it has none")
        return {}

    def apply(self, action: FloatArray) -> None:
        """Set the joints' velocities in rad/s and a grip force in N, until the next action."""
        size, gripper = self._spec.action.size, self.model.gripper
        if action.shape != (size,) or not np.isfinite(action).all():
            raise ValueError(f"an action is {size} finite numbers, got {action!r}")
        speeds = self.model.speeds
        with self._lock:
            simulation = self._now()
            simulation.arm.drive(np.clip(action[:-1], -speeds, speeds))
            simulation.grip_n = float(np.clip(action[-1], 0.0, gripper.force_n))
            simulation.open_m = gripper.open_m

    def stop(self) -> StopStatus:
        """Stop the arm where it is and keep the grip; acknowledged once it rests.

        At rest is an arm whose joints neither move nor push towards a reference, and which pushes
        against nothing.
        """
        with self._lock:
            simulation = self._now()
            joints_rad = simulation.data.qpos[self._joints].copy()
            ahead_rad = float(np.abs(simulation.data.ctrl[self._joints] - joints_rad).max())
            push_n = simulation.contacts.push_n()
            fastest = float(np.abs(simulation.rates_rad_s).max())
            simulation.arm.stand(joints_rad)
            simulation.load_nm[:] = 0.0
        if fastest > REST_RAD_S:
            return StopStatus(
                acknowledged=False, detail=f"a joint still moves: {fastest:.2f} rad/s"
            )
        if ahead_rad > PUSH_RAD:
            detail = f"a joint still pushes: it is {ahead_rad:.2f} rad from its reference"
            return StopStatus(acknowledged=False, detail=detail)
        if push_n > PUSH_N:
            detail = f"the hand still pushes with {push_n:.0f} N"
            return StopStatus(acknowledged=False, detail=detail)
        return StopStatus(acknowledged=True, detail="at rest, grip kept")

    def overload(self) -> str:
        """Return the joint that bears too much from outside, in words; empty if none does."""
        with self._lock:
            loads, allowed = self._now().load_nm, self.model.loads
            joint = int(np.argmax(loads / allowed))
            if loads[joint] <= allowed[joint]:
                return ""
            unit = "N" if joint < self.model.base_n - 1 else "N·m"  # a base drives along x and y
            return (
                f"{self.model.joints[joint].name} bears {loads[joint]:.0f} {unit} from outside, "
                f"{allowed[joint]:g} {unit} are allowed"
            )

    def _now(self) -> Simulation:
        self._advance(self._clock.now_s())
        return self.simulation

    def strike(self, kind: str, item: str | None = None) -> bool:
        """Let a pending fault of a kind strike, if there is one; return True if there was."""
        if self.faults.trigger(kind, item) is None:
            return False
        with self._lock:
            if item is not None:
                self.simulation.faults.strike(kind, item)
        return True

    def discard_faults(self, call: Call) -> None:
        """Forget the pending faults of an activation that has ended."""
        self.faults.discard(call)
        self.simulation.faults.restore_friction()
