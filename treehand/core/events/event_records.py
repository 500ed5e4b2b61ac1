"""The base of every event, and the records that events hold."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from treehand.core.literals import CallField, FactField, ObservationField


class BaseEvent(BaseModel):
    """Fields of every event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    t_s: float
    """Run time in seconds."""


class FactChange(BaseModel):
    """One belief that changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: FactField
    """The fact."""
    value: bool | None
    """None for unknown."""
    source: str
    """The sensor, person or file that it comes from."""
    confidence: float
    """In 0..1."""


RestState = Literal["stopped", "still moving", "unknown"]


class RobotRest(BaseModel):
    """State of one robot after a stop."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    robot: str
    """Name of the robot: that of its world."""
    state: RestState
    """``stopped`` if it confirmed that it is at rest; ``unknown`` if it does not answer."""
    after_s: float
    """Run time from the request to its rest, or to this report if it is not at rest."""
    detail: str = ""
    """Its answer, or the reason why there is none."""


class LeafRest(BaseModel):
    """State of one leaf after a stop."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    """Path of the leaf."""
    call: CallField
    """Its call."""
    state: RestState
    """``stopped`` if its halt was confirmed or it has ended; ``unknown`` if it does not answer."""
    after_s: float
    """Run time from the request to its rest, or to this report if it is not at rest."""
    detail: str = ""
    """The reason why it is not at rest."""


class FailureRecord(BaseModel):
    """A node's failure with its causes, down to the leaves that decided it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    """Path of the node in the tree."""
    code: str
    """Failure code."""
    detail: str = ""
    """Details of the failure, in words."""
    call: CallField | None = None
    """The skill call."""
    evidence: tuple[ObservationField, ...] = ()
    """Observations that show the failure."""
    times: int = 1
    """Number of equal failures in a row that this record stands for."""
    causes: tuple[FailureRecord, ...] = ()
    """Failures of the children that decided it."""


class LimitRecord(BaseModel):
    """Limits on speed and grip force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = ""
    """Name of the thing that they are for; empty for everything."""
    speed: float = Field(ge=0.1, le=1.0)
    """Share of the usual speed."""
    force: float = Field(ge=0.1, le=1.0)
    """Share of the usual limits on grip force."""
