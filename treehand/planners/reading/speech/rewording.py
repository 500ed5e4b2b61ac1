"""Other forms of common words: "am wanting" for "want", "do the cleaning of" for "clean"."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import LIKED
from treehand.planners.reading.words.english import can_be_verb, gerund_of, is_english, past_of
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    POSSESSIVES,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_MODALS = ("can", "could", "must", "should", "shall", "will", "may", "might")
_DOING = ("put", "wipe", "clean", "wash", "get", "bring", "take", "turn", "open", "close", "move")
_THE = ("the", "my", "our", "that", "both", "all")
_FORMS = {
    **{f"{modal} to": modal for modal in _MODALS},
    **{f"{be} going to {need}": need for be in ("am", "are") for need in ("need", "want", "have")},
    **{f"am {form}": verb for form, verb in (("wanting", "want"), ("needing", "need"))},
    **{f"are {form}": verb for form, verb in (("wanting", "want"), ("needing", "need"))},
    **{f"{who} will {take}": f"{who} want" for who in ("i", "we") for take in ("have", "take")},
    **{f"{who} could use": f"{who} want" for who in ("i", "we")},
    **{
        f"{whole}": "them"
        for whole in (
            *("them all", "all of them", "them both", "both of them", "every one of them"),
            *("all of that", "all of those", "all of these", "that all", "it all", "all of it"),
            *("the lot of them", "the two of them", "those two", "these two"),
        )
    },
    "whatever is": "everything that is",
    **{f"a couple{of}": "two" for of in ("", " of")},
    "wouldja": "would you",
    "couldja": "could you",
    "willya": "will you",
    **{f"{off} {of}": off for off, of in (("off", "of"), ("inside", "of"), ("outside", "of"))},
    **{f"from {inside}": "from" for inside in ("inside", "within", "on top of", "off", "out of")},
    **{f"if you {would} be so kind": "please" for would in ("would", "could")},
    **{
        f"{once} you {get} {a}{chance}": "please"
        for once in ("once", "when", "whenever", "if", "as soon as")
        for get in ("get", "have", "find", "have got")
        for a in ("a ", "a free ", "a spare ", "")
        for chance in ("sec", "second", "minute", "moment", "chance", "mo", "time")
    },
    "if you do not mind": "please",
    **{
        f"you {will} {have} to": "please"
        for will in ("will", "are going to")
        for have in ("have", "need")
    },
    **{f"{modal} the robot": f"{modal} you" for modal in ("can", "could", "will", "would")},
    **{f"{one} of the": "one of the" for one in ("either", "any one")},
    **{
        f"{you} {might} as well": "please"
        for you in ("you",)
        for might in ("might", "may", "could")
    },
    **{f"i {like} that you": "please" for like in ("like", "would like", "want", "need")},
    **{
        f"{might} i suggest{that}": ""
        for might in ("might", "may", "can", "could")
        for that in ("", " that")
    },
    **{f"i {would}suggest{that}": "" for would in ("", "would ") for that in ("", " that")},
    **{f"whenever {it}suits{you}": "please" for it in ("", "it ") for you in ("", " you")},
    **{f"shall we {get}": f"let us {get}" for get in ("get", "have", "put", "wash", "clean")},
    **{f"as soon as {you_can}": "please" for you_can in ("you can", "possible", "you could")},
    "kindly": "please",
    "in your own time": "please",
    "please you to": "please",
    "please to": "please",
    "let you": "please",
    **{
        f"{can} you like {verb}": f"{can} you {verb}"
        for can in ("can", "could", "will")
        for verb in _DOING
    },
    **{
        f"i {was} thinking{maybe}": "" for was in ("was", "am") for maybe in ("", " maybe", " that")
    },
    **{f"{who} will need": f"{who} need" for who in ("i", "we")},
    **{f"and so {must}": "and" for must in ("should", "can", "must", "does", "do", "could")},
    "if it is not too much trouble": "please",
    "if it is no trouble": "please",
    **{f"and after {verb}": f"and then {verb}" for verb in _DOING},
    **{f"{every} what": "everything that" for every in ("all", "everything")},
    **{f"most {liked}": liked for liked in LIKED},
    **{f"{find} {its} way": "go" for find in ("find", "make") for its in ("its", "their", "a")},
    **{f"{find} {its} way": "went" for find in ("found", "made") for its in ("its", "their", "a")},
    **{
        f"{who} {could} {use}": f"{who} want"
        for who in ("i", "we")
        for could in ("could", "can", "would")
        for use in ("murder", "kill for", "go for", "do with", "really use")
    },
    "do you can": "can you",
    **{
        f"{end} up {there}": f"be {there}"
        for end in ("end", "wind")
        for there in ("in", "on", "at")
    },
    **{f"{end}s up {there}": f"is {there}" for end in ("end", "wind") for there in ("in", "on")},
    **{
        f"{wish} to": "please"
        for wish in ("it would not hurt", "it would do no harm", "it would not hurt you")
    },
    **{f"you {had} better": "please" for had in ("had", "would")},
    "make sure to": "please",
    **{f"{who} will be needing": f"{who} need" for who in ("i", "we")},
    **{
        f"{who} would like to see {the}": f"{who} want {the}"
        for who in ("i", "we")
        for the in ("the", "both", "all", "every", "that", "my")
    },
    "have need of": "need",
    "can i please": "can i",
    "what i would like is": "i would like",
    "what i want is": "i want",
    "all i want is": "i want",
    "what i need is": "i need",
    "what i want you to do is": "please",
    "make yourself useful and": "please",
    "see if you can": "please",
    **{f"{turn} of {the}": f"{turn} off {the}" for turn in ("turn", "switch") for the in _THE},
    **{f"make {verb} {the}": f"{verb} {the}" for verb in ("stop", "start") for the in _THE},
    **{f"{who} would rather have": f"{who} want" for who in ("i", "we")},
    **{
        f"would {much} {like}": f"would {like}"
        for much in ("quite", "really", "rather", "dearly", "so", "very much", "really quite")
        for like in ("like", "love", "appreciate")
    },
    **{
        f"if {it} {no} {trouble}": "please"
        for it in ("it is", "that is", "it would be", "it will be")
        for no in (
            "no",
            "not a",
            "not any",
            "not too much",
            "not much",
            "no great",
            "not much of a",
        )
        for trouble in ("bother", "trouble", "hassle", "problem", "inconvenience", "effort")
    },
    **{f"{be} to be": "should be" for be in ("is", "are")},
    "i reckon": "",
    "i suppose": "",
    "i believe": "",
    "i guess": "",
    "i would say": "",
}
_REWORDED = {tuple(said.split()): tuple(instead.split()) for said, instead in _FORMS.items()}
_LONGEST = max(map(len, _REWORDED))
_NOMINAL = ARTICLES | POSSESSIVES | DEMONSTRATIVES
_ENDS = frozenset([",", ".", ";", "!", "?", ":"])
_CALLED = frozenset({"the", "some", "a"})


_IDLE = {
    tuple(said.split()): tuple(instead.split())
    for said, instead in {
        **{f"while you are {at}": "" for at in ("at it", "there", "about it", "up")},
        **{
            f"while you {work}": ""
            for work in ("work", "are working", "do it", "do that", "do this")
        },
        **{f"{at} all times": "" for at in ("at",)},
        **{f"the whole {time}": "" for time in ("time", "while")},
        **{
            f"if you {can}": ""
            for can in ("could", "can", "would", "may", "please", "like", "do not mind")
        },
        **{f"if {who} {may}": "" for who in ("i", "we") for may in ("may", "might")},
        **{
            f"{once} you {get} a {chance}": ""
            for once in ("once", "when", "whenever", "if", "as soon as")
            for get in ("get", "have", "find")
            for chance in ("sec", "second", "minute", "moment", "chance", "mo")
        },
        **{f"{when} you {go}": "" for when in ("when", "before") for go in ("go", "leave")},
        **{
            f"{once} {done}": "then"
            for once in ("once", "when", "after")
            for done in (
                *("you have done that", "you are done", "that is done", "you have finished"),
                *("you finish", "you are finished", "you have done so", "you did that"),
            )
        },
        **{
            f"{unless} {it} {already} {done}": ""
            for unless in ("unless", "if not")
            for it in ("it is", "that is", "it has been", "they are", "you have", "that has been")
            for already in ("already", "all")
            for done in ("done", "so", "done so", "done it", "done that", "happened")
        },
        **{
            f"if {need}": ""
            for need in (
                *("that is okay", "that is ok", "that is all right", "that is alright"),
                *("it is okay", "it is ok", "that is fine", "that is possible", "it is possible"),
                *("needed", "necessary", "required", "need be", "not already done"),
                *("not done already", "not done yet", "it is not already", "it is not done yet"),
                *("you have not already", "you have not done so already", "you have not yet"),
                *("you have not done it already", "you have not done that already"),
                *("it is needed", "it is necessary", "they are not already", "not already"),
                *("it is not already done", "that is not done yet", "that has not been done yet"),
            )
        },
        **{f"after {that} {mark}": "then" for that in ("that", "this", "which") for mark in ",."},
        **{
            f"{only}{if_} {it} {needs} {it_so}": ""
            for only in ("but only ", "only ", "but ", "")
            for if_ in ("if", "when", "where")
            for it, needs in (("it", "needs"), ("it", "wants"), ("they", "need"), ("they", "want"))
            for it_so in ("it", "that", "doing", "to be", "one", "any")
        },
        **{
            f"{when} you are {ready}": ""
            for when in ("when", "whenever", "if", "once", "as soon as")
            for ready in ("ready", "able", "free", "able to", "passing", "not busy", "not too busy")
        },
        "after that": "then",
        "after doing so": "then",
    }.items()
}
"""Words that look like a condition and hold none."""

_IDLE_BY_FIRST = {
    first: tuple((said, instead) for said, instead in _IDLE.items() if said[0] == first)
    for first in {said[0] for said in _IDLE}
}
"""The same by their first words."""


def without_idle_conditions(tokens: Sequence[str]) -> list[str]:
    """Return tokens without "if you could", and with "then" for "once you have done that"."""
    found: list[str] = []
    index = 0
    while index < len(tokens):
        for said, instead in _IDLE_BY_FIRST.get(tokens[index], ()):
            end = index + len(said)
            is_at_it = said[0] == "while" and said[-1] != "there"
            is_whole = end >= len(tokens) or tokens[end] in _ENDS or instead or is_at_it
            is_whole = is_whole or (said[0] == "while" and _begins_order(tokens[end]))
            if tuple(tokens[index:end]) == said and is_whole:
                found.extend(instead)
                index = end
                break
        else:
            found.append(tokens[index])
            index += 1
    return found


def _begins_order(word: str) -> bool:
    """Return True for "grab" after "while you are there"; False for "in", "the"."""
    return word not in FUNCTION_WORDS and can_be_verb(word) and past_of(word) is None


def reworded(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with plainer forms of some.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    found: list[str] = []
    index = 0
    while index < len(tokens):
        doing = _doing(tokens, index, known)
        if doing is not None:
            verb, index = doing
            found.append(verb)
            continue
        token = _with_its_g(tokens[index], known)
        for length in range(min(_LONGEST, len(tokens) - index), 0, -1):
            instead = _REWORDED.get(tuple(tokens[index : index + length]))
            is_thing = index > 0 and tokens[index - 1] in _NOMINAL and known.names(tokens[index])
            after = tokens[index + length : index + length + 1]  # that all the mugs are clean
            is_thing = is_thing or (instead == ("them",) and _begins_with_thing(after, known))
            if instead is not None and not is_thing:  # the can to the bin, those two mugs
                found.extend(instead)
                index += length
                break
        else:
            found.append(token)
            index += 1
    return found


def _begins_with_thing(words: Sequence[str], known: SpokenWords) -> bool:
    is_named = bool(words) and known.names(words[0]) and words[0] not in FUNCTION_WORDS
    return is_named or bool(_NOMINAL & set(words[:1]))


def _with_its_g(word: str, known: SpokenWords) -> str:
    """Return "chucking" for "chuckin"; any other word as it is."""
    is_cut = word.endswith("in") and gerund_of(f"{word}g") is not None
    return f"{word}g" if is_cut and not known.names(word) and not is_english(word) else word


def _doing(tokens: Sequence[str], index: int, known: SpokenWords) -> tuple[str, int] | None:
    """Return the verb of "do the cleaning of" with the end of these words; None for others."""
    if tokens[index] not in ("do", "make"):
        return None
    after = index + 1
    after += tokens[after : after + 1] != [] and tokens[after] in _CALLED
    verb = gerund_of(tokens[after]) if after < len(tokens) else None
    if verb is None or not known.asks(verb):
        return None
    after += 1
    return verb, after + (tokens[after : after + 1] == ["of"])
