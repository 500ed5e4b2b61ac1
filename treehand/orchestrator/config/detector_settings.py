"""The ``detectors:`` of ``treehand.yaml``: scores of facts, and their thresholds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import Finding, near
from treehand.core.literals import Fact, FactField
from treehand.documents.reader import Located
from treehand.skills.domain import (
    Domain,
    FormulaField,
    Seconds,
    Vocabulary,
    mismatch_findings,
)
from treehand.skills.vla import GripperCheck

MOST_FACTS = 500
"""Most facts that one detector scores."""
MOST_QUESTIONS = 20
"""Most facts that one detector asks a model about."""


class DetectorModel(Located):
    """A detector: exactly one of rule, gripper, ask and scorer."""

    example: ClassVar[str | None] = '{fact: "held(part)", gripper: {}, threshold: 0.5}'

    fact: FactField
    """The fact, ``held(part)``: a term that is a parameter of the predicate stands for any object
    of its type."""
    rule: FormulaField | None = None
    """Formula over other facts."""
    gripper: GripperCheck | None = None
    """Limits of a grip."""
    ask: str | None = None
    """Question about a picture for the language model, ``Is {place} stained?``; it answers yes, no
    or unclear."""
    scorer: str | None = None
    """A function of yours, ``file.py:NAME``: it gets a `DetectorContext` and returns a function
    from a fact to a score."""
    camera: str = "front"
    """Camera whose picture is asked about."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Score from which on the fact is true."""
    hysteresis: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Width of the band around the threshold in which nothing changes; there a fact without a
    decision stays unknown."""
    hold: Seconds = 0.0
    """Time for which a new decision must stay before it is believed."""
    every: Seconds | None = None
    """Shortest time between two scores; 10 s for questions, else each look."""
    when: FormulaField | None = None
    """Condition, over the same variables, while which it is scored."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        kinds = [key for key in _KINDS if getattr(self, key) is not None]
        if len(kinds) != 1:
            context = {"code": "wrong-detector", "hint": f"for example {self.example}"}
            message = "a detector has exactly one of: rule, gripper, ask, scorer"
            raise PydanticCustomError("wrong_detector", message, context)
        half = self.hysteresis / 2
        if self.threshold + half > 1 or self.threshold - half < 0:
            context = {"code": "wrong-detector", "hint": "make 'hysteresis' smaller"}
            message = "the band around the threshold reaches beyond 0 or 1"
            raise PydanticCustomError("wrong_detector", message, context)
        return self

    @property
    def every_s(self) -> float:
        """Return the shortest time between two scores, in run seconds."""
        usual_s = 10.0 if self.ask is not None else 0.0
        return usual_s if self.every is None else self.every

    def variables(self, domain: Domain) -> tuple[str | None, ...]:
        """Return the variable of each term; None for a term that is an object."""
        params = domain.predicates[self.fact.predicate].params
        return tuple(term if term in params else None for term in self.fact.terms)

    def facts(self, domain: Domain, vocabulary: Vocabulary) -> tuple[Fact, ...]:
        """Return the ground facts that it scores."""
        return tuple(
            Fact(self.fact.predicate, terms)
            for terms in itertools.product(*self._options(domain, vocabulary))
        )

    def findings(self, domain: Domain, vocabulary: Vocabulary) -> Iterator[Finding]:
        """Yield what does not fit a domain and its objects."""
        span, name = self.span("fact"), self.fact.predicate
        predicate = domain.predicates.get(name)
        if predicate is None:
            hint = near(name, domain.predicates, what="predicates")
            yield Finding("unknown-predicate", f"unknown predicate '{name}'", span, hint)
            return
        if len(predicate.params) != len(self.fact.terms):
            message = f"'{name}' takes {len(predicate.params)} terms, not {len(self.fact.terms)}"
            yield Finding("wrong-arity", message, span)
            return
        if predicate.known_by != "sensed":
            message = f"'{name}' is known by '{predicate.known_by}', so no detector tells it"
            yield Finding("wrong-detector", message, span, "write 'known_by: sensed'")
        scope = {p: kind for p, kind in predicate.params.items() if p in self.fact.terms}
        for term in self.fact.terms:
            if term not in scope and term not in vocabulary.object_types:
                known = [*predicate.params, *vocabulary.object_types]
                hint = near(term, known, what="parameters and objects")
                yield Finding("unknown-object", f"unknown object '{term}'", span, hint)
                return
        for key in ("rule", "when"):
            formula = getattr(self, key)
            if formula is not None:
                found = tuple(vocabulary.check(formula, scope))
                yield from mismatch_findings(found, self.span(key), self.text(key) or str(formula))
        count = math.prod(map(len, self._options(domain, vocabulary)))
        most = MOST_QUESTIONS if self.ask is not None else MOST_FACTS
        if count > most:
            message = f"it scores {count} facts, more than {most}"
            yield Finding("wrong-detector", message, span, "name an object in place of a parameter")
        yield from self._slot_findings(scope)

    def _slot_findings(self, scope: dict[str, str]) -> Iterator[Finding]:
        for part in (self.ask or "").split("{")[1:]:
            slot, _, _ = part.partition("}")
            if slot not in scope:
                hint = near(slot, scope, what="variables of the fact")
                message = f"'{{{slot}}}' is no variable of the fact"
                yield Finding("unknown-slot", message, self.span("ask"), hint)

    def _options(self, domain: Domain, vocabulary: Vocabulary) -> list[tuple[str, ...]]:
        kinds = domain.predicates[self.fact.predicate].params
        return [
            vocabulary.objects(kinds[term]) if term in kinds else (term,)
            for term in self.fact.terms
        ]


_KINDS = ("rule", "gripper", "ask", "scorer")
