"""Questions about the world, answered from the beliefs."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.goals.goal import say
from treehand.planners.reading.grammar.clauses import ClauseParser
from treehand.planners.reading.grammar.noun_phrases import NounPhrase, NounPhraseParser
from treehand.planners.reading.grammar.resolution import Resolver, Unclear
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Atom, Domain, Fact, Facts, Forall, Formula, Quantifier, conjuncts

_BE = ("is", "are")


class QuestionReader:
    """Answers "is …?", "where is …?", "what is in …?", "which … are …?", "how many … are …?".

    Args:
        domain: Its words.
        lexicon: The words of domain and scene.
    """

    def __init__(self, domain: Domain, lexicon: Lexicon) -> None:
        self._domain = domain
        self._lexicon = lexicon

    def answer(self, text: str, facts: Facts) -> str | None:
        """Return the answer; None if the text is not a question about the world.

        Args:
            text: A person's words.
            facts: Beliefs.
        """
        words = [word for word in tokens_of(text) if word not in (",", ".", ";", "please", "now")]
        if len(words) < 2:
            return None
        head, rest = words[0], words[1:]
        if head in _BE:
            return self._yes_or_no(rest, facts)
        if head == "where" and rest[0] in _BE:
            return self._where(rest[1:], facts)
        if head == "what" and set(rest) & {"hold", "holding", "hand", "gripper"}:
            return self._held(facts)
        if head == "what" and rest[0] in (*_BE, "do", "have"):
            return self._there(rest[1:], facts)
        if head == "which" or words[:2] == ["how", "many"]:
            is_count = head == "how"
            return self._those(rest[1:] if is_count else rest, facts, is_count=is_count)
        return None

    def _yes_or_no(self, rest: Sequence[str], facts: Facts) -> str | None:
        for index in range(1, len(rest) + 1):
            for be in ("is", "are"):
                formula = self._statement([*rest[:index], be, *rest[index:]], facts)
                if formula is not None:
                    return self._judged(formula, facts)
        return None

    def _statement(self, words: Sequence[str], facts: Facts) -> Formula | None:
        found: list[Formula] = []
        for clauses in ClauseParser(self._lexicon, words, is_strict=True).requests():
            try:
                formula = Resolver(self._lexicon, facts).formula(clauses)
            except Unclear:
                continue
            if formula not in found:
                found.append(formula)
        return found[0] if len(found) == 1 else None

    def _judged(self, formula: Formula, facts: Facts) -> str:
        value = formula.holds(facts)
        parts = [part for whole in conjuncts(formula) for part in _instances(whole, facts)]
        if value is None:
            unknown = [say(part, self._domain) for part in parts if part.holds(facts) is None]
            return f"I do not know: {'; '.join(unknown)}"
        head = "yes" if value else "no"
        telling = [part for part in parts if value or part.holds(facts) is False]
        said = [self._sourced(part, facts, value=value) for part in telling]
        return f"{head}: {'; '.join(said)}" if said else head

    def _sourced(self, part: Formula, facts: Facts, *, value: bool) -> str:
        words = say(part, self._domain)
        if not isinstance(part, Atom):
            return words
        if not value:
            words = say(Atom(part.fact, not part.positive), self._domain)
        belief = facts.belief(part.fact)
        if belief is None:
            return words
        return f"{words} ({belief.source}, {belief.time_s:.1f} s)"

    def _objects(self, words: Sequence[str], facts: Facts) -> tuple[str, ...]:
        for phrases, end in NounPhraseParser(self._lexicon, words).lists(0):
            if end == len(words):
                return tuple(n for phrase in phrases for n in self._names(phrase, facts))
        return ()

    def _names(self, phrase: NounPhrase, facts: Facts) -> tuple[str, ...]:
        if phrase.noun is None:
            return ()
        if phrase.noun.object is not None:
            return (phrase.noun.object,)
        return Quantifier("_", phrase.noun.type, (), phrase.where("_")).qualified(facts)

    def _where(self, words: Sequence[str], facts: Facts) -> str | None:
        names = self._objects(words, facts)
        return "; ".join(self._place_of(name, facts) for name in names) or None

    def _place_of(self, name: str, facts: Facts) -> str:
        relations = {p for predicates in self._lexicon.relations.values() for p in predicates}
        for fact in facts.true_facts():
            is_place = fact.predicate in relations or fact.predicate == "holding"
            given = self._domain.predicates[fact.predicate].known_by == "given"
            if is_place and not given and fact.terms[0] == name:
                return self._sourced(Atom(fact), facts, value=True)
        return f"I do not know where {_spoken(name)} is"

    def _held(self, facts: Facts) -> str:
        held = [fact for fact in facts.true_facts() if fact.predicate == "holding"]
        return "; ".join(say(Atom(fact), self._domain) for fact in held) or "nothing"

    def _there(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "what is in the fridge" and "what is dirty"."""
        if not rest:
            return None
        if len(rest) == 1 and rest[0] in self._lexicon.adjectives:
            atom = self._lexicon.adjectives[rest[0]]
            names = [n for n in facts.vocabulary.object_types if _can_be(atom, n, facts)]
            true = [n for n in names if atom.substitute({"_": n}).holds(facts)]
            return _listed(true)
        places = self._objects(rest[1:], facts)
        predicates = self._lexicon.relations.get(rest[0], ())
        if not predicates or not places:
            return None
        found = [
            fact
            for fact in facts.true_facts()
            if fact.predicate in predicates and len(fact.terms) == 2 and fact.terms[1] in places
        ]
        if found:
            return _listed([fact.terms[0] for fact in found])
        return f"nothing that I know of{self._unseen(places, facts)}"

    def _unseen(self, places: Sequence[str], facts: Facts) -> str:
        """Return a remark on closed places, whose contents are unknown."""
        closed = (
            [n for n in places if facts.value(Fact("is_open", (n,))) is False]
            if ("is_open" in self._domain.predicates)
            else []
        )
        names = " and ".join(map(_spoken, closed))
        return f" ({names} is closed)" if closed else ""

    def _those(self, rest: Sequence[str], facts: Facts, *, is_count: bool) -> str | None:
        for index, word in enumerate(rest):
            if word in _BE and index > 0:
                words = ["all", *rest[:index], "that", "are", *rest[index + 1 :]]
                if rest[index + 1 : index + 2] and rest[index + 1] in self._lexicon.relations:
                    words = ["all", *rest[:index], *rest[index + 1 :]]
                phrases = NounPhraseParser(self._lexicon, words).lists(0)
                for found, end in phrases:
                    if end == len(words) and len(found) == 1:
                        names = self._names(found[0], facts)
                        listed = _listed(names)
                        return f"{len(names)}: {listed}" if is_count and names else listed
        return None


def _instances(part: Formula, facts: Facts) -> list[Formula]:
    """Return the instances of a part that is about all objects of a type."""
    if not isinstance(part, Forall):
        return [part]
    return [part.body.substitute({part.variable: name}) for name in part.qualified(facts)]


def _can_be(atom: Atom, name: str, facts: Facts) -> bool:
    kinds = facts.vocabulary.predicates[atom.fact.predicate].parameters
    return bool(kinds) and name in facts.objects(kinds[0][1])


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(_spoken, names)) or "none that I know of"
