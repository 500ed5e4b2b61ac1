"""Upgrade of events that were written in an older format version."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic_core import from_json, to_json

from treehand.core.events.any_event import EVENTS, FORMAT_VERSION, Event

_RENAMED_IN_5: Mapping[str, str] = MappingProxyType(
    {
        "fault-unfired": "fault-not-triggered",
        "step-kept": "step-skipped",
        "step-overstayed": "step-overrun",
        "went-on": "resumed-from-hold",
        "world-drawn": "world-sampled",
    }
)
_SENTENCES: Mapping[str, bool] = MappingProxyType(
    {"end well and reach the goal": True, "end well, but do not reach the goal": False}
)
"""Ends of sentences in certificates before version 5, which have no field `reaches_goal`."""


def read_event(body: str, version: int) -> Event:
    """Return the event that a journal of a format version holds.

    Args:
        body: The event as JSON.
        version: Format version of the journal, 1 to `FORMAT_VERSION`.

    Raises:
        ValueError: If it is not JSON, or not an event (pydantic's `ValidationError`).
    """
    if version == FORMAT_VERSION:
        return EVENTS.validate_json(body)
    return EVENTS.validate_python(_upgraded(from_json(body)))


def _upgraded(data: Any) -> Any:
    """Return an event of version 1 to 4 as one of version 5.

    Versions 2 to 4 only added fields with defaults.
    """
    if not isinstance(data, dict):
        return data
    kind = data.get("event")
    if kind == "planned" and data.get("certificate"):
        data["certificate"] = _upgraded_certificate(data["certificate"])
    elif kind == "world-drawn" and "drawn" in data:
        data["sample"] = data.pop("drawn")
    data["event"] = _RENAMED_IN_5.get(str(kind), kind)
    return data


def _upgraded_certificate(text: str) -> str:
    certificate = from_json(text)
    for line in certificate.get("checked", ()):
        for end, reaches_goal in _SENTENCES.items():
            if line.endswith(end):
                certificate.setdefault("reaches_goal", reaches_goal)
    return to_json(certificate).decode()
