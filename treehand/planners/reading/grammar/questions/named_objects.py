"""Objects and statements that the words of a question name."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.grammar.clauses import ClauseParser
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.nouns.noun_phrase_parser import NounPhraseParser
from treehand.planners.reading.grammar.referents import Referents, Unclear
from treehand.planners.reading.grammar.resolution import Resolver
from treehand.planners.reading.lexicon import Lexicon
from treehand.skills.domain import Facts, Formula


class NamedObjects:
    """Reads nouns and statements in questions.

    Args:
        lexicon: The words of domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def objects(self, words: Sequence[str], facts: Facts) -> tuple[str, ...]:
        """Return the objects that words name; none if they are no list of nouns."""
        for phrases, end in NounPhraseParser(self._lexicon, words).lists(0):
            if end == len(words):
                return tuple(n for phrase in phrases for n in self.names(phrase, facts))
        return ()

    def names(self, phrase: NounPhrase, facts: Facts) -> tuple[str, ...]:
        """Return the objects that a noun phrase names."""
        if phrase.noun is None:
            return ()
        if phrase.noun.object is not None:
            return (phrase.noun.object,)
        return Referents(self._lexicon, facts).candidates(phrase, phrase.noun.type)

    def statement(self, words: Sequence[str], facts: Facts) -> Formula | None:
        """Return the formula that words state; None if there is none, or several."""
        found: list[Formula] = []
        for clauses in ClauseParser(self._lexicon, words, is_strict=True).requests():
            try:
                formula = Resolver(self._lexicon, facts).formula(clauses)
            except Unclear:
                continue
            if formula not in found:
                found.append(formula)
        return found[0] if len(found) == 1 else None

    def state_of(self, noun: Sequence[str], state: Sequence[str], facts: Facts) -> Formula | None:
        """Return the formula that a thing is in a state: "the mug", "dirty"."""
        return self.statement(["the", *noun, "is", *state], facts)
