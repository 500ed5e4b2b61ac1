"""Evidence in a person's words for a goal that only a language model read.

The check accounts for every word. After the courtesies are taken away, each word must name an
object of the goal, belong to a phrase of the domain for the goal's predicate with its sign, or
carry no meaning of its own. A denial, an antonym, an exception, a number or a condition is
accounted for by nothing, so the goal is shown to the person instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from treehand.planners.goals.goal import Goal
from treehand.planners.reading.grammar.sentences import all_words, words_that_count
from treehand.planners.reading.lexicon import Lexicon, Phrase
from treehand.planners.reading.nouns.noun_finder import NamedThing, NounFinder
from treehand.planners.reading.words.english import base_of, can_be_verb
from treehand.planners.reading.words.function_words import ARTICLES, POSSESSIVES, word_set
from treehand.planners.reading.words.taxonomy import action_lemma, kinds_of_actions
from treehand.skills.domain import AllOf, Atom, Exists, Forall, Formula, Negation, conjuncts

_FILLERS = word_set(
    "the a an my our your i we you me us please would could can will shall should must be is are to"
    " that like love want wish need prefer appreciate end up have now so there , . ; and"
)
"""Words that change nothing of what is asked for; denials and questions have others."""
_JOINING = word_set("and ,")
_ALL = word_set("all every each everything both")
_BEFORE_NOUNS = ARTICLES | POSSESSIVES | _ALL | {"of"}
_DENYING = word_set(
    "not no never none nothing nobody nowhere neither nor without except unless hardly barely"
    " scarcely mind rather instead hate refuse avoid stop"
)
"""Words of denial; none of them may be left once the courtesies are taken away."""
_SAME_SENSE = 0.85
"""Least likeness of two verbs with a sense in common."""

_Item = str | tuple[NamedThing, ...]
"""A word, or things that "and" joins."""


@dataclass(frozen=True)
class _Asked:
    """Literals of a goal that differ in one argument at most.

    Attributes:
        predicate: Their predicate.
        positive: Their sign.
        arguments: For each parameter, the objects, or types of "all …", that stand there.
    """

    predicate: str
    positive: bool
    arguments: tuple[frozenset[str], ...]


class WordEvidence:
    """Compares goals with words.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._finder = NounFinder(lexicon)

    def words(self, text: str) -> list[str]:
        """Return the words of a text that count for the grammar."""
        return list(words_that_count(text, self._lexicon))

    def confirms(self, text: str, goal: Goal) -> bool:
        """Return True if a text says a goal, word for word, and nothing else.

        Args:
            text: The person's words.
            goal: Goal that a model read in them.
        """
        if goal.before or goal.never or goal.cases or goal.requirements:
            return False
        asked = _asked(goal.formula)
        words = all_words(text, self._lexicon)
        if asked is None or _DENYING & set(words) or not _is_kindly(text):
            return False
        items = self._items(words)
        return items is not None and any(
            self._says(phrase, items, asked)
            for phrase in self._phrases.get((asked.predicate, asked.positive), ())
        )

    @cached_property
    def _phrases(self) -> dict[tuple[str, bool], list[Phrase]]:
        """Return the phrases that ask for one literal, by predicate and sign."""
        found: dict[tuple[str, bool], list[Phrase]] = {}
        for phrase in self._lexicon.phrases:
            atom = phrase.formula
            if isinstance(atom, Atom):
                found.setdefault((atom.fact.predicate, atom.positive), []).append(phrase)
        return found

    def _items(self, words: Sequence[str]) -> list[_Item] | None:
        """Return the things and the words with a meaning, in order; None if a thing is unsure."""
        things = {thing.start: thing for thing in self._finder.found(words)}
        items: list[_Item] = []
        is_joined = False
        index = 0
        while index < len(words):
            thing = things.get(index)
            if thing is not None:
                if thing.is_excepted or thing.how == "spelling" or thing.filters:
                    return None
                last = items[-1] if items else ""
                if is_joined and not isinstance(last, str):
                    items[-1] = (*last, thing)
                else:
                    items.append((thing,))
                index, is_joined = thing.end, False
                continue
            word = words[index]
            if word in _JOINING:
                is_joined = bool(items) and not isinstance(items[-1], str)
            elif word in _BEFORE_NOUNS and self._stands_before(words, index, things):
                pass
            elif word not in _FILLERS:
                items.append(word)
                is_joined = False
            index += 1
        return items

    @staticmethod
    def _stands_before(words: Sequence[str], index: int, things: dict[int, NamedThing]) -> bool:
        """Return True if a word is one of those directly before a thing."""
        while index < len(words) and words[index] in _BEFORE_NOUNS and index not in things:
            index += 1
        return index in things

    def _says(self, phrase: Phrase, items: Sequence[_Item], asked: _Asked) -> bool:
        """Return True if a phrase, filled with the goal's objects, is all that the items say."""
        fact = phrase.formula.fact if isinstance(phrase.formula, Atom) else None
        if fact is None or len(fact.terms) != len(set(fact.terms)):
            return False
        parts = [word for word in phrase.words if word not in _FILLERS or word == "not"]
        is_bare = all(part.startswith("{") for part in parts)
        if len(parts) != len(items) or (is_bare and len(parts) != 1):
            return False
        given = dict(zip(fact.terms, asked.arguments, strict=True))
        return all(
            self._fits(part, item, given, asked) for part, item in zip(parts, items, strict=True)
        )

    def _fits(
        self, part: str, item: _Item, given: Mapping[str, frozenset[str]], asked: _Asked
    ) -> bool:
        if part.startswith("{"):
            return not isinstance(item, str) and self._names(item, given[part[1:-1]])
        return isinstance(item, str) and self._is_like(item, part, asked)

    def _names(self, things: tuple[NamedThing, ...], wanted: frozenset[str]) -> bool:
        """Return True if things are exactly the wanted objects, or all of a wanted type."""
        named: set[str] = set()
        for thing in things:
            meanings = {self._meaning(thing, noun.object, noun.type) for noun in thing.nouns}
            meant = {one for one in meanings if one is not None}
            if None in meanings or len(meant) != 1:
                return False
            named |= meant
        return named == set(wanted)

    def _meaning(self, thing: NamedThing, name: str | None, kind: str) -> str | None:
        """Return the object of a thing, or ``all TYPE``; None if several would fit."""
        if name is not None:
            return name if thing.reach == "the" else None
        if thing.reach == "all":
            return f"all {kind}"
        names = self._lexicon.vocabulary.objects(kind)
        return names[0] if len(names) == 1 and thing.reach == "the" else None

    def _is_like(self, word: str, literal: str, asked: _Asked) -> bool:
        """Return True if a word is a phrase's, or a verb with the same sense and no opposite's."""
        if word == literal or base_of(word) == base_of(literal):
            return True
        verb = action_lemma(word)
        if can_be_verb(literal) and self._is_of_named_goal(verb, asked):
            return True
        if self._likeness(verb, (literal,)) < _SAME_SENSE:
            return False
        opposite = self._phrases.get((asked.predicate, not asked.positive), ())
        others = {phrase.verb[0] for phrase in opposite if phrase.verb}
        return self._likeness(verb, others) < _SAME_SENSE

    def _is_of_named_goal(self, verb: str, asked: _Asked) -> bool:
        """Return True if a named goal says a verb for this: "dispose of {item}" for a bin."""
        is_a, types = self._lexicon.vocabulary.is_a, self._lexicon.vocabulary.object_types
        return any(
            all(name in types and is_a(types[name], kind) for name in asked.arguments[place])
            for place, kind in self._named_goals.get((asked.predicate, asked.positive, verb), ())
        )

    @cached_property
    def _named_goals(self) -> dict[tuple[str, bool, str], list[tuple[int, str]]]:
        """Return the verbs that name "some TYPE" of a literal: its parameter and type."""
        found: dict[tuple[str, bool, str], list[tuple[int, str]]] = {}
        for phrase in self._lexicon.book.own_requests:
            some = phrase.formula
            if not isinstance(some, Exists) or some.where != AllOf(()) or some.excluded:
                continue
            is_plain = len(phrase.verb) == 1 or phrase.verb[1:] == ("of",)
            if not (isinstance(some.body, Atom) and is_plain and phrase.words[-1].startswith("{")):
                continue
            fact = some.body.fact
            if some.variable in fact.terms:
                key = (fact.predicate, some.body.positive, action_lemma(phrase.verb[0]))
                found.setdefault(key, []).append((fact.terms.index(some.variable), some.type))
        return found

    @staticmethod
    def _likeness(verb: str, others: Collection[str]) -> float:
        taxonomy = kinds_of_actions()
        return max((taxonomy.likeness(verb, action_lemma(one)) for one in others), default=0.0)


def _asked(formula: Formula) -> _Asked | None:
    """Return the literals of a goal together; None if one phrase cannot say it."""
    rows: list[tuple[str, bool, tuple[str, ...]]] = []
    for part in conjuncts(formula):
        row = _row(part)
        if row is None:
            return None
        rows.append(row)
    heads = {(predicate, positive) for predicate, positive, _ in rows}
    if len(heads) != 1:
        return None
    ((predicate, positive),) = heads
    columns = tuple(frozenset(column) for column in zip(*(row[2] for row in rows), strict=True))
    if sum(len(column) > 1 for column in columns) > 1:
        return None
    return _Asked(predicate, positive, columns)


def _row(part: Formula) -> tuple[str, bool, tuple[str, ...]] | None:
    """Return predicate, sign and arguments of a part of a goal; None if it has another form."""
    bound: dict[str, str] = {}
    if isinstance(part, Forall):
        if part.excluded or part.where != AllOf(()):
            return None
        bound[part.variable] = f"all {part.type}"
        part = part.body
    if isinstance(part, Negation) and isinstance(part.part, Atom):
        part = Atom(part.part.fact, not part.part.positive)
    if not isinstance(part, Atom):
        return None
    return part.fact.predicate, part.positive, tuple(bound.get(t, t) for t in part.fact.terms)


def _is_kindly(text: str) -> bool:
    """Return True if "mind" is only asked of the other: "would you mind", not "I would mind"."""
    words = text.lower().replace(",", " ").split()
    return all(
        words[index - 1 : index] in (["you"], ["not"], ["don't"])
        for index, word in enumerate(words)
        if word == "mind"
    )
