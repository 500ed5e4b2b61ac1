"""Questions about the world, answered from the beliefs."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.goals.goal import say
from treehand.planners.reading.grammar.clauses import ClauseParser
from treehand.planners.reading.grammar.noun_phrases import NounPhrase, NounPhraseParser
from treehand.planners.reading.grammar.referents import Unclear
from treehand.planners.reading.grammar.resolution import Resolver
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.function_words import (
    AUXILIARIES,
    BE,
    FUNCTION_WORDS,
    PREPOSITIONS,
    QUESTION_WORDS,
)
from treehand.planners.reading.words.inflection import plural
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Atom, Domain, Fact, Facts, Forall, Formula, Quantifier, conjuncts

_BE = ("is", "are")
_HELD = frozenset({"hold", "holding", "hand", "hands", "gripper", "carrying", "carry", "grip"})
_HANDS = frozenset({"hand", "hands", "gripper"})
_ANYTHING = frozenset({"anything", "something", "thing", "nothing"})
_OVERVIEWS = (
    ["do", "you", "see"],
    ["can", "you", "see"],
    ["do", "you", "know"],
    ["you", "see"],
    ["you", "can", "see"],
    ["is", "here"],
    ["is", "there"],
    ["things", "do", "you", "see"],
)
_TALK = frozenset(
    {"so", "and", "ok", "well", "hey", "robot", "wait", "oh", "but", "hmm", "hm", "no", "yes"}
)
"""Words in front of a question that only take up the talk."""
_TAIL = frozenset({"yet", "already", "anyway", "anyhow", "really", "then", "again", "actually"})
_ABSTRACT = frozenset(
    {"risk", "risks", "danger", "dangers", "problem", "problems", "trouble", "reason", "hurry"}
    | {"chance", "time", "way", "question", "questions", "need", "point", "issue", "issues"}
    | {"hazard", "hazards", "news", "difference", "limit", "limits", "alternative", "progress"}
)
"""Nouns that name nothing that stands somewhere."""
_EMPTY = frozenset({"empty", "clear", "free", "vacant"})
_KEEPING = frozenset({"belong", "go", "live", "stay"})
_NAMES_OF_ALL = frozenset({"objects", "object", "things", "items", "stuff", "everything"})
_ARTICLES = frozenset({"a", "an", "any", "some", "the"})
_NONE = "none that I know of"
_HERE = ("here", "there", "now", "left", "around", "altogether", "total", "overall", "still")
_SEEN = frozenset({"do", "can", "you", "see", "know", "are", "there", "have", "here", "find", "of"})
_SEEING = ("see", "know", "have", "find", "count", "got", "own")


class QuestionReader:
    """Answers "is …?", "where is …?", "what is in …?", "which … are …?", "how many …?".

    Args:
        domain: Its words.
        lexicon: The words of domain and scene.
    """

    def __init__(self, domain: Domain, lexicon: Lexicon) -> None:
        self._domain = domain
        self._lexicon = lexicon
        self.place = ""
        """Place that the last answer tells, in words; "there" afterwards."""
        self.told: tuple[str, ...] = ()
        """Things that the last answer lists, in words; "them" afterwards."""

    def answer(self, text: str, facts: Facts) -> str | None:
        """Return the answer; None if the text is not a question about the world.

        Args:
            text: A person's words.
            facts: Beliefs.
        """
        before, self.told, self.place = self.told, (), ""
        words = [word for word in tokens_of(text) if word not in (".", ";", "please", "now")]
        words = _without_lead(words)
        if len(words) < 2:
            return None
        words = [word for word in _plainer(_without_tail(words)) if word not in ("still", "ever")]
        if len(words) < 2:
            return None
        head, rest = words[0], words[1:]
        about_them = self._of_them(words, before, facts)
        if about_them is not None:
            return about_them
        is_of_all = head in ("which", "what") and rest[0] in _NAMES_OF_ALL
        if is_of_all and set(rest[1:]) <= _SEEN:
            return self._overview(facts)
        if words[0] == "what" and words[1:] in _OVERVIEWS:
            return self._overview(facts)
        about_hand = set(words) & _HELD or (head == "what" and "got" in words)
        if about_hand and ("you" in words or "robot" in words or set(words) & _HANDS):
            return self._in_hand(words, facts)
        if head in _BE and (rest[0] == "there" or set(rest[:2]) & _ANYTHING):
            return self._existing(_without_place_word(rest[rest[0] == "there" :]), facts)
        if head in _BE:
            return self._yes_or_no(rest, facts)
        if head == "where" and rest[0] in ("do", "does") and rest[-1] in _KEEPING:
            return self._home_of(rest[1:-1], facts)
        if head == "where" and rest[0] in _BE:
            return self._where(rest[1:], facts)
        if head == "what" and rest[0] in (*_BE, "do", "have"):
            return self._there(rest[1:], facts)
        if head == "which" or words[:2] == ["how", "many"]:
            is_count = head == "how"
            if is_count and "did" in words:
                return None  # about a run
            asked = _without_place_word(rest[1:]) if is_count else rest
            told = self._those(asked, facts, is_count=is_count)
            return told or self._where(asked, facts) or _absent(asked)
        return None

    def _of_them(self, words: Sequence[str], before: Sequence[str], facts: Facts) -> str | None:
        """Answer "how many of them are dirty?", "are they clean?" of what was listed before."""
        match words:
            case ["how", "many", "of", "them" | "those" | "these", "is" | "are", *state]:
                is_count = True
            case ["which", "of", "them" | "those" | "these", "is" | "are", *state]:
                is_count = False
            case ["which", "one" | "ones", "is" | "are", *state]:
                is_count = False
            case ["how", "many", "is" | "are", *state]:
                is_count = True
            case _:
                return None
        if not before or not state:
            return None
        if is_count and state in (["there"], ["they"], ["that"]):
            return self._counted([one.replace(" ", "_") for one in before])
        said = [
            (one, self._statement(["the", *one.split(), "is", *state], facts)) for one in before
        ]
        told = [(one, formula) for one, formula in said if formula is not None]
        if not told:
            kind = set(self._objects(["all", *_plural_head(state)], facts))
            kept = [name for one in before if (name := one.replace(" ", "_")) in kind]
            return None if not kind else self._counted(kept) if is_count else self._listed(kept)
        names = [one.replace(" ", "_") for one, formula in told if formula and formula.holds(facts)]
        unsure = [one for one, formula in told if formula and formula.holds(facts) is None]
        answer = self._counted(names) if is_count else self._listed(names)
        return f"{answer}; I do not know of {', '.join(unsure)}" if unsure else answer

    def _yes_or_no(self, rest: Sequence[str], facts: Facts) -> str | None:
        if (of_parts := self._of_parts(rest, facts)) is not None:
            return of_parts
        for index in range(1, len(rest) + 1):
            for be in ("is", "are"):
                formula = self._statement([*rest[:index], be, *rest[index:]], facts)
                if formula is not None:
                    return self._judged(formula, facts)
        return self._untold(rest, facts)

    def _untold(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Return the answer about a state that no predicate tells: "is the pan hot?"."""
        if len(rest) > 1 and rest[-1] in _EMPTY and (at := self._objects(rest[:-1], facts)):
            held = [fact for fact in facts.true_facts() if fact.terms[1:] and fact.terms[1] in at]
            given = self._domain.predicates
            there = [fact.terms[0] for fact in held if given[fact.predicate].known_by != "given"]
            none = f"yes, as far as I know{self._unseen(at, facts)}"
            return f"no: {self._listed(there)}" if there else none
        if len(rest) < 2 or rest[-1] in {*self._lexicon.adjectives, *FUNCTION_WORDS}:
            return None
        names = self._objects(rest[:-1], facts)
        if not names or self._objects(rest[-1:], facts):
            return None
        are = "is" if len(names) == 1 else "are"
        return f"I cannot tell if {_listed(names)} {are} {rest[-1]}: nothing here tells me that"

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
        self.told = tuple(map(_spoken, names))
        return "; ".join(self._place_of(name, facts) for name in names) or None

    def _place_of(self, name: str, facts: Facts) -> str:
        relations = {p for predicates in self._lexicon.relations.values() for p in predicates}
        for fact in facts.true_facts():
            is_place = fact.predicate in relations or fact.predicate == "holding"
            given = self._domain.predicates[fact.predicate].known_by == "given"
            if is_place and not given and fact.terms[0] == name:
                self.place = _spoken(fact.terms[-1]) if len(fact.terms) == 2 else ""
                return self._sourced(Atom(fact), facts, value=True)
        return f"I do not know where {_spoken(name)} is"

    def _home_of(self, words: Sequence[str], facts: Facts) -> str | None:
        """Answer "where does the plate belong?" by what is given of its place."""
        names = self._objects(words, facts)
        given = {name for name, one in self._domain.predicates.items() if one.known_by == "given"}
        homes = [
            fact
            for fact in facts.true_facts()
            if fact.predicate in given and len(fact.terms) == 2 and fact.terms[0] in names
        ]
        if homes or not names:
            self.told = tuple(map(_spoken, names))
            self.place = _spoken(homes[0].terms[1]) if homes else ""
            return "; ".join(say(Atom(fact), self._domain) for fact in homes) or None
        return f"nobody told me where {_listed(names)} belongs"

    def _of_parts(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "is the stove on?" by the parts that it is switched with."""
        if "part_of" not in self._domain.predicates:
            return None
        names = self._objects(rest[:-1], facts)
        parts = [
            fact.terms[0]
            for fact in facts.true_facts()
            if fact.predicate == "part_of" and fact.terms[1] in names
        ]
        said = [self._statement(["the", *one.split("_"), "is", rest[-1]], facts) for one in parts]
        told = [one for one in said if one is not None]
        if not told:
            return None
        truth = [one.holds(facts) for one in told]
        is_denied = all(isinstance(one, Atom) and not one.positive for one in told)
        is_so = all(truth) if is_denied else any(truth)  # it is on by one burner, off by all
        telling = [one for one, so in zip(told, truth, strict=True) if bool(so) is is_so]
        details = "; ".join(self._judged(one, facts).partition(": ")[2] for one in telling)
        return f"{'yes' if is_so else 'no'}: {details}"

    def _overview(self, facts: Facts) -> str | None:
        """Return all things by their places: "what do you see?"."""
        by_place: dict[tuple[str, str], list[str]] = {}
        relations = {"on": "on", "in": "in"}
        for word, predicates in self._lexicon.relations.items():
            for fact in facts.true_facts() if word in relations else ():
                given = self._domain.predicates[fact.predicate].known_by == "given"
                if fact.predicate in predicates and not given and len(fact.terms) == 2:
                    by_place.setdefault((word, fact.terms[1]), []).append(fact.terms[0])
        told = (f"{word} {_spoken(at)}: {_listed(names)}" for (word, at), names in by_place.items())
        return "; ".join(told) or None

    def _in_hand(self, words: Sequence[str], facts: Facts) -> str | None:
        """Answer "what are you holding?", "are you holding anything?", "is your hand empty?"."""
        held = [fact for fact in facts.true_facts() if fact.predicate == "holding"]
        told = "; ".join(self._sourced(Atom(fact), facts, value=True) for fact in held)
        if words[0] == "what":
            return told or "nothing"
        if {"empty", "free"} & set(words):
            return f"no: {told}" if told else "yes: I hold nothing"
        if _ANYTHING & set(words):
            return f"yes: {told}" if told else "no: I hold nothing"
        for start in range(len(words)):
            for end in range(len(words), start, -1):
                names = self._objects(words[start:end], facts)
                if names:
                    is_held = any(fact.terms[:1] == (name,) for fact in held for name in names)
                    return f"yes: {told}" if is_held else f"no: {told or 'I hold nothing'}"
        return None

    def _there(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "what is in the fridge" and "what is dirty"."""
        if not rest:
            return None
        if len(rest) == 1 and rest[0] in self._lexicon.adjectives:
            atom = self._lexicon.adjectives[rest[0]]
            names = [n for n in facts.vocabulary.object_types if _can_be(atom, n, facts)]
            true = [n for n in names if atom.substitute({"_": n}).holds(facts)]
            return self._listed(true)
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
            return self._listed([fact.terms[0] for fact in found])
        return f"nothing that I know of{self._unseen(places, facts)}"

    def _of_which(
        self, kind: Sequence[str], state: Sequence[str], facts: Facts, *, is_count: bool
    ) -> str | None:
        """Answer "which burners are on": for which things a statement holds."""
        named = self._objects(["all", *_plural_head(kind)], facts)
        told = [(n, self._statement(["the", *n.split("_"), "is", *state], facts)) for n in named]
        if not told or any(formula is None for _, formula in told):
            return None
        names = [name for name, formula in told if formula is not None and formula.holds(facts)]
        return self._counted(names) if is_count else self._listed(names)

    def _unseen(self, places: Sequence[str], facts: Facts) -> str:
        """Return a remark on closed places, whose contents are unknown."""
        closed = (
            [n for n in places if facts.value(Fact("is_open", (n,))) is False]
            if ("is_open" in self._domain.predicates)
            else []
        )
        names = " and ".join(map(_spoken, closed))
        return f" ({names} is closed)" if closed else ""

    def _listed(self, names: Sequence[str]) -> str:
        """Return things as a list, and remember them."""
        self.told = tuple(map(_spoken, names))
        return _listed(names)

    def _counted(self, names: Sequence[str]) -> str:
        return f"{len(names)}: {self._listed(names)}" if names else _NONE

    def _existing(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "is there a plate on the table?" and "is there anything in the sink?"."""
        if len(rest) > 1 and rest[0] in _ANYTHING:
            return self._there(rest[1:], facts)
        told = self._those(rest, facts, is_count=True)
        if told is not None:
            return f"yes, {told}" if told[0].isdecimal() else f"no: {told}"
        names = self._objects([word for word in rest if word not in _ARTICLES], facts)
        if names:
            return f"yes: {'; '.join(self._place_of(name, facts) for name in names)}"
        return _absent(rest)

    def _those(self, rest: Sequence[str], facts: Facts, *, is_count: bool) -> str | None:
        """Answer "which mugs are dirty" and "how many plates are on the table".

        Args:
            rest: The words after those that ask.
            facts: Beliefs.
            is_count: True if the number is asked for.
        """
        if is_count:
            rest = [word for word in rest if word not in _ARTICLES]
            for words in (["all", *rest], ["all", *(_plural_head(rest))]):
                for found, end in NounPhraseParser(self._lexicon, words).lists(0):
                    if end == len(words) and len(found) == 1:
                        return self._counted(self._names(found[0], facts))
        for index, word in enumerate(rest):
            if word in _BE and index > 0:
                words = ["all", *rest[:index], "that", "are", *rest[index + 1 :]]
                if rest[index + 1 : index + 2] and rest[index + 1] in self._lexicon.relations:
                    words = ["all", *rest[:index], *rest[index + 1 :]]
                phrases = NounPhraseParser(self._lexicon, words).lists(0)
                for found, end in phrases:
                    if end == len(words) and len(found) == 1:
                        names = self._names(found[0], facts)
                        return self._counted(names) if is_count else self._listed(names)
                return self._of_which(rest[:index], rest[index + 1 :], facts, is_count=is_count)
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


def _absent(rest: Sequence[str]) -> str | None:
    """Return the answer about a thing that is not here: "I know of no knife here"."""
    noun = [word for word in rest if word not in _ARTICLES]
    is_plain = (
        0 < len(noun) <= 2
        and not set(noun) & _ABSTRACT
        and not set(noun) & (PREPOSITIONS | set(_BE) | _ANYTHING)
    )
    return f"I know of no {' '.join(noun)} here" if is_plain else None


def _plainer(words: list[str]) -> list[str]:
    """Return a question without the roundabout of its beginning: "can you see the milk"."""
    match words:
        case ["do" | "can" | "could" | "did", "you" | "we", "see" | "find" | "have" | "got", *rest]:
            return ["is", "there", *rest] if rest and not set(rest) & _HELD else words
        case ["where", "did" | "do" | "have", "you" | "we" | "i", _, *rest]:
            return ["where", "is", *(word for word in rest if word not in ("to", "put"))]
        case ["anything" | "something" | "any", *rest] if rest:
            return ["is", "there", *words]
        case ["do", "you", "know", "what" | "who" | "where", *rest] if rest and rest[-1] in _BE:
            return ["is", "there", *rest[:-1]] if words[3] != "where" else ["where", "is", *rest]
        case ["are", "you", "sure" | "certain" | "positive", *rest] if set(rest) & BE:
            said = rest[1:] if rest[0] == "that" else rest
            at = next((index for index, word in enumerate(said) if word in BE), 0)
            return [said[at], *said[:at], *said[at + 1 :]] if at else words
        case [word, _, _, *_] if word in _TALK:
            return _plainer(words[1:])
        case ["tell" | "show", "me", *rest] if len(rest) > 1:
            return _plainer(rest)
    return words


def _without_lead(words: Sequence[str]) -> list[str]:
    """Return a question without what is said before it: "hold on, is it empty?"."""
    at = max((index for index, word in enumerate(words) if word == ","), default=-1)
    begins = words[at + 1 : at + 2]
    is_lead = bool(begins) and begins[0] in BE | AUXILIARIES | QUESTION_WORDS
    return [word for word in (words[at + 1 :] if is_lead else words) if word != ","]


def _without_tail(words: Sequence[str]) -> list[str]:
    """Return a question without the words at its end that tell nothing: "at all", "yet"."""
    kept = list(words)
    while len(kept) > 2 and (kept[-1] in _TAIL or kept[-2:] in (["at", "all"], ["by", "now"])):
        kept = kept[: -2 if kept[-2:] in (["at", "all"], ["by", "now"]) else -1]
    return kept


def _without_place_word(rest: Sequence[str]) -> list[str]:
    """Return the words of a count without "are there", "do you see" and "here"."""
    kept = list(rest)
    for index in range(len(kept) - 1):
        pair = (kept[index], kept[index + 1])
        is_there = pair[0] in _BE and pair[1] == "there"
        is_seen = pair[0] in ("do", "can", "did", "have") and pair[1] in ("you", "we", "i")
        if is_there or is_seen:
            skip = index + 2
            if is_seen and skip < len(kept) and kept[skip] in _SEEING:
                skip += 1
            kept = [*kept[:index], *kept[skip:]]
            break
    while kept and kept[-1] in _HERE:
        kept.pop()
    return kept


def _plural_head(words: Sequence[str]) -> list[str]:
    """Return words with the first noun in the plural: "plate on the table"."""
    kept = list(words)
    places = (i for i, word in enumerate(kept) if word in PREPOSITIONS or word in _BE)
    head = next(places, len(kept)) - 1
    if head >= 0:
        kept[head] = plural(kept[head])
    return kept


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(_spoken, names)) or _NONE
