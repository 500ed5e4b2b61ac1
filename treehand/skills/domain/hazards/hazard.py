"""Hazard rules: effects, states, placements and asks that are refused, confirmed or mentioned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located
from treehand.skills.domain.knowledge.facts import Facts
from treehand.skills.domain.language.fields import AtomField, FormulaField, Name
from treehand.skills.domain.language.formulas import AllOf, Atom, Formula

HazardLevel = Literal["refuse", "confirm", "mention", "off"]
"""Level of a hazard: never planned; asked just before the step; told at the approval; not one."""
RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
"""Name of a rule: lower case, words joined by hyphens."""
PREPOSITIONS = frozenset(
    {"on", "in", "at", "near", "inside", "under", "over", "beside", "above", "against", "onto"}
    | {"into", "behind", "between", "by", "below", "before", "with", "next to", "in front of"}
    | {"on top of", "close to", "across", "around", "through", "to", "towards", "off", "atop"}
)
"""Prepositions of place."""
_FORMS = ("effect", "state", "at", "left", "ask")
"""Keys of which a rule has one, which says its form; ``ask`` may have ``at``, too."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Kinds = Annotated[
    tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])
]
"""Properties and types, any of which fits, and after ``not`` those of which none may: one text or
a list."""
Texts = Kinds
"""Words: one text or a list."""


class Hazard(Located):
    """A hazard rule: what is dangerous, how grave that is, and the reason in words.

    A rule has one of five forms. ``effect``: a literal that a step makes true. ``state``: a state
    of the world, which planning avoids; if it comes true all the same, the robot is stopped.
    ``what`` and ``at``: a thing with a property is placed on, in or at another one. ``left``: a
    thing is left in a state by a plan. ``ask``: words that ask for it. A rule without a form
    changes the level, or the reason, of the library's rule of that name.
    """

    rule: RuleName | Literal[""] = ""
    """Name of the rule; the library's rule that is changed, if it has no form."""
    level: HazardLevel = "refuse"
    """``refuse``, ``confirm`` (a person may allow it, asked just before the step), ``mention`` (it
    is done, and the approval says so) or ``off``."""
    reason: str = ""
    """Explanation for people. In rules with ``what``, ``{what}`` and ``{at}`` stand for the things
    that are meant."""
    effect: AtomField | None = None
    """Dangerous literal; names that are no objects are variables."""
    state: FormulaField | None = None
    """Dangerous state: ``exists t in thing where hot(t) -> near(t, stove)``."""
    when: FormulaField = AllOf(())
    """Of an effect that is confirmed: condition that makes it a hazard, over its variables."""
    what: Kinds = ()
    """Things that it is about, by property or type: ``[combustible, not food]``."""
    at: Kinds = ()
    """Things that they are placed at, by property or type."""
    by: Texts = ()
    """Prepositions that count as placed: ``on``, ``in``; every one if left out."""
    unless: Texts = ()
    """States of the thing that is placed in which it is no hazard, by the domain's adjectives:
    ``broken``. Of a rule with ``ask``: words that give the verb another meaning."""
    left: Texts = ()
    """State that a thing is left in, by the domain's adjective for it: ``open``."""
    ask: Texts = ()
    """Verbs in their base form, with particles: ``throw``, ``set on fire``."""
    instead: Kinds = ()
    """Better places, by property: where a thing that is mentioned may go afterwards."""

    @property
    def is_change(self) -> bool:
        """Return True if it changes a rule of the library and adds none."""
        return not any(getattr(self, key) for key in (*_FORMS, "what"))

    @property
    def about(self) -> str:
        """Danger that the rule is about, in one line."""
        if self.effect is not None:
            condition = f" while {self.when}" if self.when != AllOf(()) else ""
            return f"{self.effect}{condition}"
        if self.state is not None:
            return str(self.state)
        what = " or ".join(self.what) or "anything"
        if self.ask:
            verbs = ", ".join(self.ask[:3]) + (", …" if len(self.ask) > 3 else "")
            at = f" {' / '.join(self.by[:3])} {' or '.join(self.at)}" if self.at else ""
            return f"words: {verbs} {what}{at}"
        if self.left:
            return f"{what} left {self.left[0]}"
        return f"{what} {' / '.join(self.by[:3]) or 'at'} {' or '.join(self.at)}"

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        forms = [key for key in _FORMS if getattr(self, key)]
        if self.ask and self.at:
            forms.remove("at")
        if self.is_change and not (self.rule and (self.reason or "level" in self.written())):
            raise _wrong(
                "a hazard is an effect or a state, a placement, something left or an ask",
                "give one of: effect, state, 'what' with 'at', left, ask; or 'rule' with 'level'",
            )
        if len(forms) > 1:
            raise _wrong(
                "a hazard is an effect or a state, not more", f"keep one of: {', '.join(forms)}"
            )
        if self.what and not forms:
            raise _wrong("'what' goes with 'at', 'left' or 'ask'", "say where it is placed: at")
        if not self.is_change and not self.reason:
            raise _wrong("a hazard needs its reason", "add 'reason: …', which people are told")
        return self

    @model_validator(mode="after")
    def _level_fits(self) -> Self:
        if self.state is not None and self.level != "refuse":
            raise _wrong(
                f"'level: {self.level}' goes with 'effect': nobody can allow a state",
                "give the effect that a person may allow",
            )
        if self.when != AllOf(()) and (self.effect is None or self.level != "confirm"):
            raise _wrong(
                "'when' goes with an effect and 'level: confirm': what is planned is not known "
                "by then",
                "add 'level: confirm'",
            )
        if self.left and self.level not in ("mention", "off"):
            raise _wrong(
                "'left' goes with 'level: mention': what is left can be mended afterwards",
                "add 'level: mention', or give a state",
            )
        return self

    def written(self) -> frozenset[str]:
        """Return the keys that were written."""
        return frozenset(self.model_fields_set)

    def changed_by(self, change: Hazard) -> Hazard:
        """Return the rule with the level and the reason of a change."""
        keys = {"level", "reason"} & change.written()
        return self.model_copy(update={key: getattr(change, key) for key in keys})

    def because(self, change: Atom, facts: Facts) -> str | None:
        """Return the condition under which `change` is hazardous, in the text syntax.

        The text is empty where the change is always hazardous. The result is None if the change
        does not match `effect`, or if `when` is known to be false; an unknown `when` counts as
        true.
        """
        binding = self._match(change)
        if binding is None:
            return None
        when = self.when.substitute(binding)
        if when.holds(facts) is False:
            return None
        return str(when) if self.when != AllOf(()) else ""

    def _match(self, change: Atom) -> dict[str, str] | None:
        """Return the values of the variables of `effect` in a change; None if it is another."""
        wanted = self.effect
        if wanted is None or wanted.positive != change.positive:
            return None
        if wanted.fact.predicate != change.fact.predicate:
            return None
        binding: dict[str, str] = {}
        for term, value in zip(wanted.fact.terms, change.fact.terms, strict=True):
            if binding.setdefault(term, value) != value:
                return None
        return binding


class PropertyWords(Located):
    """A property of things, by the kinds of things that have it."""

    doc: str
    """Meaning, in one sentence."""
    kinds: Texts = ()
    """Kinds of things that have it, as WordNet calls them: each thing of such a kind has it."""
    words: Texts = ()
    """Further words for things that have it; kinds of these have it not."""
    not_: Annotated[Texts, Field(alias="not")] = ()
    """Kinds and words among those that have it not."""
    switch: Texts = ()
    """States in which it counts, if the thing or a part of it can be switched: ``on``, ``lit``."""
    at_least: Mapping[Name, float] = {}
    """Measure of an object to the value from which the object has the property: mass_kg."""
    measured: Texts = ()
    """Measures that only objects with the property have: break_force_n."""


class HazardLibrary(Located):
    """The library of hazard rules, with the properties that they are about."""

    properties: dict[RuleName, PropertyWords]
    """Property by name."""
    hazards: tuple[Hazard, ...]
    """Rules that hold in every domain."""


def rules_of(library: Iterable[Hazard], own: Iterable[Hazard]) -> tuple[Hazard, ...]:
    """Return a domain's own rules, then the library's as the domain changes them; none is off."""
    own = tuple(own)
    changes = {rule.rule: rule for rule in own if rule.is_change}
    added = [rule for rule in own if not rule.is_change]
    shared = [
        rule.changed_by(changes[rule.rule]) if rule.rule in changes else rule for rule in library
    ]
    return tuple(rule for rule in (*added, *shared) if rule.level != "off")


def states_of(hazards: Iterable[Hazard]) -> tuple[Formula, ...]:
    """Return the states that rules forbid."""
    return tuple(one.state for one in hazards if one.state is not None and one.level == "refuse")


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_hazard", message, {"code": "wrong-hazard", "hint": hint})
