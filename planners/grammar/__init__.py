"""The interpreter that needs no model."""

from .interpreter import GrammarInterpreter

__all__ = ["GrammarInterpreter"]
