"""Frames: the words around a request that only make it polite, vague or friendly.

"Would you be a dear and bring me the mug", "it would be handy to have the sponge": a frame is made
of function words and of the words below alone, so that no word about the scene is ever dropped.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from treehand.planners.reading.speech.asides import sentences_of
from treehand.planners.reading.speech.frame_words import (
    ASKED,
    ASKING,
    DENYING,
    EMPTY,
    FRIENDS,
    LIKED,
    LONGING,
    MARKS,
    NEEDED,
)
from treehand.planners.reading.words.english import (
    base_of,
    gerund_of,
    is_same_as_base,
    past_of,
)
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    FUNCTION_WORDS,
    INTERJECTIONS,
    POSSESSIVES,
    PREPOSITIONS,
    SUBJECTS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords


def unframed(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return a text without its frames.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    found: list[str] = []
    for sentence in sentences_of(tokens):
        plain = _request_after_frame(sentence, known) or sentence
        found.extend(_asked_of_thing(plain, known) or plain)
    return found


def _asked_of_thing(sentence: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "the milk should go …" for "could the milk go back in the fridge": a request."""
    if len(sentence) < 3 or sentence[0] not in ("could", "can", "may", "might"):
        return None
    if sentence[1] not in ARTICLES | POSSESSIVES | _WHOLE:
        return None
    verbs = (i for i, word in enumerate(sentence) if i > 1 and word in ("go", "be", "get", "have"))
    at = next(verbs, None)
    word = sentence[at + 1] if at is not None and at + 1 < len(sentence) else ""
    done = past_of(word) or (word if is_same_as_base(word) else None)
    is_done = done is not None and known.asks(done)
    is_place = at is not None and any(word in PREPOSITIONS for word in sentence[at + 2 :])
    is_asked = sentence[0] == "could" or {"please", "me", "us"} & set(sentence)
    if is_done and done is not None and is_place and is_asked:
        assert at is not None
        return [done, *sentence[1:at], *sentence[at + 2 :]]  # "could the mug be moved to …"
    if at is None or (sentence[at] == "be" and not (is_done and sentence[0] == "might")):
        # "could the fridge be open?" may be a question
        return list(sentence[1:]) if at is not None and sentence[0] == "could" else None
    return [*sentence[1:at], "should", *sentence[at:]]


def _request_after_frame(sentence: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return the request that a frame goes before; None if there is no frame."""
    for index in range(1, len(sentence)):
        head = sentence[:index]
        word = sentence[index - 1]
        if word not in EMPTY:
            return None
        rest = _request_at(head, sentence[index:], known)
        if rest is not None:
            return rest
    return None


def _request_at(head: Sequence[str], rest: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return the request that follows a frame; None if the words before are no frame."""
    if len(rest) < 2 or not _is_frame(head):
        return None
    hinge, verb = head[-1], rest[0]
    is_before_verb = hinge in ("to", "and", "you", "just", "please", "maybe")
    if is_before_verb or hinge in ASKED or set(head) <= _LEADING:
        base = (past_of(verb) if "if" in head else None) or verb
        is_verb = known.asks(base) and (verb not in EMPTY or verb in _PLAIN_VERBS)
        return [base, *rest[1:]] if is_verb else None
    if hinge in ("for", "of", "after") and (rest[0] in ARTICLES | POSSESSIVES | {"some"}):
        return ["get", *rest] if known.asks("get") and _ends_as_thing(rest, known) else None
    if hinge == "if" and _LOOKING & set(head[-2:]):
        return None  # "could you see if the window is shut" is a question
    if hinge in ("if", "that") and verb in ARTICLES | POSSESSIVES | _WHOLE:
        return ["make", "sure", *_as_present(rest)] if _ends_as_thing(rest[1:], known) else None
    is_if_someone = hinge in ("someone", "somebody", "anyone", "anybody", "we") and "if" in head
    if ("time" in head and hinge in SUBJECTS | _SOMEONE) or is_if_someone:
        base = past_of(verb) or (verb if is_if_someone or is_same_as_base(verb) else "")
        return [base, *rest[1:]] if known.asks(base) else None
    doing = gerund_of(verb)
    if (
        doing
        and known.asks(base_of(verb))
        and {"mind", "consider", "fancy", "about", "to"} & set(head)
    ):
        return [base_of(verb), *rest[1:]]
    return None


_SOMEONE = word_set("someone somebody anyone anybody")
_WHOLE = word_set("this that these those all both every everything each")
_LOOKING = word_set("see check know look say tell ask")
_PLAIN_VERBS = word_set("get put take go have let make give do see help turn")


def _ends_as_thing(rest: Sequence[str], known: SpokenWords) -> bool:
    words = [word for word in rest if word not in MARKS and word not in FUNCTION_WORDS]
    return (bool(words) and known.names(words[0])) or (len(words) > 1 and known.names(words[1]))


_LEADING = (
    INTERJECTIONS | FRIENDS | {"so", "and", "please", "just", "whatever", "anyway"}
) - DENYING


def _as_present(words: Sequence[str]) -> list[str]:
    """Return a clause after "I would love it if" in the present: "the table were wiped"."""
    plain = [{"were": "are", "was": "is"}.get(word, word) for word in words]
    pairs = itertools.pairwise([*plain, ""])  # "if the plates got washed"
    return ["are" if one in ("got", "get") and past_of(done) else one for one, done in pairs]


def _is_frame(head: Sequence[str]) -> bool:
    """Return True if words ask for something, whatever follows."""
    words = [word for word in head if word not in MARKS]
    while words and words[0] in _LEADING:
        words = words[1:]
    said = set(words)
    if not words or (words == ["you"] and "please" in head):
        return True
    if words[:2] in (["i", "am"], ["we", "are"]) and words[2:3] and words[2] in LONGING:
        return words[-1] in ("for", "after") and len(words) < 5
    if not words or not said <= EMPTY or _denies(words):
        return False
    text = " ".join(words)
    if text.startswith(_OPENINGS):
        return True
    if words[0] in ASKED and len(words) > 2:
        others = {"i", "we", "it", "someone", "somebody", "anyone", "anybody", "one"}
        return words[1] == "you" or (words[1] in others and bool(said & (ASKING | {"you"})))
    if words[-1] in ("if", "that") and words[0] in ("i", "we"):
        return "would" in said or bool(said & {"want", "need", "wish", "require", "expect"})
    if words[0] in ("i", "we") and "wish" in said and words[-1] == "would":
        return True  # "I do wish somebody would …"
    if words[0] in ("i", "we") and "you" in said:
        wished = said & {"would", "wondering", "hoping", "wonder", "hope", "ask", "beg", "grateful"}
        if "suppose" in said and "could" in said:
            return True  # "I do not suppose you could …"
        return bool(wished | (said & {"want", "need", "wish", "expect", "require", "appreciate"}))
    if words[0] in ("it", "that", "would") and "would" in said:
        return bool(said & (LIKED | {"kill", "hurt", "possible", "mind", "help", "appreciated"}))
    if words[0] == "it" and words[1:2] == ["is"]:
        return bool(said & NEEDED) and not said & {"was"}
    return False


_OPENINGS = (
    *("be so", "be a", "be an", "do me a", "do us a", "do you think you", "do you suppose you"),
    *(
        "do you mind",
        "you mind",
        "do you reckon you",
        "any chance",
        "is there any chance",
        "is there any way",
    ),
    *("is there a chance", "is there a way", "is it possible", "is possible"),
    *("would it be possible", "fancy", "how would you feel about", "how do you feel about"),
    *("would you consider", "what do you say to", "how about", "what about"),
    *("you would not be able to", "you could not possibly", "it is about time", "it is high time"),
    *("please to", "your task is to", "your job is to", "your mission is to", "you are to"),
    *("i want that you", "i need that you", "i wish that you", "i would like that you"),
    *("the idea is to", "the plan is to", "the task is to", "help me for", "help me to"),
    *("help us to", "you are asked to", "try and", "try to", "go on and", "go ahead and"),
    *("have to", "need to", "got to", "time to", "might be", "may be", "it might be"),
    *("give me a hand and", "lend me a hand and", "i need a hand to", "how about you"),
)


def _denies(words: Sequence[str]) -> bool:
    """Return True if a frame may turn its request into its opposite."""
    text = " ".join(words)
    for harmless in _HARMLESS:
        text = text.replace(harmless, " ")
    return bool(DENYING & set(text.split()))


_HARMLESS = (
    *("if it is not too much", "if that is not too much", "would not mind", "do not suppose"),
    *("could not you", "can not you", "would not you", "will not you", "not too much", "is not it"),
    *(
        "you would not be able to",
        "you could not possibly",
        "would not it",
        "do not mind",
        "could you not",
        "would you not",
    ),
)
