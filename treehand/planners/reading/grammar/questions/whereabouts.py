"""Answers about places: where things are, belong and what is there."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.goals.goal import say
from treehand.planners.reading.grammar.questions.answer_words import AnswerWords, listed, spoken
from treehand.planners.reading.grammar.questions.named_objects import NamedObjects
from treehand.planners.reading.grammar.questions.question_shapes import ANYTHING
from treehand.planners.reading.lexicon import Lexicon
from treehand.skills.domain import Atom, Facts


class Whereabouts:
    """Answers "where is …?", "what is in …?", "what do you see?", "what are you holding?".

    Args:
        lexicon: The words of domain and scene.
        named: Reads the nouns.
        words: Puts the answers into words.
    """

    def __init__(self, lexicon: Lexicon, named: NamedObjects, words: AnswerWords) -> None:
        self._lexicon = lexicon
        self._domain = lexicon.domain
        self._named = named
        self._words = words

    def where(self, words: Sequence[str], facts: Facts) -> str | None:
        """Answer "where is the mug?"."""
        names = self._named.objects(words, facts)
        self._words.told = tuple(map(spoken, names))
        return "; ".join(self.place_of(name, facts) for name in names) or None

    def place_of(self, name: str, facts: Facts) -> str:
        """Return the place of a thing, with the source of the belief."""
        relations = {p for predicates in self._lexicon.relations.values() for p in predicates}
        for fact in facts.true_facts():
            is_place = fact.predicate in relations or fact.predicate == "holding"
            given = self._domain.predicates[fact.predicate].known_by == "given"
            if is_place and not given and fact.terms[0] == name:
                self._words.place = spoken(fact.terms[-1]) if len(fact.terms) == 2 else ""
                return self._words.sourced(Atom(fact), facts, value=True)
        return f"I do not know where {spoken(name)} is"

    def home_of(self, words: Sequence[str], facts: Facts) -> str | None:
        """Answer "where does the plate belong?" by what is given of its place."""
        names = self._named.objects(words, facts)
        given = {name for name, one in self._domain.predicates.items() if one.known_by == "given"}
        homes = [
            fact
            for fact in facts.true_facts()
            if fact.predicate in given and len(fact.terms) == 2 and fact.terms[0] in names
        ]
        if homes or not names:
            self._words.told = tuple(map(spoken, names))
            self._words.place = spoken(homes[0].terms[1]) if homes else ""
            return "; ".join(say(Atom(fact), self._domain) for fact in homes) or None
        return f"nobody told me where {listed(names)} belongs"

    def overview(self, facts: Facts) -> str | None:
        """Return all things by their places: "what do you see?"."""
        by_place: dict[tuple[str, str], list[str]] = {}
        relations = {"on": "on", "in": "in"}
        for word, predicates in self._lexicon.relations.items():
            for fact in facts.true_facts() if word in relations else ():
                given = self._domain.predicates[fact.predicate].known_by == "given"
                if fact.predicate in predicates and not given and len(fact.terms) == 2:
                    by_place.setdefault((word, fact.terms[1]), []).append(fact.terms[0])
        told = (f"{word} {spoken(at)}: {listed(names)}" for (word, at), names in by_place.items())
        return "; ".join(told) or None

    def in_hand(self, words: Sequence[str], facts: Facts) -> str | None:
        """Answer "what are you holding?", "are you holding anything?", "is your hand empty?"."""
        held = [fact for fact in facts.true_facts() if fact.predicate == "holding"]
        told = "; ".join(self._words.sourced(Atom(fact), facts, value=True) for fact in held)
        if words[0] == "what":
            return told or "nothing"
        if {"empty", "free"} & set(words):
            return f"no: {told}" if told else "yes: I hold nothing"
        if ANYTHING & set(words):
            return f"yes: {told}" if told else "no: I hold nothing"
        for start in range(len(words)):
            for end in range(len(words), start, -1):
                names = self._named.objects(words[start:end], facts)
                if names:
                    is_held = any(fact.terms[:1] == (name,) for fact in held for name in names)
                    return f"yes: {told}" if is_held else f"no: {told or 'I hold nothing'}"
        return None

    def there(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "what is in the fridge" and "what is dirty"."""
        if not rest:
            return None
        if len(rest) == 1 and rest[0] in self._lexicon.adjectives:
            atom = self._lexicon.adjectives[rest[0]]
            names = [n for n in facts.vocabulary.object_types if _can_be(atom, n, facts)]
            true = [n for n in names if atom.substitute({"_": n}).holds(facts)]
            return self._words.listed(true)
        places = self._named.objects(rest[1:], facts)
        predicates = self._lexicon.relations.get(rest[0], ())
        if not predicates or not places:
            return None
        found = [
            fact
            for fact in facts.true_facts()
            if fact.predicate in predicates and len(fact.terms) == 2 and fact.terms[1] in places
        ]
        if found:
            return self._words.listed([fact.terms[0] for fact in found])
        return f"nothing that I know of{self._words.unseen(places, facts)}"


def _can_be(atom: Atom, name: str, facts: Facts) -> bool:
    kinds = facts.vocabulary.predicates[atom.fact.predicate].parameters
    return bool(kinds) and name in facts.objects(kinds[0][1])
