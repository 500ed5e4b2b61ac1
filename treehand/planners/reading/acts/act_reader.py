"""Speech acts of a text: its clauses, each with its act."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treehand.planners.reading.acts.announcements import is_announcement
from treehand.planners.reading.acts.clause_act import clause_act, without_discourse
from treehand.planners.reading.acts.social import social_reply
from treehand.planners.reading.acts.speech_act import Part, SpeechAct
from treehand.planners.reading.acts.stops import is_refusal, is_stop, without_lead_ins
from treehand.planners.reading.speech.clauses.named_before import with_hesitations_mended
from treehand.planners.reading.speech.clauses.run_on import with_pauses
from treehand.planners.reading.speech.disfluency import without_noises
from treehand.planners.reading.speech.frame_words import DENYING, PEOPLE
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.asked_whether import asked_whether
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    MODALS,
    POSSESSIVES,
    SPEAKERS,
    SUBJECTS,
    SUBORDINATORS,
)
from treehand.planners.reading.words.spoken_words import SpokenWords
from treehand.planners.reading.words.tokens import marked_tokens

_ENDS = frozenset(".;!?。")
_CORRECTING = frozenset({"no", "nope", "wait", "wrong", "rather", "actually", "sorry", "oops"})
_JOINING = frozenset({"and", "so", "but", "then"})
_AFTER_SO = frozenset({"please", "could", "can", "would", "will", "i", "we", "you", "let"})
_DENIALS = frozenset({"no", "nope", "nah", "oh", "ah", "ok", "okay", "well"})
_GUESSING = frozenset({("i", "think"), ("i", "guess"), ("i", "believe"), ("i", "suppose")})
_FETCHING = frozenset({"bring", "get", "fetch", "hand", "pass", "give", "find", "grab"})
_SAYING = MODALS | {"mean", "meant", "said", "say", "think", "thought", "wanted"}
_REFERRING = frozenset({"it", "them", "that", "this", "those", "these", "one", "already", "did"})
"""Words with which a clause is about what was asked for."""
_LONGEST_THING = 3
"""Most words that name a thing which is asked for by its name alone."""
_LONGEST_SUBJECT = 5
"""Words in which a list that begins with a thing goes on."""
_NOMINAL = ARTICLES | POSSESSIVES | DEMONSTRATIVES | {"all", "some", "both"}


@dataclass(frozen=True)
class SpokenText:
    """A text in parts, each with its act."""

    parts: tuple[Part, ...]

    @property
    def act(self) -> SpeechAct:
        """Return the act of the whole: an order, if any part is one."""
        acts = [part.act for part in self.parts]
        for act in (
            *(SpeechAct.STOP, SpeechAct.CORRECTION, SpeechAct.ORDER, SpeechAct.WISH),
            *(SpeechAct.QUESTION, SpeechAct.REFUSAL, SpeechAct.REPORT),
        ):
            if act in acts:
                return act
        return SpeechAct.SOCIAL

    @property
    def asked(self) -> str:
        """Return the parts that may be goals, as a text; empty if there are none."""
        return " . ".join(part.text for part in self.parts if part.act.may_be_goal)

    @property
    def added(self) -> tuple[Part, ...]:
        """Return the parts after the first that may be a goal, and that are none themselves."""
        asked = [index for index, part in enumerate(self.parts) if part.act.may_be_goal]
        later = self.parts[asked[0] + 1 :] if asked else ()
        return tuple(part for part in later if not part.act.may_be_goal)

    @property
    def is_all_asked(self) -> bool:
        """Return True if every part may be a goal."""
        return all(part.act.may_be_goal for part in self.parts)

    @property
    def reports(self) -> tuple[Part, ...]:
        """Return the parts that report something."""
        return tuple(part for part in self.parts if part.act is SpeechAct.REPORT)


def acts_of(text: str, known: SpokenWords) -> SpokenText:
    """Return a text in parts, each with its act.

    Args:
        text: The person's words.
        known: Words of the place, which decide what an unclear clause is.
    """
    if is_stop(text) and not _stops_thing(text, known):
        return SpokenText((Part(SpeechAct.STOP, tuple(marked_tokens(text))),))
    if social_reply(text) is not None:
        return SpokenText((Part(SpeechAct.SOCIAL, tuple(marked_tokens(text))),))
    parts: list[Part] = []
    tokens = with_pauses(without_noises(with_hesitations_mended(marked_tokens(text), known)), known)
    asked = asked_whether(" ".join(tokens), known.asks)
    for sentence, mark in _sentences(asked.split() if asked else plainly_spoken(tokens, known)):
        parts.extend(_parts(sentence, known, is_asked=mark == "?"))
    return SpokenText(tuple(parts))


def has_pauses_to_add(text: str, known: SpokenWords) -> bool:
    """Return True for a text that is said in one breath: "turn it off it is too hot"."""
    tokens = without_noises(with_hesitations_mended(marked_tokens(text), known))
    return with_pauses(tokens, known) != tokens


def _stops_thing(text: str, known: SpokenWords) -> bool:
    """Return True for "stop the coffee machine": a thing of the place is to be stopped."""
    words = without_lead_ins([token for token in marked_tokens(text) if token != "please"])
    if words[:1] != ["stop"] or "stop" in words[1:] or not known.asks("stop"):
        return False
    rest = words[2:] if words[1:2] and words[1] in _NOMINAL else words[1:]
    return bool(rest) and known.names(rest[0]) and not known.asks(rest[0])


def _sentences(tokens: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    sentence: list[str] = []
    for token in tokens:
        if token in _ENDS:
            if sentence:
                yield sentence, token
            sentence = []
        else:
            sentence.append("," if token in (":", "、") else token)
    if sentence:
        yield sentence, ""


def _parts(sentence: list[str], known: SpokenWords, *, is_asked: bool) -> Iterator[Part]:
    """Yield the parts of a sentence: reports apart from what is asked for."""
    plain = [word for word in sentence if word != ","]
    if not plain:
        return
    if is_refusal(without_discourse(plain)) or is_refusal(plain):
        yield Part(SpeechAct.REFUSAL, tuple(sentence))
        return
    at = sentence.index(",") if "," in sentence else 0
    is_refused = is_refusal(sentence[:at]) and not _DENIALS.issuperset(sentence[:at])
    if is_refused and not clause_act(sentence[at + 1 :], known).may_be_goal:
        yield Part(SpeechAct.REFUSAL, tuple(sentence))  # "never mind, I did it"
        return
    if social_reply(" ".join(plain)) is not None:
        yield Part(SpeechAct.SOCIAL, tuple(sentence))
        return
    if plain[0] == "sorry" and len(plain) > 2 and plain[1] in _AFTER_SO - {"i", "we"}:
        sentence = sentence[2:] if sentence[1] == "," else sentence[1:]
        plain = plain[1:]
    if plain[0] in _CORRECTING and len(plain) > 1 and sentence[1] == ",":
        yield Part(SpeechAct.CORRECTION, tuple(sentence))
        return
    for act, words in _pieces(sentence, known, is_asked=is_asked):
        yield Part(act, tuple(words))


def _pieces(
    sentence: list[str], known: SpokenWords, *, is_asked: bool
) -> Iterator[tuple[SpeechAct, list[str]]]:
    """Yield the clauses of a sentence: a new one begins where the act changes.

    A pause or a conjunction ends a clause only if what follows is a clause of its own, so that
    "the milk, the cheese and the pan" stays together.
    """
    if sentence[0] in SUBORDINATORS or sentence[:2] == ["in", "case"]:
        end = _end_of_order(sentence, known)
        if end:
            yield SpeechAct.ORDER, sentence[:end]
            yield SpeechAct.REPORT, sentence[end + 1 :]
            return
        yield _after_condition(sentence, known, is_asked=is_asked), sentence
        return
    start = 0
    for index in range(1, len(sentence)):
        head, tail = sentence[start:index], sentence[index + 1 :]
        is_word = len(head) == 1 and head[0] not in FUNCTION_WORDS
        if (len(head) > 1 or is_word) and _is_boundary(sentence, index, known):
            one, other = clause_act(head, known), clause_act(tail, known, is_asked=is_asked)
            if sentence[index] == "," and is_announcement(head, tail, known):
                yield SpeechAct.REPORT, head
                start = index + 1
                continue
            if is_word and not known.names(head[0]):
                continue
            if _is_reason_of_thing(one, other, head, tail, known, at=sentence[index]):
                yield SpeechAct.WISH, head
                start = index + 1
                continue
            if one.may_be_goal and sentence[index] == "," and _is_told_of_others(tail, known):
                yield one, head
                yield SpeechAct.REPORT, tail
                return
            if sentence[index] == "," and _is_supposed(head, tail):
                yield one, head
                yield SpeechAct.REPORT, tail
                return
            if _is_change(one, other, head, tail, at=sentence[index]):
                is_told = one is SpeechAct.REFUSAL  # "I do not need the heater, turn it off"
                yield SpeechAct.REPORT if is_told else one, head
                start = index + 1
    yield clause_act(sentence[start:], known, is_asked=is_asked), sentence[start:]


def _is_reason_of_thing(
    one: SpeechAct,
    other: SpeechAct,
    head: Sequence[str],
    tail: Sequence[str],
    known: SpokenWords,
    *,
    at: str,
) -> bool:
    """Return True for "desk lamp" before "I am working late": a thing, and why it is wanted."""
    words = [word for word in head if word not in _NOMINAL | {"please"}]
    is_thing = bool(words) and all(map(known.names, words)) and len(words) <= _LONGEST_THING
    is_wished = one is SpeechAct.WISH or (one is SpeechAct.ORDER and len(head) == 1)
    is_told = other is SpeechAct.REPORT and (tail[0] in SUBJECTS | _NOMINAL or "please" in head)
    is_told = is_told and not {"and", "or"} & set(tail[:_LONGEST_SUBJECT])  # "the mug, the …"
    return at == "," and is_thing and is_wished and is_told


def _end_of_order(sentence: Sequence[str], known: SpokenWords) -> int:
    """Return the pause after the order in "if it is dry water it, the fern is fine"; 0 if none."""
    at = sentence.index(",") if "," in sentence else 0
    head, tail = sentence[:at], sentence[at + 1 :]
    is_order = any(
        known.asks(verb) and what in ("it", "them") for verb, what in itertools.pairwise(head[2:])
    )
    return at if is_order and tail and clause_act(tail, known) is SpeechAct.REPORT else 0


def _is_supposed(head: Sequence[str], tail: Sequence[str]) -> bool:
    """Return True for "bring the book" before "it should be on the sofa": where to look for it."""
    verbs = set(head[:4]) & _FETCHING
    is_about_it = tail[0] in ("it", "they", "that", "those") and tail[1] in MODALS
    return bool(verbs) and is_about_it and "be" in tail[2:4] and len(tail) > 3


def _is_told_of_others(tail: Sequence[str], known: SpokenWords) -> bool:
    """Return True for "the kids had jam", "my daughter wants her cocoa": nothing here is meant."""
    if tail[0] not in _NOMINAL | SPEAKERS or len(tail) < 3:
        return False
    if any(known.names(word) for word in tail if word not in FUNCTION_WORDS):
        return False
    if tail[0] in SPEAKERS and "to" in tail[1:-1]:
        verb = tail[list(tail).index("to") + 1]  # "I want to lie down"
        return tail[1] in ("want", "need", "have", "would") and not known.asks(verb)
    if tuple(tail[:2]) in _GUESSING:
        return len(tail) > 3 and clause_act(tail[2:], known) is not SpeechAct.ORDER
    if tail[0] in SPEAKERS and ((DENYING | _REFERRING) & set(tail) or tail[1] in _SAYING):
        return False  # "I do not mean that one", "I said the blue one", "I did it already"
    act = clause_act(tail, known)
    if tail[0] in SPEAKERS:
        return act is SpeechAct.REPORT
    return act is SpeechAct.REPORT or (act is SpeechAct.WISH and tail[1] in PEOPLE)


def _is_boundary(sentence: Sequence[str], index: int, known: SpokenWords) -> bool:
    """Return True if one clause may end at a word, and another begin after it."""
    word, rest = sentence[index], sentence[index + 1 :]
    if len(rest) < 2 or rest[0] in (",", *_JOINING) or rest[0] in SUBORDINATORS:
        return False
    if word == "so":
        begins = known.asks(rest[0]) or known.names(rest[0])
        return sentence[index - 1] == "," or rest[0] in _AFTER_SO or begins
    return word == "," or word in _JOINING


def _is_change(
    one: SpeechAct, other: SpeechAct, head: Sequence[str], tail: Sequence[str], *, at: str
) -> bool:
    """Return True if what is asked for begins or ends between two clauses.

    Args:
        one: Act of the words before.
        other: Act of the words after.
        head: The words before.
        tail: The words after.
        at: The word or mark between them.
    """
    if one is SpeechAct.REPORT and other.may_be_goal:
        return at != "and" or tail[0] not in _NOMINAL | {"on", "in", "at", "under"}
    if one is SpeechAct.REFUSAL and other is SpeechAct.ORDER:
        return at == ","
    is_told_after = one.may_be_goal and other is SpeechAct.REPORT
    is_asking = head[0] in MODALS | SPEAKERS  # "could I have my phone, it is on the desk"
    is_subject = tail[0] in _NOMINAL | SUBJECTS or tail[0] not in FUNCTION_WORDS
    is_teller = is_subject if one is SpeechAct.ORDER else tail[0] in SUBJECTS - SPEAKERS
    is_told_after = is_told_after and (one is SpeechAct.ORDER or is_asking)
    return is_told_after and at in (",", "so") and is_teller


def _after_condition(sentence: list[str], known: SpokenWords, *, is_asked: bool) -> SpeechAct:
    """Return the act of the main clause after "if …," or "when …"."""
    if "," in sentence:
        rest = sentence[sentence.index(",") + 1 :]
        while rest and rest[0] in ("then", "also", "otherwise", "else", "and", "but"):
            rest = rest[1:]
        if rest and rest[0] in SUBORDINATORS:
            return _after_condition(rest, known, is_asked=is_asked)
        if rest:
            return clause_act(rest, known, is_asked=is_asked)
    return SpeechAct.ORDER
