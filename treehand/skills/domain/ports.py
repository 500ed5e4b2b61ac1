"""Ports: typed input and output values of skills and trees, besides their arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from treehand.core.errors import Finding, near
from treehand.documents.reader import Located
from treehand.skills.domain.deprecation import Deprecation
from treehand.skills.domain.knowledge.beliefs import Value
from treehand.skills.domain.language.fields import Name, ValueField

VALUE_TYPES = ("number", "numbers", "text", "texts", "flag")
"""Port types besides the object types of the domain."""
_CLASSES: Mapping[str, type] = {
    "number": float,
    "numbers": tuple,
    "text": str,
    "texts": tuple,
    "flag": bool,
}


class PortModel(Located):
    """Declaration of an input or output value of a skill or tree."""

    type: Name
    """``number``, ``numbers``, ``text``, ``texts``, ``flag``, or a type of the domain."""
    unit: Name | None = None
    """Unit of a number, such as ``n`` or ``m``; producer and consumer must agree."""
    doc: str = ""
    """Description of the value."""
    default: ValueField | None = None
    """Of an input: value if the port is not connected; an input without one must be connected."""
    least: float | None = None
    """Smallest number that is accepted."""
    most: float | None = None
    """Greatest number that is accepted."""
    deprecated: Deprecation | None = None
    """Since when it is not to be used any more, and its successor."""


def value_problem(model: PortModel, value: Value) -> str:
    """Return why `value` cannot go into a port; empty if it can."""
    wanted = _CLASSES.get(model.type, str)
    if wanted is float and type(value) is int:
        try:
            value = float(value)
        except OverflowError:
            return f"wants {type_text(model)}, got a whole number beyond every float"
    if type(value) is not wanted or not _has_items_of(model.type, value):
        return f"wants {type_text(model)}, got {value!r}"
    if isinstance(value, float):
        if model.least is not None and not value >= model.least:
            return f"wants at least {model.least:g}, got {value:g}"
        if model.most is not None and not value <= model.most:
            return f"wants at most {model.most:g}, got {value:g}"
    return ""


def _has_items_of(kind: str, value: Value) -> bool:
    """Return True unless the value is a list with items of another type."""
    wanted = {"numbers": float, "texts": str}.get(kind)
    if wanted is None or not isinstance(value, tuple):
        return True
    return all(type(item) is wanted or (wanted is float and type(item) is int) for item in value)


def type_text(model: PortModel) -> str:
    """Return the type of a port in words, with its unit."""
    kinds = {"number": "a number", "numbers": "a list of numbers", "text": "a text"}
    kinds |= {"flag": "true or false", "texts": "a list of texts"}
    unit = f" in {model.unit}" if model.unit else ""
    return kinds.get(model.type, f"a {model.type}") + unit


def port_findings(port: PortModel, types: Collection[str]) -> Iterator[Finding]:
    """Yield the errors in the declaration of a port."""
    known = (*VALUE_TYPES, *types)
    if port.type not in known:
        hint = near(port.type, known, what="types of ports")
        yield Finding("unknown-type", f"unknown type '{port.type}'", port.span("type"), hint)
    elif port.least is not None and port.most is not None and port.least > port.most:
        message = f"nothing is at least {port.least:g} and at most {port.most:g}"
        yield Finding("port-type", message, port.span("least"), "swap them")
    elif port.default is not None and port.type in VALUE_TYPES:
        problem = value_problem(port, port.default)
        if problem:
            yield Finding("port-type", f"the default {problem}", port.span("default"))
