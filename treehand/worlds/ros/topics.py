"""Topics that tell facts: the ``topics:`` of a robot behind rosbridge."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import Finding, near
from treehand.core.literals import Fact, SyntaxFault, parse_fact
from treehand.documents.reader import Located
from treehand.skills.domain import Domain, Name, Vocabulary
from treehand.worlds.ros.known_types import message_shape

SLOT = re.compile(r"\{([^{}]*)\}")
_SLOT_NAME = "slot__"
Range = tuple[float, float]


class Region(Located):
    """Box in the frame of a topic, in m; a side that is left out does not limit it."""

    example: ClassVar[str | None] = "{x: [0.2, 0.8], y: [-0.4, 0.4]}"

    x: Range | None = None
    """Least and greatest x, in m."""
    y: Range | None = None
    """Least and greatest y, in m."""
    z: Range | None = None
    """Least and greatest z, in m."""

    @model_validator(mode="after")
    def _has_sides(self) -> Self:
        sides = [side for side in (self.x, self.y, self.z) if side is not None]
        if not sides or any(low >= high for low, high in sides):
            context = {"code": "wrong-region", "hint": f"for example {self.example}"}
            message = "a region needs a side, each with the smaller number first"
            raise PydanticCustomError("wrong_region", message, context)
        return self

    def holds(self, position: Mapping[str, float]) -> bool:
        """Return True if a position lies in it."""
        sides = {"x": self.x, "y": self.y, "z": self.z}
        return all(
            side is None or side[0] <= position[axis] <= side[1] for axis, side in sides.items()
        )


class RosTopic(Located):
    """A topic, and the facts that its messages tell.

    Paths such as ``results.0.hypothesis.score`` lead into a message. For messages of `vision_msgs`,
    `geometry_msgs` and `std_msgs` that are known, those that are left out are the usual ones.
    """

    example: ClassVar[str | None] = '{topic: /door, type: std_msgs/msg/Bool, fact: "open(fridge)"}'

    topic: str
    """Name of the topic."""
    type: str
    """Type of its messages."""
    fact: str
    """The fact, ``lies_in({object}, {place})``: a slot is ``{object}``, ``{place}`` or a path."""
    each: str | None = None
    """Path of a list: each item tells a fact of its own, and the other paths start at it."""
    object: str | None = None
    """Path of the name of ``{object}``, as the robot names it."""
    value: str | None = None
    """Path of a truth value or a number; without it the fact is true."""
    least: float | None = None
    """Number from which on the fact is true; it is false below."""
    hysteresis: Annotated[float, Field(ge=0)] = 0.0
    """The fact changes above `least` plus, and below `least` minus half of it."""
    confidence: Annotated[float, Field(ge=0, le=1)] | str | None = None
    """Path of the confidence, 0 to 1; or the confidence itself, where messages tell none."""
    least_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Below it nothing is told: the fact stays as it was."""
    position: str | None = None
    """Path of a position, for ``{place}``."""
    frame: str | None = None
    """Frame of the messages; one in another frame ends the run with an error."""
    regions: dict[Name, Region] = {}
    """Place to its region: ``{place}`` is the first that holds the position."""
    absent: StrictBool = False
    """True if the list of `each` is complete, so that objects of `names` that it lacks are told to
    be nowhere of `regions`, or the fact about them to be false."""
    pixels: Annotated[int, Field(ge=0, le=255)] | None = None
    """Class in a segmentation mask (``sensor_msgs/msg/Image``, mono8): the value is its share of
    the picture, 0 to 1."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        slots = {one.strip() for one in SLOT.findall(self.fact)}
        if "" in slots:
            raise _wrong("a slot of the fact is empty", "write {{object}}, {{place}} or a path")
        if "place" in slots and not self.regions:
            raise _wrong("a fact about {{place}} needs 'regions'", "name each place with its box")
        if self.hysteresis and self.least is None:
            raise _wrong("'hysteresis' goes with 'least'", "give both, or none")
        if self.pixels is not None and self.least is None:
            raise _wrong("'pixels' needs 'least'", "give the share from which on it is true")
        if self.absent and (self.path("each") is None or not slots & {"object"}):
            raise _wrong("'absent' needs a list and {{object}}", "leave it out")
        if "object" in slots and self.path("object") is None:
            raise _wrong(f"'{self.type}' has no usual path of {{{{object}}}}", "give 'object'")
        if self.regions and self.path("position") is None:
            raise _wrong(f"'{self.type}' has no usual path of a position", "give 'position'")
        return self

    def path(self, name: str) -> str | None:
        """Return a path of this topic, or the usual one of its messages; None if neither is."""
        own = getattr(self, name, None)
        if own is not None:
            return own if isinstance(own, str) else None
        return message_shape(self.type).get(name)

    def findings(self, domain: Domain, vocabulary: Vocabulary) -> Iterator[Finding]:
        """Yield what does not fit a domain and its objects."""
        span = self.span("fact")
        try:
            fact = self.template
        except SyntaxFault as error:
            yield Finding("wrong-syntax", f"'{self.fact}' is no fact: {error}", span)
            return
        predicate = domain.predicates.get(fact.predicate)
        if predicate is None:
            hint = near(fact.predicate, domain.predicates, what="predicates")
            yield Finding("unknown-predicate", f"unknown predicate '{fact.predicate}'", span, hint)
        elif len(predicate.params) != len(fact.terms):
            wanted = len(predicate.params)
            message = f"'{fact.predicate}' takes {wanted} terms, not {len(fact.terms)}"
            yield Finding("wrong-arity", message, span)
        for term in fact.terms:
            if not term.startswith(_SLOT_NAME) and term not in vocabulary.object_types:
                hint = near(term, vocabulary.object_types, what="objects")
                yield Finding("unknown-object", f"unknown object '{term}'", span, hint)
        for name in self.regions:
            if name not in vocabulary.object_types:
                hint = near(name, vocabulary.object_types, what="objects")
                place = self.entry_span("regions", name, is_key=True)
                yield Finding("unknown-object", f"unknown object '{name}'", place, hint)

    @property
    def template(self) -> Fact:
        """Return the fact with a numbered name for each slot; raises `SyntaxFault`."""
        numbers = itertools.count()
        return parse_fact(SLOT.sub(lambda _: f"{_SLOT_NAME}{next(numbers)}", self.fact))

    @property
    def slots(self) -> tuple[str, ...]:
        """Return the names and paths in the slots of the fact."""
        return tuple(one.strip() for one in SLOT.findall(self.fact))


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_topic", message, {"code": "wrong-topic", "hint": hint})
