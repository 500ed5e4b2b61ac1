"""Social lines: greetings and thanks, which ask for nothing."""

from __future__ import annotations

_REPLIES = {
    "You are welcome.": (
        *("thanks", "thank you", "many thanks", "thanks a lot", "thank you very much"),
        *("thank you so much", "cheers", "well done", "good job", "nice", "great", "perfect"),
    ),
    "Hello. Say what shall be done.": (
        *("hello", "hi", "hey", "hello there", "hi there", "good morning", "good afternoon"),
        *("good evening",),
    ),
    "Goodbye.": ("bye", "goodbye", "good night", "see you", "see you later"),
}
_REPLY_TO = {line: reply for reply, lines in _REPLIES.items() for line in lines}
_ADDRESSEES = ("robot", "treehand")


def social_reply(text: str) -> str | None:
    """Return the reply to a greeting or thanks; None if the text is anything else."""
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    while words and words[-1] in _ADDRESSEES:
        words.pop()
    return _REPLY_TO.get(" ".join(words))
