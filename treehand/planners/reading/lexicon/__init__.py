"""Words of one domain and scene: nouns, phrases, adjectives, and the household's."""

from treehand.planners.reading.lexicon.connecting_words import (
    CONNECTORS,
    CONTRASTS,
    DETERMINERS,
    EXCEPTIONS,
    MASS_NOUNS,
    NEGATIONS,
    PRONOUNS,
    Words,
)
from treehand.planners.reading.lexicon.lexicon import Lexicon
from treehand.planners.reading.lexicon.noun_book import Noun
from treehand.planners.reading.lexicon.phrase_book import Phrase

__all__ = [
    "CONNECTORS",
    "CONTRASTS",
    "DETERMINERS",
    "EXCEPTIONS",
    "MASS_NOUNS",
    "NEGATIONS",
    "PRONOUNS",
    "Lexicon",
    "Noun",
    "Phrase",
    "Words",
]
