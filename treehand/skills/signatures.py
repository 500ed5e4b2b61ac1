"""Comparison of a skill function's parameters with its action model."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from treehand.core.errors import Finding, InputError
from treehand.core.source.declarations import Declaration
from treehand.core.spans import Span

SKILL_DECORATORS = (
    "treehand.skill",
    "treehand.skills.skill",
    "treehand.skills.functions.skill",
)


def signature_problem(signature: inspect.Signature, parameters: Sequence[str]) -> str:
    """Return the reason why a function cannot be called as a skill; empty if it can.

    Arguments are passed by position, so a name of the action model at the place of another one
    would move the wrong thing, or to the wrong place.

    Args:
        signature: Parameters of the function, inspected or read from its source.
        parameters: Names of the action model's parameters, which follow the context.
    """
    try:
        bound = signature.bind(*["context", *parameters])
    except TypeError as error:
        return str(error)
    for own, passed in bound.arguments.items():
        if own in parameters and own != passed and isinstance(passed, str):
            return f"its parameter '{own}' would get the value of '{passed}'"
    return ""


def signature_finding(
    name: str,
    signature: inspect.Signature,
    parameters: Sequence[str],
    span: Span | None,
    *,
    code_at: Span | None,
    model_at: Span | None,
) -> Finding | None:
    """Return the finding for a function that does not take the arguments of its skill, or None.

    Args:
        name: Name of the skill.
        signature: Parameters of the function, inspected or read from its source.
        parameters: Names of the action model's parameters.
        span: Position of the binding.
        code_at: Position of the function.
        model_at: Position of the action model.
    """
    problem = signature_problem(signature, parameters)
    if not problem:
        return None
    wanted = ", ".join(["context", *parameters])
    where = f" at {code_at}" if code_at else ""
    declared = f" ({model_at})" if model_at else ""
    message = f"the function{where} cannot be called as {name}({wanted}){declared}: {problem}"
    return Finding("wrong-signature", message, span, f"write: def {name}({wanted})")


def async_skill(name: str) -> tuple[str, str]:
    """Return message and hint for a skill that is a coroutine."""
    hint = "write def, and yield where it may be halted; call async code from a thread of its own"
    return f"skill {name} is async, and nothing awaits it", hint


def declared_skill(declaration: Declaration, reference: str) -> tuple[str | None, str]:
    """Return the world and the description of a skill, as its source declares them.

    Raises:
        InputError: If the source shows that it is no skill, or that it cannot be stopped.
    """
    if not declaration.is_known:
        return None, declaration.doc
    if not declaration.decorators:
        hint = "decorate a function with @skill(…)"
        message = f"'{reference}' is not a function with @skill"
        raise InputError.of("not-a-skill", message, hint=hint)
    decorator = declaration.decorated_by(*SKILL_DECORATORS)
    if decorator is None:
        return None, declaration.doc
    if declaration.is_async:
        message, hint = async_skill(f"'{reference}'")
        raise InputError.of("async-skill", message, span=declaration.span, hint=hint)
    if not declaration.is_generator and "stop" not in decorator.keywords:
        message = f"skill '{reference}' neither yields nor says how it is stopped"
        hint = "yield at safe points, or give stop=…"
        raise InputError.of("unstoppable-skill", message, span=declaration.span, hint=hint)
    world = decorator.values.get("world")
    return world if isinstance(world, str) else None, declaration.doc
