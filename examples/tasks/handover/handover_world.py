"""A person's hand that moves, holds a tool, and lets go when the tool is pulled."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # the cell that the four tasks share

from arm_cell import PERIOD_S, ArmCell
from cell_world import CellWorld
from handover_skills import SKILLS, Seen

import treehand as th
from treehand.skills import FloatArray
from treehand.skills.domain import Fact
from treehand.worlds import PresetFile, WorldContext

PRESETS = PresetFile(Path(__file__).with_name("presets.yaml"))
NUMBERS = ("sway_m", "moves_hz", "move_m", "release_n", "friction", "noise_m", "dropout")
PULL_N = 30.0
"""Greatest force with which the skills pull."""
FINGERS_N = 10.0
"""Force on the hand that must not be exceeded."""
RELEASE_S = 0.1
"""Time that the pull must last until the hand opens."""
HOLD_N_M, HOLD_N_S_M = 600.0, 12.0
"""Stiffness and damping of the hand's hold on the tool."""
TURN_NM, TURN_NM_S = 2.0, 0.02
ARM_M_N = 0.001
"""Way that the person's arm gives for each N of pull, m/N."""
REACH_M = ((0.42, 0.62), (-0.25, 0.25), (0.3, 0.5))
"""Box in which the hand holds the tool out."""
EYES_S = 0.05
"""Period of the tracker."""


@dataclass(frozen=True)
class HandSample:
    """What was drawn for a run."""

    start_m: FloatArray
    yaw_rad: float
    sway_m: float
    moves_hz: float
    move_m: float
    release_n: float
    friction: float
    noise_m: float
    dropout: float


class PersonHand:
    """The path of the hand, its hold on the tool, and how it lets go.

    Args:
        sample: What was drawn.
        generator: Of the path.
    """

    def __init__(self, sample: HandSample, generator: np.random.Generator) -> None:
        self.sample = sample
        self._rates = generator.uniform(0.15, 0.4, 4)
        self._phases = generator.uniform(0, 2 * math.pi, 4)
        self._moves = self._planned(generator)
        self.released_s: float | None = None
        self._pulled_s = 0.0
        self.given_m: FloatArray = np.zeros(3)

    def _planned(self, generator: np.random.Generator) -> list[tuple[float, FloatArray]]:
        """Return the times at which the hand goes elsewhere, each with the new place."""
        found, time_s, at = [], 0.0, self.sample.start_m
        low, high = np.array(REACH_M).T
        while self.sample.moves_hz > 0.0 and len(found) < 40:
            time_s += generator.exponential(1.0 / self.sample.moves_hz) + 0.8
            way = generator.normal(size=3)
            way *= self.sample.move_m / np.linalg.norm(way)
            at = np.clip(at + way, low, high)
            found.append((time_s, at))
        return found

    def pose(self, time_s: float) -> tuple[FloatArray, float]:
        """Return the position of the middle of the tool in the hand, and its yaw."""
        at = self.sample.start_m
        for when_s, there in self._moves:
            if when_s > time_s:
                break
            share = min((time_s - when_s) / 0.8, 1.0)
            at = at + share**2 * (3 - 2 * share) * (there - at)
        waves = np.sin(2 * math.pi * self._rates * time_s + self._phases)
        at = at + self.sample.sway_m * waves[:3] + self.given_m
        return at, self.sample.yaw_rad + 2.0 * self.sample.sway_m * waves[3]

    def feel(self, pull: FloatArray, time_s: float) -> None:
        """Give way to a pull, and let go if it is strong enough for long enough."""
        self.given_m = self.given_m + 0.1 * (ARM_M_N * pull - self.given_m)
        _, yaw = self.pose(time_s)
        outwards = np.array([math.cos(yaw), math.sin(yaw), 0.0])  # a push from beside is no pull
        strong = float(pull @ outwards) > self.sample.release_n
        self._pulled_s = self._pulled_s + PERIOD_S if strong else 0.0
        if self.released_s is None and self._pulled_s >= RELEASE_S:
            self.released_s = time_s


class HandoverWorld(CellWorld):
    """An arm at a table, and a person who holds a tool out."""

    knows_truth = False
    """True for the control that is told the true pose of the tool."""
    is_blind = False
    """True for the control that sees the tool once."""

    def __init__(self, context: WorldContext) -> None:
        self._random = context.random.under("handover")
        sample = self._drawn(context.randomize or "held-out")
        self._person, self._tool = "anna", "screwdriver"

        def add(spec: mujoco.MjSpec) -> None:
            for name in ("grip_part", "shaft"):
                spec.geom(name).friction = [sample.friction, 0.01, 0.001]

        cell = ArmCell(Path(__file__).with_name("handover.xml"), add, context.clock.now_s())
        numbers = {name: float(getattr(sample, name)) for name in NUMBERS}
        super().__init__(context, cell, numbers)
        self._hand = PersonHand(sample, self._random.generator("path"))
        self._start_s = cell.time_s
        self._hold: FloatArray = np.zeros(3)
        self._squeezed = self._is_touching = False
        self._touches_n = 0
        self._seen: Seen | None = None
        self._looks_n = 0
        self._is_near = False
        self._body = cell.body("screwdriver")
        self._hand_bodies = {cell.body("person")}
        self._place()
        cell.before_substep.append(self._hold_tool)
        cell.after_step.append(self._live)
        self.embodiment.look = self._look
        for _ in range(3):
            cell.step()
        cell.time_s = self._start_s

    def _drawn(self, name: str) -> HandSample:
        preset = PRESETS.preset(name, numbers=NUMBERS)
        preset.require("release_n", "the hand lets go at {high} N or never", above=0.0, most=PULL_N)
        preset.require("friction", "no fingers hold a tool without friction", above=0.0)
        preset.require("dropout", "the tracker sees nothing", least=0.0, most=0.99)
        drawn = preset.drawn(self._random)
        at = [
            low + (high - low) * self._random.uniform("start", axis)
            for axis, (low, high) in enumerate(REACH_M)
        ]
        yaw = math.pi + math.atan2(at[1], at[0]) + 0.7 * (2 * self._random.uniform("yaw") - 1)
        return HandSample(np.array(at), yaw, **drawn)

    def _place(self) -> None:
        at, yaw = self._hand.pose(0.0)
        turn = [math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)]
        self.cell.joint("screwdriver").qpos[:] = [*at, *turn]
        self.cell.data.mocap_pos[0], self.cell.data.mocap_quat[0] = at, turn
        mujoco.mj_forward(self.cell.model, self.cell.data)

    def _hold_tool(self) -> None:
        """Apply the force of the person's fingers to the tool."""
        data = self.cell.data
        data.xfrc_applied[self._body] = 0.0
        if self._hand.released_s is not None:
            return
        at, yaw = self._hand.pose(self.cell.time_s - self._start_s)
        velocity = np.zeros(6)
        mujoco.mj_objectVelocity(
            self.cell.model, data, mujoco.mjtObj.mjOBJ_BODY, self._body, velocity, 0
        )
        mass = self.cell.model.body_mass[self._body]
        force = HOLD_N_M * (at - data.xpos[self._body]) - HOLD_N_S_M * velocity[3:]
        self._hold = force
        wanted = np.array([math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)])
        turn = np.zeros(3)
        mujoco.mju_subQuat(turn, wanted, data.xquat[self._body])
        turn = data.xmat[self._body].reshape(3, 3) @ turn
        data.xfrc_applied[self._body, :3] = force + np.array([0.0, 0.0, 9.81 * mass])
        data.xfrc_applied[self._body, 3:] = TURN_NM * turn - TURN_NM_S * velocity[:3]

    def _live(self) -> None:
        """Move the hand, let it feel the pull, and watch what presses on it."""
        hand, data = self._hand, self.cell.data
        if hand.released_s is None:
            hand.feel(-self._hold, self.cell.time_s - self._start_s)
        at, yaw = hand.pose(self.cell.time_s - self._start_s)
        if hand.released_s is not None:  # it opens, and goes back
            back = min((self.cell.time_s - self._start_s - hand.released_s) / 0.6, 1.0) * 0.18
            at = at - back * np.array([math.cos(yaw), math.sin(yaw), 0.0])
        data.mocap_pos[0] = at
        data.mocap_quat[0] = [math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)]
        pressed_n = self.cell.force_between_n(self._hand_bodies)
        self._squeezed = self._squeezed or pressed_n > FINGERS_N
        self._touches_n += pressed_n > 0.0 and not self._is_touching
        self._is_touching = pressed_n > 0.0

    def counts(self) -> Mapping[str, int]:
        """Return how often the arm touched the hand, however lightly."""
        return {"touches of the hand": self._touches_n}

    def _look(self) -> Seen:
        """Return what the tracker sees of the tool and the hand: noisy, and not always new."""
        self.advance(self._clock.now_s())
        if self.knows_truth:
            return self._true_look()
        if self.is_blind and self._seen is not None:
            return replace(self._seen, taken_s=self.cell.time_s)
        number = round(self.cell.time_s / EYES_S)
        if self._seen is None or number != self._looks_n:
            self._looks_n = number
            hand = self._hand
            if self._seen is None or self._random.uniform("drop", number) > hand.sample.dropout:
                noise = self._random.generator("noise", number).normal(size=5)
                true = self._true_look()
                at = true.at_m + hand.sample.noise_m * noise[:3]
                self._seen = replace(true, at_m=at, yaw_rad=true.yaw_rad + 0.02 * noise[3])
                away = self._seen.grasp_m() - self.cell.hand.position_m
                self._is_near = bool(np.linalg.norm(away) < 0.06)
        return self._seen

    def _true_look(self) -> Seen:
        """Return the true pose of the tool, and whether it is in the person's hand."""
        data = self.cell.data
        matrix = data.xmat[self._body].reshape(3, 3)
        yaw = math.atan2(matrix[1, 0], matrix[0, 0])
        apart = data.mocap_pos[0] - data.xpos[self._body]
        is_held = bool(np.linalg.norm(apart) < 0.08)
        seen = Seen(self.cell.time_s, data.xpos[self._body].copy(), yaw, is_held)
        if self.knows_truth:
            away = seen.grasp_m() - self.cell.hand.position_m
            self._is_near = bool(np.linalg.norm(away) < 0.06)
        return seen

    def sensed(self) -> Mapping[Fact, bool]:
        """Return what tracker, width of the fingers and pads tell."""
        seen = self._look()
        gripped = self.embodiment.is_gripping and self._is_near
        is_down = seen.at_m[2] < 0.08 and not gripped
        return self._facts(seen.is_offered and not is_down, gripped, is_down)

    def true_facts(self) -> Mapping[Fact, bool]:
        """Return what holds the tool, and what pressed on the hand."""
        gripped = self.cell.pads_touching(self._body) == 2
        offered = self._hand.released_s is None
        is_down = not gripped and not offered and self.cell.data.xpos[self._body, 2] < 0.08
        found = dict(self._facts(offered, gripped, bool(is_down)))
        found[Fact("squeezed", (self._person,))] = self._squeezed
        return found

    def _facts(self, offered: bool, gripped: bool, is_down: bool) -> Mapping[Fact, bool]:
        tool = (self._tool,)
        return {
            Fact("offers", (self._person, self._tool)): offered,
            Fact("gripped", tool): gripped,
            Fact("holding", tool): gripped and not offered,
            Fact("dropped", tool): is_down,
        }


class HandoverTruth(HandoverWorld):
    """The handover with a tracker that tells the truth."""

    knows_truth = True


class HandoverBlind(HandoverWorld):
    """The handover with a tracker that sees the tool once."""

    is_blind = True


Handover = th.world(
    "handover",
    domain="handover.domain.yaml",
    scene="handover.scene.yaml",
    skills=SKILLS,
    is_virtual=True,
    presets=PRESETS,
)(HandoverWorld)
TruthHandover = Handover.variant("handover-truth", HandoverTruth)
BlindHandover = Handover.variant("handover-blind", HandoverBlind)
