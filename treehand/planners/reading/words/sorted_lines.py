"""Lines of text that are found by their first word, without a dictionary of them in memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache


class SortedLines:
    r"""Lines of `WORD REST` or `WORD`, searched by bisection.

    Args:
        text: The lines in UTF-8, each once, with ``\n`` between them, in the order of the bytes of
            their words.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._cached = lru_cache(maxsize=4096)(self._find)

    def rest_of(self, word: str) -> str | None:
        """Return the rest of the line that begins with a word; None if no line does."""
        return self._cached(word)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield each word with the rest of its line."""
        for line in self._text.decode("utf-8").split("\n"):
            word, _, rest = line.partition(" ")
            yield word, rest

    def _find(self, word: str) -> str | None:
        wanted, text = word.encode("utf-8", "surrogatepass"), self._text
        low, high = 0, len(text)
        while low < high:
            start = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = text.find(b"\n", start, high)
            end = high if end < 0 else end
            found, _, rest = text[start:end].partition(b" ")
            if found == wanted:
                return rest.decode("utf-8")
            if found < wanted:
                low = end + 1
            else:
                high = start
        return None
