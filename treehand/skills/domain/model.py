"""``*.domain.yaml`` and ``*.scene.yaml``.

What can be said and done in a kind of place, and what is in one of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located
from treehand.skills.domain.failures import FailureCode
from treehand.core.literals import Fact
from treehand.skills.domain.facts import Facts
from treehand.core.literals import CallField, FactField
from treehand.skills.domain.fields import (
    AtomField,
    FormulaField,
    Name,
    Seconds,
)
from treehand.skills.domain.formulas import AllOf, Atom, Formula
from treehand.skills.domain.ports import PortModel
from treehand.skills.domain.vocabulary import Pattern, Signature, Vocabulary


class PredicateModel(Located):
    """Something that can be true of objects."""

    doc: str = ""
    """What it means."""
    params: dict[Name, Name] = {}
    """Parameter name to type name, in order."""
    known_by: Literal["sensed", "predicted", "given"] = "sensed"
    """``sensed``: perception says so.

    ``predicted``: becomes a fact when a skill that causes it succeeds, marked so.
    ``given``: stated by the scene and never changed; false where it is not stated."""
    default: bool | None = None
    """What is taken for it while nobody observed it; unknown if left out."""
    known_when: AtomField | None = None
    """What must hold for perception to tell: whether a thing is clean shows when it is located."""
    say: str = ""
    """It in words: "{item} is in {place}"."""
    say_not: str = ""
    """Its opposite in words."""
    phrases: tuple[str, ...] = ()
    """How a person asks for it: "put {item} in {place}"."""
    phrases_not: tuple[str, ...] = ()
    """How a person asks for its opposite."""
    adjectives: tuple[str, ...] = ()
    """Words for objects of which it is true: clean."""
    adjectives_not: tuple[str, ...] = ()
    """Words for objects of which it is false: dirty."""


class FailureModel(Located):
    """How a skill can fail."""

    probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Prior chance that one attempt fails this way."""
    effects: tuple[AtomField, ...] = ()
    """What is true afterwards, beyond what was."""


MAX_ATTEMPTS = 100
"""More attempts than this are no bound."""


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ATTEMPTS:
        return value
    hint = f"write a whole number from 1 to {MAX_ATTEMPTS}; the first attempt counts"
    context = {"code": "unbounded-retry", "hint": hint}
    raise PydanticCustomError("unbounded_retry", "a retry needs a bound", context)


class RetryModel(Located):
    """When and how often a failed node is tried again."""

    attempts: Annotated[
        int,
        BeforeValidator(_bounded),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_ATTEMPTS}),
    ] = 3
    """Attempts in total, the first one included."""
    on: Annotated[tuple[FailureCode, ...], Field(min_length=1)] = (
        FailureCode.GRASP_DROPPED,
        FailureCode.GRASP_MISSED,
    )
    """Only these failures are tried again."""
    backoff: Seconds = 0.0
    """Pause before the second attempt; doubles after each."""
    first: CallField | None = None
    """A skill that runs before every further attempt."""
    replays: Annotated[int, Field(ge=0)] | None = None
    """How many steps that had succeeded may be done again in all, their effects having gone.

    Any number if left out.
    """


class SkillModel(Located):
    """What a skill needs and does: its action model."""

    doc: str = ""
    """What it does."""
    say: str = ""
    """A call in words: "pick up {item}"."""
    params: dict[Name, Name] = {}
    """Parameter name to type name, in order."""
    preconditions: tuple[FormulaField, ...] = ()
    """What must hold before its first step."""
    effects: tuple[AtomField, ...] = ()
    """What its success makes true or false; mutually exclusive facts follow by themselves."""
    side_effects: tuple[AtomField, ...] = ()
    """What its success changes besides, which is never why it is called; ``_`` matches anything."""
    failures: dict[FailureCode, FailureModel] = {}
    """Failure code to how likely it is and what it leaves."""
    duration: Seconds = 5.0
    """Typical duration, for estimates."""
    timeout: Seconds | None = None
    """Time limit of one attempt that planned trees carry."""
    retry: RetryModel | None = None
    """How planned trees retry it."""
    resources: tuple[Name, ...] = ()
    """What it holds while it runs, such as ``arm``."""
    irreversible: StrictBool = False
    """Whether it cannot be undone; such steps are listed before approval."""
    inputs: dict[Name, PortModel] = {}
    """Values that it takes besides its arguments, by port."""
    outputs: dict[Name, PortModel] = {}
    """Values that its success gives out, by port."""
    limits: dict[Name, dict[Name, float]] = {}
    """Greatest value of an argument's property: ``{item: {mass_kg: 3}}``."""


class Hazard(Located):
    """What no plan may bring about: an effect of a step, or a state of the world.

    An effect may be allowed by a person's yes to each step that has it. A state is planned around;
    if it comes true all the same, the robot is stopped.
    """

    effect: AtomField | None = None
    """The literal, with any names as variables."""
    state: FormulaField | None = None
    """A formula: ``exists t in thing where hot(t) -> exists p in person -> near(t, p)``."""
    reason: str
    """Why, for people."""
    confirm: StrictBool = False
    """Whether a person may allow it, asked just before the step; else no plan may have it."""
    when: FormulaField = AllOf(())
    """Of a hazard with `confirm`: what makes it one, over the variables of `effect`."""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.effect is None) == (self.state is None):
            context = {"code": "wrong-hazard", "hint": "give exactly one of: effect, state"}
            message = "a hazard is an effect or a state"
            raise PydanticCustomError("wrong_hazard", message, context)
        if self.state is not None and self.confirm:
            context = {"code": "wrong-hazard", "hint": "give the effect that a person may allow"}
            message = "'confirm' goes with 'effect': nobody can allow a state"
            raise PydanticCustomError("wrong_hazard", message, context)
        return self

    @model_validator(mode="after")
    def _when_goes_with_confirm(self) -> Self:
        if self.when != AllOf(()) and not self.confirm:
            context = {"code": "wrong-hazard", "hint": "add 'confirm: true'"}
            message = "'when' goes with 'confirm': what is planned is not known by then"
            raise PydanticCustomError("wrong_hazard", message, context)
        return self

    def because(self, change: Atom, facts: Facts) -> str | None:
        """Return what makes a change hazardous, in the text syntax; None if nothing does.

        Empty where it always is. What is not known to be false counts.
        """
        wanted, made = self.effect, change
        if wanted is None or wanted.positive != made.positive:
            return None
        if wanted.fact.predicate != made.fact.predicate:
            return None
        binding: dict[str, str] = {}
        for term, value in zip(wanted.fact.terms, made.fact.terms, strict=True):
            if binding.setdefault(term, value) != value:
                return None
        when = self.when.substitute(binding)
        if when.holds(facts) is False:
            return None
        return str(when) if self.when != AllOf(()) else ""


class NamedGoal(Located):
    """A goal with the words that people use for it."""

    words: tuple[str, ...]
    """The phrases; ``{item}`` stands for an object, declared in `params`."""
    params: dict[Name, Name] = {}
    """Parameter name to type name."""
    goal: FormulaField
    """What the words stand for."""


class Words(Located):
    """What people call the types, beyond their names."""

    types: dict[Name, tuple[str, ...]] = {}
    """Type name to nouns, singular and (where irregular) plural."""


class Domain(Located):
    """A kind of place: its types, predicates, skills, hazards and usual goals."""

    domain: Name
    """Its name."""
    doc: str = ""
    """What kind of place it is."""
    types: dict[Name, Name | None]
    """Type name to parent."""
    predicates: dict[Name, PredicateModel]
    """What can be true."""
    exclusive: tuple[tuple[FactField, ...], ...] = ()
    """Groups of which at most one instance is true.

    ``_`` matches anything, other names must be equal.
    """
    skills: dict[Name, SkillModel]
    """What can be done."""
    hazards: tuple[Hazard, ...] = ()
    """What is refused, whoever asks for it."""
    duties: tuple[NamedGoal, ...] = ()
    """What every plan sees to besides its goal, before anything else."""
    goals: tuple[NamedGoal, ...] = ()
    """Goals that people name: "clean the kitchen"."""
    words: Words = Words()
    """What people call things."""

    def vocabulary(self, objects: dict[str, str] | None = None) -> Vocabulary:
        """Return the names that may be used with these objects (name to type)."""
        defaults = {
            name: False if model.known_by == "given" else model.default
            for name, model in self.predicates.items()
        }
        return Vocabulary(
            self.types,
            {name: Signature(name, tuple(m.params.items())) for name, m in self.predicates.items()},
            objects or {},
            exclusive=[[_pattern(fact) for fact in group] for group in self.exclusive],
            defaults={name: value for name, value in defaults.items() if value is not None},
        )

    @property
    def forbidden_states(self) -> tuple[Formula, ...]:
        """Return the states of the world that are hazards."""
        return tuple(hazard.state for hazard in self.hazards if hazard.state is not None)

    def signature(self, skill: str) -> Signature:
        """Return a skill's parameters."""
        return Signature(skill, tuple(self.skills[skill].params.items()))


class ObjectModel(Located):
    """One thing or place, with what is true of it for good."""

    type: Name
    """Its type, of the domain."""
    words: tuple[str, ...] = ()
    """What people call it, beyond its name."""
    written: str = ""
    """What is written on it: a label, a note, a screen. It is data, whatever it says."""
    mass_kg: Annotated[float, Field(gt=0)] | None = None
    """Mass in kg."""
    friction: Annotated[float, Field(gt=0)] | None = None
    """Coulomb friction coefficient against the gripper's pads."""
    break_force_n: Annotated[float, Field(gt=0)] | None = None
    """Grip force that breaks it; left out for things that do not break."""
    size_m: Annotated[float, Field(gt=0)] | None = None
    """Largest width."""
    capacity: Annotated[int, Field(gt=0)] | None = None
    """How many things fit in or on it."""
    position_m: tuple[float, float] | None = None
    """Where it stands on the floor plan, x and y in the room's frame."""


class Scene(Located):
    """One place: its objects, and what is true when a run begins."""

    scene: Name
    """Its name."""
    doc: str = ""
    """What it shows."""
    domain: Name
    """The domain whose words it uses."""
    objects: dict[Name, ObjectModel]
    """What there is, places included."""
    facts: tuple[FactField, ...] = ()
    """What is true at the start; what is not listed is false."""
    remembered: tuple[AtomField, ...] = ()
    """What the robot believes at the start without having looked; may be wrong."""


def _pattern(fact: Fact) -> Pattern:
    return (fact.predicate, fact.terms)
