"""Words that revise a goal, piece by piece: "not the mug, the glass, and put it in the sink".

A line is cut at its pauses and conjunctions. Each piece leaves things out, keeps some alone, adds
some, spares some (they are not to be touched), or says something else: another thing or place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    MODALS,
    POSSESSIVES,
    PREPOSITIONS,
    QUESTION_WORDS,
)
from treehand.planners.reading.words.tokens import marked_tokens


class RevisionKind(Enum):
    """Change of a goal by a piece."""

    LEAVE = auto()
    """Things are left out: "no bowls", "the towel stays on the bed"."""
    KEEP = auto()
    """Some things are meant alone: "just the glass"."""
    TAKE = auto()
    """Things are added: "and the plates too"."""
    SPARE = auto()
    """Things are not to be touched: "leave the glass alone"."""
    SAY = auto()
    """Words that stand for themselves: "the glass", "in the sink", "put it in the sink"."""


@dataclass(frozen=True)
class RevisionPiece:
    """One piece of a line, with the words that tell what it is about."""

    kind: RevisionKind
    words: str
    is_joined: bool = False
    """True if it begins with "and": it goes beside what was said."""
    is_meant: bool = False
    """True if its words say that it is meant instead: "back to the cheese"."""


_TALK = (
    "ok|okay|or|oh|ah|hmm?|hm|well|sorry|oops|nope|nah|wait|actually|rather|ugh|then|now|please|yes"
    "|yeah|yep|right|alright|so|fine|good|great|thanks|just a sec|hang on|hold on|in fact|also then"
    "|i mean|i meant|i said|let us say|let us do|on second thoughts?|come to think of it|sure|hey"
    "|you know what|my mistake|my bad|wrong one|correction"
)
_LEAD = re.compile(
    rf"(?:(?:{_TALK})(?: ,)* (?!one\b|of\b)"
    r"|let us (?:take|have|do) |(?:while|when|since) you are (?:at it|there|up|about it) (?:, )?"
    r"|(?:once|when|after|as soon as) (?:that|it|this|they) (?:is|are|has been)"
    r" (?:done|finished|over|ready) (?:, )?"
    r"|no (?:, )+|no (?=no\b|(?:the|that|those|these|this|my|not|just|only|in|into|on|onto"
    r"|to|at|both|all|it|them|leave|put|skip|keep|make|wait|i|sorry)\b)|, )"
)
_MEANT = re.compile(
    r"(?:no (?=(?:the|that|those|these|my) )"
    r"|(?:no|sorry|wait|and|oh)?(?: ,)? ?i (?:mean|meant|said) "
    r"|(?:let us )?(?:go |switch |change )?back to (?=(?:the|my)\b)"
    r"|make (?:it|that) (?=(?:the|an?|my|both|all)\b))"
)
_WRONG = re.compile(
    r"^(?:(?:no|sorry|oops|ah|oh) ,? ?)*(?:that is )?(?:the )?wrong \w+ , "
    r"(?:(?:it|that|this) (?:is|was|should be|should have been) )?(?=\w)"
)
"""Words with which a thing is named in place of one that was wrong."""
_MEANT_AFTER = re.compile(r"(?<=\w)(?: ,)? i (?:mean|meant|said)$")
_TAIL = re.compile(
    r"(?:(?<=\w) (?:,|please|then|now|instead|thanks|though|after all|any ?more|either|for now"
    r"|today|actually|again|afterwards|after that|thank you|this time|i think|i mean|i meant"
    r"|at all|i said|yes|ok|okay|yet|rather))+$"
)
_STATES = "on|off|open|closed|shut|up|down|running|dirty|lit|locked|there|here|in|out"
_PATTERNS = r"""
SPARE (leave|let) (?P<x>.+?) <ALONE>
SPARE (do not|never) (even )?(touch|handle|go near|mess with|move|disturb) (?P<x>.+)
SPARE ((keep )?your )?hands off (?P<x>.+)
SPARE (keep|stay) (away|clear|off)( from| of)? (?P<x>.+)
LEAVE <ALL>( of (them|those|these|it))? <BUT> (?P<x>.+)
LEAVE (not|nor|without|except|except for|skip|omit|minus|spare|apart from) (?P<x>.+)
LEAVE (just|only) not (?P<x>.+)
LEAVE (?P<x>(?!do |does |is |are |and ).+?) (not|no)
LEAVE (there is |i have |we have |you have )?no (need|use|reason|point|call) <FOR> (?P<x>.+)
LEAVE (there is )?no (?P<x>(?!<NEED>).+)
LEAVE ((i|we|you) )?do not (need|want|bother <OVER>|worry <OVER>|mind|do|include) (?P<x>.+)
LEAVE ((i|we|you) )?(can|could) (do without|skip|leave out|leave|spare|drop) (?P<x>.+)
LEAVE leave out (?P<x>.+)
LEAVE leave (?P<x>.+?) (out|aside)( of (it|this|that))?
LEAVE (leave|let|keep) (?P<x>.+?) (as (it|they) (is|are)|<STATES>)
LEAVE leave (?P<x>.+)
LEAVE (?P<x>.+?) (is|are) (not|no longer) (needed|necessary|required|wanted|in the way)
LEAVE (?P<x>.+?) (does|do) not (matter|count|belong|(need|have) to( go| move)?)
LEAVE (?P<x>.+?) (is|are) (fine|ok|okay|good|all right|alright)( <AS>)?
LEAVE (?P<x>.+?)( <MAY>)? <STAY>( .+)?
LEAVE (?P<x>.+?) (can|could|may) (wait|be left( out| alone)?|be skipped)( .+)?
LEAVE <FORGET>( about)? (?P<x>.+)
KEEP (just|only|simply|merely|nothing but|it is only|it is just) (?P<x>.+)
KEEP (i|we) (only|just) (need|want|meant|mean|said|wanted) (?P<x>.+)
KEEP (need|want|meant|mean) (only|just) (?P<x>.+)
KEEP (?P<x>.+?) (only|alone|is enough|are enough|is all|are all|suffices?|is plenty|are plenty)
KEEP (?P<x>.+?) (will|would) (do|be enough|suffice|be fine)
TAKE (?P<x>.+?) (along )?with (it|them|those|these|that)
TAKE (also|plus|add|include|along with|together with|as well as) (?P<x>.+?)( too| as well| also)*
TAKE (do )?(?P<x>.+?)( too| as well| also)+
TAKE (the )?same (thing )?(for|with|goes for|to) (?P<x>.+?)( too| as well| also)*
"""
_PARTS = {
    "ALONE": "(alone|be|in peace|untouched|where (it|they) (is|are|stands?|lies?))",
    "ALL": "(all|everything|every one|anything|each|the lot|any)",
    "NEED": "(need|use|reason|point|problem|way|idea|matter|worries|rush|hurry)",
    "OVER": "(with|about)",
    "MAY": "(can|may|should|shall|must|could|has to|have to|is to|are to|will)",
    "FORGET": "(forget|drop|scrap|cancel|ditch|exclude|ignore|remove|delete|never mind|strike)",
    "BUT": "(but|except|except for|apart from|other than|besides|save|bar|without)",
    "FOR": "(to do|to bother with|to take|to move|to wash|to touch|for|of|in doing|in|with)",
    "STATES": f"({_STATES})",
    "AS": "(as|where) (it|they) (is|are)|there|here|like that",
    "STAY": "(stays?|remains?|keeps?)",
}
_MARKERS = frozenset(
    {"not", "no", "just", "only", "leave", "skip", "without", "except", "put", "move", "bring"}
    | {
        "once",
        "after",
        "keep",
        "forget",
        "drop",
        "also",
        "plus",
        "add",
        "never",
        "let",
        "make",
        "do",
        "hands",
        "while",
    }
)
"""Words with which a piece begins after "and" or "but"."""
_NOMINAL = ARTICLES | POSSESSIVES | DEMONSTRATIVES | {"both", "all"}
_JOINS = frozenset({"and", "but"})
_MOST_WORDS = 30
"""Most words of a line that revises a goal."""


def _compiled() -> Iterator[tuple[RevisionKind, re.Pattern[str]]]:
    for line in _PATTERNS.strip().splitlines():
        kind, _, pattern = line.partition(" ")
        for name, part in _PARTS.items():
            pattern = pattern.replace(f"<{name}>", part)
        yield RevisionKind[kind], re.compile(pattern)


_COMPILED = tuple(_compiled())


def revisions_of(text: str, asks: Callable[[str], bool]) -> tuple[RevisionPiece, ...]:
    """Return the pieces of a line that may revise a goal; none for a question or a long text.

    Args:
        text: The person's words.
        asks: Tells if a word is a verb that asks for something here.
    """
    tokens = [token if token.isalnum() or "_" in token else "," for token in marked_tokens(text)]
    tokens = _WRONG.sub("", " ".join(tokens)).split()
    if text.rstrip().endswith("?") or len(tokens) > _MOST_WORDS:
        return ()
    if tokens and tokens[0] in QUESTION_WORDS | MODALS:
        return ()
    cut = [(_piece(words), joint) for words, joint in _pieces(tokens, asks)]
    told = [(piece, joint) for piece, joint in cut if piece.words]
    joined = [replace(piece, is_joined=joint == "and") for piece, joint in told]
    if told and told[0] is not cut[0]:  # "yes but close it afterwards"
        joined[0] = replace(joined[0], is_joined=told[0][1] in _JOINS)
    return tuple(joined)


def _pieces(tokens: Sequence[str], asks: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Yield the words between pauses and conjunctions, with the conjunction before them."""
    start, joint = 0, ""
    index = 0
    while index < len(tokens):
        word = tokens[index]
        after = index + 1
        while after < len(tokens) and tokens[after] in (",", *_JOINS):
            after += 1
        following = tokens[after] if after < len(tokens) else ""
        begins = following in _MARKERS or asks(following) or following in PREPOSITIONS
        begins = begins or (word == "," and following != "")
        if word in (",", *_JOINS) and (begins or index == start):
            yield " ".join(tokens[start:index]), joint
            joint = next((one for one in tokens[index:after] if one in _JOINS), "")
            start = index = after
            continue
        index += 1
    yield " ".join(tokens[start:]), joint


def _piece(words: str) -> RevisionPiece:
    said = f"{words} "
    while (lead := _LEAD.match(said)) is not None and lead.end() < len(said):
        said = said[lead.end() :]
    led = _MEANT.match(said)
    is_meant = led is not None or _MEANT.match(words) is not None
    is_meant = is_meant or _MEANT_AFTER.search(said.strip()) is not None
    said = _TAIL.sub("", said[led.end() if led is not None else 0 :].strip(" ,"))
    if re.fullmatch(rf"(?:{_TALK}|no|yes)?", said):
        return RevisionPiece(RevisionKind.SAY, "")
    for kind, pattern in _COMPILED:
        found = pattern.fullmatch(said)
        if found is not None:
            groups = found.groupdict()
            named = _TAIL.sub("", groups.get("x") or "")
            if named and not (kind is RevisionKind.LEAVE and _is_placing(said, named)):
                return RevisionPiece(kind, named)
    return RevisionPiece(RevisionKind.SAY, said, is_meant=is_meant)


def _is_placing(said: str, named: str) -> bool:
    """Return True for "leave it in the sink", which tells a place."""
    words = named.split()
    is_left = said.startswith(("leave ", "let ", "keep ")) and said.endswith(named)
    return is_left and any(word in PREPOSITIONS for word in words[1:]) and words[0] not in _NOMINAL
