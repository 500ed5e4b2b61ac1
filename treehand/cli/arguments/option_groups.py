"""Options that belong together are one parameter of a command: a dataclass.

Typer reads a command's options from its signature, one parameter each. `expand_groups` takes a
function with a parameter of a dataclass type apart: Typer sees the fields as options of their own,
the function gets the dataclass.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def expand_groups(function: Callable[..., None]) -> Callable[..., None]:
    """Return a function that takes the fields of each option group in the group's place.

    Args:
        function: Its parameters whose type is a dataclass are groups of options. Every field needs
            a default, and an annotation that Typer understands.
    """
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    parameters: list[inspect.Parameter] = []
    signature = inspect.signature(function, eval_str=True)
    for parameter in signature.parameters.values():
        kind = parameter.annotation
        if not is_dataclass(kind):
            parameters.append(parameter)
            continue
        assert isinstance(kind, type)
        expanded = _parameters_of(kind)
        groups[parameter.name] = (kind, [one.name for one in expanded])
        parameters.extend(expanded)

    @wraps(function)
    def called(*args: Any, **values: Any) -> None:
        for name, (kind, names) in groups.items():
            values[name] = kind(**{key: values.pop(key) for key in names})
        function(*args, **values)

    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in parameters}
    del called.__wrapped__
    return called


def _parameters_of(kind: type[Any]) -> list[inspect.Parameter]:
    """Return a dataclass's fields as keyword-only parameters."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in fields(kind):
        assert field.default is not MISSING, f"option '{field.name}' needs a default"
        found.append(
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=hints[field.name],
            )
        )
    return found
