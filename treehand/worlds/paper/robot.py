"""The paper world's robot: it performs skills as their action models say."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from treehand.core.errors import ContractError
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import (
    FailureCode,
    FloatArray,
    Frames,
    MotionLimits,
    Proprioception,
    SkillStep,
    StopStatus,
)
from treehand.skills.domain import Call, Percept
from treehand.worlds.paper.activity import (
    PaperActivity,
    PaperFailure,
    drawn_failure,
    obstacle,
)
from treehand.worlds.paper.faults import PaperFaults
from treehand.worlds.paper.senses import SENSOR, PaperSenses
from treehand.worlds.paper.state import PaperState

SLOWNESS = 4.0
"""Factor of the fault ``slow`` on the duration of a skill."""


class InjectedPaperError(RuntimeError):
    """Exception of the fault ``skill-error``."""


class PaperRobot:
    """Performs the skills of a domain; it has no joints, cameras or actions.

    Args:
        state: True state of the world.
        senses: Its sensors.
        faults: Faults that wait for it.
        lock: Held while a command or a stop from another thread changes the state.
    """

    def __init__(
        self,
        state: PaperState,
        senses: PaperSenses,
        faults: PaperFaults,
        lock: threading.RLock,
    ) -> None:
        self._state = state
        self._senses = senses
        self._faults = faults
        self._lock = lock
        self._under_way: list[PaperActivity] = []

    def proprioception(self) -> Proprioception:
        """Return the time alone: it has no joints."""
        return Proprioception(self._state.time_s, {})

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return no pictures; raise `ValueError` if any are asked for: it has no cameras."""
        if cameras:
            raise ValueError(f"no camera '{cameras[0]}' in the paper world; it has none")
        return Frames({}, {})

    def apply(self, action: FloatArray) -> None:
        """Raise `ValueError`: it takes no actions."""
        raise ValueError("the robot of the paper world performs skills and takes no actions")

    def begin(self, call: Call, random: KeyedRandom, limits: MotionLimits) -> PaperActivity:
        """Begin a skill.

        Args:
            call: The skill with its arguments.
            random: Random numbers of the activation.
            limits: Limits that a person set; the speed stretches the duration.

        Raises:
            ContractError: If another skill under way holds one of its resources.
        """
        with self._lock:
            state, model = self._state, self._state.domain.skills[call.name]
            self._require_free(call)
            if self._faults.take("skill-error", call):
                raise InjectedPaperError("injected on purpose")
            slowness = SLOWNESS if self._faults.take("slow", call) else 1.0
            whole_s = model.duration * slowness / limits.speed
            activity = PaperActivity(call, model, state.time_s + whole_s)
            failure, share = self._foreseen(activity, random)
            if failure is not None:
                activity = replace(activity, ends_s=state.time_s + share * whole_s, failure=failure)
            self._under_way.append(activity)
            return activity

    def _foreseen(
        self, activity: PaperActivity, random: KeyedRandom
    ) -> tuple[PaperFailure | None, float]:
        """Return the failure that a skill will end with, and the share of its duration."""
        injected = self._faults.take_failure(activity.call, activity.model)
        if injected is not None:
            return PaperFailure(injected, "injected on purpose"), 0.5
        blocked = obstacle(activity, self._state)
        if blocked is not None:
            return blocked, 0.5
        code = drawn_failure(activity, self._state, random)
        if code is None:
            return None, 1.0
        return PaperFailure(code, f"by its prior: {code.meaning}"), random.uniform("share")

    def _require_free(self, call: Call) -> None:
        wanted = self._state.domain.skills[call.name].resources
        for other in self._under_way:
            shared = [name for name in wanted if name in other.model.resources]
            if shared:
                message = f"{other.call} is under way and holds '{shared[0]}', which {call} needs"
                raise ContractError(f"resource-held: {message}")

    def finish(self, activity: PaperActivity) -> SkillStep:
        """End a skill whose time is over, and return its result."""
        with self._lock:
            if activity.is_cancelled:
                return SkillStep.failure(FailureCode.HALTED, "the robot was stopped")
            self.release(activity)
            failure = activity.failure
            if failure is None:
                code = self._faults.take_failure(activity.call, activity.model)
                failure = (
                    PaperFailure(code, "injected on purpose")
                    if code is not None
                    else obstacle(activity, self._state)
                )
            self._faults.discard(activity.call)
            self._senses.correct(activity.call.arguments)
            if failure is None:
                self._senses.note(self._state.change(activity.effects()))
                return SkillStep.success(*self._evidence(activity))
            changed = self._state.fail(activity.effects_of(failure.code))
            self._senses.note(changed)
            self._senses.reveal(failure.met)
            return SkillStep.failure(failure.code, failure.detail)

    def _evidence(self, activity: PaperActivity) -> list[Percept]:
        state = self._state
        return [
            Percept(atom.fact, atom.positive, SENSOR, state.time_s)
            for atom in (one.substitute(activity.binding) for one in activity.model.effects)
            if state.domain.predicates[atom.fact.predicate].known_by == "sensed"
        ]

    def release(self, activity: PaperActivity) -> None:
        """Break a skill off, without effects; it is no error if it is over."""
        with self._lock:
            activity.is_cancelled = True
            self._under_way = [one for one in self._under_way if one is not activity]

    def stop(self) -> StopStatus:
        """Break off everything under way."""
        with self._lock:
            for activity in tuple(self._under_way):
                self.release(activity)
        return StopStatus(acknowledged=True, detail="nothing is under way")
