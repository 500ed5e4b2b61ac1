"""True state of the built-in tabletop, and its dynamics.

Coordinates are in the table's frame: origin in its middle, x to the right, y away, in metres.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from treehand.core.errors import InputError, StorageError
from treehand.core.keyed_random import KeyedRandom
from treehand.skills.contracts.grip_force import LIFT_ACCELERATION_M_S2, needed_force_n
from treehand.skills.domain import Domain, Fact, Facts, ObjectModel, Percept, Scene
from treehand.worlds.simulated.pending_faults import PendingFaults

HALF_M = 0.3
"""Half of the table's side."""
REACH_M = 0.015
"""Greatest distance of the gripper from a block's middle at which it grips the block."""
CONTACT_S = 0.1
"""Time of contact after which the gripper reports a held block."""
OPEN_M = 0.08
"""Width of the open gripper."""
BLOCK_M = 0.04
PUSH_M = 0.03
"""Displacement by the fault ``push``."""
SPACING_M = 0.1
"""Least distance between blocks at the start."""
TABLE = "table"

STATE_VERSION = 1
"""Version of the format of `TabletopState.serialize`."""

Point = tuple[float, float]


def _point(value: Sequence[float]) -> Point:
    x, y = value
    return (float(x), float(y))


@dataclass
class Block:
    """One block."""

    name: str
    model: ObjectModel
    at_m: Point
    is_broken: bool = False

    @property
    def size_m(self) -> float:
        """Side of the block."""
        return self.model.size_m or BLOCK_M

    @property
    def need_n(self) -> float:
        """Least grip force that holds the block, in N."""
        mass_kg, friction = self.model.mass_kg or 0.2, self.model.friction or 0.5
        return needed_force_n(mass_kg, friction, LIFT_ACCELERATION_M_S2)


@dataclass
class TabletopState:
    """State of blocks, gripper and time.

    Args:
        scene: Objects and start facts.
        domain: The tabletop domain, or one that extends it.
        random: Random numbers for the start positions that the scene leaves out.

    Raises:
        InputError: If there is no room for a block.
    """

    scene: Scene
    domain: Domain
    random: KeyedRandom
    time_s: float = 0.0
    gripper_m: Point = (0.0, -0.2)
    velocity_m_s: Point = (0.0, 0.0)
    expires_s: float | None = None
    """Run time at which the velocity expires; None if it does not."""
    force_n: float = 0.0
    """Commanded grip force; 0 is open."""
    held: str | None = None
    held_since_s: float = 0.0
    blocks: dict[str, Block] = field(default_factory=dict)
    faults: PendingFaults = field(default_factory=PendingFaults)
    slips_at_s: float | None = None
    frozen_s: tuple[float, float] = (0.0, 0.0)
    """Start and end of the fault ``freeze``, in run seconds."""

    def __post_init__(self) -> None:
        types = {name: entry.type for name, entry in self.scene.objects.items()}
        self.vocabulary = self.domain.vocabulary(types)
        for name, model in self.scene.objects.items():
            if self.vocabulary.is_a(model.type, "movable"):
                self.blocks[name] = Block(name, model, self._start_m(name, model))

    def _start_m(self, name: str, model: ObjectModel) -> Point:
        if model.position_m is not None:
            return model.position_m
        for trial in range(1000):
            x, y = (
                (2 * self.random.uniform(axis, name, trial) - 1) * 0.8 * HALF_M for axis in "xy"
            )
            taken = any(math.dist((x, y), block.at_m) < SPACING_M for block in self.blocks.values())
            if not taken and self.zone_at((x, y)) == TABLE:
                return (x, y)
        raise InputError.of("no-room", f"there is no room for '{name}' on the table")

    def zone_at(self, point_m: Point) -> str:
        """Return the name of the place at a point."""
        for name, model in self.scene.objects.items():
            if self.vocabulary.is_a(model.type, "zone") and model.position_m is not None:
                half_m = (model.size_m or 0.1) / 2
                x, y = model.position_m
                if abs(point_m[0] - x) <= half_m and abs(point_m[1] - y) <= half_m:
                    return name
        return TABLE

    def middle_m(self, place: str) -> Point:
        """Return the position of a place's middle."""
        return self.scene.objects[place].position_m or (0.0, 0.0)

    def advance(self, to_s: float) -> None:
        """Advance the gripper with its velocity, and release a block whose slip is due."""
        if self.slips_at_s is not None and self.slips_at_s <= to_s:
            self._move(self.slips_at_s)
            self.held, self.slips_at_s = None, None
        self._move(to_s)

    def _move(self, to_s: float) -> None:
        expires_s = self.expires_s
        if expires_s is not None and expires_s <= to_s:
            self.expires_s = None
            self._move(expires_s)
            self.velocity_m_s = (0.0, 0.0)
        for_s = max(to_s - self.time_s, 0.0)
        self.time_s = max(self.time_s, to_s)
        x, y = self.gripper_m
        x, y = x + self.velocity_m_s[0] * for_s, y + self.velocity_m_s[1] * for_s
        self.gripper_m = (min(max(x, -HALF_M), HALF_M), min(max(y, -HALF_M), HALF_M))
        if self.held is not None:
            self.blocks[self.held].at_m = self.gripper_m

    def grip(self, force_n: float) -> None:
        """Set the grip force, in N; 0 opens the gripper."""
        was_open, self.force_n = self.force_n <= 0.0, force_n
        if force_n <= 0.0:
            self.held, self.slips_at_s = None, None
            return
        if was_open:
            self._close()
        if self.held is not None:
            self._press(self.blocks[self.held])

    def _close(self) -> None:
        near = min(self.blocks.values(), key=lambda b: math.dist(b.at_m, self.gripper_m))
        if self.faults.trigger("push", near.name):
            near.at_m = (near.at_m[0] + PUSH_M, near.at_m[1])
        if math.dist(near.at_m, self.gripper_m) > REACH_M or self.faults.trigger(
            "grasp-missed", near.name
        ):
            return
        self.held, self.held_since_s = near.name, self.time_s
        if self.faults.trigger("grasp-dropped", near.name):
            self.slips_at_s = self.time_s + 0.4

    def _press(self, block: Block) -> None:
        limit_n = block.model.break_force_n
        if limit_n is not None and self.force_n > limit_n:
            block.is_broken = True
        if self.force_n < block.need_n:
            self.held = None  # too weak: the block stays where it is

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        if self.force_n <= 0.0:
            return OPEN_M
        return self.blocks[self.held].size_m if self.held is not None else 0.0

    @property
    def sensed_held(self) -> str | None:
        """Block that the gripper reports as held."""
        is_sure = self.time_s - self.held_since_s >= CONTACT_S
        return self.held if is_sure else None

    def percepts(self) -> list[Percept]:
        """Return all present percepts of camera and gripper."""
        percepts = []
        for block in self.blocks.values():
            is_held = block.name == self.sensed_held
            percepts.append(
                Percept(Fact("holding", (block.name,)), is_held, "gripper", self.time_s)
            )
            if block.name != self.held:
                where = Fact("on", (block.name, self.zone_at(block.at_m)))
                percepts.append(Percept(where, True, "camera", self.time_s))
            broken = Fact("broken", (block.name,))
            percepts.append(Percept(broken, block.is_broken, "camera", self.time_s))
        is_empty = self.sensed_held is None
        percepts.append(Percept(Fact("hand_empty", ()), is_empty, "gripper", self.time_s))
        return percepts

    def fingerprint(self) -> tuple[object, ...]:
        """Return a cheap key of the state that is worth saving."""
        lying = [(b.at_m, b.is_broken) for b in self.blocks.values() if b.name != self.held]
        return (self.held, self.force_n, *lying)

    def serialize(self) -> bytes:
        """Return the lasting state for the world's file, as JSON."""
        blocks = {b.name: {"at_m": b.at_m, "is_broken": b.is_broken} for b in self.blocks.values()}
        content = {
            "world": "tabletop",
            "version": STATE_VERSION,
            "gripper_m": self.gripper_m,
            "held": self.held,
            "force_n": self.force_n,
            "blocks": blocks,
        }
        return json.dumps(content, separators=(",", ":")).encode()

    def deserialize(self, saved: bytes) -> None:
        """Restore the lasting state from `serialize`.

        Raises:
            StorageError: If it is not the state of a tabletop with these blocks.
        """
        try:
            content = json.loads(saved)
            if (content["world"], content["version"]) != ("tabletop", STATE_VERSION):
                raise ValueError(f"{content['world']}, version {content['version']}")
            if set(content["blocks"]) != set(self.blocks) or content["held"] not in (
                None,
                *self.blocks,
            ):
                raise ValueError(f"other blocks than in scene '{self.scene.scene}'")
            for name, values in content["blocks"].items():
                self.blocks[name].at_m = _point(values["at_m"])
                self.blocks[name].is_broken = bool(values["is_broken"])
            self.gripper_m = _point(content["gripper_m"])
            self.held, self.force_n = content["held"], float(content["force_n"])
            self.held_since_s = self.time_s - CONTACT_S
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StorageError(
                "not-this-world",
                f"the saved state is not that of this tabletop: {error}",
                "give another file with --state, or delete it to begin anew",
            ) from error

    def facts(self) -> Facts:
        """Return the true facts."""
        facts = Facts(self.vocabulary)
        facts.observe(self.percepts())
        return facts
