"""WordPiece tokens of a text, as BERT's uncased models take them."""

from __future__ import annotations

import gzip
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("wordpieces.txt.gz")
_START, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_LONGEST_WORD = 100
MAX_TOKENS = 64
"""Most tokens of a text; the rest is left out."""


@cache
def _vocabulary() -> dict[str, int]:
    pieces = gzip.decompress(_FILE.read_bytes()).decode("utf-8").splitlines()
    return {piece: index for index, piece in enumerate(pieces)}


def token_ids(text: str) -> list[int]:
    """Return the numbers of a text's tokens, the start and end tokens included."""
    known = _vocabulary()
    ids = [known[piece] for word in _words(text) for piece in _pieces(word)]
    return [known[_START], *ids[: MAX_TOKENS - 2], known[_END]]


def _words(text: str) -> list[str]:
    """Return the words of a text, folded and without accents; a mark is a word."""
    spaced: list[str] = []
    for character in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(character)
        if kind == "Mn":
            continue
        is_apart = kind.startswith(("P", "S")) or "\u4e00" <= character <= "\u9fff"
        spaced.append(f" {character} " if is_apart else character)
    return "".join(spaced).split()


def _pieces(word: str) -> Iterator[str]:
    """Yield the longest known pieces of a word; one unknown token if some part has none."""
    known = _vocabulary()
    found: list[str] = []
    start = 0
    while start < len(word) <= _LONGEST_WORD:
        head = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if head + word[start:end] in known), 0)
        if not end:
            break
        found.append(head + word[start:end])
        start = end
    if start < len(word):
        yield _UNKNOWN
    else:
        yield from found
