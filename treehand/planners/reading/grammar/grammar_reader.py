"""Plain words to a goal without a model: a grammar over the domain's own vocabulary.

It abstains rather than guess: a word it does not know is named, with what is near; two readings,
or two objects that fit "the mug", become a question; a goal that nothing can bring about is left
to the planner to explain.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from treehand.core.errors import near
from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.reading.grammar.clauses import Clause, ClauseParser, Either, Request
from treehand.planners.reading.grammar.lexicon import Lexicon, Noun, Phrase, tokens_of
from treehand.planners.reading.grammar.noun_phrases import NounPhrase, NounPhraseParser
from treehand.planners.reading.grammar.questions import QuestionReader
from treehand.planners.reading.grammar.resolution import Impossible, Resolver, Unclear
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.skills.domain import (
    AllOf,
    Atom,
    Fact,
    Facts,
    Formula,
    Quantifier,
    SyntaxFault,
    Vocabulary,
    comparisons,
    conjuncts,
    parse_formula,
)

MAX_READINGS = 12
"""More readings than this are not looked for."""
MAX_ATTEMPTS = 600
"""So many ways of putting clauses together are tried: they double with every "and"."""
MAX_WORDS = 120
"""A longer text is asked for in parts."""

_FORMULA = re.compile(r"\s*\(*\s*((not|forall|exists|count)\s.*[(>]|[a-z_]+\()", re.DOTALL)
"""How a text begins that is meant as a formula."""
_TOO = frozenset({"too", "also", "as", "well", "and", "same", "likewise"})
"""Words of a follow-up that say no more than that it is one."""


@dataclass(frozen=True)
class Interpretation:
    """One way to understand a text."""

    formula: Formula
    never: tuple[Formula, ...] = ()
    """What must not become true on the way."""
    before: tuple[Formula, ...] = ()
    """What shall have come true first."""


class GrammarGoalReader:
    """Reads words without a model, by a grammar over the domain's own vocabulary.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._domain = lexicon.domain
        self._questions = QuestionReader(lexicon.domain, lexicon)
        self._chosen: dict[str, str] = {}
        """Which of several things a person meant, by what they called it."""
        self._said: Request = ()
        """The last request that was understood; what a follow-up goes back to."""
        self._mentioned: list[tuple[NounPhrase, ...]] = []
        """What was named so far, oldest first; what "it" may stand for."""
        self._last: tuple[Request, list[tuple[NounPhrase, ...]]] = ((), [])

    def interpret(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the goal that a text means, or a question.

        A text in the syntax of facts and formulas is taken as it is.

        Args:
            text: What the person wrote.
            facts: What is believed; decides which object "the dirty mug" is.
        """
        literal = self._literal(text)
        if literal is not None:
            return literal
        words = words_that_count(text, self._lexicon)
        if not words:
            return self._question(text, "what shall be done?", self._lexicon.examples())
        if len(words) > MAX_WORDS:
            return self._question(text, f"that is {len(words)} words; please say it in parts", ())
        for is_strict in (True, False):
            if not is_strict:
                misfit = self._misfit(words)
                if misfit:
                    return Refusal(misfit, "infeasible", said=text)
                continue
            readings, unclear = self._readings(words, facts)
            if len(readings) == 1:
                self._said, self._mentioned = self._last
                return self._goal(text, readings[0])
            if readings:
                options = [self._say(reading.formula) for reading in readings]
                return self._question(text, "that can be understood in several ways", options)
            if unclear is not None:
                return _unclear(text, unclear)
        return self._not_understood(text, words)

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the types, predicates and objects that its goals may name."""
        return self._lexicon.vocabulary

    @property
    def possible(self) -> Collection[Fact] | None:
        """Return the facts that can be so at all; None if any with the right types can."""
        return self._lexicon.possible

    def is_formula(self, text: str) -> bool:
        """Return whether a text is meant in the syntax of facts and formulas."""
        return _FORMULA.match(text) is not None

    def speaks_of(self, text: str, name: str) -> bool:
        """Return whether a text names an object, by itself or by a type of it."""
        kind = self.vocabulary.object_types[name]
        types = self.vocabulary.types
        return any(
            noun.object == name
            or (
                noun.object is None
                and types[noun.type] is not None  # "thing" speaks of nothing in particular
                and self.vocabulary.is_a(kind, noun.type)
            )
            for noun in self._nouns_in(text)
        )

    def speaks_of_type(self, text: str, kind: str) -> bool:
        """Return whether a text names a type, a kind of it, or what it is a kind of."""
        is_a = self.vocabulary.is_a
        nouns = self._nouns_in(text)
        return any(is_a(noun.type, kind) or is_a(kind, noun.type) for noun in nouns)

    def requests_like(self, text: str, number: int) -> list[tuple[str, Formula]]:
        """Return requests that share words with a text, about other things, the likest last.

        Examples for whoever must learn from examples; one for each thing that can be asked for.

        Args:
            text: What a person wrote.
            number: How many at most.
        """
        said = set(tokens_of(text))
        named = set(self.named_in(text)[0])
        best: dict[str, tuple[int, Phrase]] = {}
        for phrase in self._lexicon.phrases:
            if isinstance(phrase.formula, Atom) and not phrase.words[0].startswith("{"):
                shared = len(said.intersection(phrase.words))
                known = best.get(str(phrase.formula))
                if known is None or shared > known[0]:
                    best[str(phrase.formula)] = shared, phrase
        likest = sorted(best.values(), key=lambda one: one[0], reverse=True)[:number]
        found = (self._example(phrase, named) for _, phrase in reversed(likest))
        return [example for example in found if example is not None]

    def _example(self, phrase: Phrase, named: Collection[str]) -> tuple[str, Formula] | None:
        """Return a phrase about things that are not named; None if there are too few."""
        binding: dict[str, str] = {}
        for slot, kind in phrase.params:
            names = [n for n in self.vocabulary.objects(kind) if n not in binding.values()]
            names.sort(key=lambda name: name in named)
            for name in names:
                formula = phrase.formula.substitute({**binding, slot: name})
                if self._lexicon.admits(formula):
                    binding[slot] = name
                    break
            else:
                return None
        said = {"{" + slot + "}": f"the {name.replace('_', ' ')}" for slot, name in binding.items()}
        words = " ".join(said.get(word, word) for word in phrase.words)
        return words, phrase.formula.substitute(binding)

    def named_in(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the objects that a text names by themselves or by a type, and those types."""
        nouns = list(self._nouns_in(text))
        kinds = tuple(dict.fromkeys(noun.type for noun in nouns if noun.object is None))
        names = dict.fromkeys(noun.object for noun in nouns if noun.object is not None)
        of_kinds = (name for kind in kinds for name in self.vocabulary.objects(kind))
        return tuple(dict.fromkeys([*names, *of_kinds])), kinds

    def _nouns_in(self, text: str) -> Iterator[Noun]:
        words = words_that_count(text, self._lexicon)
        for start in range(len(words)):
            for length in range(1, self._lexicon.longest_noun + 1):
                yield from self._lexicon.nouns.get(tuple(words[start : start + length]), ())

    def forget(self) -> None:
        """Forget what was said: what comes next is not about it."""
        self._said, self._mentioned = (), []
        self._chosen.clear()

    def remember(self, about: str, option: str) -> None:
        """Take "the mug" to be the one that a person chose, from now on.

        Args:
            about: What a question was about.
            option: The answer.
        """
        self._chosen[about] = option.replace(" ", "_")

    def follow(self, text: str, facts: Facts) -> Goal | Question | None:
        """Return the goal of a text that leaves out what was said before: "and the bowl too".

        Returns:
            The goal; None if the text is no follow-up of the last request.
        """
        words = words_that_count(text, self._lexicon)
        words = [word for word in words if word not in _TOO]
        if not words or not self._said:
            return None
        for phrases, end in NounPhraseParser(self._lexicon, words).lists(0):
            if end == len(words) and all(phrase.noun is not None for phrase in phrases):
                return self._said_of(text, phrases, facts)
        return None

    def _said_of(
        self, text: str, phrases: tuple[NounPhrase, ...], facts: Facts
    ) -> Goal | Question | None:
        """Return the last request said of other things, in its first slot that takes them."""
        is_a = self._lexicon.vocabulary.is_a
        for clause in reversed(self._said_clauses()):
            for slot in clause.bound:
                kind = clause.phrase.kind_of(slot)
                if all(p.noun and (is_a(p.noun.type, kind)) for p in phrases):
                    said = (Clause(clause.phrase, {**clause.bound, slot: phrases}),)
                    try:
                        return self._resolved(text, said, facts)
                    except Unclear as unclear:
                        return _unclear(text, unclear)
        return None

    def _said_clauses(self) -> list[Clause]:
        return [part for part in self._said if isinstance(part, Clause)]

    def _resolved(self, text: str, clauses: Request, facts: Facts) -> Goal:
        resolver = Resolver(self._lexicon, facts, self._mentioned, self._chosen)
        goal = self._goal(text, _reading(resolver, clauses))
        self._said, self._mentioned = clauses, resolver.mentioned
        return goal

    def objects(self, text: str, facts: Facts, among: Collection[str] = ()) -> tuple[str, ...]:
        """Return the objects that a text names: "the plates and the glass"; none if it is no such.

        Args:
            text: Noun phrases.
            facts: What is believed; decides which things "the dirty mugs" are.
            among: Objects that are talked about: "the mug" is the one of them.
        """
        words = words_that_count(text, self._lexicon)
        for phrases, end in NounPhraseParser(self._lexicon, words).lists(0):
            if end == len(words) and all(phrase.noun is not None for phrase in phrases):
                resolver = Resolver(self._lexicon, facts)
                names = (resolver.named_among(phrase, among) for phrase in phrases)
                return tuple(dict.fromkeys(name for some in names for name in some))
        return ()

    def last_named(self, *, is_place: bool = False) -> str:
        """Return the one object that was named last, as people say it; empty if there is none.

        Args:
            is_place: Whether the last slot of what was said is meant, not the first.
        """
        for clause in reversed(self._said_clauses()):
            slots = list(clause.bound.values())
            for phrases in reversed(slots) if is_place else slots:
                if len(phrases) == 1 and phrases[0].noun and phrases[0].noun.object:
                    return phrases[0].noun.object.replace("_", " ")
        return ""

    def ask(self, text: str, facts: Facts) -> str | None:
        """Return the answer to a question about the world; None if it is no such question."""
        return self._questions.answer(self._with_it_named(text), facts)

    def _with_it_named(self, text: str) -> str:
        """Return a question with what "it" stands for: a place after "in" and "on"."""
        words = text.split()
        for index, word in enumerate(words):
            if word.lower().strip("?.,!") == "it":
                before = words[index - 1].lower() if index else ""
                name = self.last_named(is_place=before in self._lexicon.relations)
                words[index] = f"the {name}" if name else word
        return " ".join(words)

    def completions(self) -> list[str]:
        """Return what people may want to type: nouns, verbs, named goals."""
        nouns = [" ".join(words) for words in self._lexicon.nouns]
        goals = [goal.words[0] for goal in self._domain.goals if "{" not in goal.words[0]]
        verbs = [" ".join(phrase.verb) for phrase in self._lexicon.phrases if phrase.verb]
        return sorted({*nouns, *goals, *verbs})

    def answered(self, question: Question, answer: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of the same words with an answer in the place of what was unclear.

        Args:
            question: A question with options.
            answer: One of the options.
            facts: What is believed.
        """
        words = words_that_count(question.said, self._lexicon)
        if not question.about:
            for reading in self._readings(words, facts)[0]:
                if self._say(reading.formula) == answer:
                    return self._goal(question.said, reading)
        self.remember(question.about, answer)
        text = " ".join(words).replace(question.about, f"the {answer}", 1)
        return self.interpret(text, facts)

    def _literal(self, text: str) -> Goal | Question | None:
        if not _FORMULA.match(text):
            return None
        try:
            formula = parse_formula(text)
        except SyntaxFault as fault:
            return self._question(text, f"{fault} (column {fault.column + 1}): {fault.hint}", ())
        for entry in comparisons(formula):
            return self._question(text, f"'{entry}' is about an entry that only trees have", ())
        for mismatch in self._lexicon.vocabulary.check(formula, {}):
            return self._question(text, f"{mismatch.message}: {mismatch.hint}", ())
        return self._goal(text, Interpretation(formula))

    def _goal(self, text: str, reading: Interpretation) -> Goal:
        parts = conjuncts(reading.formula)
        formula = parts[0] if len(parts) == 1 else AllOf(parts)
        goal = Goal(text=text, formula=formula, before=reading.before, never=reading.never)
        return in_words(goal, self._domain)

    def _say(self, formula: Formula) -> str:
        return "; ".join(say(part, self._domain) for part in conjuncts(formula))

    def _question(self, text: str, question: str, options: Sequence[str]) -> Question:
        return Question(question, tuple(options), said=text)

    def _misfit(self, words: Sequence[str]) -> str:
        """Return which thing is asked something that cannot be asked of it; else nothing."""
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
                        asked = " ".join(clause.phrase.words)
                        return (
                            f"'{asked}' wants a {kind}, but '{phrase.text}' is a {noun.type}; "
                            f"each {kind}: {names or 'none'}"
                        )
        return ""

    def _not_understood(self, text: str, words: Sequence[str]) -> Question:
        known = self._lexicon.known_words
        unknown = [
            word for word in dict.fromkeys(words) if word not in known and not word.isdecimal()
        ]
        if unknown:
            names = ", ".join(f"'{word}'" for word in unknown)
            hints = "; ".join(self._near(word) for word in unknown)
            return self._abstention(text, f"I do not know {names}: {hints}")
        examples = ", ".join(f"'{example}'" for example in self._lexicon.examples())
        return self._abstention(
            text, f"I know the words of '{text}', but not what they ask for; try {examples}"
        )

    def _abstention(self, text: str, why: str) -> Question:
        return Question(why, said=text, is_understood=False)

    def _near(self, word: str) -> str:
        hint = near(word, self._lexicon.content_words(), what="words")
        if hint.startswith("did you mean"):
            return hint
        vocabulary = self._lexicon.vocabulary
        movable = [name.replace("_", " ") for name in vocabulary.object_types]
        return "there is " + ", ".join(movable[:20]) + (", …" if len(movable) > 20 else "")

    # Readings.

    def _readings(
        self, words: Sequence[str], facts: Facts
    ) -> tuple[list[Interpretation], Unclear | None]:
        parser = ClauseParser(self._lexicon, words, is_strict=True)
        found: list[Interpretation] = []
        unclear: Unclear | None = None
        requests = sorted(itertools.islice(parser.requests(), MAX_ATTEMPTS), key=_liberties)
        fewest = (0, 0)
        is_settled = False
        for clauses in requests:
            if is_settled and _liberties(clauses) > fewest:
                break  # what is meant is asked about, rather than something freer taken for it
            fewest = _liberties(clauses)
            try:
                resolver = Resolver(self._lexicon, facts, self._mentioned, self._chosen)
                reading = _reading(resolver, clauses)
            except Unclear as question:
                unclear = unclear or question
                is_settled = is_settled or not question.is_misread
                continue
            except Impossible:
                continue
            is_settled = True
            if reading not in found:
                found.append(reading)
                self._last = (clauses, resolver.mentioned)
            if len(found) >= MAX_READINGS:
                break
        return _with_most_exceptions(found), unclear


def _unclear(text: str, unclear: Unclear) -> Question:
    return Question(unclear.question, tuple(unclear.options), said=text, about=unclear.about)


def _reading(resolver: Resolver, clauses: Request) -> Interpretation:
    formula = resolver.formula(clauses)
    return Interpretation(formula, tuple(resolver.never), tuple(resolver.before))


def _with_most_exceptions(readings: list[Interpretation]) -> list[Interpretation]:
    """Prefer "all but (the glass and the pan)" over "(all but the glass) and the pan"."""

    def excluded(reading: Interpretation) -> int:
        parts = conjuncts(reading.formula)
        return sum(len(part.excluded) for part in parts if isinstance(part, Quantifier))

    most = max(map(excluded, readings), default=0)
    return [reading for reading in readings if excluded(reading) == most]


def _liberties(request: Request) -> tuple[int, int]:
    """Return how much a reading takes liberties with a text; the least is what is meant.

    The thing itself is meant rather than a part of it, and one request said of several things
    rather than several requests.
    """
    clauses = [one for part in request for one in _clauses_of(part)]
    phrases = (phrase for clause in clauses for some in clause.bound.values() for phrase in some)
    parts = sum(phrase.noun is not None and phrase.noun.is_part for phrase in phrases)
    return parts, len(clauses)


def _clauses_of(part: Clause | Either) -> Sequence[Clause]:
    if isinstance(part, Clause):
        return (part,)
    return [clause for option in part.options for clause in option]
