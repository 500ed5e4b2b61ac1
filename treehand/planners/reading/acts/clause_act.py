"""The act of one clause, from its syntax: its subject, mood, auxiliary and main verb."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from treehand.planners.reading.acts.speech_act import SpeechAct
from treehand.planners.reading.words.english import (
    can_be_verb,
    gerund_of,
    is_same_as_base,
    past_of,
    third_person_of,
)
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    AUXILIARIES,
    BE,
    DEMONSTRATIVES,
    DISCOURSE,
    INTERJECTIONS,
    MODALS,
    NUMERALS,
    POSSESSIVES,
    PREPOSITIONS,
    PRONOUNS,
    QUANTIFIERS,
    QUESTION_WORDS,
    SPEAKERS,
    SUBJECTS,
    SUBORDINATORS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_NOMINAL = ARTICLES | DEMONSTRATIVES | POSSESSIVES | QUANTIFIERS | NUMERALS | {"no", "it", "them"}
"""Words that begin a noun phrase after a verb."""
_BOUNDS = frozenset({("at", "most"), ("no", "more"), ("only", "one"), ("only", "two")})
"""Beginnings of clauses that bound a number."""
_NECESSITY = frozenset({"should", "must", "shall", "ought", "need", "needs", "has to", "have to"})
_WANTING = word_set(
    "want wants need needs require requires order orders ordered fancy crave wish wishes"
    " wanted needed requested"
)
_LIKING = frozenset({"like", "love", "prefer", "appreciate", "enjoy", "rather", "fancy"})
_THINKING = word_set(
    "see hear know think believe understand remember feel tell say explain speak talk guess"
    " recall notice smell recognise recognize describe"
)
_LOCATED = frozenset({"go", "goes", "belong", "belongs", "live", "lives", "come", "comes"})
_KEEPING = frozenset({"stay", "stays", "remain", "remains"})
_GETTING = frozenset(
    {"have", "get", "borrow", "take", "grab", "ask", "trouble", "request", "bother"}
)
_WHOLES = frozenset({"everything", "everyone", "everybody", "something", "anything", "nothing"})
_LIGHT = frozenset({"get", "give", "bring", "take", "keep", "make", "fetch", "carry", "remove"})
"""Verbs that a noun cannot be taken for."""
_PARTICLES = frozenset({"up", "down", "off", "out", "away", "on", "in", "over", "back", "together"})
_NO_SUBJECT = (
    SUBORDINATORS
    | {"and", "or", "sure", "certain", "then", "but", "that", "to"}
    | {
        "whatever",
        "whichever",
        "whoever",
    }
)
"""Words that no subject of a clause goes over."""
_LINKING = word_set(
    "looks smells seems feels sounds tastes appears stinks leaks works drips burns keeps"
    " hurts sticks squeaks melts boils rings beeps wobbles smokes shines makes runs gets turns"
)
"""Verbs of state and process, in the third person."""
_WHEN = word_set("today tonight tomorrow soon now later again")
"""Words of time after a verb."""
_DAYS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday weekend noon midnight morning"
    " afternoon evening oclock"
)
_TELLING = frozenset({"tell", "explain", "describe", "say", "list", "count", "remind"})
_GRATEFUL = frozenset(
    {"grateful", "thankful", "happy", "glad", "delighted", "pleased", "nice", "great", "lovely"}
    | {"so", "very", "good", "helpful", "wonderful", "much"}
)
_PRAISE = frozenset(
    {(word, what) for word in ("good", "great", "nice") for what in ("job", "work", "one")}
    | {("well", "done"), ("thanks", "for"), ("thank", "you")}
)
_MOMENTS = frozenset({"when", "once", "if", "unless", "until", "till", "because", "while"})
_RELATIVES = frozenset({"that", "which", "who", "where", "whose"})


def _is_bounded(words: Sequence[str]) -> bool:
    """Return True if words bound a time or a number: "no longer than", "at most"."""
    pairs = set(itertools.pairwise(words))
    return bool(pairs & {("longer", "than"), ("at", "most"), ("more", "than")})


def clause_act(words: Sequence[str], known: SpokenWords, *, is_asked: bool = False) -> SpeechAct:
    """Return the act of a clause.

    Args:
        words: Its words, folded, without marks.
        known: Words of the place.
        is_asked: True if it ends with a question mark.
    """
    if not is_asked and tuple(words[:2]) in _BOUNDS and {"may", "can", "must"} & set(words):
        return SpeechAct.WISH  # "at most two cabinets may be open"
    if not is_asked and {"may", "can", "must", "should"} & set(words) and _is_bounded(words):
        return SpeechAct.WISH  # "the fridge may be open for no longer than 15 s"
    if words[:1] == ["either"] and len(words) > 1 and known.asks(words[1]):
        return clause_act(words[1:], known, is_asked=is_asked)
    if words[:1] == ["only"] and len(words) > 1 and known.asks(words[1]):
        return clause_act(words[1:], known, is_asked=is_asked)
    said = _Clause(words, known, is_asked=is_asked)
    return said.act()


def without_discourse(words: Sequence[str]) -> list[str]:
    """Return words without those in front that do not change the act: "well, then please"."""
    index = 0
    while index < len(words) - 1 and (words[index] in DISCOURSE or words[index] == ","):
        index += 1
    return list(words[index:])


def _without_tag(words: Sequence[str]) -> list[str]:
    """Return words without "will you" and "would you not" at the end."""
    plain = [word for word in words[-3:] if word not in (",", "not", "please")]
    is_tag = len(words) > 3 and len(plain) > 1 and plain[-1] == "you"
    if is_tag and plain[-2] in ("will", "would", "could", "can"):
        end = max(index for index, word in enumerate(words) if word == plain[-2])
        return list(words[:end])
    return list(words)


class _Clause:
    def __init__(self, words: Sequence[str], known: SpokenWords, *, is_asked: bool) -> None:
        core = _without_tag(without_discourse(words))
        self._words = [word for word in core if word not in (",", "please", "kindly")]
        self._is_praise = tuple(word for word in words if word != ",")[:2] in _PRAISE
        self._is_polite = len(self._words) < len(core) or "please" in words
        self._known = known
        self._is_asked = is_asked

    def _at(self, index: int) -> str:
        return self._words[index] if index < len(self._words) else ""

    def act(self) -> SpeechAct:
        words, head = self._words, self._at(0)
        if set(self._words) <= INTERJECTIONS | DISCOURSE or self._is_praise:
            return SpeechAct.SOCIAL
        if head in _TELLING and not self._known.asks(head):
            return SpeechAct.QUESTION
        if self._known.names(head) and self._at(1) in BE | {"has", "does"}:
            return self._declarative(1)
        is_whether = head in ("check", "see") and self._at(1) in ("if", "whether")
        after = [index + 1 for index, word in enumerate(words) if word == "and"]
        is_order = any(self._known.asks(self._at(index)) for index in after)
        if is_whether and "if" not in words[2:] and BE & set(words[2:]) and not is_order:
            return SpeechAct.QUESTION
        if head == "i" and self._at(1) in ("mean", "meant"):
            return SpeechAct.CORRECTION
        if head in QUESTION_WORDS:
            return self._question_word()
        if head in ("need", "dare") or (head in ("do", "have") and self._is_full_verb()):
            return SpeechAct.ORDER
        if head in AUXILIARIES - {"been", "being", "doing", "done", "having", "be"}:
            return self._inverted()
        if head == "let" or (head == "not" and "but" in words) or head in ("be", "never", "avoid"):
            return SpeechAct.ORDER
        if head == "not":
            return SpeechAct.CORRECTION
        if head in SUBJECTS and not self._is_noun_phrase_start():
            return self._with_pronoun()
        if self._is_imperative():
            return SpeechAct.ORDER
        return self._declarative(0)

    def _is_noun_phrase_start(self) -> bool:
        """Return True for "everything on the table", whose verb has to be looked for."""
        return self._at(0) in _WHOLES

    def _is_full_verb(self) -> bool:
        """Return True for "do the dishes" and "have the table wiped"."""
        after = self._at(1)
        if self._at(0) == "have" and "been" in self._words:
            return False
        if after == "not":
            return self._at(2) not in SPEAKERS | {"you", "they", "he", "she"}
        if after in SUBJECTS - {"it", "everything", "something", "anything", "you"}:
            return False
        return after != "you" and not self._is_asked

    def _question_word(self) -> SpeechAct:
        head, after = self._at(0), self._at(1)
        if head in ("what", "how") and after == "about":
            return SpeechAct.WISH
        is_proposal = self._words[1:3] == ["do", "not"] and self._at(3) in ("you", "we")
        if head == "why" and (after == "not" or is_proposal):
            return SpeechAct.ORDER
        if head == "when" and after not in AUXILIARIES:
            return SpeechAct.ORDER
        if head == "what" and after in ("a", "an"):
            return SpeechAct.SOCIAL
        if head == "which" and not self._is_asked and after in ("is", "are"):
            return SpeechAct.QUESTION
        return SpeechAct.QUESTION

    def _inverted(self) -> SpeechAct:
        """Return the act of "could you …", "is there …", "shall we …"."""
        head, index = self._at(0), 1
        while self._at(index) in ("not", "please", "just", "maybe", "perhaps", "possibly"):
            index += 1
        subject, verb = self._at(index), self._at(index + 1)
        if subject == "you":
            return self._asked_of_you(head, index + 1)
        if head in ("would", "do") and subject == "mind":
            return SpeechAct.ORDER
        if head in ("can", "could", "may", "might") and subject in SPEAKERS:
            while self._at(index + 1) in ("please", "just", "maybe", "also", "perhaps", "possibly"):
                index += 1
            is_wish = self._at(index + 1) in _GETTING or "you" in self._words[index:]
            is_wish = is_wish or (subject == "we" and self._known.asks(self._at(index + 1)))
            return SpeechAct.WISH if is_wish else SpeechAct.QUESTION
        if subject in ("someone", "somebody", "anyone", "anybody") and head in MODALS:
            return SpeechAct.ORDER
        if head == "shall" and subject == "we" and verb:
            return SpeechAct.ORDER
        if head in ("can", "could", "should", "must") and subject not in SUBJECTS:
            return SpeechAct.QUESTION if self._is_asked and head == "should" else SpeechAct.WISH
        if self._words[:3] in (["is", "it", "possible"], ["would", "it", "be"]):
            return (
                SpeechAct.ORDER
                if "to" in self._words or "could" in self._words
                else (SpeechAct.QUESTION)
            )
        if self._words[:3] == ["is", "there", "any"] and self._at(3) in ("chance", "way"):
            return SpeechAct.ORDER
        return SpeechAct.QUESTION

    def _asked_of_you(self, head: str, index: int) -> SpeechAct:
        while self._at(index) in (
            "please",
            "just",
            "maybe",
            "also",
            "kindly",
            "perhaps",
            "possibly",
        ):
            index += 1
        verb = self._at(index)
        if head not in ("can", "could", "would", "will", "might"):
            return SpeechAct.ORDER if head == "do" and verb == "mind" else SpeechAct.QUESTION
        is_thought = verb in _THINKING and self._words[index : index + 2] != ["see", "to"]
        if is_thought or (head == "would" and verb in ("like", "prefer", "rather")):
            return SpeechAct.QUESTION
        if verb == "do" and self._at(0) == "can" and len(self._words) <= index + 1:
            return SpeechAct.QUESTION
        return SpeechAct.ORDER

    def _with_pronoun(self) -> SpeechAct:
        head, index = self._at(0), 1
        while self._at(index) in ("really", "also", "still", "just", "all", "only", "do", "both"):
            index += 1
        if head in SPEAKERS:
            return self._of_speaker(index)
        if head == "you":
            is_order = self._at(index) in MODALS | {"need"} or self._at(index) == "have"
            if self._at(index) == "have" and self._at(index + 1) != "to":
                is_order = False
            if self._is_polite and self._known.asks(self._at(index)):
                is_order = True  # "please you clean the mug"
            return SpeechAct.ORDER if is_order else SpeechAct.REPORT
        if head == "who":
            return SpeechAct.QUESTION
        return self._declarative(index)

    def _of_speaker(self, index: int) -> SpeechAct:
        rest = [word for word in self._words[index:] if word not in ("really", "actually")]
        first, second = (*rest, "", "")[:2]
        if first in ("say", "said", "told", "repeat") and len(rest) > 2:
            again = [word for word in rest[1:3] if word not in ("you", "to", "that")] + rest[3:]
            return clause_act(again, self._known, is_asked=self._is_asked)
        if first in ("do", "did", "can", "could", "would") and second == "not":
            is_wanted = self._at(index + 2) in _WANTING | _LIKING
            return SpeechAct.REFUSAL if is_wanted else SpeechAct.REPORT
        if self._at(0) == "we" and first in ("should", "ought", "could") and second != "have":
            return SpeechAct.WISH
        if first == "not":
            return SpeechAct.REFUSAL if second in _WANTING | _LIKING else SpeechAct.REPORT
        if second == "be" and self._at(index + 2) not in _GRATEFUL:
            return SpeechAct.REPORT
        if first in ("would", "could", "might", "should", "will") and (
            second in _LIKING | _WANTING | {"be", "use", "do", "really", "have", "like", "take"}
        ):
            return SpeechAct.WISH
        if first in _WANTING and first not in ("wanted", "needed", "ordered", "requested"):
            return SpeechAct.WISH
        if first in ("wanted", "ordered") or rest[:2] == ["feel", "like"]:
            return SpeechAct.WISH
        if first in ("am", "are", "was", "were") and second in ("wondering", "hoping", "asking"):
            return SpeechAct.WISH
        if first in ("wonder", "hope", "beg", "ask", "order", "expect", "insist", "suggest"):
            return SpeechAct.WISH if "you" in rest or "be" in rest else SpeechAct.REPORT
        if first in ("am", "are") and second in ("looking", "searching"):
            return SpeechAct.WISH
        wished = [i for i, word in enumerate(rest) if word in _WANTING | _LIKING and i > 0]
        if any(rest[i - 1] in ("and", "so", "i", "we", "would") for i in wished):
            return SpeechAct.WISH
        return SpeechAct.REPORT

    def _is_imperative(self) -> bool:
        """Return True if a clause begins with a verb in its base form, or in -ing."""
        head, after = self._at(0), self._at(1)
        if head in _NOMINAL | PREPOSITIONS and head not in ("round", "out"):
            return False
        is_asking = self._known.asks(head)
        names = self._known.names(head)
        if gerund_of(head) and not names:
            return after not in BE | {"has", "have"}
        if not (is_asking or can_be_verb(head)):
            return False
        if after in _NOMINAL | PRONOUNS - {"i", "we", "you", "he", "she", "they"}:
            return True
        if head in _LIGHT and not names:
            return True
        if is_asking and not names:
            return not self._is_subject_of_finite(1)
        if after in _PARTICLES and is_asking:
            return not self._is_subject_of_finite(1)
        if names or after in AUXILIARIES or not after:
            return is_asking and (not after or not self._is_subject_of_finite(1))
        return not self._is_subject_of_finite(1)

    def _is_subject_of_finite(self, index: int) -> bool:
        """Return True if a finite verb follows, and all words before it are its subject."""
        at = self._finite(index)
        if at is None or self._at(index) in _NOMINAL:
            return False
        between = self._words[:at]
        return not _NO_SUBJECT & set(between) and not SUBJECTS & set(between[1:])

    def _finite(self, start: int) -> int | None:
        """Return the index of the finite verb of a declarative clause; None if there is none.

        The verb of a relative clause is passed over.
        """
        is_relative = False
        for index in range(start, len(self._words)):
            word, before = self._words[index], self._words[index - 1] if index else ""
            if index > start and word in _MOMENTS and self._at(index + 1) in SUBJECTS:
                return None  # "compressor off when you are done"
            if word in _RELATIVES and index > 0 and before not in ("sure", "so"):
                is_relative = index + 1 < len(self._words)
                continue
            if is_relative and (self._is_finite(index) or past_of(word)):
                is_relative = False
            elif not is_relative and self._is_finite(index):
                return index
        return None

    def _is_finite(self, index: int) -> bool:
        word, before, after = self._words[index], self._at(index - 1), self._at(index + 1)
        if word in (BE - {"be", "been", "being"}) | {"has", "had", "have", "did", "does"} | MODALS:
            if word in ("can", "need", "will", "must", "might", "have") and index == 0:
                return False
            is_followed = can_be_verb(after) or after in AUXILIARIES | {"not"}
            is_noun = self._known.names(word) and (before in _NOMINAL or not is_followed)
            return not is_noun and before not in ("to", "not")
        is_after_it = index == 1 and before in SUBJECTS
        is_numbered = before in NUMERALS and self._known.names(self._at(index - 2))
        is_after_it = is_after_it or (is_numbered and index > 1)  # "table two complained"
        if index == 0 or (before in _NOMINAL | PREPOSITIONS - _PARTICLES and not is_after_it):
            return False
        if word in _WANTING | _LOCATED | _KEEPING:
            return True
        if is_same_as_base(word) and not self._known.names(before):
            return index == 1 or before in SUBJECTS
        past = past_of(word)
        if past is not None and not (self._known.is_said(word) and word != "left"):
            return word not in ("left", "used", "broken") or after in _NOMINAL
        third = third_person_of(word)
        if third is None or self._known.names(word):
            return False
        if after in ("on", "off") and index + 2 == len(self._words) and word not in _LINKING:
            return False  # "kitchen lights off"
        return word in _LINKING or after in _NOMINAL | PREPOSITIONS | _WHEN

    def _declarative(self, start: int) -> SpeechAct:
        """Return the act of a clause with a subject in front, or without a verb."""
        if self._at(0) == "there":
            start = 1
        at = self._finite(start)
        if at is None:
            return self._verbless()
        if self._is_polite and self._known.asks(self._words[-1]) and self._words[-1] not in BE:
            return SpeechAct.ORDER  # "all that is dirty please wash"
        verb, after = self._words[at], self._at(at + 1)
        rest = self._words[at + 1 :]
        if verb in MODALS and "have" in rest[:2]:  # "somebody should have closed it"
            return SpeechAct.REPORT
        if self._words[:3] == ["it", "would", "be"] and "if" in rest:
            return SpeechAct.WISH
        if verb in ("need", "needs") or verb in _WANTING or f"{verb} {after}" in _NECESSITY:
            return SpeechAct.WISH
        if verb in ("should", "must", "shall", "ought") or (verb in BE and after == "to"):
            return SpeechAct.WISH
        if verb in ("could", "would") and after in ("use", "do", "like", "love", "prefer"):
            return SpeechAct.WISH
        if verb in ("has", "have") and after in ("ordered", "requested", "asked"):
            return SpeechAct.WISH
        if verb in ("can", "could", "may", "might") and rest and rest[0] not in ("not", "be"):
            return SpeechAct.WISH
        if verb in ("can", "could") and rest[:1] == ["be"] and past_of(self._at(at + 2)):
            return SpeechAct.WISH
        if verb.startswith("belong") and after == "to":
            return SpeechAct.REPORT
        if verb in _LOCATED and after in ("on", "at", "in") and set(rest[1:3]) & _DAYS:
            return SpeechAct.REPORT  # "the delivery comes on friday"
        if verb in _LOCATED and (after in PREPOSITIONS or after in ("there", "here", "where")):
            return SpeechAct.ORDER
        if verb in _KEEPING:
            return SpeechAct.ORDER
        if verb in BE and after == "for" and self._known.names(self._words[-1]):
            return SpeechAct.WISH  # "the can is for the bin"
        return SpeechAct.REPORT

    def _verbless(self) -> SpeechAct:
        head = self._at(0)
        if self._is_asked and not self._is_polite:
            return SpeechAct.QUESTION
        if head in SUBJECTS and not self._is_noun_phrase_start():
            return SpeechAct.REPORT
        has_place = any(word in PREPOSITIONS for word in self._words[1:])
        is_said = any(self._known.is_said(word) and past_of(word) for word in self._words)
        return SpeechAct.ORDER if has_place or is_said else SpeechAct.WISH
