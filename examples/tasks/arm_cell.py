"""A Panda at a table in MuJoCo: simulation and robot of the four task worlds."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from treehand.robots import KinematicChain, choose_opengl, find_robot
from treehand.skills import (
    ByteArray,
    FloatArray,
    Frames,
    Pose,
    Proprioception,
    SensorReading,
    StopStatus,
    TimedDecision,
    damped_solution,
)

PREFIX = "task_"
"""Prefix of the names of a task's MJCF beside those of the robot."""
PERIOD_S = 0.02
"""Control period."""
RESPONSE_S = 0.1
"""Time constant with which the hand's reference approaches its target."""
ACCELERATION_M_S2 = 2.5
"""Greatest acceleration of the hand's reference."""
TURN_RAD_S = 1.5
STARTS_RAD = ((1.571, 0.785), (3.1, 2.356), (3.1, -0.785))
"""Positions of the last two joints from which inverse kinematics begins: down, and forwards."""
SHARE = 0.9
"""Share of the joints' speed limits that is used."""
DAMPING = 1e-4
POSTURE_HZ = 0.5
FELT_SHARE = 0.25
"""Smoothing factor of the force sensor, once a control period."""
REST_RAD_S = 0.05
LATENCY_S = 0.08
"""Declared latency of every decision: exposure, transfer and computation of a camera loop."""
GRAVITY_M_S2 = 9.81
FAST = 60.0
"""Speed of any joint, in rad/s or m/s, beyond which the simulation is not believed."""


def downward(yaw_rad: float) -> FloatArray:
    """Return the rotation of a hand that points down; the fingers close across the yaw."""
    cos, sin = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array([[cos, sin, 0.0], [sin, -cos, 0.0], [0.0, 0.0, -1.0]])


def rotation_vector(rotation: FloatArray) -> FloatArray:
    """Return axis times angle of a rotation matrix, shape (3,)."""
    quaternion, vector = np.zeros(4), np.zeros(3)
    mujoco.mju_mat2Quat(quaternion, rotation.flatten())
    mujoco.mju_quat2Vel(vector, quaternion, 1.0)
    return vector


@dataclass(frozen=True)
class Snapshot:
    """State of a cell's simulation and of its controllers."""

    state: FloatArray
    values: dict[str, Any]


STATE = (
    *("time_s", "target", "grip_n", "open_m", "felt_n", "implausible"),
    *("_reference", "_before", "_velocity", "_finger_m", "_tare_n"),
)
"""Attributes of a cell that a snapshot has beside the state of the simulation."""


@dataclass
class HandTarget:
    """Pose that the hand servoes to, and the velocity with which that pose moves on."""

    pose: Pose
    speed_m_s: float
    """Greatest speed of the hand, that of the moving pose not counted."""
    velocity_m_s: FloatArray = field(default_factory=lambda: np.zeros(3))


class ArmCell:
    """True state of a table, an arm and what a task puts there.

    Args:
        mjcf: MJCF file of the task, in the frame of the robot's base.
        add: Adds what was drawn for this run to the specification.
        start_s: Run time at which it begins.
        substep_s: Time step.
        joints_rad: Positions of the joints at the beginning; the robot's home if None.
        integrator: Integrator; MuJoCo wants the discrete one for soft bodies.
    """

    def __init__(
        self,
        mjcf: Path,
        add: Callable[[mujoco.MjSpec], None],
        start_s: float,
        *,
        substep_s: float = 0.004,
        joints_rad: FloatArray | None = None,
        integrator: mujoco.mjtIntegrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST,
    ) -> None:
        self.robot = find_robot("panda")
        self.chain = KinematicChain(self.robot)
        spec = self.robot.spec()
        task = mujoco.MjSpec.from_file(str(mjcf))
        add(task)
        spec.attach(task, frame=spec.worldbody.add_frame(), prefix=PREFIX)
        spec.add_sensor(
            name="wrist_force",
            type=mujoco.mjtSensor.mjSENS_FORCE,
            objtype=mujoco.mjtObj.mjOBJ_SITE,
            objname=self.robot.file.tool,
        )
        spec.option.timestep = substep_s
        spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        spec.option.impratio = 10
        spec.option.integrator = integrator
        spec.visual.global_.offwidth, spec.visual.global_.offheight = 960, 720
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.time_s = start_s
        self.target: HandTarget | None = None
        self.grip_n = 0.0
        """Commanded force of the fingers; 0 opens them."""
        self.open_m = self.robot.gripper.open_m
        """Opening of each finger when they open."""
        self.felt_n: FloatArray = np.zeros(3)
        """Force of the surroundings on the hand, smoothed, in the frame of the base."""
        self.before_substep: list[Callable[[], None]] = []
        self.after_step: list[Callable[[], None]] = []
        self.implausible = ""
        """Description of what the monitor has seen that cannot be; empty if nothing."""
        self._joints = slice(0, self.robot.joints_n)
        gripper = self.robot.gripper
        self._fingers = [self.model.joint(name).qposadr[0] for name in gripper.joints]
        self._servos = [self.model.actuator(name).id for name in gripper.joints]
        self._site = self.model.site(self.robot.file.tool).id
        self._low, self._high = self.chain.limits()
        self._home = self.robot.home if joints_rad is None else joints_rad
        self._reference = self._before = self._home.copy()
        self._velocity: FloatArray = np.zeros(3)
        self._finger_m = gripper.open_m
        self._tare_n: FloatArray = np.zeros(3)
        self.robot_bodies = self._bodies_below(self.model.body("link0").id)
        self._hand_bodies = self._bodies_below(int(self.model.site_bodyid[self._site]))
        self.pads = {self.model.geom(name).id for name in gripper.pads}
        self.data.qpos[self._joints] = self.data.ctrl[self._joints] = self._home
        self.data.qpos[self._fingers] = gripper.open_m
        mujoco.mj_forward(self.model, self.data)

    def _bodies_below(self, first: int) -> set[int]:
        """Return a body and all that hang on it."""
        found = {first}
        for body in range(self.model.nbody):
            if self.model.body_parentid[body] in found:
                found.add(body)
        return found

    def body(self, name: str) -> int:
        """Return the number of a body of the task."""
        number: int = self.model.body(PREFIX + name).id
        return number

    def camera(self, name: str) -> int:
        """Return the number of a camera of the task, or of the robot."""
        own = mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_CAMERA, PREFIX + name)
        number: int = own if own >= 0 else self.model.camera(name).id
        return number

    def joint(self, name: str) -> Any:
        """Return positions and velocities of a joint of the task, as MuJoCo gives them."""
        return self.data.joint(PREFIX + name)

    @property
    def hand(self) -> Pose:
        """True pose of the middle of the pads."""
        rotation = self.data.site_xmat[self._site].reshape(3, 3).copy()
        return Pose(self.data.site_xpos[self._site].copy(), rotation)

    @property
    def reference(self) -> Pose:
        """Pose of the hand at the reference positions of the joints."""
        return self.chain.hand(self._reference)

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        return float(self.data.qpos[self._fingers].sum())

    @property
    def joints_rad(self) -> FloatArray:
        """Positions of the arm's joints."""
        found: FloatArray = self.data.qpos[self._joints].copy()
        return found

    @property
    def rates_rad_s(self) -> FloatArray:
        """Velocities of the arm's joints."""
        found: FloatArray = self.data.qvel[self._joints].copy()
        return found

    def tare(self) -> None:
        """Take what the force sensor reads now, weight included, for no force."""
        self._tare_n = self._tare_n + self.felt_n
        self.felt_n = np.zeros(3)

    def stand(self) -> None:
        """Hold the arm where it is."""
        self.target = None
        self._velocity = np.zeros(3)
        self._reference = np.clip(self.joints_rad, self._low, self._high)
        self._before = self._reference

    def advance(self, to_s: float) -> None:
        """Advance the time to `to_s`, in whole control periods."""
        while self.time_s + PERIOD_S <= to_s + 1e-9:
            self.step()

    def step(self) -> None:
        """Advance by one control period."""
        if self.implausible:  # no force and no contact of it means anything any more
            self.time_s += PERIOD_S
            return
        data, joints = self.data, self._joints
        self._before = self._reference
        if self.target is not None:
            self._follow(self.target)
        self._move_fingers()
        lag = self.robot.file.lag_s / PERIOD_S
        wanted = self._reference + lag * (self._reference - self._before)
        start = data.ctrl[joints].copy()
        count = round(PERIOD_S / self.model.opt.timestep)
        for index in range(count):
            data.ctrl[joints] = start + (index + 1) / count * (wanted - start)
            for act in self.before_substep:
                act()
            mujoco.mj_step(self.model, data)
        self.time_s += PERIOD_S
        self._feel()
        self._look_for_the_impossible()
        for act in self.after_step:
            act()

    def _follow(self, target: HandTarget) -> None:
        here = self.chain.hand(self._reference)
        target.pose = Pose(
            target.pose.position_m + PERIOD_S * target.velocity_m_s, target.pose.rotation
        )
        wanted = (target.pose.position_m - here.position_m) / RESPONSE_S
        speed = float(np.linalg.norm(wanted))
        wanted = wanted * min(1.0, target.speed_m_s / max(speed, 1e-9)) + target.velocity_m_s
        change = wanted - self._velocity
        greatest = ACCELERATION_M_S2 * PERIOD_S
        self._velocity = self._velocity + change * min(
            1.0, greatest / max(float(np.linalg.norm(change)), 1e-9)
        )
        turn = rotation_vector(target.pose.rotation @ here.rotation.T) / RESPONSE_S
        turn *= min(1.0, TURN_RAD_S / max(float(np.linalg.norm(turn)), 1e-9))
        jacobian = self.chain.jacobian(self._reference)
        posture = POSTURE_HZ * (self._home - self._reference)
        twist = np.concatenate([self._velocity, turn])
        rates = posture + damped_solution(jacobian, twist - jacobian @ posture, DAMPING)
        fastest = float((np.abs(rates) / (SHARE * self.robot.speeds)).max())
        step = rates / max(fastest, 1.0) * PERIOD_S
        self._reference = np.clip(self._reference + step, self._low, self._high)

    def _move_fingers(self) -> None:
        gripper = self.robot.gripper
        step = gripper.speed_m_s * PERIOD_S
        if self.grip_n > 0.0:
            self._finger_m = max(self._finger_m - step, gripper.closed_m)
        else:
            now_m = max(self._finger_m, float(self.data.qpos[self._fingers].min()))
            self._finger_m = now_m + min(max(self.open_m - now_m, -step), step)
        force = self.grip_n if self.grip_n > 0.0 else gripper.opening_n
        self.model.actuator_forcerange[self._servos] = [-force, force]
        self.data.ctrl[self._servos] = self._finger_m

    def _feel(self) -> None:
        site = self.data.site_xmat[self._site].reshape(3, 3)
        raw = -site @ self.data.sensor("wrist_force").data  # what acts on the hand
        raw = raw + self._soft_n()
        self.felt_n = self.felt_n + FELT_SHARE * (raw - self._tare_n - self.felt_n)

    def _soft_n(self) -> FloatArray:
        """Return the force of soft bodies on the hand, which MuJoCo's sensors leave out."""
        found, force = np.zeros(3), np.zeros(6)
        geoms = self.data.contact.geom
        for index in np.flatnonzero((geoms < 0).any(axis=1)) if len(geoms) else ():
            geom = int(geoms[index].max())
            if geom >= 0 and int(self.model.geom_bodyid[geom]) in self._hand_bodies:
                mujoco.mj_contactForce(self.model, self.data, index, force)
                sign = 1.0 if geoms[index, 1] == geom else -1.0
                frame = self.data.contact.frame[index].reshape(3, 3)
                found = found + sign * (frame.T @ force[:3])
        return found

    def _look_for_the_impossible(self) -> None:
        data = self.data
        if not np.isfinite(data.qpos).all() or any(warning.number for warning in data.warning):
            self.implausible = f"the simulation is unstable at {self.time_s:.2f} s"
        elif self.model.nv and float(np.abs(data.qvel).max()) > FAST:
            self.implausible = f"a joint moves faster than {FAST:g} at {self.time_s:.2f} s"

    def snapshot(self) -> Snapshot:
        """Return everything that decides how the simulation goes on."""
        size = mujoco.mj_stateSize(self.model, mujoco.mjtState.mjSTATE_INTEGRATION)
        state = np.zeros(size)
        mujoco.mj_getState(self.model, self.data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        return Snapshot(state, {name: copy.copy(getattr(self, name)) for name in STATE})

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot."""
        kind = mujoco.mjtState.mjSTATE_INTEGRATION
        mujoco.mj_setState(self.model, self.data, snapshot.state, kind)
        for name, value in snapshot.values.items():
            setattr(self, name, copy.copy(value))
        mujoco.mj_forward(self.model, self.data)

    def put(self, joints_rad: FloatArray) -> None:
        """Put the arm's joints at positions, at rest, whatever is between."""
        joints = self._joints
        self.data.qpos[joints] = self.data.ctrl[joints] = joints_rad
        self.data.qvel[joints] = 0.0
        self._reference = self._before = joints_rad.copy()
        self._velocity = np.zeros(3)
        self.target = None
        mujoco.mj_forward(self.model, self.data)

    def close_on(self, width_m: float, force_n: float) -> None:
        """Close the fingers on what is between them when the run begins."""
        self.data.qpos[self._fingers] = width_m / 2
        self._finger_m = width_m / 2
        self.grip_n = force_n
        mujoco.mj_forward(self.model, self.data)

    def force_between_n(self, bodies: set[int]) -> float:
        """Return the sum of the contact forces between the robot and some other bodies."""
        return self.force_n(bodies, self.robot_bodies)

    def force_n(self, bodies: set[int], others: set[int]) -> float:
        """Return the sum of the contact forces between some bodies and some others."""
        return sum(float(np.linalg.norm(one)) for one in self._forces(bodies, others))

    def net_n(self, bodies: set[int], others: set[int]) -> float:
        """Return the force with which some bodies press on some others, as a whole."""
        return float(np.linalg.norm(sum(self._forces(bodies, others), start=np.zeros(3))))

    def _forces(self, bodies: set[int], others: set[int]) -> Iterator[FloatArray]:
        """Yield the force of each contact on the others, in the frame of the base."""
        force = np.zeros(6)
        for index in range(self.data.ncon):
            contact = self.data.contact[index]
            if min(contact.geom) < 0:  # a soft body
                continue
            first, second = (int(self.model.geom_bodyid[geom]) for geom in contact.geom)
            sign = 1.0 if first in bodies and second in others else -1.0
            if sign > 0.0 or (first in others and second in bodies):
                mujoco.mj_contactForce(self.model, self.data, index, force)
                yield sign * (contact.frame.reshape(3, 3).T @ force[:3])

    def pads_touching(self, body: int) -> int:
        """Return how many of the two pads touch a body."""
        found = set()
        for contact in self.data.contact[: self.data.ncon] if self.data.ncon else ():
            for pad, other in (contact.geom, contact.geom[::-1]):
                if pad in self.pads and self.model.geom_bodyid[other] == body:
                    found.add(int(pad))
        return len(found)


class CellRobot:
    """The robot of a task, as its skills command it.

    Args:
        cell: The simulation.
        now: Advances the simulation to the run's present time.
    """

    READINGS = (
        *("proprioception", "frames", "hand", "width_m", "felt_n", "now_s", "is_gripping"),
        *("look", "latency_s", "camera", "knowledge", "time_left_s", "lifted_kg"),
    )

    def __init__(self, cell: ArmCell, now: Callable[[], None]) -> None:
        self._cell = cell
        self._now = now
        self._renderers: dict[tuple[int, int], mujoco.Renderer] = {}
        self.delay_s = 0.0
        self.decisions: list[TimedDecision] = []
        self.look: Callable[[], object] = lambda: None
        """Gives what the task's cameras and trackers see now, with its time stamp."""
        self.knowledge: object = None
        """Facts about the task that a person would have told the robot: sizes, limits."""

    @property
    def latency_s(self) -> float:
        """Run time from an observation to the first action that follows it."""
        return LATENCY_S + self.delay_s

    @property
    def now_s(self) -> float:
        """Time of the simulation."""
        return self._cell.time_s

    @property
    def hand(self) -> Pose:
        """Measured pose of the middle of the pads."""
        self._now()
        return self._cell.hand

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        self._now()
        return self._cell.width_m

    @property
    def felt_n(self) -> FloatArray:
        """Force of the surroundings on the hand since `tare`, shape (3,), in N."""
        self._now()
        return self._cell.felt_n.copy()

    @property
    def lifted_kg(self) -> float:
        """Mass that hangs on the hand since `tare`, by the force sensor; the hand must be still."""
        return float(-self.felt_n[2]) / GRAVITY_M_S2

    @property
    def is_gripping(self) -> bool:
        """True if the fingers were closed and something keeps them apart."""
        return self._cell.grip_n > 0.0 and self.width_m > 0.004

    def servo(
        self,
        pose: Pose,
        speed_m_s: float,
        *,
        velocity_m_s: FloatArray | None = None,
        seen_s: float | None = None,
        computed_s: float = 0.0,
    ) -> None:
        """Let the hand approach a pose until the next command.

        Args:
            pose: The pose.
            speed_m_s: Greatest speed.
            velocity_m_s: Velocity with which the pose moves on.
            seen_s: Time stamp of the observation that decided it, if one did.
            computed_s: Wall time of the decision.
        """
        self._now()
        velocity = np.zeros(3) if velocity_m_s is None else velocity_m_s
        self._cell.target = HandTarget(pose, speed_m_s, velocity)
        if seen_s is not None:
            self.decisions.append(TimedDecision(seen_s, self._cell.time_s, computed_s))

    def grip(self, force_n: float) -> None:
        """Close the fingers with a force, in N; 0 opens them."""
        self._now()
        self._cell.grip_n = float(np.clip(force_n, 0.0, self._cell.robot.gripper.force_n))

    def open_to(self, width_m: float) -> None:
        """Open the fingers to a distance."""
        self._now()
        self._cell.grip_n = 0.0
        self._cell.open_m = min(width_m / 2, self._cell.robot.gripper.open_m)

    def tare(self) -> None:
        """Take what the force sensor reads now for no force."""
        self._now()
        self._cell.tare()

    def stop(self) -> StopStatus:
        """Stop the arm where it is and keep the grip."""
        self._now()
        fastest = float(np.abs(self._cell.rates_rad_s).max())
        self._cell.stand()
        return StopStatus(fastest <= REST_RAD_S, f"fastest joint: {fastest:.2f} rad/s")

    def proprioception(self) -> Proprioception:
        """Return joints in rad and rad/s, width of the fingers, and force on the hand."""
        self._now()
        cell = self._cell
        values = {
            "joint_rad": cell.joints_rad,
            "joint_rad_s": cell.rates_rad_s,
            "gripper_width_m": np.array([cell.width_m]),
            "force_n": cell.felt_n.copy(),
        }
        return Proprioception(cell.time_s, values)

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return pictures, and depth in m if it is wanted, rendered now."""
        self._now()
        colours = {name: self.picture(name, size) for name in cameras}
        depths = {name: self.depth_m(name, size) for name in cameras} if depth else {}
        return Frames(dict.fromkeys(cameras, self._cell.time_s), colours, depths)

    def readings(self, sensors: Sequence[str]) -> dict[str, SensorReading]:
        """Return an empty mapping: there are no other sensors."""
        if sensors:
            raise ValueError(f"no sensor '{sensors[0]}' here")
        return {}

    def apply(self, action: FloatArray) -> None:
        """Move the hand by a translation, shape (3,), in m, and grip with a force in N."""
        if np.shape(action) != (4,) or not np.isfinite(action).all():
            raise ValueError(f"an action is 4 finite numbers, got {action!r}")
        here = self._cell.reference
        self.servo(Pose(here.position_m + action[:3], here.rotation), 0.25)
        self.grip(float(action[3]))

    def camera(self, name: str, size: tuple[int, int]) -> tuple[Pose, float]:
        """Return the pose of a camera, which looks along -z, and its focal length in pixels."""
        cell = self._cell
        index = cell.camera(name)
        pose = Pose(
            cell.data.cam_xpos[index].copy(), cell.data.cam_xmat[index].reshape(3, 3).copy()
        )
        half = math.radians(float(cell.model.cam_fovy[index])) / 2
        return pose, 0.5 * size[0] / math.tan(half)

    def picture(self, camera: str, size: tuple[int, int]) -> ByteArray:
        """Return the picture of a camera, shape (height, width, 3)."""
        renderer = self._renderer(size)
        renderer.update_scene(self._cell.data, self._cell.camera(camera))
        picture: ByteArray = renderer.render()
        return picture

    def depth_m(self, camera: str, size: tuple[int, int]) -> FloatArray:
        """Return the true depth picture of a camera, in m, shape (height, width)."""
        renderer = self._renderer(size)
        renderer.enable_depth_rendering()
        renderer.update_scene(self._cell.data, self._cell.camera(camera))
        depth: FloatArray = renderer.render().astype(float)
        renderer.disable_depth_rendering()
        return depth

    def _renderer(self, size: tuple[int, int]) -> mujoco.Renderer:
        if size not in self._renderers:
            choose_opengl()
            self._cell.model.vis.quality.shadowsize = 0
            self._cell.model.vis.quality.offsamples = 0 if size[0] < 200 else 4
            self._renderers[size] = mujoco.Renderer(self._cell.model, *size)
        return self._renderers[size]

    def close(self) -> None:
        """Free the renderers."""
        while self._renderers:
            self._renderers.popitem()[1].close()


def joints_at(pose: Pose) -> FloatArray:
    """Return joint positions of the robot that bring its hand to a pose.

    Raises:
        ValueError: If the hand cannot be there.
    """
    robot = find_robot("panda")
    chain = KinematicChain(robot)
    low, high = chain.limits()
    for start in STARTS_RAD:
        joints = robot.home.copy()
        joints[5:7] = start
        for _ in range(200):
            hand = chain.hand(joints)
            turn = rotation_vector(pose.rotation @ hand.rotation.T)
            twist = np.concatenate([pose.position_m - hand.position_m, turn])
            step = damped_solution(chain.jacobian(joints), twist, 1e-3)
            joints = np.clip(joints + np.clip(0.3 * step, -0.1, 0.1), low, high)
        if float(np.abs(twist).max()) < 0.005:
            return joints
    raise ValueError(f"the hand cannot be at {pose.position_m}")


class Stopwatch:
    """Wall time of a computation, as a context manager."""

    seconds = 0.0

    def __enter__(self) -> Stopwatch:
        """Begin."""
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.seconds = time.perf_counter() - self._began
