"""Evidence for the parts of a goal: what each verdict rests on."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from treehand.core.literals import FactField

EvidenceVerdict = Literal["confirmed", "refuted", "insufficient"]


class FactEvidence(BaseModel):
    """One belief that a verdict rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: FactField
    """The fact."""
    value: bool
    """Truth value that is believed."""
    source: str
    """The sensor, person, file or prediction that it comes from; ``default`` if nobody observed it
    and the domain declares a default."""
    t_s: float | None = None
    """Run time of the last observation, in seconds; None for a default."""
    confidence: float = 1.0
    """In 0..1."""
    is_predicted: bool = False
    """True if only the success of a skill says so, because no sensor can see it."""
    is_remembered: bool = False
    """True if only the scene file says so, as a memory of the robot; it may be wrong."""


class PartEvidence(BaseModel):
    """Verdict on one part of a goal, with the beliefs that it rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str
    """The part, without quantifiers where it is about one object."""
    of: str = ""
    """The "all …" that the part is an instance of; empty if it is none."""
    verdict: EvidenceVerdict
    """``insufficient``: something that could decide it is unknown, or was not observed."""
    facts: tuple[FactEvidence, ...] = ()
    """Beliefs that the verdict rests on."""
    unknown: tuple[FactField, ...] = ()
    """Facts that nobody has observed, of an insufficient part."""
    objects: tuple[str, ...] = ()
    """Objects of which it is unknown if the part is about them."""
