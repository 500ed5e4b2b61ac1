"""The interpreter that needs no model."""

from treehand.planners.reading.grammar.grammar_reader import GrammarGoalReader
from treehand.planners.reading.grammar.lexicon import Lexicon

__all__ = [
    "GrammarGoalReader",
    "Lexicon",
]
