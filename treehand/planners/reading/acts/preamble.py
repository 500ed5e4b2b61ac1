"""Words in front of a line that only take up the talk: "ok that is fine", "oh no, sorry"."""

from __future__ import annotations

from collections.abc import Sequence

_AGREEING = frozenset(
    {"ok", "okay", "alright", "right", "then", "well", "oh", "please", "perfect", "great", "good"}
    | {"fine", "thanks", "thank", "you", "hmm", "hey", "robot", "that", "is", "it", "so", "now"}
    | {
        "lovely",
        "nice",
        "super",
        "cool",
        "sounds",
        "looks",
        "very",
        "and",
        "ah",
        "aha",
        "um",
        "uh",
        "hi",
        "hello",
    }
)
_OBJECTING = frozenset(
    {"no", "nope", "nah", "wait", "sorry", "oops", "wrong", "actually", "hm", "but"}
)
_SINGLE = _AGREEING - {"that", "is", "it", "you", "thank", "sounds", "looks", "very", "right"}


def without_preamble(words: Sequence[str], *, objects: bool = True) -> list[str]:
    """Return words without the talk in front of them.

    Args:
        words: Words and commas.
        objects: True if words that object ("no, wait") go, too.
    """
    talk = _AGREEING | (_OBJECTING if objects else frozenset())
    kept = list(words)
    while "," in kept:
        at = kept.index(",")
        if not set(kept[:at]) <= talk:
            break
        kept = kept[at + 1 :]
    single = _SINGLE | (_OBJECTING if objects else frozenset())
    while len(kept) > 1 and (kept[0] in single or kept[0] == ","):
        kept = kept[1:]
    return kept
