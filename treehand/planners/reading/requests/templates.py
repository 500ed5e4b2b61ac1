"""Request templates: what the skills of a domain can bring about, with the phrases for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from treehand.planners.reading.grammar.lexicon import Lexicon, Phrase
from treehand.planners.reading.words.function_words import PREPOSITIONS, SUBJECTS
from treehand.planners.reading.words.taxonomy import action_lemma, kinds_of_actions
from treehand.skills.domain import Atom, Fact

_SLIGHT = frozenset({"be", "is", "are", "have", "has", "want", "need", "like", "love", "order"})
"""Verbs that say nothing of the action."""


MOST_PHRASES = 12
"""Most phrases of a template."""


@dataclass(frozen=True)
class MaskedClause:
    """A clause without its things."""

    rest: tuple[str, ...]
    """Its words, without those that name things."""
    masked: str
    """The clause with "the thing" or "the place" for each thing."""


@dataclass(frozen=True)
class Template:
    """One predicate that skills can make true, or false, with the words that ask for it."""

    predicate: str
    positive: bool
    params: tuple[tuple[str, str], ...]
    """Parameter to type."""
    verbs: tuple[str, ...]
    """Verbs of its phrases, in their base form, the domain's own first."""
    own: frozenset[str]
    """Those of the domain itself."""
    particles: frozenset[str]
    """Prepositions and particles of its phrases: in, into, off."""
    phrases: tuple[str, ...]
    """Its phrases, masked: "put the thing in the place"."""

    def goal(self, terms: dict[str, str]) -> Atom:
        """Return its literal over terms."""
        return Atom(
            Fact(self.predicate, tuple(terms[name] for name, _ in self.params)), self.positive
        )


class Templates:
    """All request templates of a domain.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    @cached_property
    def all(self) -> tuple[Template, ...]:
        """Return the templates, one for each reachable literal."""
        domain = self._lexicon.domain
        effects = {
            (atom.fact.predicate, atom.positive)
            for skill in domain.skills.values()
            for atom in skill.effects
        }
        if not domain.skills:
            effects = {(name, positive) for name in domain.predicates for positive in (True, False)}
        effects |= self._opposites(effects)
        made = (self._template(*effect) for effect in sorted(effects))
        return tuple(template for template in made if template.params and template.verbs)

    def _opposites(self, effects: set[tuple[str, bool]]) -> set[tuple[str, bool]]:
        """Return the denials of what excludes itself: "off the table" by putting it elsewhere."""
        predicates = self._lexicon.domain.predicates
        return {
            (name, False)
            for name, positive in effects
            if positive and len(predicates[name].params) == 2
        }

    def _template(self, predicate: str, positive: bool) -> Template:
        params = tuple(self._lexicon.domain.predicates[predicate].params.items())
        verbs: dict[str, None] = {}
        own: set[str] = set()
        particles: set[str] = set()
        phrases: dict[str, None] = {}
        model = self._lexicon.domain.predicates[predicate]
        count = len(model.phrases if positive else model.phrases_not)
        for index, phrase in enumerate(self._lexicon.requests_for(predicate, positive=positive)):
            words = [word for word in phrase.words if not word.startswith("{")]
            particles.update(word for word in words if word in PREPOSITIONS)
            if not phrase.verb or phrase.verb[0] in PREPOSITIONS | SUBJECTS:
                continue
            verb = action_lemma(phrase.verb[0])
            if verb not in _SLIGHT and kinds_of_actions().knows(verb):
                verbs[verb] = None
                if index < count or not count:
                    own.add(verb)
                phrases[self._masked(phrase)] = None
        return Template(
            predicate,
            positive,
            params,
            tuple(verbs),
            frozenset(own),
            frozenset(particles),
            tuple(phrases)[:MOST_PHRASES],
        )

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
