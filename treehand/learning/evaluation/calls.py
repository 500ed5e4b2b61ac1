"""Calls of skills as people write them, and patterns that stand for many."""

from __future__ import annotations

import re
from itertools import product

from treehand.core.errors import InputError, near
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills.domain import Call, Domain

ANY = "*"
"""Argument of a pattern that stands for every object of its type."""
_CALL = re.compile(r"(?P<name>\w+)\s*(\((?P<arguments>[^()]*)\))?")


def parsed_pattern(text: str, domain: Domain) -> Call:
    """Return a call whose arguments may be `ANY`.

    Args:
        text: ``pick(can)``, ``pick(*)``, or ``pick``, which means the same.
        domain: Its skills.

    Raises:
        InputError: If it is no call of a skill with as many arguments.
    """
    found = _CALL.fullmatch(text.strip())
    if found is None:
        message = f"'{text}' is no call of a skill"
        raise InputError.of("wrong-call", message, hint="for example pick(can), or pick(*)")
    name, given = found["name"], found["arguments"]
    if name not in domain.skills:
        hint = near(name, domain.skills, what="skills")
        raise InputError.of("unknown-skill", f"the domain has no skill '{name}'", hint=hint)
    params = domain.skills[name].params
    if given is None:
        return Call(name, (ANY,) * len(params))
    arguments = tuple(one.strip() for one in given.split(",")) if given.strip() else ()
    if len(arguments) != len(params) or not all(arguments):
        message = f"'{text}' is no call of '{name}' with {len(params)} arguments"
        hint = f"for example {name}({', '.join(ANY for _ in params)})"
        raise InputError.of("wrong-call", message, hint=hint)
    return Call(name, arguments)


def expanded(pattern: Call, deployment: Deployment) -> list[Call]:
    """Return the calls that a pattern stands for, in the order of the scene.

    Args:
        pattern: Result of `parsed_pattern`.
        deployment: Its objects and skills.

    Raises:
        InputError: If it names an object that is not there, or stands for no call.
    """
    known = deployment.vocabulary.object_types
    params = deployment.domain.skills[pattern.name].params
    choices = []
    for given, type_ in zip(pattern.arguments, params.values(), strict=True):
        if given != ANY and given not in known:
            hint = near(given, known, what="objects")
            raise InputError.of("unknown-object", f"there is no '{given}'", hint=hint)
        choices.append(deployment.vocabulary.objects(type_) if given == ANY else (given,))
    calls = [Call(pattern.name, arguments) for arguments in product(*choices)]
    if not calls:
        message = f"'{pattern}' stands for no call here"
        raise InputError.of("wrong-call", message, hint="the scene has no such objects")
    return calls
