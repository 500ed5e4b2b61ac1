"""Messages of the rosbridge protocol, version 2: JSON objects with an ``op``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from treehand.core.text.outside_values import finite_number, readable, shown

MAX_BYTES = 64 * 1024 * 1024
"""Longest message that is accepted, in bytes."""


class WrongMessage(ValueError):
    """A message that is none of the protocol's."""


@dataclass(frozen=True)
class BridgeMessage:
    """One message of the server."""

    op: str
    id: str = ""
    name: str = ""
    """Topic, service or action."""
    values: Any = None
    """Content: a topic's message, a result, feedback."""
    is_success: bool = True
    """False if a service or action has failed in the bridge itself."""
    status: int | None = None
    """Goal status of an action's result."""
    said: str = ""
    """Text of the server about the end of a goal."""


@dataclass(frozen=True)
class _Shape:
    name: str
    values: str
    needs_id: bool = False


_SHAPES: Mapping[str, _Shape] = {
    "publish": _Shape("topic", "msg"),
    "service_response": _Shape("service", "values", needs_id=True),
    "action_feedback": _Shape("action", "values", needs_id=True),
    "action_result": _Shape("action", "values", needs_id=True),
}
"""Operations of a server that matter here; others, such as ``status``, are for people."""


@dataclass
class BridgeReader:
    """Reads messages; keeps the fragments of long ones until they are complete."""

    _fragments: dict[str, dict[int, str]] = field(default_factory=dict)

    def read(self, raw: str | bytes) -> BridgeMessage | None:
        """Return the message; None if it is not complete yet, or is not for us.

        Raises:
            WrongMessage: If it is no message of the protocol, with what is wrong in it.
        """
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError) as error:
            text = shown(raw[:60] if isinstance(raw, str) else bytes(raw[:60]))
            raise WrongMessage(f"{text} is not JSON ({readable(str(error))[:80]})") from None
        if not isinstance(data, dict) or not isinstance(data.get("op"), str):
            raise WrongMessage(f"{shown(data)} is no object with a text 'op'")
        if data["op"] == "fragment":
            return self._joined(data)
        shape = _SHAPES.get(data["op"])
        if shape is None:
            return None
        return _message(data, shape)

    def _joined(self, data: Mapping[str, Any]) -> BridgeMessage | None:
        """Add a fragment; return the message once it is complete.

        rosbridge gives the fragments of a topic's message no id, and `total` as ``length / size +
        1``, whose part after the point means nothing.
        """
        name, text, number, total = (data.get(key) for key in ("id", "data", "num", "total"))
        count = finite_number(total)
        total = math.floor(count) if count is not None else -1
        is_sound = isinstance(text, str) and type(number) is int
        if not is_sound or not 0 <= number < total <= 100_000:  # type: ignore[operator]
            raise WrongMessage(f"fragment {shown(number)} of {shown(count)} is not sound")
        if number == 0:
            self._fragments.pop(str(name), None)  # what was left of a message that broke off
        parts = self._fragments.setdefault(str(name), {})
        parts[number] = text  # type: ignore[index,assignment]
        if sum(map(len, parts.values())) > MAX_BYTES:
            del self._fragments[str(name)]
            raise WrongMessage(f"the fragments of '{name}' are longer than {MAX_BYTES} bytes")
        if len(parts) < total:
            return None
        del self._fragments[str(name)]
        return self.read("".join(parts[index] for index in sorted(parts)))


def _message(data: Mapping[str, Any], shape: _Shape) -> BridgeMessage:
    op, name, own_id = data["op"], data.get(shape.name), data.get("id")
    if not isinstance(name, str):
        raise WrongMessage(f"'{op}' without a text '{shape.name}'")
    if shape.needs_id and not isinstance(own_id, str):
        raise WrongMessage(f"'{op}' of '{name}' has the id {shown(own_id)}, which is not a text")
    values = data.get(shape.values)
    if op == "publish" and not isinstance(values, dict):
        raise WrongMessage(f"a message of '{name}' is {shown(values)}, which is no object")
    is_success, status = data.get("result", True), data.get("status")
    if not isinstance(is_success, bool):
        raise WrongMessage(f"'{op}' of '{name}' has the result {shown(is_success)}")
    if op == "action_result" and is_success and type(status) is not int:
        raise WrongMessage(f"the result of '{name}' has the status {shown(status)}")
    return BridgeMessage(
        op,
        own_id if isinstance(own_id, str) else "",
        name,
        values,
        is_success,
        status if type(status) is int else None,
    )


def value_at(message: Any, path: str) -> Any:
    """Return the value at a path such as ``results.0.hypothesis.score``; '' is the whole message.

    Raises:
        KeyError: With the part that is missing.
    """
    value = message
    for part in filter(None, path.split(".")):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise KeyError(part)
    return value
