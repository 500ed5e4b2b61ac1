"""The ``ros:`` section of a binding: an action, a service or a topic that serves a skill."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.core.text.outside_values import shown
from treehand.documents.composer import Mapping as WrittenMapping
from treehand.documents.composer import Sequence as WrittenSequence
from treehand.documents.reader import Located
from treehand.skills.domain import Domain, Seconds, SkillModel, Vocabulary
from treehand.skills.domain.failures import POLICY_TROUBLE, FailureCode
from treehand.worlds.ros.action_topics import SUFFIX, is_of_topics
from treehand.worlds.ros.known_types import KnownInterface, fields_of, known_interface
from treehand.worlds.ros.settings import RosSettings
from treehand.worlds.ros.templates import slot_findings
from treehand.worlds.ros.topics import SLOT

ALWAYS = frozenset(
    {
        *POLICY_TROUBLE,
        *(FailureCode.TIMEOUT, FailureCode.PRECONDITION_FALSE, FailureCode.OBJECT_NOT_FOUND),
        *(FailureCode.OBJECT_MOVED, FailureCode.STALLED, FailureCode.ROBOT_UNREACHABLE),
    }
)
"""Failures that every skill may report without declaring them."""
OUTCOMES: Mapping[str, FailureCode] = {
    "aborted": FailureCode.STALLED,
    "canceled": FailureCode.STALLED,
    "refused": FailureCode.UNSUPPORTED,
    "failed": FailureCode.STALLED,
    "missing": FailureCode.UNSUPPORTED,
    "lost": FailureCode.ROBOT_UNREACHABLE,
}
"""End without a code of its own, to its failure if the file does not say: the server gave up; it
was cancelled by somebody else; rosbridge could not hand it on; a service said no; there is no such
server; the connection was lost on the way."""
_TYPE = re.compile(r"[A-Za-z]\w*/(?:(action|srv|msg)/)?[A-Za-z]\w*")
_KIND = {"action": "action", "service": "srv", "publish": "msg"}
_NAME = re.compile(r"/?[A-Za-z_~{][\w/{}.~]*")


class RosInterface(Located):
    """An action, a service or a topic of the robot, and what its results mean."""

    example: ClassVar[str | None] = (
        "{action: /navigate_to_pose, type: nav2_msgs/action/NavigateToPose, "
        'goal: {pose: "{place.pose}"}}'
    )

    action: str | None = None
    """Name of an action."""
    service: str | None = None
    """Name of a service."""
    publish: str | None = None
    """Name of a topic: one message is sent, and perception tells what came of it."""
    type: str
    """Its type: ``nav2_msgs/action/NavigateToPose``; in ROS 1 ``move_base_msgs/MoveBaseAction``."""
    goal: dict[str, Any] = {}
    """The goal, the request or the message; texts may have slots, such as ``{place.pose}``."""
    failure: dict[str, FailureCode] = {}
    """Code of the result, or ``aborted``, ``canceled``, ``refused``, ``failed``, ``missing``,
    ``lost``, to the failure code; for known types, what is left out is usual."""
    code_at: str | None = None
    """Path of the result's code; of known types the usual one."""
    succeeds_with: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    """Codes of success; 0, or the usual ones of known types."""
    detail_at: str | None = None
    """Path of a text that describes a failure."""
    feedback: str | None = None
    """Line of text for the journal, with paths into the feedback: ``{distance_remaining} m``."""
    seen_within: Annotated[Seconds, Field(ge=0)] = 1.0
    """Time after a success for which a topic that still tells the contrary is waited for."""
    outputs: dict[str, str] = {}
    """Output port of the skill to a path into the result."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [key for key in _KIND if getattr(self, key) is not None]
        if len(given) != 1:
            raise _wrong("a binding is one of: action, service, publish", f"write {self.example}")
        match = _TYPE.fullmatch(self.type)
        wanted = _KIND[given[0]]
        is_of_ros_1 = match is not None and match[1] is None
        if is_of_ros_1 and wanted == "action" and not is_of_topics(self.type):
            is_of_ros_1 = False
        if match is None or not (match[1] == wanted or is_of_ros_1):
            raise _wrong(
                "'{type}' is no type of {kind}",
                f"write it like package/{wanted}/Name"
                f" (in ROS 1: package/Name{SUFFIX if wanted == 'action' else ''})",
                type=self.type,
                kind={"action": "an action", "service": "a service"}.get(given[0], "a message"),
            )
        if _NAME.fullmatch(self.name) is None:
            raise _wrong("'{name}' is no name of ROS", "for example /navigate", name=self.name)
        if given[0] != "action" and self.feedback is not None:
            raise _wrong("only an action gives feedback", "leave 'feedback' out")
        if given[0] == "publish" and (self.outputs or self.code_at or self.succeeds_with):
            raise _wrong("a message that is published has no result", "leave these keys out")
        return self

    @property
    def kind(self) -> Literal["action", "service", "publish"]:
        """Return the kind of interface."""
        if self.action is not None:
            return "action"
        return "service" if self.service is not None else "publish"

    @property
    def name(self) -> str:
        """Return the name of the action, service or topic."""
        return self.action or self.service or self.publish or ""

    @property
    def known(self) -> KnownInterface | None:
        """Return the known facts about its type; None if it is not in the table."""
        return known_interface(self.type)

    def failure_of(self, key: str, outcome: str) -> FailureCode:
        """Return the failure code of a result's code, or of an outcome without one of its own."""
        usual = self.known.failure if self.known is not None else {}
        tables: tuple[Mapping[str, FailureCode], ...] = (self.failure, usual, OUTCOMES)
        found = (table[name] for name in (key, outcome) for table in tables if name in table)
        return next(found, FailureCode.STALLED)

    def findings(
        self, name: str, domain: Domain, vocabulary: Vocabulary, settings: RosSettings
    ) -> Iterator[Finding]:
        """Yield what does not fit a skill of the domain."""
        model = domain.skills[name]
        written = self._source.get("goal") if self._source is not None else None
        goal = self.goal if written is None else written  # as written, with positions
        yield from slot_findings(goal, self.span("goal"), model, vocabulary, settings)
        yield from slot_findings(self.name, self.span(self.kind), model, vocabulary, settings)
        yield from self._unknown_fields(goal)
        yield from self._unknown_feedback()
        yield from self._wrong_failures(name, model)
        if any(not math.isfinite(one) for one in _numbers(self.goal)):
            hint = "JSON has finite numbers only"
            message = "a goal holds a number that is not finite"
            yield Finding("wrong-number", message, self.span("goal"), hint)
        for port in self.outputs:
            if port not in model.outputs:
                hint = near(port, model.outputs, what="output ports")
                span = self.entry_span("outputs", port, is_key=True)
                yield Finding("unknown-port", f"skill '{name}' has no output '{port}'", span, hint)

    def _unknown_fields(self, goal: Any) -> Iterator[Finding]:
        """Yield the fields that a known type lacks; one of another version is told if it is near.

        Args:
            goal: The goal as written, with positions.
        """
        known = self.known
        if known is None:
            return
        for field in self.goal:
            hint = near(field, known.goal, what="fields")
            if field not in known.goal and hint.startswith("did you mean"):
                span = self.entry_span("goal", field, is_key=True)
                yield Finding("unknown-field", f"'{self.type}' has no '{field}'", span, hint)
        for field, kind in known.parts.items():
            if field in self.goal:
                yield from field_findings(goal[field], kind, _place(goal, field, self.span("goal")))

    def _unknown_feedback(self) -> Iterator[Finding]:
        """Yield the slots of `feedback` that a known type lacks: an error if another one is near.

        Others may be of another version of the type, and are told as warnings.
        """
        fields = self.known.feedback if self.known is not None else ()
        for slot in SLOT.findall(self.feedback or "") if fields else ():
            field = slot.strip().partition(".")[0]
            if field in fields:
                continue
            hint = near(field, fields, what="fields")
            message = f"the feedback of '{self.type}' has no '{field}'"
            is_near = hint.startswith("did you mean")
            severity: Literal["error", "warning"] = "error" if is_near else "warning"
            yield Finding("unknown-field", message, self.span("feedback"), hint, severity=severity)

    def _wrong_failures(self, name: str, model: SkillModel) -> Iterator[Finding]:
        for key, code in self.failure.items():
            is_code = key.lstrip("-").isdecimal()
            if not is_code and key not in OUTCOMES:
                hint = near(key, OUTCOMES, what="outcomes") + " (or the number of a result's code)"
                span = self.entry_span("failure", key, is_key=True)
                yield Finding("unknown-outcome", f"'{key}' is no outcome", span, hint)
            if code not in model.failures and code not in ALWAYS:
                span = self.entry_span("failure", key)
                hint = f"declare it under failures: of '{name}', or give another code"
                message = f"skill '{name}' declares no failure '{code.value}'"
                yield Finding("undeclared-failure", message, span, hint)


class RosBinding(Located):
    """A skill that an interface of ROS serves."""

    ros: RosInterface
    """Action, service or topic."""


def field_findings(value: Any, kind: str, span: Span | None) -> Iterator[Finding]:
    """Yield the fields within a goal that its known type lacks, and values that are no structure.

    Args:
        value: The value as written; a text is a slot, and is not looked at.
        kind: Its type; the items of a list have it, too.
        span: Place of the value.
    """
    fields = fields_of(kind)
    if fields is None or isinstance(value, str):
        return
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name in fields:
                yield from field_findings(one, fields[name], _place(value, name, span))
            else:
                at = value.keys_at.get(name, span) if isinstance(value, WrittenMapping) else span
                hint = near(name, fields, what="fields")
                yield Finding("unknown-field", f"'{kind}' has no '{name}'", at, hint)
    elif isinstance(value, Sequence):
        places = value.items_at if isinstance(value, WrittenSequence) else [span] * len(value)
        for one, at in zip(value, places, strict=True):
            yield from field_findings(one, kind, at)
    else:
        hint = f"write its fields: {', '.join(fields)}"
        yield Finding("wrong-value", f"{shown(value)} is no '{kind}'", span, hint)


def _place(value: Any, name: str, span: Span | None) -> Span | None:
    return value.values_at.get(name, span) if isinstance(value, WrittenMapping) else span


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _numbers(one)


def _wrong(message: str, hint: str, **names: str) -> PydanticCustomError:
    context = {"code": "wrong-interface", "hint": hint, **names}
    return PydanticCustomError("wrong_interface", message, context)
