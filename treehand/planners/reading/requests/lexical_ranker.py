"""Likeness of words and requests without a model: their verbs by kind, and their particles."""

from __future__ import annotations

from treehand.planners.reading.requests.templates import MaskedClause, Template
from treehand.planners.reading.words.english import can_be_verb
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, PREPOSITIONS
from treehand.planners.reading.words.taxonomy import action_lemma, kinds_of_actions

_VERB, _PARTICLE = 0.7, 0.3
"""Shares of the verb and of the particles in a likeness."""
_GENERAL = 0.9
"""Likeness that is left where the verb is one of the household's, not of the domain."""
_PUTS = {"into": "in", "inside": "in", "onto": "on", "upon": "on", "within": "in", "atop": "on"}


class LexicalRanker:
    """Ranks requests by their verbs and particles."""

    def likeness(self, clause: MaskedClause, template: Template) -> float:
        """Return from 0 to 1 how much a clause asks for a template."""
        words = clause.rest
        verbs = [
            lemma
            for word in words
            if word not in FUNCTION_WORDS - {"go", "get", "take"}
            and can_be_verb(lemma := action_lemma(word))
        ]
        likest = max(
            (self._verb(verb, template) * 0.95**rank for rank, verb in enumerate(verbs[:4])),
            default=0.0,
        )
        said = {_PUTS.get(word, word) for word in words if word in PREPOSITIONS}
        own = {_PUTS.get(word, word) for word in template.particles}
        unsaid = 0.5 if own else 0.8
        particle = len(said & own) / len(said) if said else unsaid
        return _VERB * likest + _PARTICLE * particle

    @staticmethod
    def _verb(verb: str, template: Template) -> float:
        taxonomy = kinds_of_actions()
        found = (
            taxonomy.likeness(verb, other) * (1.0 if other in template.own else _GENERAL)
            for other in template.verbs
        )
        return max(found, default=0.0)
