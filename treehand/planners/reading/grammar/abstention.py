"""Answers to texts that the grammar cannot read, with the reason and the nearest words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from treehand.core.errors import close_matches, near
from treehand.planners.goals.readings import Question
from treehand.planners.reading.grammar.clauses import Clause, ClauseParser
from treehand.planners.reading.lexicon import Lexicon

_REFLEXIVE = frozenset({"itself", "themselves"})


class Abstention:
    """Explains why a text cannot be read.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def misfit(self, words: Sequence[str]) -> str:
        """Return a sentence about the first noun of a wrong type; empty if there is none."""
        for before, word in itertools.pairwise(words):
            if word in _REFLEXIVE and before in (*self._lexicon.relations, "into", "onto"):
                return f"'{before} {word}': a thing is not put {before} itself; name another place"
        vocabulary = self._lexicon.vocabulary
        for clauses in ClauseParser(self._lexicon, words, is_strict=False).requests():
            for clause in clauses:
                if not isinstance(clause, Clause):
                    continue
                for slot, phrases in clause.bound.items():
                    kind = clause.phrase.kind_of(slot)
                    for phrase in phrases:
                        noun = phrase.noun
                        if noun is None or vocabulary.is_a(noun.type, kind):
                            continue
                        names = ", ".join(n.replace("_", " ") for n in vocabulary.objects(kind))
                        asked = clause.said
                        return (
                            f"'{asked}' wants a {kind}, but '{phrase.text}' is a {noun.type}; "
                            f"each {kind}: {names or 'none'}"
                        )
        return ""

    def not_understood(self, text: str, words: Sequence[str]) -> Question:
        """Return the question for a text without any reading: unknown words, or examples."""
        known = self._lexicon.known_words
        unknown = [
            word for word in dict.fromkeys(words) if word not in known and not word.isdecimal()
        ]
        if unknown:
            names = ", ".join(f"'{word}'" for word in unknown)
            return _abstention(text, f"I do not know {names}: {self._hints(unknown)}")
        examples = ", ".join(f"'{example}'" for example in self._lexicon.examples())
        return _abstention(
            text, f"I know the words of '{text}', but not what they ask for; try {examples}"
        )

    def _hints(self, unknown: Sequence[str]) -> str:
        """Return the known words near unknown ones; the objects, once, if one has none near."""
        known = self._lexicon.content_words()
        close = [word for word in unknown if close_matches(word, known)]
        hints = [near(word, known) for word in close]
        if len(close) < len(unknown):
            names = [name.replace("_", " ") for name in self._lexicon.vocabulary.object_types]
            more = ", …" if len(names) > 20 else ""
            hints.append(f"there is {', '.join(names[:20])}{more}")
        return "; ".join(hints)


def _abstention(text: str, why: str) -> Question:
    return Question(why, said=text, is_understood=False)
