"""The words that one domain and scene understand, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...skills.domain import Atom, Domain, Fact, Formula, Scene, Vocabulary

Words = tuple[str, ...]

_TOKEN = re.compile(r"[a-z0-9_]+|[,.;]")
_SLOT = re.compile(r"\{([a-z_][a-z0-9_]*)\}")

DETERMINERS = frozenset(
    "the a an all every each both any some of my our your this that these those".split()  # noqa: SIM905
)
CONNECTORS = frozenset(["and", "then", "also", ",", ";", "."])
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
PRONOUNS = frozenset(["it", "them", "they"])
MASS_NOUNS = frozenset(
    {"food", "crockery", "tableware", "cookware", "rubbish", "trash", "garbage", "litter", "waste"}
)
"""Nouns that mean all of it without a plural."""
EXCEPTIONS: tuple[Words, ...] = (
    ("except", "for"),
    ("except",),
    ("but", "not"),
    ("apart", "from"),
    ("other", "than"),
    ("without",),
)
COURTESIES: tuple[Words, ...] = tuple(
    tuple(text.split())
    for text in (
        "please",
        "kindly",
        "robot",
        "hey",
        "could you",
        "can you",
        "would you",
        "will you",
        "i want you to",
        "i would like you to",
        "i need you to",
        "you should",
        "make sure that",
        "make sure",
        "go and",
        "now",
        "for me",
        "there",
    )
)
"""Words that change nothing."""


def tokens_of(text: str) -> list[str]:
    """Return the words and separators of a text, in lower case."""
    return _TOKEN.findall(text.lower().replace("'", "").replace("’", ""))


def plural(noun: str) -> str:
    """Return the regular English plural of a noun."""
    if noun.endswith(("s", "x", "ch", "sh", "z")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith("lf"):
        return noun[:-1] + "ves"
    return noun + "s"


@dataclass(frozen=True)
class Phrase:
    """A way of asking for something: ``put {item} in {place}``."""

    words: Words
    """Literal words; a slot is written ``{name}``."""
    params: tuple[tuple[str, str], ...]
    """Slot name to type name."""
    formula: Formula
    """What is asked for; its variables are the slots."""

    def kind_of(self, slot: str) -> str:
        """Return the type that a slot takes."""
        return dict(self.params)[slot]

    @property
    def verb(self) -> Words:
        """Return the words before the first slot."""
        found: list[str] = []
        for word in self.words:
            if word.startswith("{"):
                break
            found.append(word)
        return tuple(found)


@dataclass(frozen=True)
class Noun:
    """What a noun stands for: one object, or a type in singular or plural."""

    object: str | None
    type: str
    is_plural: bool


class Lexicon:
    """All words of one domain and scene."""

    def __init__(self, domain: Domain, scene: Scene, vocabulary: Vocabulary) -> None:
        self.domain = domain
        self.vocabulary = vocabulary
        self.nouns: dict[Words, list[Noun]] = {}
        self.adjectives: dict[str, Atom] = {}
        """Word to the literal that it says of ``_``."""
        self.relations: dict[str, list[str]] = {}
        """Preposition to the predicates that it can mean."""
        self._add_objects(scene)
        self._add_types()
        self._add_predicates()
        self.phrases = tuple(self._phrases())
        self.longest_noun = max((len(words) for words in self.nouns), default=1)

    def _add_noun(self, text: str, noun: Noun) -> None:
        words = tuple(tokens_of(text))
        meanings = self.nouns.setdefault(words, [])
        if noun not in meanings:
            meanings.append(noun)

    def _add_objects(self, scene: Scene) -> None:
        for name, model in scene.objects.items():
            for text in {name, name.replace("_", " "), *model.words}:
                self._add_noun(text, Noun(name, model.type, False))

    def _add_types(self) -> None:
        for kind in self.domain.types:
            words = self.domain.words.types.get(kind, (kind.replace("_", " "),))
            for word in words:
                if word == "everything":
                    self._add_noun(word, Noun(None, kind, True))
                    continue
                if word in MASS_NOUNS:
                    self._add_noun(word, Noun(None, kind, True))
                    continue
                self._add_noun(word, Noun(None, kind, False))
                self._add_noun(plural(word), Noun(None, kind, True))

    def _add_predicates(self) -> None:
        for name, model in self.domain.predicates.items():
            if len(model.params) == 1:
                for word in model.adjectives:
                    self.adjectives[word] = Atom(Fact(name, ("_",)))
                for word in model.adjectives_not:
                    self.adjectives[word] = Atom(Fact(name, ("_",)), False)
            said = tokens_of(_SLOT.sub(r" slot ", model.say))
            if len(model.params) == 2 and said[:2] == ["slot", "is"] and said[3:] == ["slot"]:
                self.relations.setdefault(said[2], []).append(name)
                self.relations.setdefault("from", []).append(name)

    def _phrases(self) -> Iterator[Phrase]:
        for goal in self.domain.goals:
            for text in goal.words:
                yield Phrase(_words(text), tuple(goal.params.items()), goal.goal)
        for name, model in self.domain.predicates.items():
            params = tuple(model.params.items())
            fact = Fact(name, tuple(model.params))
            asked = [(model.phrases, True), (model.phrases_not, False)]
            asked += [((model.say,), True), ((model.say_not,), False)]
            for texts, positive in asked:
                for text in filter(None, texts):
                    for words in _variants(_words(text)):
                        yield Phrase(words, params, Atom(fact, positive))

    def known_words(self) -> frozenset[str]:
        """Return every single word that may stand in a goal."""
        words: set[str] = {*DETERMINERS, *CONNECTORS, *NUMBERS, *PRONOUNS}
        words.update(*self.nouns, *EXCEPTIONS, *COURTESIES)
        words.update(self.adjectives, self.relations)
        words.update(["that", "which", "who", "is", "are"])
        for phrase in self.phrases:
            words.update(word for word in phrase.words if not word.startswith("{"))
        return frozenset(words)

    def content_words(self) -> frozenset[str]:
        """Return the words that say something: nouns, adjectives, verbs."""
        words: set[str] = {*self.adjectives}
        words.update(*self.nouns)
        words.update(phrase.words[0] for phrase in self.phrases if phrase.verb)
        return frozenset(words)

    def examples(self) -> list[str]:
        """Return a few goals that are understood."""
        return [goal.words[0] for goal in self.domain.goals if "{" not in goal.words[0]]


def _words(text: str) -> Words:
    return tuple(re.findall(r"\{[a-z_][a-z0-9_]*\}|[a-z0-9_]+", text.lower()))


def _variants(words: Words) -> Iterable[Words]:
    """Return a statement's words as an order too.

    ``{item} is clean``, ``{item} should be clean``.
    """
    yield words
    if len(words) > 1 and words[0].startswith("{") and words[1] == "is":
        for instead in (("are",), ("should", "be"), ("must", "be"), ("has", "to", "be")):
            yield (words[0], *instead, *words[2:])
