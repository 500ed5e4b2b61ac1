"""Classes of a user's own against the protocol that they implement, by their source alone."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

from treehand.core.errors import Finding
from treehand.core.source.class_source import ClassMember
from treehand.core.source.declarations import Declaration, read_source
from treehand.core.source.whole_class import WholeClass, find_declaration, whole_class
from treehand.skills import (
    Closable,
    Counting,
    Disturbable,
    Embodiment,
    GroundTruth,
    Heartbeat,
    Randomized,
    SceneIdentity,
    Skill,
    Snapshottable,
    World,
    incomplete_mixins,
)

_MIXINS = (
    *(Closable, Counting, Disturbable, GroundTruth, Heartbeat, Randomized, SceneIdentity),
    Snapshottable,
)
"""Protocols of which a world may implement some."""
SKILL_MAKERS = (
    "treehand.skills.SkillDefinition",
    "treehand.skills.contracts.definition.SkillDefinition",
)
Contract = Mapping[str, tuple[str, ...] | None]
"""Member to the names of the arguments that it is called with; None if it is read."""


def contract_of(protocol: type) -> Contract:
    """Return the members of a protocol, each with the arguments that every caller gives."""
    found: dict[str, tuple[str, ...] | None] = {}
    for name, member in vars(protocol).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            found[name] = None
        elif inspect.isfunction(member):
            given = list(inspect.signature(member).parameters.values())[1:]
            found[name] = tuple(one.name for one in given if one.default is one.empty)
    return found


def world_findings(found: WholeClass, wanted: Iterable[str]) -> Iterator[Finding]:
    """Yield what the class of a world, or of its robot, does not have as it is called.

    Args:
        found: The world's class.
        wanted: Members that every world has.
    """
    code, what = "wrong-world", "a world"
    made = {"__init__": ("context",)}
    yield from contract_findings(found, {**made, **contract_of(World)}, wanted, code, what)
    for mixin in _MIXINS:
        yield from contract_findings(found, contract_of(mixin), (), code, what)
    if not found.is_open:
        members = SimpleNamespace(**dict.fromkeys(found.members))
        for name, present, missing in incomplete_mixins(members):
            place = f"{found.span.file}:{found.span.line}"
            message = f"class {found.name} at {place}, {what}, has {', '.join(present)}, but lacks "
            hint = f"{name} needs all of them; see treehand.skills.{name}"
            yield Finding("partial-world", message + ", ".join(missing), hint=hint)
    robot = found.maker_of("embodiment")
    if robot is not None:
        is_driven = "spec" in robot.members  # by a policy, which calls the rest
        contract = contract_of(Embodiment) if is_driven else {"stop": ()}
        yield from contract_findings(robot, contract, ("stop",), code, "the robot of a world")


def part_findings(
    found: Declaration, arguments: tuple[str, ...], methods: Contract, part: str
) -> Iterator[Finding]:
    """Yield what is wrong with a class or function that makes a part, or is one.

    Args:
        found: Its declaration; one of something else has no findings.
        arguments: Names of the arguments that it is called with.
        methods: Methods that its objects must have.
        part: Name of the part: ``reader``.
    """
    code, what = f"wrong-{part}", f"a {part}"
    yield from function_findings(found, arguments, code, what)
    if found.of_class is None or found.of_class.is_decorated or not found.is_known:
        return
    own = whole_class(found.of_class, read_source(Path(found.span.file)))
    yield from contract_findings(own, {"__init__": arguments, **methods}, methods, code, what)


def skill_findings(found: Declaration) -> Iterator[Finding]:
    """Yield what is wrong with a skill that is a class, or made of one; of functions nothing.

    Args:
        found: Declaration of the class, or of ``name = SkillDefinition("name", Class)``.
    """
    made_by = found.made_by
    if made_by is not None and made_by.name in SKILL_MAKERS:
        named = made_by.names.get(1, made_by.names.get("factory", ""))
        home = read_source(Path(found.span.file))
        located = find_declaration(named, home) if named else None
        found = located[0] if located is not None else found
    if found.of_class is not None or made_by is not None:
        yield from part_findings(found, ("context",), contract_of(Skill), "skill")


def function_findings(
    found: Declaration, arguments: tuple[str, ...], code: str, what: str
) -> Iterator[Finding]:
    """Yield what is wrong with a function that is called with some arguments.

    Args:
        found: Its declaration; one of something else has no findings.
        arguments: Names of the arguments.
        code: Code of the finding.
        what: The function in words: ``a listener``.
    """
    if found.signature is None or not found.is_known:
        return
    problem = "is async, and it is called without await" if found.is_async else ""
    try:
        found.signature.bind(*arguments)
    except TypeError as error:
        problem = f"cannot be called as {found.name}({', '.join(arguments)}): {error}"
    if problem:
        message = f"function {found.name} at {found.span.file}:{found.span.line}, {what}, {problem}"
        yield Finding(code, message, hint=f"write: def {found.name}({', '.join(arguments)})")


def contract_findings(
    found: WholeClass, contract: Contract, wanted: Iterable[str], code: str, what: str
) -> Iterator[Finding]:
    """Yield the members that are missing, and those that cannot be called as they will be.

    Args:
        found: The class.
        contract: Its protocol.
        wanted: Members that it must have.
        code: Code of the findings.
        what: The class in words: ``a world``.
    """
    wanted = tuple(wanted)
    lacking = [one for one in wanted if one not in found.members] if not found.is_open else []
    if lacking:
        place = f"{found.span.file}:{found.span.line}"
        message = f"class {found.name} at {place}, {what}, has no {', no '.join(lacking)}"
        yield Finding(code, message, hint=f"{what} has {', '.join(wanted)}")
    for name, arguments in contract.items():
        member = found.members.get(name)
        problem = _problem(member, arguments) if member is not None else ""
        if member is not None and problem:
            place = f"{member.span.file}:{member.span.line}"
            message = f"{name} of class {member.owner} at {place}, {what}, {problem}"
            yield Finding(code, message, hint=_hint(name, arguments))


def _problem(member: ClassMember, arguments: tuple[str, ...] | None) -> str:
    if arguments is None:
        is_called = member.kind in ("method", "async")
        return "is a method, and it is read without a call" if is_called else ""
    if member.kind == "async":
        return "is async, and it is called without await"
    if member.kind == "property":
        return "is a property, and it is called"
    if member.kind != "method":
        return ""
    if member.signature is None:
        return "takes no object: it has no 'self'"
    try:
        member.signature.bind(*arguments)
    except TypeError as error:
        return f"cannot be called as {member.name}({', '.join(arguments)}): {error}"
    return ""


def _hint(name: str, arguments: tuple[str, ...] | None) -> str:
    if arguments is None:
        return f"write @property above 'def {name}(self)', or set self.{name}"
    return f"write: def {name}({', '.join(['self', *arguments])})"
