"""Goals, trees and action models that a language model proposes."""

__all__: list[str] = []
