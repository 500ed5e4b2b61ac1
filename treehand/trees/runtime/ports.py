"""How the ports of one skill call are wired to the blackboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from treehand.core.errors import ContractError
from treehand.skills.domain import PortModel, Value, value_problem
from treehand.trees.runtime.blackboard import BlackboardKey


@dataclass(frozen=True)
class Ports:
    """The slots of one call's ports, by port."""

    inputs: Mapping[str, BlackboardKey] = field(default_factory=dict)
    outputs: Mapping[str, BlackboardKey] = field(default_factory=dict)
    models: Mapping[str, PortModel] = field(default_factory=dict)
    """The declared outputs; empty for a skill without an action model."""

    def unwritten(self) -> str:
        """Return which inputs have nothing to read, in words; else nothing."""
        names = [f"'{name}'" for name, slot in self.inputs.items() if not slot.is_written]
        return f"nothing was written yet for input {', '.join(names)}" if names else ""

    @property
    def has_given(self) -> bool:
        """Return whether every connected output was written."""
        return all(slot.is_written for slot in self.outputs.values())

    def read(self) -> dict[str, Value]:
        """Return what the inputs hold."""
        return {n: slot.content for n, slot in self.inputs.items() if slot.content is not None}

    def require(self, outputs: Mapping[str, Value]) -> None:
        """Check what a skill gives out against what it declares.

        Raises:
            ContractError: If a connected output is missing, or one is not declared, or is not of
                its type or in its range.
        """
        for name in self.outputs:
            if name not in outputs:
                raise _wrong(name, "it was not given out", "see SkillStep.success(outputs=…)")
        for name, value in outputs.items():
            model = self.models.get(name)
            if model is None and self.models:
                raise _wrong(name, "the skill declares no such output", "add it to the domain")
            problem = value_problem(model, value) if model is not None else ""
            if problem:
                raise _wrong(name, problem, "declare what the skill really gives out")

    def write(self, outputs: Mapping[str, Value], *, is_imagined: bool) -> None:
        """Put what a skill gave out where it is wired to."""
        for name, slot in self.outputs.items():
            if is_imagined:
                slot.is_imagined = True
            else:
                value = outputs[name]
                slot.write(float(value) if type(value) is int else value)


def _wrong(name: str, problem: str, hint: str) -> ContractError:
    return ContractError(f"wrong-output: output '{name}': {problem}\n  hint: {hint}")
