"""The interpreter that needs no model."""

from .interpreter import GrammarInterpreter
from .lexicon import Lexicon

__all__ = ["GrammarInterpreter", "Lexicon"]
