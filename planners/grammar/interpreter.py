"""Plain words to a goal without a model: a grammar over the domain's own vocabulary.

It abstains rather than guess: a word it does not know is named, with what is near; two readings,
or two objects that fit "the mug", become a question; a goal that nothing can bring about is left
to the planner to explain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...errors import near
from ...skills.domain import (
    AllOf,
    Atom,
    Count,
    Domain,
    Exists,
    Facts,
    Forall,
    Formula,
    Quantifier,
    Scene,
    SyntaxFault,
    conjuncts,
    parse_formula,
)
from ..goal import GoalSpec, say
from .lexicon import CONNECTORS, COURTESIES, Lexicon, Phrase, tokens_of
from .noun_phrases import NounPhrase, NounPhraseParser

MAX_READINGS = 12
"""More readings than this are not looked for."""

_FORMULA = re.compile(r"\s*\(*\s*((not|forall|exists|count)\s.*[(>]|[a-z_]+\()", re.DOTALL)
"""How a text begins that is meant as a formula."""
NEGATIONS = frozenset({"not", "never", "no", "dont", "without"})

Bound = dict[str, tuple[NounPhrase, ...]]


class Unclear(Exception):
    """A reading that needs an answer first."""

    def __init__(self, question: str, options: Sequence[str] = (), about: str = "") -> None:
        super().__init__(question)
        self.question = question
        self.options = tuple(options)
        self.about = about


@dataclass(frozen=True)
class _Clause:
    phrase: Phrase
    bound: Bound


class GrammarInterpreter:
    """Turns words into a `GoalSpec`.

    Args:
        domain: Its phrases, nouns and adjectives.
        scene: Its objects and what people call them.
    """

    def __init__(self, domain: Domain, scene: Scene) -> None:
        self._domain = domain
        types = {name: model.type for name, model in scene.objects.items()}
        self._lexicon = Lexicon(domain, scene, domain.vocabulary(types))

    def interpret(self, text: str, facts: Facts) -> GoalSpec:
        """Return the goal that a text means, or a question.

        A text in the syntax of facts and formulas is taken as it is.

        Args:
            text: What the person wrote.
            facts: What is believed; decides which object "the dirty mug" is.
        """
        literal = self._literal(text)
        if literal is not None:
            return literal
        words = _without_courtesies(tokens_of(text))
        if not words:
            return self._question(text, "what shall be done?", self._lexicon.examples())
        for is_strict in (True, False):
            if not is_strict:
                misfit = self._misfit(words)
                if misfit:
                    return GoalSpec(text=text, status="infeasible", words=misfit)
                continue
            readings, unclear = self._readings(words, facts)
            if len(readings) == 1:
                return self._goal(text, readings[0])
            if readings:
                options = [self._say(formula) for formula in readings]
                return self._question(text, "that can be understood in several ways", options)
            if unclear is not None:
                return GoalSpec(
                    text=text,
                    status="clarify",
                    words=unclear.question,
                    options=unclear.options,
                    about=unclear.about,
                )
        return self._not_understood(text, words)

    def answered(self, goal: GoalSpec, answer: str, facts: Facts) -> GoalSpec:
        """Return the goal again, with the answer to its question in the place of what was unclear.

        Args:
            goal: A goal with status ``clarify`` and options.
            answer: One of the options.
            facts: What is believed.
        """
        words = _without_courtesies(tokens_of(goal.text))
        if not goal.about:
            for formula in self._readings(words, facts)[0]:
                if self._say(formula) == answer:
                    return self._goal(goal.text, formula)
        text = " ".join(words).replace(goal.about, f"the {answer}", 1)
        return self.interpret(text, facts)

    def _literal(self, text: str) -> GoalSpec | None:
        if not _FORMULA.match(text):
            return None
        try:
            formula = parse_formula(text)
        except SyntaxFault as fault:
            return self._question(text, f"{fault} (column {fault.column + 1}): {fault.hint}", ())
        for mismatch in self._lexicon.vocabulary.check(formula, {}):
            return self._question(text, f"{mismatch.message}: {mismatch.hint}", ())
        return self._goal(text, formula)

    def _goal(self, text: str, formula: Formula) -> GoalSpec:
        parts = conjuncts(formula)
        formula = parts[0] if len(parts) == 1 else AllOf(parts)
        return GoalSpec(text=text, formula=formula, words=self._say(formula))

    def _say(self, formula: Formula) -> str:
        return "; ".join(say(part, self._domain) for part in conjuncts(formula))

    def _question(self, text: str, question: str, options: Sequence[str]) -> GoalSpec:
        return GoalSpec(text=text, status="clarify", words=question, options=tuple(options))

    def _misfit(self, words: Sequence[str]) -> str:
        """Return which thing is asked something that cannot be asked of it; else nothing."""
        vocabulary = self._lexicon.vocabulary
        for clauses in _ClauseParser(self._lexicon, words, is_strict=False).requests():
            for clause in clauses:
                for slot, phrases in clause.bound.items():
                    kind = clause.phrase.kind_of(slot)
                    for phrase in phrases:
                        noun = phrase.noun
                        if noun is None or vocabulary.is_a(noun.type, kind):
                            continue
                        names = ", ".join(n.replace("_", " ") for n in vocabulary.objects(kind))
                        asked = " ".join(clause.phrase.words)
                        return (
                            f"'{asked}' wants a {kind}, but '{phrase.text}' is a {noun.type}; "
                            f"each {kind}: {names or 'none'}"
                        )
        return ""

    def _not_understood(self, text: str, words: Sequence[str]) -> GoalSpec:
        known = self._lexicon.known_words()
        unknown = [
            word for word in dict.fromkeys(words) if word not in known and not word.isdecimal()
        ]
        if unknown:
            names = ", ".join(f"'{word}'" for word in unknown)
            hints = "; ".join(self._near(word) for word in unknown)
            return self._question(text, f"I do not know {names}: {hints}", ())
        if NEGATIONS & set(words):
            hint = "say what shall be so in the end; what must not be done is not understood yet"
            return self._question(text, f"'{text}' forbids something: {hint}", ())
        examples = ", ".join(f"'{example}'" for example in self._lexicon.examples())
        return self._question(
            text, f"I know the words of '{text}', but not what they ask for; try {examples}", ()
        )

    def _near(self, word: str) -> str:
        hint = near(word, self._lexicon.content_words(), what="words")
        if hint.startswith("did you mean"):
            return hint
        vocabulary = self._lexicon.vocabulary
        movable = [name.replace("_", " ") for name in vocabulary.object_types]
        return "there is " + ", ".join(movable[:20]) + (", …" if len(movable) > 20 else "")

    # Readings.

    def _readings(self, words: Sequence[str], facts: Facts) -> tuple[list[Formula], Unclear | None]:
        parser = _ClauseParser(self._lexicon, words, is_strict=True)
        found: list[Formula] = []
        unclear: Unclear | None = None
        for clauses in parser.requests():
            try:
                formula = _Resolver(self._lexicon, facts).formula(clauses)
            except Unclear as question:
                unclear = unclear or question
                continue
            if formula not in found:
                found.append(formula)
            if len(found) >= MAX_READINGS:
                break
        return _with_most_exceptions(found), unclear


def _with_most_exceptions(readings: list[Formula]) -> list[Formula]:
    """Prefer "all but (the glass and the pan)" over "(all but the glass) and the pan"."""

    def excluded(formula: Formula) -> int:
        parts = conjuncts(formula)
        return sum(len(part.excluded) for part in parts if isinstance(part, Quantifier))

    most = max(map(excluded, readings), default=0)
    return [formula for formula in readings if excluded(formula) == most]


def _without_courtesies(words: list[str]) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(words):
        for courtesy in COURTESIES:
            if tuple(words[index : index + len(courtesy)]) == courtesy:
                index += len(courtesy)
                break
        else:
            kept.append(words[index])
            index += 1
    while kept and kept[-1] in CONNECTORS:
        kept.pop()
    while kept and kept[0] in CONNECTORS:
        kept.pop(0)
    return kept


class _ClauseParser:
    """Finds every way to read words as a list of clauses."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str], *, is_strict: bool) -> None:
        self._lexicon = lexicon
        self._words = words
        self._is_strict = is_strict
        self._nouns = NounPhraseParser(lexicon, words)

    def requests(self) -> Iterator[tuple[_Clause, ...]]:
        """Yield readings that use every word."""
        yield from self._clauses(0, None)

    def _clauses(self, start: int, before: Phrase | None) -> Iterator[tuple[_Clause, ...]]:
        for clause, end in self._clause(start, before):
            if end == len(self._words):
                yield (clause,)
                continue
            after = end
            while after < len(self._words) and self._words[after] in CONNECTORS:
                after += 1
            if after > end:
                for more in self._clauses(after, clause.phrase):
                    yield (clause, *more)

    def _clause(self, start: int, before: Phrase | None) -> Iterator[tuple[_Clause, int]]:
        for phrase in self._lexicon.phrases:
            for bound, end in self._match(phrase, phrase.words, start):
                yield from self._with_exceptions(_Clause(phrase, bound), end)
        if before is not None and before.verb:
            for phrase in self._lexicon.phrases:
                if phrase.verb == before.verb and len(phrase.words) > len(phrase.verb) + 1:
                    rest = phrase.words[len(phrase.verb) :]
                    for bound, end in self._match(phrase, rest, start):
                        yield from self._with_exceptions(_Clause(phrase, bound), end)

    def _with_exceptions(self, clause: _Clause, end: int) -> Iterator[tuple[_Clause, int]]:
        """Let an "except …" at the clause's end belong to its first "all …"."""
        for exceptions, last in self._nouns.exceptions(end):
            for slot, phrases in clause.bound.items():
                if len(phrases) == 1 and phrases[0].is_universal and not phrases[0].exceptions:
                    changed = NounPhrase(
                        phrases[0].text,
                        phrases[0].noun,
                        phrases[0].reach,
                        phrases[0].number,
                        phrases[0].filters,
                        exceptions,
                    )
                    yield _Clause(clause.phrase, {**clause.bound, slot: (changed,)}), last
                    break
        yield clause, end

    def _match(
        self, phrase: Phrase, words: Sequence[str], start: int
    ) -> Iterator[tuple[Bound, int]]:
        if not words:
            yield {}, start
            return
        word, rest = words[0], words[1:]
        if not word.startswith("{"):
            if start < len(self._words) and self._words[start] == word:
                yield from self._match(phrase, rest, start + 1)
            return
        slot = word[1:-1]
        for phrases, end in self._nouns.lists(start):
            if all(self._fits(one, phrase.kind_of(slot)) for one in phrases):
                for bound, last in self._match(phrase, rest, end):
                    yield {slot: phrases, **bound}, last

    def _fits(self, phrase: NounPhrase, kind: str) -> bool:
        if phrase.noun is None or not self._is_strict:
            return True
        is_a = self._lexicon.vocabulary.is_a
        if phrase.noun.object is not None:
            return is_a(phrase.noun.type, kind)
        return is_a(phrase.noun.type, kind) or is_a(kind, phrase.noun.type)


class _Resolver:
    """Makes a formula of clauses: noun phrases become objects, quantifiers or questions."""

    def __init__(self, lexicon: Lexicon, facts: Facts) -> None:
        self._lexicon = lexicon
        self._facts = facts
        self._mentioned: list[tuple[NounPhrase, ...]] = []
        """What each slot so far named, oldest first."""
        self._variables = 0

    def formula(self, clauses: Sequence[_Clause]) -> Formula:
        """Return what all clauses ask for together; raises `Unclear`.

        A later clause takes back what it negates: "open the fridge … and close it" asks for a
        closed fridge.
        """
        parts: list[Formula] = []
        for clause in clauses:
            for part in conjuncts(self._clause(clause)):
                parts = [earlier for earlier in parts if not self._is_taken_back(earlier, part)]
                if part not in parts:
                    parts.append(part)
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _is_taken_back(self, earlier: Formula, later: Formula) -> bool:
        """Return whether a later clause makes an earlier one a mere step on the way to it."""
        if isinstance(earlier, Forall) and isinstance(later, Forall):
            if (earlier.type, earlier.excluded) != (later.type, later.excluded):
                return False
            there = {later.variable: earlier.variable}
            same = later.where.substitute(there) == earlier.where
            return same and self._is_taken_back(earlier.body, later.body.substitute(there))
        while isinstance(later, Forall | Exists):
            later = later.body
        if not isinstance(earlier, Atom) or not isinstance(later, Atom):
            return False
        if earlier.fact == later.fact:
            return earlier.positive != later.positive
        if not (earlier.positive and later.positive):
            return False
        groups = self._lexicon.vocabulary.groups
        shared = set(groups(earlier.fact)) & set(groups(later.fact))
        of_one_thing = any(isinstance(group, tuple) and len(group) > 1 for group in shared)
        return of_one_thing and earlier.fact.predicate != later.fact.predicate

    def _clause(self, clause: _Clause) -> Formula:
        formula = self._bind(clause.phrase.formula, list(clause.bound.items()), clause.phrase)
        for phrases in clause.bound.values():
            if any(phrase.noun is not None for phrase in phrases):
                self._mentioned.append(phrases)
        if not clause.bound:
            self._mentioned.extend((phrase,) for phrase in self._named_in(clause.phrase))
        return formula

    def _named_in(self, phrase: Phrase) -> list[NounPhrase]:
        """Return the objects that a phrase without slots names: "load the dishwasher"."""
        found: list[NounPhrase] = []
        for word in phrase.words:
            for noun in self._lexicon.nouns.get((word,), ()):
                if noun.object is not None:
                    found.append(NounPhrase(word, noun, "the"))
        return found

    def _bind(
        self, formula: Formula, slots: list[tuple[str, tuple[NounPhrase, ...]]], phrase: Phrase
    ) -> Formula:
        if not slots:
            return formula
        (slot, phrases), rest = slots[0], slots[1:]
        kind = phrase.kind_of(slot)
        parts: list[Formula] = []
        for noun_phrase in phrases:
            for meant in self._referents(noun_phrase, kind):
                parts.extend(conjuncts(self._one(formula, slot, meant, kind, rest, phrase)))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _referents(self, phrase: NounPhrase, kind: str) -> Sequence[NounPhrase]:
        """Return what a pronoun points back to; any other phrase stands for itself.

        "It" is the last single thing that fits, "them" the last several things that were named
        together. What two things could be meant by is asked.
        """
        if phrase.noun is not None:
            return (phrase,)
        is_plural = phrase.text != "it"
        for group in reversed(self._mentioned):
            fitting = [one for one in group if one.noun and self._can_be(one.noun.type, kind)]
            if not fitting:
                continue
            several = len(fitting) > 1 or fitting[0].is_plural
            if is_plural and several:
                return fitting
            if not is_plural:
                if several or fitting[0].reach == "some":
                    break
                return fitting
        raise Unclear(f"what does '{phrase.text}' stand for? please name it")

    def _can_be(self, kind: str, wanted: str) -> bool:
        is_a = self._lexicon.vocabulary.is_a
        return is_a(kind, wanted) or is_a(wanted, kind)

    def _one(
        self,
        formula: Formula,
        slot: str,
        meant: NounPhrase,
        kind: str,
        rest: list[tuple[str, tuple[NounPhrase, ...]]],
        phrase: Phrase,
    ) -> Formula:
        assert meant.noun is not None
        if meant.noun.object is not None:
            if not meant.where(meant.noun.object).holds(self._facts):
                raise Unclear(f"'{meant.text}': that is not so, as far as I know")
            return self._bind(formula.substitute({slot: meant.noun.object}), rest, phrase)
        is_a = self._lexicon.vocabulary.is_a
        narrow = meant.noun.type if is_a(meant.noun.type, kind) else kind
        if meant.reach == "vague" or meant.number == 0:
            raise Unclear(f"how many are '{meant.text}'?")
        if meant.reach == "the":
            name = self._the_one(meant, narrow)
            return self._bind(formula.substitute({slot: name}), rest, phrase)
        if meant.reach == "both" or (meant.reach == "all" and meant.number is not None):
            return self._exactly(formula, slot, meant, narrow, rest, phrase)
        variable = self._fresh(narrow)
        body = self._bind(formula.substitute({slot: variable}), rest, phrase)
        excluded = tuple(name for one in meant.exceptions for name in self._names(one))
        where = meant.where(variable)
        if meant.reach == "all":
            return Forall(variable, narrow, excluded, where, body)
        return self._some(meant, variable, narrow, where, body)

    def _some(
        self, meant: NounPhrase, variable: str, kind: str, where: Formula, body: Formula
    ) -> Formula:
        """Return "a mug", "two dirty plates": of those that qualify now, if it says which."""
        number = meant.number or 1
        if where == AllOf(()):
            if number == 1:
                return Exists(variable, kind, (), where, body)
            return Count(variable, kind, (), body, ">=", number)
        names = self._candidates(meant, kind)
        if len(names) < number:
            raise Unclear(f"'{meant.text}': I know of {len(names)}")
        if len(names) == number:
            parts = tuple(body.substitute({variable: name}) for name in names)
            return parts[0] if number == 1 else AllOf(parts)
        others = tuple(n for n in self._facts.objects(kind) if n not in names)
        if number == 1:
            return Exists(variable, kind, others, AllOf(()), body)
        return Count(variable, kind, others, body, ">=", number)

    def _exactly(
        self,
        formula: Formula,
        slot: str,
        meant: NounPhrase,
        kind: str,
        rest: list[tuple[str, tuple[NounPhrase, ...]]],
        phrase: Phrase,
    ) -> Formula:
        """Bind "both mugs" and "all three plates", which say how many there are."""
        names = self._candidates(meant, kind)
        if len(names) != meant.number:
            known = ", ".join(name.replace("_", " ") for name in names) or "none"
            raise Unclear(f"'{meant.text}': I know of {len(names)} ({known}); which are meant?")
        parts = [self._bind(formula.substitute({slot: name}), rest, phrase) for name in names]
        return AllOf(tuple(part for whole in parts for part in conjuncts(whole)))

    def _candidates(self, meant: NounPhrase, kind: str) -> tuple[str, ...]:
        quantifier = Quantifier("_", kind, (), meant.where("_"))
        return quantifier.qualified(self._facts)

    def _the_one(self, meant: NounPhrase, kind: str) -> str:
        names = self._candidates(meant, kind)
        if len(names) == 1:
            return names[0]
        if not names:
            raise Unclear(f"I know of no '{meant.text}'")
        options = [name.replace("_", " ") for name in names]
        raise Unclear(f"which one is '{meant.text}'?", options, about=meant.text)

    def _names(self, phrase: NounPhrase) -> tuple[str, ...]:
        """Return the objects that an exception names."""
        if phrase.noun is None:
            raise Unclear(f"what does '{phrase.text}' stand for?")
        if phrase.noun.object is not None:
            return (phrase.noun.object,)
        if phrase.reach == "the":
            return (self._the_one(phrase, phrase.noun.type),)
        return self._candidates(phrase, phrase.noun.type)

    def _fresh(self, kind: str) -> str:
        self._variables += 1
        letter = kind[0]
        return letter if self._variables == 1 else f"{letter}{self._variables}"
