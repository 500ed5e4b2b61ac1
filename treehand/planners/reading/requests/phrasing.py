"""Requests in words, from the phrases of the domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from treehand.planners.goals.goal import say
from treehand.planners.reading.lexicon import Lexicon, Phrase
from treehand.skills.domain import (
    Atom,
    Exists,
    Forall,
    Formula,
    conjuncts,
)

NONE_OF_THESE = "none of these"
MOST = 3
"""Most options of a question, besides `NONE_OF_THESE`."""


class Phrasing:
    """Says goals as requests: "put the milk in the fridge".

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def request(self, formula: Formula) -> str:
        """Return a formula as a request; as a statement if the domain has no phrase for it."""
        named = self._goals.get(str(formula))
        if named is not None:
            return named
        return " and ".join(
            self._goals.get(str(part)) or self._part(part) for part in conjuncts(formula)
        )

    @cached_property
    def _goals(self) -> dict[str, str]:
        """Return each goal that the domain has a phrase for, with that phrase."""
        found: dict[str, str] = {}
        for phrase in self._lexicon.book.own_requests:
            if isinstance(phrase.formula, Atom) or len(phrase.params) > 1:
                continue
            choices: list[dict[str, str]] = [{}]
            for slot, kind in phrase.params:
                choices = [{slot: name} for name in self._lexicon.vocabulary.objects(kind)]
            for choice in choices:
                said = {"{" + slot + "}": self.name(name) for slot, name in choice.items()}
                words = " ".join(said.get(word, word) for word in phrase.words)
                found.setdefault(str(phrase.formula.substitute(choice)), words)
        return found

    def name(self, term: str) -> str:
        """Return an object with its article: "the red mug"."""
        return f"the {term.replace('_', ' ')}"

    def _part(self, part: Formula) -> str:
        named: dict[str, str] = {}
        atom = part
        while isinstance(atom, Forall | Exists):
            is_plain = not conjuncts(atom.where) and not atom.excluded
            many = "every" if isinstance(atom, Forall) else "a"
            noun = atom.type.replace("_", " ")
            if not is_plain:
                return say(part, self._lexicon.domain)
            named[atom.variable] = f"{many} {noun}"
            whole = self._goal_over(atom.variable, atom.body)
            if whole is not None:
                return whole.replace("{}", named[atom.variable])
            atom = atom.body
        if not isinstance(atom, Atom):
            return say(part, self._lexicon.domain)
        for phrase in self._phrases(atom):
            return self._filled(phrase, atom, named)
        return say(part, self._lexicon.domain)

    def _goal_over(self, variable: str, body: Formula) -> str | None:
        """Return the domain's phrase for a goal about a variable, ``{}`` in its place."""
        for phrase in self._lexicon.book.own_requests:
            if len(phrase.params) == 1 and not isinstance(phrase.formula, Atom):
                slot = phrase.params[0][0]
                if phrase.formula.substitute({slot: variable}) == body:
                    return " ".join("{}" if word.startswith("{") else word for word in phrase.words)
        return None

    def _phrases(self, atom: Atom) -> Iterator[Phrase]:
        """Yield the phrases for a literal that begin with a verb, the domain's own first."""
        for phrase in self._lexicon.book.requests_for(atom.fact.predicate, positive=atom.positive):
            if phrase.verb and not phrase.verb[0].endswith("ing"):
                yield phrase

    def _filled(self, phrase: Phrase, atom: Atom, named: Mapping[str, str]) -> str:
        assert isinstance(phrase.formula, Atom)
        terms = dict(zip(phrase.formula.fact.terms, atom.fact.terms, strict=True))
        said = []
        for word in phrase.words:
            term = terms.get(word[1:-1], "") if word.startswith("{") else ""
            said.append((named.get(term) or self.name(term)) if term else word)
        return " ".join(said)
