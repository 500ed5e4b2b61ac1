"""The interpreter that needs no model."""

from treehand.planners.reading.grammar.grammar_reader import GrammarInterpreter
from treehand.planners.reading.grammar.lexicon import Lexicon

__all__ = ["GrammarInterpreter", "Lexicon"]
