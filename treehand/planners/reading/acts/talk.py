"""Talk around a line of a dialogue: "you know what, make it the sink", "hmm, … while you're at it".

It is taken off before the line is told apart as an answer, a correction or a goal. Words that deny
("no", "wait") and words that tell a line's intent ("and", "actually") stay.
"""

from __future__ import annotations

import re

from treehand.planners.reading.words.tokens import DRAWN_OUT, shortened

_SOUND = r"h+m+|u+h+m*|u+m+|e+r+m*|o+h+|a+h+|aw+|ooh+|whoa|hey( there)?|phew|tsk|ach|och|ehm|mm+"
_SAID = (
    "you know( what)?|(i )?tell you what|look|listen|see|now|right|well|so|let me (see|think)"
    "|by the way|btw|i know|i think|i mean|come on|here is a thought|just a thought|one more thing"
    "|another thing|one thing|quick question|question|(i am |im )?(just )?(curious|wondering)"
    "|out of (curiosity|interest)|just (asking|checking|to be sure|to check)|to be (honest|sure)"
    "|as a matter of fact|to tell the truth"
    "|tell me|remind me|say|in that case|that said|anyway|anyhow|first of all|mind you|dear me"
    "|excuse me|pardon|sorry to (bother|interrupt)( you)?|if i may( ask)?|fair enough|okey dokey"
)
_PAUSING = (
    "(hold|hang) (on|it)( a (second|sec|moment|minute|mo|tick|bit))?|wait (up|a (second|sec|tick))"
    "|(one|just a|half a) (sec|second|moment|mo|tick)"
)
_CALLED = (
    "dear|my dear|love|lovey|mate|pal|buddy|robot|darling|sweetie|sweetheart|son|lad|lass|man|bro"
    "|dude|treehand|pet|duck|hen|chum|friend|my friend|honey|boss|sir|madam|machine"
)
_THANKED = "please|thanks|thank you( very much| so much)?|cheers|ta|thx"
_IDLE = (
    "while (you are|youre|you re) (at it|there|about it|up)|will you|would you|can you|could you"
    "|if (you|that is|thats) (would|could|can|please|please do|like|ok|okay|possible|all right)"
    "|if you (do not|dont|would not|wouldnt) mind|if it is (not too much trouble|ok|okay)"
    "|i think|i guess|i suppose|i reckon|or so|eh|huh|yeah|aye|innit|right|ok|okay|hm+"
    "|for (me|us)|by any chance|exactly|roughly|at all"
    "|(and )?(take your time|there is no (rush|hurry)|no (rush|hurry)|be quick( about it)?)"
)
_LEAD = re.compile(
    rf"(?:(?:{_SOUND}|in fact|as it happens)\b(?:\s*[,.…!-]+\s*|\s+)"
    rf"|(?:{_SAID}|{_PAUSING}|{_CALLED})\s*[,…:-]+\s*"
    rf"|(?:{_PAUSING})\s+(?=(?:no|not|the|make|put|i)\b)|(?:and|so) (?=(?:{_SOUND})\b))",
    re.IGNORECASE,
)
_ASKED_TO_ASK = re.compile(
    r"(?:may|can|could|might) (?:i|we) (?:ask|know|just ask)(?: you)?[,:]?\s+"
    r"(?=(?:how|what|why|when|where|which|who|if)\b)",
    re.IGNORECASE,
)
_DENIED_PAUSE = re.compile(rf"(no|nope|nah)\b[\s,.!]+(?:{_PAUSING})\s*[,.!…]+\s*", re.IGNORECASE)
_TAIL = re.compile(
    rf"(?:\s*,\s*(?:{_CALLED}|{_THANKED}|{_IDLE})"
    rf"|\s+(?:{_THANKED}|while you['’]?(?: a)?re (?:at it|there|about it)|by any chance))"
    r"\s*(?P<end>[.!?…]*)$",
    re.IGNORECASE,
)


def without_talk(line: str) -> str:
    """Return a line without the talk at its ends; the line itself if it is nothing but talk.

    Args:
        line: The person's words.
    """
    kept = DRAWN_OUT.sub(shortened, " ".join(line.split()))
    kept = _DENIED_PAUSE.sub(r"\1, ", kept, count=1)
    while True:
        found = _LEAD.match(kept) or _ASKED_TO_ASK.match(kept)
        rest = kept[found.end() :] if found is not None else kept
        tail = _TAIL.search(rest)
        if tail is not None and tail.start() > 0:
            rest = rest[: tail.start()] + tail["end"]
        if rest == kept or not any(character.isalnum() for character in rest):
            return kept
        kept = rest
