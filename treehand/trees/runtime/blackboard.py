"""The blackboard of one run, and the ports of skill calls that are wired to it.

Skills write entries and later nodes read them. Every tree has a namespace of its own, a
`Blackboard`; a subtree's ports are wired to entries of the tree that uses it. Nothing is shared
with another run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType

from treehand.core.errors import ContractError
from treehand.core.revisions import Revision
from treehand.core.text.outside_values import shown
from treehand.skills.domain import Beliefs, Fact, PortModel, Value, value_problem


class BlackboardKey(Revision):
    """One entry of a blackboard; counts its changes."""

    __slots__ = ("content", "initial", "is_symbolic")

    def __init__(self, content: Value | None = None) -> None:
        super().__init__()
        self.initial = content
        """Its value when it was made."""
        self.content = content
        """The value that was written last; None before."""
        self.is_symbolic = False
        """True if a simulated skill has written it, so that its value is unknown."""

    def write_symbolic(self) -> None:
        """Take in that a simulated skill has written the entry, so that its value is unknown."""
        self.is_symbolic = True
        if self.content is not None:
            self.content = None
            self.bump()

    def restore(self, content: Value | None, *, is_symbolic: bool) -> None:
        """Put back a value that the entry had."""
        self.content, self.is_symbolic = content, is_symbolic

    def reset(self) -> None:
        """Put back the value that the entry had when it was made."""
        self.restore(self.initial, is_symbolic=False)
        self.bump()

    def write(self, content: Value) -> None:
        """Store a value."""
        self.is_symbolic = False
        if content != self.content:
            self.content = content
            self.bump()

    @property
    def has_changed(self) -> bool:
        """Return True if it does not have the value with which it was made."""
        return self.is_symbolic or self.content != self.initial

    @property
    def is_written(self) -> bool:
        """Return True if there is something to read."""
        return self.content is not None or self.is_symbolic


class Blackboard:
    """The entries of one tree, by name.

    Args:
        ports: Names of entries that belong to the tree above.
        used: Takes in this blackboard as soon as it has an entry.
    """

    def __init__(
        self,
        ports: Mapping[str, BlackboardKey] | None = None,
        used: list[Blackboard] | None = None,
    ) -> None:
        self._keys = dict(ports or {})
        self._used = used
        if self._keys:
            self._note_use()

    def _note_use(self) -> None:
        if self._used is not None:
            self._used.append(self)

    def key(self, name: str) -> BlackboardKey:
        """Return an entry, which may not be written yet."""
        if not self._keys:
            self._note_use()
        return self._keys.setdefault(name, BlackboardKey())

    def all_keys(self) -> tuple[BlackboardKey, ...]:
        """Return its entries."""
        return tuple(self._keys.values())

    def values(self) -> dict[str, Value]:
        """Return the values of the entries that were written; callable from any thread."""
        return {n: k.content for n, k in self._keys.copy().items() if k.content is not None}


class Scope:
    """Facts and entries together, for the formulas of one tree."""

    def __init__(self, facts: Beliefs, board: Blackboard) -> None:
        self._facts = facts
        self._board = board

    def value(self, fact: Fact) -> bool | None:
        """Return True or False if a ground fact holds or not; None when unknown."""
        return self._facts.value(fact)

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        return self._facts.objects(type_name)

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return the objects for a variable with which a fact may be true; None if all may."""
        return self._facts.matching(fact, variable, type_name)

    def entry(self, name: str) -> Value | None:
        """Return the value of an entry; None when nothing was written."""
        return self._board.key(name).content


@dataclass(frozen=True)
class Ports:
    """The entries that the ports of one call are wired to, by port."""

    inputs: Mapping[str, BlackboardKey] = field(default_factory=dict)
    outputs: Mapping[str, BlackboardKey] = field(default_factory=dict)
    models: Mapping[str, PortModel] = field(default_factory=dict)
    """The declared outputs."""

    def unwritten(self) -> str:
        """Return the inputs without a value, in words; empty if there is none."""
        names = [f"'{name}'" for name, key in self.inputs.items() if not key.is_written]
        return f"nothing was written yet for input {', '.join(names)}" if names else ""

    @property
    def has_given(self) -> bool:
        """Return True if every connected output was written."""
        return all(key.is_written for key in self.outputs.values())

    def read(self) -> dict[str, Value]:
        """Return the values of the inputs."""
        return {n: key.content for n, key in self.inputs.items() if key.content is not None}

    def require(self, outputs: Mapping[str, Value], code: CodeType | None = None) -> None:
        """Check the outputs of a skill against their declarations.

        Args:
            outputs: Values by port.
            code: Code that has given them, to be named where they are wrong.

        Raises:
            ContractError: If a connected output is missing, or one is not declared, or is not of
                its type or in its range.
        """
        for name in self.outputs:
            if name not in outputs:
                hint = "see SkillStep.success(outputs=…)"
                raise _wrong(name, "it was not given out", hint, code)
        for name, value in outputs.items():
            model = self.models.get(name)
            if model is None:
                known = ", ".join(f"'{one}'" for one in self.models) or "none"
                problem = f"the action model declares no such output; it declares {known}"
                raise _wrong(name, problem, "add it to the domain, or do not give it out", code)
            problem = value_problem(model, value)
            if problem:
                raise _wrong(name, problem, "declare what the skill really gives out", code)

    def write(self, outputs: Mapping[str, Value], *, is_symbolic: bool) -> None:
        """Write the outputs of a skill to the entries that they are wired to."""
        for name, key in self.outputs.items():
            if is_symbolic:
                key.write_symbolic()
            else:
                value = outputs[name]
                key.write(float(value) if type(value) is int else value)


def _wrong(name: object, problem: str, hint: str, code: CodeType | None) -> ContractError:
    told = f"'{name}'" if isinstance(name, str) else shown(name)
    return ContractError(f"wrong-output: output {told}: {problem}\n  hint: {hint}", code)
