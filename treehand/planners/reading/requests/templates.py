"""Request templates: what can be asked for in a domain, with the phrases for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from treehand.planners.reading.lexicon import Lexicon, Phrase
from treehand.planners.reading.words.function_words import (
    FUNCTION_WORDS,
    PREPOSITIONS,
    SUBJECTS,
)
from treehand.planners.reading.words.taxonomy import action_lemma, kinds_of_actions
from treehand.skills.domain import Atom, Formula, conjuncts

_SLIGHT = frozenset({"be", "is", "are", "have", "has", "want", "need", "like", "love", "order"})
"""Verbs that say nothing of the action."""
MOST_PHRASES = 12
"""Most phrases of a template that are compared as sentences."""


@dataclass(frozen=True)
class MaskedClause:
    """A clause without its things."""

    rest: tuple[str, ...]
    """Its words, without those that name things."""
    masked: str
    """The clause with "the thing" or "the place" for each thing."""
    said: str
    """The clause as it was said."""


@dataclass
class Template:
    """One thing to ask for, with the words for it."""

    formula: Formula
    """Over the parameters."""
    params: tuple[tuple[str, str], ...]
    """Parameter to type; empty for a goal of the domain that names its things itself."""
    verbs: dict[str, bool] = field(default_factory=dict)
    """Verb of a phrase, in its base form, to True if the domain itself has it."""
    nouns: tuple[frozenset[str], ...] = ()
    """Nouns that each phrase names itself: kitchen."""
    particles: frozenset[str] = frozenset()
    """Prepositions and particles of its phrases: in, into, off."""
    phrases: tuple[str, ...] = ()
    """Its phrases, masked: "put the thing in the place"."""

    @property
    def is_denial(self) -> bool:
        """Return True if it asks that a literal be false."""
        return isinstance(self.formula, Atom) and not self.formula.positive


class Templates:
    """All request templates of a domain.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    @cached_property
    def all(self) -> tuple[Template, ...]:
        """Return the templates, one for each formula that can be brought about."""
        made: dict[str, Template] = {}
        own = set(self._lexicon.book.own_requests)
        for phrase in (*self._lexicon.book.own_requests, *self._lexicon.phrases):
            if not phrase.verb or phrase.verb[0] in PREPOSITIONS | SUBJECTS:
                continue
            if not conjuncts(phrase.formula):
                continue
            if isinstance(phrase.formula, Atom) and not self._is_reachable(phrase.formula):
                continue
            template = made.setdefault(str(phrase.formula), Template(phrase.formula, phrase.params))
            self._learn(template, phrase, is_own=phrase in own)
        return tuple(template for template in made.values() if template.verbs)

    def _learn(self, template: Template, phrase: Phrase, *, is_own: bool) -> None:
        """Add a phrase to its template."""
        verb = action_lemma(phrase.verb[0])
        if verb in _SLIGHT or not kinds_of_actions().knows(verb):
            return
        template.verbs[verb] = template.verbs.get(verb, False) or is_own
        literal = [word for word in phrase.words if not word.startswith("{")]
        template.particles |= {word for word in literal if word in PREPOSITIONS}
        nouns = frozenset(word for word in literal[1:] if word not in FUNCTION_WORDS)
        if nouns not in template.nouns:
            template.nouns = (*template.nouns, nouns)
        masked = self._masked(phrase)
        if len(template.phrases) < MOST_PHRASES and masked not in template.phrases:
            template.phrases = (*template.phrases, masked)

    def _is_reachable(self, atom: Atom) -> bool:
        """Return True if a skill makes a literal true, or something that excludes it."""
        domain = self._lexicon.domain
        if not domain.skills:
            return True
        predicate = atom.fact.predicate
        signs = {
            effect.positive
            for skill in domain.skills.values()
            for effect in skill.effects
            if effect.fact.predicate == predicate
        }
        is_placing = len(domain.predicates[predicate].params) == 2
        return atom.positive in signs or (is_placing and True in signs)

    def _masked(self, phrase: Phrase) -> str:
        types = dict(phrase.params)
        return " ".join(
            f"the {self.mask(types[word[1:-1]])}" if word.startswith("{") else word
            for word in phrase.words
        )

    def mask(self, kind: str) -> str:
        """Return the word for a thing of a type: "place" if other things are put there."""
        is_a = self._lexicon.vocabulary.is_a
        return "place" if any(is_a(kind, place) for place in self._places) else "thing"

    @cached_property
    def _places(self) -> frozenset[str]:
        """Return the types of the second parameters."""
        found = (tuple(one.params.values()) for one in self._lexicon.domain.predicates.values())
        return frozenset(kinds[1] for kinds in found if len(kinds) == 2)
