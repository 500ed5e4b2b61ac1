"""Questions about the world, answered from the beliefs."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.grammar.nouns.noun_phrase_parser import NounPhraseParser
from treehand.planners.reading.grammar.questions.answer_words import AnswerWords, listed
from treehand.planners.reading.grammar.questions.named_objects import NamedObjects
from treehand.planners.reading.grammar.questions.question_shapes import (
    ANYTHING,
    ARTICLES,
    HELD,
    IS_OR_ARE,
    plainer,
    plural_head,
    without_lead,
    without_place_word,
    without_tail,
)
from treehand.planners.reading.grammar.questions.room_answers import RoomAnswers
from treehand.planners.reading.grammar.questions.whereabouts import Whereabouts
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.english import base_of, is_same_as_base, past_of
from treehand.planners.reading.words.function_words import (
    AUXILIARIES,
    BE,
    FUNCTION_WORDS,
    PREPOSITIONS,
)
from treehand.planners.reading.words.inflection import participle, singular
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Atom, Domain, Facts

_HANDS = frozenset({"hand", "hands", "gripper"})
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
_ABSTRACT = frozenset(
    {"risk", "risks", "danger", "dangers", "problem", "problems", "trouble", "reason", "hurry"}
    | {"chance", "time", "way", "question", "questions", "need", "point", "issue", "issues"}
    | {"hazard", "hazards", "news", "difference", "limit", "limits", "alternative", "progress"}
)
"""Nouns that name nothing that stands somewhere."""
_EMPTY = frozenset({"empty", "clear", "free", "vacant"})
_IDLE = frozenset(
    {"still", "ever", "else", "also", "currently", "lying", "standing", "sitting", "resting"}
)
"""Words that change nothing about a question."""
_KEEPING = frozenset({"belong", "go", "live", "stay"})
_NAMES_OF_ALL = frozenset({"objects", "object", "things", "items", "stuff", "everything"})
_SEEN = frozenset({"do", "can", "you", "see", "know", "are", "there", "have", "here", "find", "of"})


class QuestionReader:
    """Answers "is …?", "where is …?", "what is in …?", "which … are …?", "how many …?".

    Args:
        domain: Its words.
        lexicon: The words of domain and scene.
    """

    def __init__(self, domain: Domain, lexicon: Lexicon) -> None:
        self._domain = domain
        self._lexicon = lexicon
        self._named = NamedObjects(lexicon)
        self._words = AnswerWords(domain)
        self._places = Whereabouts(lexicon, self._named, self._words)
        self._room = RoomAnswers(lexicon, self._named, self._words)

    @property
    def place(self) -> str:
        """Place that the last answer tells, in words; "there" afterwards."""
        return self._words.place

    @property
    def told(self) -> tuple[str, ...]:
        """Things that the last answer lists, in words; "them" afterwards."""
        return self._words.told

    def answer(self, text: str, facts: Facts) -> str | None:
        """Return the answer; None if the text is not a question about the world.

        Args:
            text: A person's words.
            facts: Beliefs.
        """
        before = self._words.forget()
        words = [word for word in tokens_of(text) if word not in (".", ";", "please", "now")]
        words = without_lead(words)
        if len(words) < 2:
            return None
        words = [word for word in plainer(without_tail(words)) if word not in _IDLE]
        if len(words) < 2:
            return None
        head, rest = words[0], words[1:]
        about_them = self._of_them(words, before, facts)
        if about_them is not None:
            return about_them
        is_of_all = head in ("which", "what") and rest[0] in _NAMES_OF_ALL
        if is_of_all and set(rest[1:]) <= _SEEN:
            return self._places.overview(facts)
        if words[0] == "what" and words[1:] in _OVERVIEWS:
            return self._places.overview(facts)
        of_room = self._room.answer(words, facts)
        if of_room is not None:
            return of_room
        about_hand = set(words) & HELD or (head == "what" and "got" in words)
        if about_hand and ("you" in words or "robot" in words or set(words) & _HANDS):
            return self._places.in_hand(words, facts)
        if head in IS_OR_ARE and (rest[0] == "there" or set(rest[:2]) & ANYTHING):
            return self._existing(without_place_word(rest[rest[0] == "there" :]), facts)
        if head in IS_OR_ARE:
            return self._yes_or_no(rest, facts)
        if head in ("who", "what") and rest[0] in ("needs", "need"):
            return self._all_in_need(rest[1:], facts)
        if head in ("do", "does", "did") and set(words[2:-1]) & {"need", "needs"}:
            return self._in_need(rest, facts)
        if head == "where" and rest[0] in ("do", "does") and rest[-1] in _KEEPING:
            return self._places.home_of(rest[1:-1], facts)
        if head == "where" and rest[0] in IS_OR_ARE:
            return self._places.where(rest[1:], facts)
        if head == "what" and rest[0] in (*IS_OR_ARE, "do", "have"):
            told = self._places.there(rest[1:], facts)
            return self._anything_so(rest[1:], facts) if told is None and rest[1:] else told
        is_kind = head in ("which", "what") and rest[0] not in BE | AUXILIARIES
        if is_kind and (kind := without_place_word(rest)) != rest and kind == rest[: len(kind)]:
            return self._those(kind, facts, is_count=True) or _absent(kind)
        if head == "which" or words[:2] == ["how", "many"]:
            is_count = head == "how"
            if is_count and "did" in words:
                return None  # about a run
            asked = without_place_word(rest[1:]) if is_count else rest
            told = self._those(asked, facts, is_count=is_count)
            return told or self._places.where(asked, facts) or _absent(asked)
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
            return self._words.counted([one.replace(" ", "_") for one in before])
        said = [(one, self._named.state_of(one.split(), state, facts)) for one in before]
        told = [(one, formula) for one, formula in said if formula is not None]
        if not told:
            kind = set(self._named.objects(["all", *plural_head(state)], facts))
            kept = [name for one in before if (name := one.replace(" ", "_")) in kind]
            return self._told(kept, is_count=is_count) if kind else None
        names = [one.replace(" ", "_") for one, formula in told if formula and formula.holds(facts)]
        unsure = [one for one, formula in told if formula and formula.holds(facts) is None]
        answer = self._told(names, is_count=is_count)
        return f"{answer}; I do not know of {', '.join(unsure)}" if unsure else answer

    def _yes_or_no(self, rest: Sequence[str], facts: Facts) -> str | None:
        if rest[0] == "any":  # "are any burners on": whether one of them is
            rest = [singular(one) if self._lexicon.names(one) else one for one in rest]
        if (of_parts := self._of_parts(rest, facts)) is not None:
            return of_parts
        for index in range(1, len(rest) + 1):
            for be in ("is", "are"):
                formula = self._named.statement([*rest[:index], be, *rest[index:]], facts)
                if formula is not None:
                    return self._words.judged(formula, facts)
        done = self._of_each(rest, facts) or self._done(rest, facts)
        return done or self._untold(rest, facts)

    def _of_each(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "is the mug clean?" of every mug, where there are several."""
        for index in range(1, len(rest)):
            names = self._named.objects(rest[:index], facts)
            said = [self._named.state_of(one.split("_"), rest[index:], facts) for one in names]
            if len(names) > 1 and None not in said:
                return "; ".join(self._words.judged(one, facts) for one in said if one is not None)
        return None

    def _done(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "is everything put away?" by what "put everything away" asks for."""
        for index, word in enumerate(rest[1:], start=1):
            verb = word if is_same_as_base(word) else past_of(word)
            if verb is not None and self._lexicon.asks(verb):
                formula = self._named.statement([verb, *rest[:index], *rest[index + 1 :]], facts)
                return self._words.judged(formula, facts) if formula is not None else None
        return None

    def _in_need(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "does the fern need water?": whether what would be done to it is not so yet."""
        at = next(index for index, word in enumerate(rest) if word in ("need", "needs"))
        doing = [word for word in rest[at + 1 :] if word not in ("to", "be", "a", "some")]
        if len(doing) != 1:
            return None
        formula = self._named.statement([*rest[:at], "is", participle(base_of(doing[0]))], facts)
        so = formula.holds(facts) if formula is not None else None
        if formula is None or so is None:
            return None
        return f"{'no' if so else 'yes'}: {self._words.judged(formula, facts).partition(': ')[2]}"

    def _all_in_need(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "what needs watering?": the things of which it is not so yet."""
        doing = [word for word in rest if word not in ("to", "be", "a", "some")]
        if len(doing) != 1:
            return None
        done = participle(base_of(doing[0]))
        said = {
            name: self._named.statement([*name.split("_"), "is", done], facts)
            for name in facts.vocabulary.object_types
        }
        told = {name: formula for name, formula in said.items() if formula is not None}
        needs = [name for name, formula in told.items() if formula.holds(facts) is False]
        return self._words.listed(needs) if told else None

    def _untold(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Return the answer about a state that no predicate tells: "is the pan hot?"."""
        if len(rest) > 1 and rest[-1] in _EMPTY and (at := self._named.objects(rest[:-1], facts)):
            held = [fact for fact in facts.true_facts() if fact.terms[1:] and fact.terms[1] in at]
            given = self._domain.predicates
            there = [fact.terms[0] for fact in held if given[fact.predicate].known_by != "given"]
            none = f"yes, as far as I know{self._words.unseen(at, facts)}"
            return f"no: {self._words.listed(there)}" if there else none
        if len(rest) < 2 or rest[-1] in {*self._lexicon.adjectives, *FUNCTION_WORDS}:
            return None
        names = self._named.objects(rest[:-1], facts)
        if not names or self._named.objects(rest[-1:], facts):
            return None
        are = "is" if len(names) == 1 else "are"
        return f"I cannot tell if {listed(names)} {are} {rest[-1]}: nothing here tells me that"

    def _of_parts(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "is the stove on?" by the parts that it is switched with."""
        if "part_of" not in self._domain.predicates:
            return None
        names = self._named.objects(rest[:-1], facts)
        parts = [
            fact.terms[0]
            for fact in facts.true_facts()
            if fact.predicate == "part_of" and fact.terms[1] in names
        ]
        said = [self._named.state_of(one.split("_"), rest[-1:], facts) for one in parts]
        told = [one for one in said if one is not None]
        if not told:
            return None
        truth = [one.holds(facts) for one in told]
        is_denied = all(isinstance(one, Atom) and not one.positive for one in told)
        is_so = all(truth) if is_denied else any(truth)  # it is on by one burner, off by all
        telling = [one for one, so in zip(told, truth, strict=True) if bool(so) is is_so]
        details = "; ".join(self._words.judged(one, facts).partition(": ")[2] for one in telling)
        return f"{'yes' if is_so else 'no'}: {details}"

    def _of_which(
        self, kind: Sequence[str], state: Sequence[str], facts: Facts, *, is_count: bool
    ) -> str | None:
        """Answer "which burners are on": for which things a statement holds."""
        named = self._named.objects(["all", *plural_head(kind)], facts)
        told = [(n, self._named.state_of(n.split("_"), state, facts)) for n in named]
        if not told or any(formula is None for _, formula in told):
            return None
        names = [name for name, formula in told if formula is not None and formula.holds(facts)]
        return self._told(names, is_count=is_count)

    def _told(self, names: Sequence[str], *, is_count: bool) -> str:
        return self._words.counted(names) if is_count else self._words.listed(names)

    def _existing(self, rest: Sequence[str], facts: Facts) -> str | None:
        """Answer "is there a plate on the table?" and "is there anything in the sink?"."""
        if len(rest) > 1 and rest[0] in ANYTHING:
            so = self._anything_so(rest[1:], facts) if len(rest) == 2 else None
            if so is not None:
                return f"yes: {so}" if self.told else so
            return self._places.there(rest[1:], facts)
        told = self._those(rest, facts, is_count=True)
        if told is not None:
            return f"yes, {told}" if told[0].isdecimal() else f"no: {told}"
        for index, word in enumerate(rest):
            if index and word in self._lexicon.relations:  # "is there milk in the fridge"
                formula = self._named.statement([*rest[:index], "is", *rest[index:]], facts)
                if formula is not None:
                    return self._words.judged(formula, facts)
        names = self._named.objects([word for word in rest if word not in ARTICLES], facts)
        if names:
            return f"yes: {'; '.join(self._places.place_of(name, facts) for name in names)}"
        return _absent(rest)

    def _anything_so(self, state: Sequence[str], facts: Facts) -> str | None:
        """Answer "what is on?": the things of which a state holds; None for no state."""
        if len(state) != 1:
            return None
        kinds = facts.vocabulary.object_types
        said = {name: self._lexicon.state_of(state[0], kind) for name, kind in kinds.items()}
        told = [
            (one.substitute({"_": name}), name)
            for name, one in said.items()
            if one is not None and self._lexicon.can_be(one, kinds[name])
        ]
        if not told:
            return None
        so = [name for formula, name in told if formula.holds(facts) is True]
        return self._words.listed(so) if so else "no, nothing that I know of"

    def _those(self, rest: Sequence[str], facts: Facts, *, is_count: bool) -> str | None:
        """Answer "which mugs are dirty" and "how many plates are on the table".

        Args:
            rest: The words after those that ask.
            facts: Beliefs.
            is_count: True if the number is asked for.
        """
        if is_count:
            rest = [word for word in rest if word not in ARTICLES]
            for words in (["all", *rest], ["all", *(plural_head(rest))]):
                for found, end in NounPhraseParser(self._lexicon, words).lists(0):
                    if end == len(words) and len(found) == 1:
                        return self._words.counted(self._named.names(found[0], facts))
        for index, word in enumerate(rest):
            if word in IS_OR_ARE and index > 0:
                words = ["all", *rest[:index], "that", "are", *rest[index + 1 :]]
                if rest[index + 1 : index + 2] and rest[index + 1] in self._lexicon.relations:
                    words = ["all", *rest[:index], *rest[index + 1 :]]
                phrases = NounPhraseParser(self._lexicon, words).lists(0)
                for found, end in phrases:
                    if end == len(words) and len(found) == 1:
                        names = self._named.names(found[0], facts)
                        return self._told(names, is_count=is_count)
                return self._of_which(rest[:index], rest[index + 1 :], facts, is_count=is_count)
        return None


def _absent(rest: Sequence[str]) -> str | None:
    """Return the answer about a thing that is not here: "I know of no knife here"."""
    noun = [word for word in rest if word not in ARTICLES]
    is_plain = (
        0 < len(noun) <= 2
        and not set(noun) & _ABSTRACT
        and not set(noun) & (PREPOSITIONS | set(IS_OR_ARE) | ANYTHING)
    )
    return f"I know of no {' '.join(noun)} here" if is_plain else None
