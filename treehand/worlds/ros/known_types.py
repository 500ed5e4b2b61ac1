"""Interfaces of ROS that are known: fields of goals and results, and the codes of failures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from treehand.documents.reader import Located, read_file
from treehand.skills.domain.failures import FailureCode

TABLE = Path(__file__).with_name("known_types.yaml")


class KnownInterface(Located):
    """An action or service that is known."""

    used_for: str
    """Purpose: planning, grasping, navigation, …"""
    goal: tuple[str, ...]
    """Fields of the goal or request."""
    parts: dict[str, str] = {}
    """Field of the goal or request to its type, of `structures`."""
    result: tuple[str, ...] = ()
    """Fields of the result or response."""
    feedback: tuple[str, ...] = ()
    """Fields of the feedback."""
    code_at: str | None = None
    """Path of the result's code."""
    succeeds_with: tuple[int, ...] = (0,)
    """Codes of success."""
    detail_at: str | None = None
    """Path of a text that describes a failure."""
    failure: dict[str, FailureCode] = {}
    """Code of the result to the failure code."""


class KnownTypes(Located):
    """The table of `known_types.yaml`."""

    messages: dict[str, dict[str, str]]
    """Type of a topic's messages to its usual paths."""
    interfaces: dict[str, KnownInterface]
    """Type of an action or service to what is known of it."""
    structures: dict[str, dict[str, str]]
    """Type within a goal to its fields, each with its type: one of these, or empty."""


@cache
def known_types() -> KnownTypes:
    """Return the table."""
    return read_file(TABLE, KnownTypes)


def message_shape(kind: str) -> Mapping[str, str]:
    """Return the usual paths of a type of messages; empty if it is not known."""
    return known_types().messages.get(kind.replace("/msg/", "/"), {})


def fields_of(kind: str) -> Mapping[str, str] | None:
    """Return the fields of a type within a goal, with their types; None if it is not known."""
    return known_types().structures.get(kind)


def known_interface(kind: str) -> KnownInterface | None:
    """Return the known facts about an action or service; None if it is not in the table.

    Args:
        kind: Its type; in ROS 1 ``package/NameAction`` or ``package/Name``.
    """
    table = known_types().interfaces
    package, _, name = kind.partition("/")
    in_ros_2 = (f"{package}/action/{name.removesuffix('Action')}", f"{package}/srv/{name}")
    return next((table[one] for one in (kind, *in_ros_2) if one in table), None)
