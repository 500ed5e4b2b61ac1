"""Skill behind its command gate: shut by its halt and by its end."""

from __future__ import annotations

from treehand.core.errors import CommandRefused
from treehand.core.text.outside_values import shown
from treehand.skills.contracts.command_gate import CommandGate
from treehand.skills.contracts.skill import (
    HaltStep,
    Skill,
    SkillStep,
    StepStatus,
    is_self_ending,
)
from treehand.skills.domain.failures import FailureCode

HALT_S = 0.05
"""Period in which a skill is halted whose robot pushed too hard."""


class GatedSkill(Skill):
    """Shuts the gate of an activation at its halt and its end, and answers a stop for it.

    A skill whose command is refused because the run was stopped has neither failed nor succeeded,
    whatever it says: it goes on as RUNNING until it is halted. After a stop a halt that commands is
    replaced by the robot's `stop`.

    Args:
        skill: The skill.
        gate: The gate of its robot.
    """

    def __init__(self, skill: Skill, gate: CommandGate) -> None:
        self._skill = skill
        self._gate = gate

    @property
    def inner(self) -> Skill:
        """The skill behind the gate."""
        return self._skill

    @property
    def late_commands(self) -> int:
        """Number of commands that came after its halt or end."""
        return self._gate.log.refused.count

    @property
    def ends_itself(self) -> bool:
        """True if the skill runs until it returns."""
        return is_self_ending(self._skill)

    def start(self) -> None:
        """Start the skill."""
        try:
            with self._gate.inside("start"):
                self._skill.start()
        except CommandRefused:
            if not self._gate.is_stopped:
                raise

    def step(self) -> SkillStep:
        """Take one step; the last one shuts the gate, and so does a robot that pushes too hard."""
        if not self._gate.is_stopped and self._gate.overload():
            return self._give_way()
        step = self._inner_step()
        is_cut = not self._gate.is_stopped and bool(self._gate.log.overload)
        return self._give_way() if is_cut else step

    def _give_way(self) -> SkillStep:
        """Halt the skill, and fail once it is at rest."""
        if self.halt() is not HaltStep.DONE:
            return SkillStep.running(self._gate.now_s() + HALT_S)
        return SkillStep.failure(FailureCode.UNSAFE_FORCE, self._gate.log.overload)

    def _inner_step(self) -> SkillStep:
        step: SkillStep | None = None
        try:
            with self._gate.inside("step"):
                step = self._skill.step()
        except CommandRefused:
            if not (self._gate.is_stopped or self._gate.log.overload):
                raise
            step = SkillStep.running(None)
        finally:
            if not isinstance(step, SkillStep) or step.status is not StepStatus.RUNNING:
                self._gate.shut()
        if not isinstance(step, SkillStep) or step.status is StepStatus.RUNNING:
            return step
        if self._gate.is_stopped and self._gate.log.refused.count:
            return SkillStep.running(None)  # it did not do all that it says
        self._gate.note_rest()
        return step

    def halt(self) -> HaltStep:
        """Halt the skill; not DONE while the driver executes one of its commands."""
        gate = self._gate
        try:
            with gate.halting(), gate.inside("halt"):
                answer = self._skill.halt()
        except CommandRefused as error:
            if not gate.is_stopped:
                gate.log.halt = f"halt() raised {error}"
                raise
            answer = HaltStep.DONE if gate.stop().acknowledged else HaltStep.RUNNING
        except BaseException as error:
            gate.log.halt = f"halt() raised {type(error).__name__}: {error}"
            raise
        if answer is HaltStep.DONE and not gate.under_way:
            gate.note_rest()
            return HaltStep.DONE
        is_halt = isinstance(answer, HaltStep)
        said = "says RUNNING" if is_halt else f"returned {shown(answer)}, not a HaltStep"
        gate.log.halt = f"halt() {said}"
        return HaltStep.RUNNING
