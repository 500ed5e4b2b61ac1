"""Ports: the values that skills and trees take in and give out besides their arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from treehand.documents.reader import Located
from treehand.core.errors import Finding, near
from treehand.skills.domain.beliefs import Value
from treehand.skills.domain.fields import Name, ValueField

VALUE_TYPES = ("number", "numbers", "text", "flag")
"""What a port can take besides an object of a type of the domain."""
_CLASSES: Mapping[str, type] = {"number": float, "numbers": tuple, "text": str, "flag": bool}


class PortModel(Located):
    """A value that a skill or a tree takes in or gives out."""

    type: Name
    """``number``, ``numbers``, ``text``, ``flag``, or a type of the domain."""
    unit: Name | None = None
    """Unit of a number, such as ``n`` or ``m``; producer and consumer must agree."""
    doc: str = ""
    """What it is."""
    default: ValueField | None = None
    """Of an input: what is taken when it is not connected; without one it must be."""
    least: float | None = None
    """Smallest number that is accepted."""
    most: float | None = None
    """Greatest number that is accepted."""


def misfit(model: PortModel, value: Value) -> str:
    """Return in which way a value is not one for a port; nothing if it is."""
    wanted = _CLASSES.get(model.type, str)
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted:
        return f"wants {described(model)}, got {value!r}"
    if isinstance(value, float):
        if model.least is not None and not value >= model.least:
            return f"wants at least {model.least:g}, got {value:g}"
        if model.most is not None and not value <= model.most:
            return f"wants at most {model.most:g}, got {value:g}"
    return ""


def described(model: PortModel) -> str:
    """Return the type of a port in words."""
    kinds = {"number": "a number", "numbers": "a list of numbers", "text": "a text"}
    kinds["flag"] = "true or false"
    unit = f" in {model.unit}" if model.unit else ""
    return kinds.get(model.type, f"a {model.type}") + unit


def port_findings(port: PortModel, types: Collection[str]) -> Iterator[Finding]:
    """Yield what is wrong with the declaration of a port."""
    known = (*VALUE_TYPES, *types)
    if port.type not in known:
        hint = near(port.type, known, what="types of ports")
        yield Finding("unknown-type", f"unknown type '{port.type}'", port.span("type"), hint)
    elif port.least is not None and port.most is not None and port.least > port.most:
        message = f"nothing is at least {port.least:g} and at most {port.most:g}"
        yield Finding("port-type", message, port.span("least"), "swap them")
    elif port.default is not None and port.type in VALUE_TYPES:
        problem = misfit(port, port.default)
        if problem:
            yield Finding("port-type", f"the default {problem}", port.span("default"))
