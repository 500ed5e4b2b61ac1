"""Goal reader that needs no language model: grammar and lexicon."""

from treehand.planners.reading.grammar.grammar_reader import GrammarGoalReader
from treehand.planners.reading.lexicon import Lexicon

__all__ = [
    "GrammarGoalReader",
    "Lexicon",
]
