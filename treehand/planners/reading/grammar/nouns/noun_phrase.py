"""A noun phrase: its noun, how many objects it means, and what it says of them."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.planners.reading.lexicon import MASS_NOUNS, Noun
from treehand.planners.reading.words.english import is_english
from treehand.planners.reading.words.inflection import singular
from treehand.skills.domain import AllOf, AnyOf, Atom, Formula


@dataclass(frozen=True)
class NounPhrase:
    """One noun phrase, not yet resolved to objects."""

    text: str
    noun: Noun | None
    """Its noun; None for a pronoun."""
    reach: str
    """``the``, ``all``, ``some``, ``both``, ``vague`` ("some plates") or ``it``."""
    number: int | None = None
    """Number of objects, for a counted phrase."""
    filters: tuple[Atom | AnyOf, ...] = ()
    """Conditions on the object, over ``_``."""
    exceptions: tuple[NounPhrase, ...] = ()
    left_n: int = 0
    """Number of objects that may be left out: "every plate but one"."""
    is_denied: bool = False
    """True for "no plates"."""
    is_other: bool = False
    """True for "the other plates": not those that were named before."""
    is_taken: bool = False
    """True for what an order takes from where it is, so that it is there only until then."""
    degree: str = ""
    """An adjective of size or weight that tells it from others of its kind: bigger, small."""
    alternatives: tuple[NounPhrase, ...] = ()
    """Alternatives, of which one is meant: "the bar or the table"."""

    @property
    def choices(self) -> tuple[NounPhrase, ...]:
        """Return its alternatives; itself if it has none."""
        return self.alternatives or (self,)

    @property
    def is_universal(self) -> bool:
        """Return True if it means every object that matches."""
        return self.noun is not None and self.noun.object is None and self.reach == "all"

    @property
    def is_everything(self) -> bool:
        """Return True for "everything", which means all that can be done to, of any type."""
        is_open = self.noun is not None and self.noun.object is None
        return is_open and "everything" in self.text.split()[:1]

    @property
    def is_any(self) -> bool:
        """Return True for "a plate" and "two plates", which any of them may be."""
        return self.reach == "some" or self.number is not None

    @property
    def is_mass(self) -> bool:
        """Return True for "the rubbish", which "it" may stand for."""
        return self.noun is not None and not MASS_NOUNS.isdisjoint(self.text.split())

    @property
    def tells_place(self) -> bool:
        """Return True for "the mugs in the sink"."""
        return any(len(atom.fact.terms) > 1 for part in self.filters for atom in part.atoms())

    @property
    def is_plural(self) -> bool:
        """Return True if it means several objects, as "them" does."""
        if self.noun is None:
            return False
        if self.noun.object is not None:
            name = self.noun.object.rpartition("_")[2]  # chips, chairs; but the glass, the atlas
            return singular(name) != name and is_english(singular(name))
        if self.reach == "some" and (self.number or 1) == 1:
            return False  # one of the books
        return self.noun.is_plural or self.reach in ("all", "both") or (self.number or 0) > 1

    def where(self, variable: str) -> Formula:
        """Return its filters over a variable."""
        parts = tuple(part.substitute({"_": variable}) for part in self.filters)
        return parts[0] if len(parts) == 1 else AllOf(parts)
