"""Frames: the words around a request that only make it polite, vague or friendly.

"Would you be a dear and bring me the mug", "it would be handy to have the sponge": a frame is made
of function words and of the words below alone, so that no word about the scene is ever dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.words.english import base_of, gerund_of, past_of
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    FUNCTION_WORDS,
    INTERJECTIONS,
    POSSESSIVES,
    QUANTIFIERS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_LIKED = word_set(
    "kind good nice great lovely grateful thankful helpful handy useful wonderful fantastic"
    " brilliant awesome cool fine perfect glad happy delighted pleased obliged appreciated ideal"
    " super amazing smart wise convenient sweet generous polite best better lush grand"
)
_NEEDED = word_set(
    "necessary important essential urgent required imperative vital crucial time needed high"
)
_LONGING = word_set("dying desperate gasping longing itching after keen craving eager hoping")
_FRIENDS = word_set(
    "dear darling love sweetheart sweetie honey angel star legend champ hero gem doll pal sport"
    " lad lass mate buddy dude bro man friend folks guys chap chum robot treehand assistant google"
    " alexa siri jeeves boss sir madam maam"
)
_THANKS = word_set("cheers ta thanks thank thankyou bless ok okay chop pronto sharpish stat")
_ASKING = word_set(
    "appreciate like love want need wish hope think suppose believe reckon guess wonder ask beg"
    " request require trouble bother mind care kill hurt help manage try imagine expect prefer"
    " happen remember forget consider fancy arrange favour favor hassle chance way moment minute"
    " min sec second hand problem honour job task turn opportunity possibility question mission"
    " assignment objective instruction idea plan wondering hoping thinking asking helping possible"
    " able willing free busy bit tad thing word name called call say see know matter fact sight"
    " course speak honest honestly frankly look listen whatever whatnot anyway guessing grand"
    " absolutely terribly awfully really extremely ever much real quick wee tiny kindly pretty"
    " nicely possibly perchance perhaps maybe would could yeah yup"
)
FRAME_WORDS = _LIKED | _NEEDED | _FRIENDS | (_LONGING - {"after"}) | _THANKS | _ASKING
"""Words of frames, besides function words."""
_EMPTY = FUNCTION_WORDS | FRAME_WORDS
_DENYING = word_set(
    "not no nope nah never nobody nothing none neither nor without except instead unless until till"
    " only but rather stop wait after other another both either all each every half most few"
)
_ASKED = word_set("can could would will might may")
_MARKS = frozenset(",.;!?:。、")


def unframed(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return a text without its frames.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    found: list[str] = []
    for sentence in _sentences(tokens):
        kept = _without_asides(sentence, known)
        start = _request_after_frame(kept, known)
        found.extend(start if start is not None else kept)
    return found


def _sentences(tokens: Sequence[str]) -> list[list[str]]:
    sentences: list[list[str]] = [[]]
    for token in tokens:
        sentences[-1].append(token)
        if token in _MARKS - {",", ":", "、"}:
            sentences.append([])
    return sentences


def _without_asides(sentence: list[str], known: SpokenWords) -> list[str]:
    """Return a sentence without the parts between pauses that say nothing: "let us see"."""
    end = sentence[-1:] if sentence and sentence[-1] in _MARKS else []
    parts: list[list[str]] = [[]]
    for token in sentence[: len(sentence) - len(end)]:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    parts = [_without_last_words(part, known) for part in parts]
    if len(parts) < 2:
        return [*parts[0], *end]
    kept = [part for part in parts if not _is_aside(part, known)]
    if not kept:
        return sentence
    joined = [token for part in kept for token in (*part, ",")][:-1]
    return [*joined, *end]


def _is_aside(part: Sequence[str], known: SpokenWords) -> bool:
    """Return True if words between two pauses say nothing of the scene."""
    said = set(part)
    if not said or not said <= _EMPTY or said & _DENYING or said == {"please"}:
        return False
    if any(known.names(word) or known.asks(word) for word in part if word not in _EMPTY):
        return False
    is_empty_talk = said & (FRAME_WORDS | INTERJECTIONS - {"please", "right"}) or (
        "right" in said and said <= {"right", "then", "now", "well", "so"}
    )
    is_request = part[0] in _ASKED | {"please"} and len(part) > 2
    is_wish = part[0] in ("i", "we") and said & {"would", "want", "need", "like", "love"}
    return bool(is_empty_talk) and not is_request and not is_wish


_LAST = tuple(
    tuple(text.split())
    for text in (
        *("i guess", "i suppose", "i think", "i reckon", "or whatever", "or something", "or so"),
        *("and stuff", "and all that", "and so on", "or what", "you know", "if you like", "innit"),
        *("will you", "would you", "could you", "can you", "would you mind", "yeah", "yes", "okay"),
        *("ok", "cheers", "ta", "will you please", "would you please", "if you please", "by now"),
        *("chop chop", "pretty please", "there is a good lad", "you know what i mean", "now now"),
    )
)
"""Words at the end of a clause that change nothing."""


def _without_last_words(part: list[str], known: SpokenWords) -> list[str]:
    changed = True
    while changed:
        changed = False
        for last in _LAST:
            if len(part) > len(last) + 1 and tuple(part[-len(last) :]) == last:
                part, changed = part[: -len(last)], True
        no_thing = ARTICLES | POSSESSIVES | QUANTIFIERS | {"to", "for", "with", "of"}
        is_friend = len(part) > 2 and part[-1] in _FRIENDS - {"man"} and part[-2] not in no_thing
        if is_friend and not known.names(part[-1]):
            part, changed = part[:-1], True
    return part


def _request_after_frame(sentence: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return the request that a frame goes before; None if there is no frame."""
    for index in range(1, len(sentence)):
        head = sentence[:index]
        word = sentence[index - 1]
        if word not in _EMPTY:
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
    if hinge in ("to", "and", "you", "just", "please", "maybe") or hinge in _ASKED:
        base = (past_of(verb) if "if" in head else None) or verb
        is_verb = known.asks(base) and (verb not in _EMPTY or verb in _PLAIN_VERBS)
        return [base, *rest[1:]] if is_verb else None
    if hinge in ("for", "of", "after") and (rest[0] in ARTICLES | POSSESSIVES | {"some"}):
        return ["get", *rest] if known.asks("get") and _ends_as_thing(rest, known) else None
    doing = gerund_of(verb)
    if doing and known.asks(base_of(verb)) and {"mind", "consider", "fancy", "about"} & set(head):
        return [base_of(verb), *rest[1:]]
    return None


_PLAIN_VERBS = word_set("get put take go have let make give do see help")


def _ends_as_thing(rest: Sequence[str], known: SpokenWords) -> bool:
    words = [word for word in rest if word not in _MARKS and word not in FUNCTION_WORDS]
    return (bool(words) and known.names(words[0])) or (len(words) > 1 and known.names(words[1]))


def _is_frame(head: Sequence[str]) -> bool:
    """Return True if words ask for something, whatever follows."""
    words = [word for word in head if word not in _MARKS]
    while words and (words[0] in INTERJECTIONS or words[0] in ("so", "and", "please", "just")):
        words = words[1:]
    said = set(words)
    if words[:2] in (["i", "am"], ["we", "are"]) and words[2:3] and words[2] in _LONGING:
        return words[-1] in ("for", "after") and len(words) < 5
    if not words or not said <= _EMPTY or _denies(words):
        return False
    text = " ".join(words)
    if text.startswith(_OPENINGS):
        return True
    if words[0] in _ASKED and len(words) > 2:
        others = {"i", "we", "it", "someone", "somebody", "anyone", "anybody", "one"}
        return words[1] == "you" or (words[1] in others and bool(said & (_ASKING | {"you"})))
    if words[0] in ("i", "we") and "you" in said:
        wished = said & {"would", "wondering", "hoping", "wonder", "hope", "ask", "beg", "grateful"}
        return bool(wished | (said & {"want", "need", "wish", "expect", "require", "appreciate"}))
    if words[0] in ("it", "that", "would") and "would" in said:
        return bool(said & (_LIKED | {"kill", "hurt", "possible", "mind", "help", "appreciated"}))
    if words[0] == "it" and words[1:2] == ["is"]:
        return bool(said & _NEEDED) and not said & {"was"}
    return False


_OPENINGS = (
    *("be so", "be a", "be an", "do me a", "do us a", "do you think you", "do you suppose you"),
    *("do you mind", "do you reckon you", "any chance", "is there any chance", "is there any way"),
    *("is there a chance", "is there a way", "is it possible", "would it be possible"),
    *("please to", "your task is to", "your job is to", "your mission is to", "you are to"),
    *("i want that you", "i need that you", "i wish that you", "i would like that you"),
    *("the idea is to", "the plan is to", "the task is to", "help me for", "help me to"),
    *("help us to", "you are asked to", "try and", "try to", "go on and", "go ahead and"),
    *("give me a hand and", "lend me a hand and", "i need a hand to", "how about you"),
)


def _denies(words: Sequence[str]) -> bool:
    """Return True if a frame may turn its request into its opposite."""
    text = " ".join(words)
    for harmless in _HARMLESS:
        text = text.replace(harmless, " ")
    return bool(_DENYING & set(text.split()))


_HARMLESS = (
    *("if it is not too much", "if that is not too much", "would not mind", "do not suppose"),
    *("could not you", "can not you", "would not you", "will not you", "not too much", "is not it"),
    *("would not it", "do not mind", "could you not", "would you not"),
)
