"""What is really so on the built-in tabletop, and how it goes on.

Everything is in the table's frame: origin in its middle, x to the right, y away, in metres.
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
"""How far from a block's middle the gripper may close and still hold it."""
CONTACT_S = 0.1
"""How long the gripper must have held something before it says so."""
OPEN_M = 0.08
"""Width of the open gripper."""
BLOCK_M = 0.04
PUSH_M = 0.03
"""How far a push moves a block."""
FREE_M = 0.1
"""Blocks begin at least this far from each other."""
TABLE = "table"

KEPT_VERSION = 1
"""Version of what `TabletopState.kept` returns."""

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
        """Return its side."""
        return self.model.size_m or BLOCK_M

    @property
    def need_n(self) -> float:
        """Return the least grip force that holds it."""
        mass_kg, friction = self.model.mass_kg or 0.2, self.model.friction or 0.5
        return needed_force_n(mass_kg, friction, LIFT_ACCELERATION_M_S2)


@dataclass
class TabletopState:
    """Blocks, gripper, time.

    Args:
        scene: What there is.
        domain: Its words.
        random: Where blocks begin whose position the scene does not say.
    """

    scene: Scene
    domain: Domain
    random: KeyedRandom
    time_s: float = 0.0
    gripper_m: Point = (0.0, -0.2)
    velocity_m_s: Point = (0.0, 0.0)
    force_n: float = 0.0
    """Of the grip as it is commanded; 0 is open."""
    held: str | None = None
    held_since_s: float = 0.0
    blocks: dict[str, Block] = field(default_factory=dict)
    faults: PendingFaults = field(default_factory=PendingFaults)
    slips_at_s: float | None = None
    frozen_s: tuple[float, float] = (0.0, 0.0)
    """When the cameras took their last picture, and when they go on."""

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
            taken = any(math.dist((x, y), block.at_m) < FREE_M for block in self.blocks.values())
            if not taken and self.zone_at((x, y)) == TABLE:
                return (x, y)
        raise InputError.of("no-room", f"there is no room for '{name}' on the table")

    def zone_at(self, point_m: Point) -> str:
        """Return the place that a point is on."""
        for name, model in self.scene.objects.items():
            if self.vocabulary.is_a(model.type, "zone") and model.position_m is not None:
                half_m = (model.size_m or 0.1) / 2
                x, y = model.position_m
                if abs(point_m[0] - x) <= half_m and abs(point_m[1] - y) <= half_m:
                    return name
        return TABLE

    def middle_m(self, place: str) -> Point:
        """Return where a place is."""
        return self.scene.objects[place].position_m or (0.0, 0.0)

    def advance(self, to_s: float) -> None:
        """Let the gripper move on with its velocity, and things slip whose time has come."""
        if self.slips_at_s is not None and self.slips_at_s <= to_s:
            self._move(self.slips_at_s)
            self.held, self.slips_at_s = None, None
        self._move(to_s)

    def _move(self, to_s: float) -> None:
        for_s = max(to_s - self.time_s, 0.0)
        self.time_s = max(self.time_s, to_s)
        x, y = self.gripper_m
        x, y = x + self.velocity_m_s[0] * for_s, y + self.velocity_m_s[1] * for_s
        self.gripper_m = (min(max(x, -HALF_M), HALF_M), min(max(y, -HALF_M), HALF_M))
        if self.held is not None:
            self.blocks[self.held].at_m = self.gripper_m

    def grip(self, force_n: float) -> None:
        """Press with a force, in N; 0 opens."""
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
        if self.faults.strike("push", near.name):
            near.at_m = (near.at_m[0] + PUSH_M, near.at_m[1])
        if math.dist(near.at_m, self.gripper_m) > REACH_M or self.faults.strike(
            "grasp-missed", near.name
        ):
            return
        self.held, self.held_since_s = near.name, self.time_s
        if self.faults.strike("grasp-dropped", near.name):
            self.slips_at_s = self.time_s + 0.4

    def _press(self, block: Block) -> None:
        limit_n = block.model.break_force_n
        if limit_n is not None and self.force_n > limit_n:
            block.is_broken = True
        if self.force_n < block.need_n:
            self.held = None  # too weak: the block stays where it is

    @property
    def width_m(self) -> float:
        """Return how far the fingers are apart."""
        if self.force_n <= 0.0:
            return OPEN_M
        return self.blocks[self.held].size_m if self.held is not None else 0.0

    @property
    def feels(self) -> str | None:
        """Return what the gripper says that it holds."""
        is_sure = self.time_s - self.held_since_s >= CONTACT_S
        return self.held if is_sure else None

    def percepts(self) -> list[Percept]:
        """Return everything that camera and gripper tell now."""
        told = []
        for block in self.blocks.values():
            is_held = block.name == self.feels
            told.append(Percept(Fact("holding", (block.name,)), is_held, "gripper", self.time_s))
            if block.name != self.held:
                where = Fact("on", (block.name, self.zone_at(block.at_m)))
                told.append(Percept(where, True, "camera", self.time_s))
            broken = Fact("broken", (block.name,))
            told.append(Percept(broken, block.is_broken, "camera", self.time_s))
        is_empty = self.feels is None
        told.append(Percept(Fact("hand_empty", ()), is_empty, "gripper", self.time_s))
        return told

    def mark(self) -> tuple[object, ...]:
        """Return what tells two states apart that are worth keeping; cheap."""
        lying = [(b.at_m, b.is_broken) for b in self.blocks.values() if b.name != self.held]
        return (self.held, self.force_n, *lying)

    def kept(self) -> bytes:
        """Return what lasts when nobody watches, for the file of the world: JSON."""
        blocks = {b.name: {"at_m": b.at_m, "is_broken": b.is_broken} for b in self.blocks.values()}
        content = {
            "world": "tabletop",
            "version": KEPT_VERSION,
            "gripper_m": self.gripper_m,
            "held": self.held,
            "force_n": self.force_n,
            "blocks": blocks,
        }
        return json.dumps(content, separators=(",", ":")).encode()

    def take_back(self, kept: bytes) -> None:
        """Go on from what `kept` returned.

        Raises:
            StorageError: If it is not the state of a tabletop with these blocks.
        """
        try:
            content = json.loads(kept)
            if (content["world"], content["version"]) != ("tabletop", KEPT_VERSION):
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
                f"the kept state is not that of this tabletop: {error}",
                "give another file with --state, or delete it to begin anew",
            ) from error

    def facts(self) -> Facts:
        """Return the truth."""
        facts = Facts(self.vocabulary)
        facts.observe(self.percepts())
        return facts
