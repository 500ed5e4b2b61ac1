"""Likeness of words and requests without a model: their verbs by kind, and their particles."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.requests.templates import MaskedClause, Template
from treehand.planners.reading.words.english import can_be_verb
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, PREPOSITIONS
from treehand.planners.reading.words.taxonomy import action_lemma, kinds_of_actions

_VERB, _PARTICLE = 0.7, 0.3
"""Shares of the verb and of the particles in a likeness."""
_GENERAL = 0.9
"""Likeness that is left where the verb is one of the household's, not of the domain."""
_MOST_VERBS = 4
"""Most words of a clause that are taken for its verb."""
_LATER = 0.95
"""Likeness that is left for each word before the verb."""
_FETCHING = frozenset({"fetch", "bring"})
_NAMED_ONLY = 0.6
"""Likeness of a thing alone, "my apple, please", to having it brought."""
_CHANGED = 0.4
"""Likeness of a thing alone, "desk lamp", to having it changed: turned on."""
_PUTS = {"into": "in", "inside": "in", "onto": "on", "upon": "on", "within": "in", "atop": "on"}
_DOING = frozenset({"go", "get", "take", "do"})
"""Function words that are also verbs of requests."""


class LexicalRanker:
    """Ranks requests by their verbs, particles and own nouns."""

    def prepare(self, templates: Sequence[Template]) -> None:
        """Do nothing: no template has to be prepared."""

    def likeness(self, clause: MaskedClause, template: Template) -> float:
        """Return from 0 to 1 how much a clause asks for a template."""
        verbs = [
            lemma
            for word in clause.rest
            if word not in FUNCTION_WORDS - _DOING and can_be_verb(lemma := action_lemma(word))
        ]
        if not verbs and not any(word in PREPOSITIONS for word in clause.rest):
            if _FETCHING & template.verbs.keys():
                return _NAMED_ONLY
            return _CHANGED if len(template.params) == 1 else 0.0
        likest = max(
            (
                self._verb(verb, template) * _LATER**rank
                for rank, verb in enumerate(verbs[:_MOST_VERBS])
            ),
            default=0.0,
        )
        said = {_PUTS.get(word, word) for word in clause.rest if word in PREPOSITIONS}
        own = {_PUTS.get(word, word) for word in template.particles}
        unsaid = 0.5 if own else 0.8
        particle = len(said & own) / len(said) if said else unsaid
        return named_share(clause, template) * (_VERB * likest + _PARTICLE * particle)

    @staticmethod
    def _verb(verb: str, template: Template) -> float:
        taxonomy = kinds_of_actions()
        found = (
            taxonomy.likeness(verb, other) * (1.0 if is_own else _GENERAL)
            for other, is_own in template.verbs.items()
        )
        return max(found, default=0.0)


def named_share(clause: MaskedClause, template: Template) -> float:
    """Return the share of a template's own nouns that a clause says: the kitchen; 1 if none.

    For a template without parameters, other content words of the clause count against it.
    """
    said = set(clause.said.split())
    shares = (len(nouns & said) / len(nouns) if nouns else 1.0 for nouns in template.nouns)
    share = max(shares, default=1.0)
    if template.params:
        return share
    own = set().union(*template.nouns)
    content = [word for word in said if word not in FUNCTION_WORDS and not can_be_verb(word)]
    other = sum(word not in own for word in content)
    return share / (1.0 + other)
