"""Response of a chat endpoint, streamed or whole, read leniently.

Servers that call themselves compatible differ in nearly every field; nothing here requires one.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from treehand.planners.llm.answers.answer_finder import AnswerFinder, Path, Place

_NO_TEXT = frozenset(
    {
        "created",
        "finish_reason",
        "id",
        "logprobs",
        "model",
        "name",
        "object",
        "obfuscation",
        "refusal",
        "role",
        "service_tier",
        "signature",
        "stop_reason",
        "system_fingerprint",
        "type",
        "usage",
    }
)
"""Fields that never hold an answer."""
_LITTLE, _BIG = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
_LINE_END = re.compile(r"\r\n|\n|\r(?!\n|\Z)")
_FINISHES = ("finish_reason", "stop_reason", "done_reason", "finishReason", "stopReason")
_TOKENS_IN = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count")
_TOKENS_OUT = ("completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count")
_MAX_TOKENS = 100_000_000
_LONGEST_NAME, _KEPT_IDS = 100, 50
_MARKS = ("choices", "message", "content", "output", "response", "candidates")
"""Fields by which the response of a chat endpoint is known."""
_MARKED = frozenset(_MARKS)
_TOLD = ("message", "detail", "errors", "msg", "status_msg")
"""Fields in which other servers tell an error."""


class EndpointResponse:
    """Everything that came back for one request.

    Args:
        finder: Finds the answer in it.
    """

    def __init__(self, finder: AnswerFinder) -> None:
        self._finder = finder
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._event: list[str] = []
        self._body: list[str] = []
        self._is_stream: bool | None = None
        self._texts: dict[Path, list[str]] = {}
        self._objects: list[Place] = []
        self._heard: list[str] = []
        self.refusal = ""
        """Text with which the model refused."""
        self.model = ""
        """Model that answered, as the server names it; empty if it does not."""
        self.is_mixed = False
        """True if pieces of several responses came by turns."""
        self._ids: list[str] = []
        self.finish = ""
        """Reason for which the model ended, in the server's words."""
        self.error = ""
        """The server's own words for an error, though the status said success."""
        self.is_done = False
        """True if the server said that the response is whole."""
        self.is_protocol = False
        """True if any of it had the shape of a chat endpoint's response."""
        self.tokens_in: int | None = None
        """Input tokens, as the server counted them; None if it did not."""
        self.tokens_out: int | None = None
        """Output tokens."""

    def feed(self, piece: bytes) -> str:
        """Take in the next bytes; return the text of the message that came with them."""
        if self._is_stream is None and not self._rest and piece.startswith((_LITTLE, _BIG)):
            self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._take(self._decoder.decode(piece))
        return self._spoken()

    def end(self) -> str:
        """Take in that nothing more comes; return the text of the message that came last."""
        self._take(self._decoder.decode(b"", True) + "\n\n")
        if not self._is_stream:
            self._whole("".join(self._body).strip())
        return self._spoken()

    def answer(self) -> dict[str, Any] | None:
        """Return the answer; None if there is none."""
        return self._finder.find(self._places())

    @property
    def text(self) -> str:
        """Return the message's text, for people and for repairs."""
        ranked = [place for place in self._places() if isinstance(place.value, str)]
        best = min((place.rank for place in ranked), default=None)
        return "".join(str(place.value) for place in ranked if place.rank == best)

    @property
    def has_reasoning(self) -> bool:
        """Return True if the model's reasoning came with it."""
        return any(place.rank[0] == 3 for place in self._places())

    @property
    def counted(self) -> tuple[int | None, int | None]:
        """Return the tokens in and out, as the server counted them."""
        return self.tokens_in, self.tokens_out

    @property
    def letters(self) -> int:
        """Return the number of letters that came."""
        return sum(len(piece) for pieces in self._texts.values() for piece in pieces)

    # Lines.

    def _take(self, text: str) -> None:
        lines = _LINE_END.split(self._rest + text)
        self._rest = lines.pop()
        for line in lines:
            self._line(line)

    def _line(self, line: str) -> None:
        if self._is_stream is None and line.strip():
            line = line.removeprefix("\ufeff")
            self._is_stream = line.startswith(("data:", "event:", "id:", "retry:", ":"))
        if not self._is_stream:
            self._body.append(line + "\n")
        elif line.startswith("data:"):
            data = line[5:].strip()
            if data == "[DONE]":
                self.is_done = True
            elif data:
                self._event.append(data)
                if self._is_object("\n".join(self._event)):
                    self._event.clear()
        elif not line.strip():
            self._event.clear()

    def _whole(self, body: str) -> None:
        if self._is_object(body) or self._is_list(body):
            self.is_done = self.is_protocol
            return
        lines = body.splitlines()
        if len(lines) > 1 and sum(map(self._is_object, lines)) > len(lines) // 2:
            return  # one object a line
        if body:
            self._texts[("body",)] = [body]

    def _is_object(self, text: str) -> bool:
        """Take in a text if it is one JSON object; return False if it is none."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return False
        if not isinstance(data, dict):
            return False
        self.take(data)
        return True

    def _is_list(self, text: str) -> bool:
        """Take in a text if it is a list of responses' pieces; return False if it is none."""
        try:
            pieces = json.loads(text) if text.startswith("[") else None
        except (ValueError, RecursionError):
            return False
        if not isinstance(pieces, list) or not pieces:
            return False
        is_protocol = all(isinstance(one, dict) and _MARKED & one.keys() for one in pieces)
        for one in pieces if is_protocol else ():
            self.take(one)
        return is_protocol

    def take(self, data: Mapping[str, Any]) -> None:
        """Take in one JSON object: a whole response, or the next piece of a streamed one."""
        is_told = isinstance(data.get("message"), str)
        marks = (key for key in _MARKS if data.get(key) and not (is_told and key == "message"))
        self.is_protocol = self.is_protocol or any(marks)
        if data.get("error") and not data.get("choices"):
            self.error = _words(data["error"])
        elif data.get("object") == "error" or not self.is_protocol:
            told = next((data[key] for key in _TOLD if data.get(key)), None)
            self.error = _words(told) if told else self.error
        self._note(data)
        self._note_origin(data)
        for choice in data.get("choices") or ():
            if isinstance(choice, dict) and not choice.get("index"):
                self._note(choice)
                for key in ("message", "delta"):
                    self._note(choice.get(key))
        self._note(data.get("message"))
        for key in ("usage", "usageMetadata"):
            self._count(data.get(key))
        self._count(data)
        for place in self._walk(data, (), is_reasoning=False):
            if isinstance(place.value, str):
                self._texts.setdefault(place.path, []).append(place.value)
                if place.rank[0] == 0:
                    self._heard.append(place.value)
            else:
                self._objects.append(place)

    def _note_origin(self, data: Mapping[str, Any]) -> None:
        """Take in which model answered, and to which request."""
        if isinstance(data.get("model"), str):
            self.model = data["model"][:_LONGEST_NAME]
        number = data.get("id")
        if isinstance(number, str) and number and number != (self._ids or [""])[-1]:
            self.is_mixed = self.is_mixed or number in self._ids
            self._ids = [*self._ids[-_KEPT_IDS:], number]

    def _note(self, data: Any) -> None:
        if not isinstance(data, Mapping):
            return
        if isinstance(data.get("refusal"), str):
            self.refusal += data["refusal"]
        for key in _FINISHES:
            if isinstance(data.get(key), str) and data[key]:
                self.finish, self.is_done = data[key].lower(), True

    def _count(self, usage: Any) -> None:
        if not isinstance(usage, Mapping):
            return
        read = next((n for n in map(usage.get, _TOKENS_IN) if _is_count(n)), None)
        written = next((n for n in map(usage.get, _TOKENS_OUT) if _is_count(n)), None)
        if read or written:
            self.tokens_in, self.tokens_out = read, written

    def _walk(self, data: Any, path: Path, *, is_reasoning: bool) -> Iterator[Place]:
        """Yield the texts of a response, and the objects that fit the schema themselves."""
        if isinstance(data, str):
            yield Place(("reasoning", *path) if is_reasoning else path, data)
        elif isinstance(data, Mapping):
            if self._finder.fits(data) if path else self._finder.is_whole(data):
                yield Place(("reasoning", *path) if is_reasoning else path, data)
                return
            kind = data.get("type")
            thinks = data.get("thought") is True or (
                isinstance(kind, str) and re.search(r"reason|think", kind) is not None
            )
            for key, value in data.items():
                if key not in _NO_TEXT:
                    yield from self._walk(value, (*path, key), is_reasoning=is_reasoning or thinks)
        elif isinstance(data, list):
            for index, value in enumerate(data):
                given = value.get("index") if isinstance(value, Mapping) else None
                place = given if isinstance(given, int) else index
                yield from self._walk(value, (*path, place), is_reasoning=is_reasoning)

    def _places(self) -> list[Place]:
        texts = [Place(path, "".join(pieces)) for path, pieces in self._texts.items()]
        return [*texts, *self._objects]

    def _spoken(self) -> str:
        text = "".join(self._heard)
        self._heard.clear()
        return text


def _words(error: Any) -> str:
    """Return the message in an error object, or in the first of several."""
    if isinstance(error, list) and error:
        return _words(error[0])
    if isinstance(error, Mapping):
        for key in ("message", "detail", "error", "msg"):
            if error.get(key):
                return _words(error[key])
    return error if isinstance(error, str) else json.dumps(error)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_TOKENS
