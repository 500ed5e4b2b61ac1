"""Any endpoint that speaks OpenAI's chat completions, through the ``openai`` client."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from treehand.core.errors import ModelError
from treehand.planners.llm.chat import (
    ChatRequest,
    Hear,
    Reply,
    StreamedReply,
    cut_off,
    declined,
    one_line,
    require_short,
    too_slow,
)
from treehand.planners.llm.settings import ModelSettings

_CHUNK_BYTES = 100
"""Least size that a piece of a stream counts as, so that endless empty pieces end too."""
_NO_KEY = "no-key"
"""Endpoints on one's own machine want no key; the client wants some text."""


class OpenAIChat:
    """Asks one model of one endpoint; streams, with one layer of retries: the client's.

    Args:
        model: The model's name there.
        settings: Address, key, timeout, retries.
        name: What it is called in messages; the model's name if left out.

    Raises:
        ModelError: If no key can be found.
    """

    def __init__(self, model: str, settings: ModelSettings, *, name: str | None = None) -> None:
        self._model = model
        self._settings = settings
        self._name = name or f"openai:{model}"
        address = settings.base_url or os.environ.get("OPENAI_BASE_URL")
        self._is_openai = not address
        key = key_of(settings)
        self._key = key
        if key is not None and not key.isascii():
            message = f"the key for {self._name} holds letters that no key has"
            raise ModelError("key-rejected", message, f"look at {settings.key_env}")
        if key is None and self._is_openai:
            hint = (
                f"set {settings.key_env}, or OPENAI_BASE_URL for an endpoint of your own; "
                "without --llm the built-in grammar needs neither"
            )
            raise ModelError("missing-api-key", f"there is no key for {self._name}", hint)
        try:
            self._client = openai.OpenAI(
                base_url=address,
                api_key=key or _NO_KEY,
                timeout=settings.timeout,
                max_retries=settings.retries,
            )
        except (ValueError, TypeError, openai.OpenAIError) as error:
            raise self._wrong_address(error) from error

    @property
    def name(self) -> str:
        """Return its name in messages."""
        return self._name

    @property
    def address(self) -> str:
        """Return where the endpoint is, without a password in it."""
        return re.sub(r"//[^/@]*@", "//…@", str(self._client.base_url))

    def reply(self, request: ChatRequest, hear: Hear) -> Reply:
        """Return the answer to a request; raises `ModelError`."""
        answer = StreamedReply(self._name, hear)
        try:
            return self._reply(request, answer)
        except openai.APIError as error:
            raise self._failure(error) from error
        except _NOT_THE_PROTOCOL as error:
            raise self._garbled(error) from error
        except Exception as error:
            if type(error).__module__.split(".")[0] in ("httpx", "httpx2", "httpcore"):
                raise self._broken(error) from error
            raise

    def _reply(self, request: ChatRequest, answer: StreamedReply) -> Reply:
        options: dict[str, Any] = {}
        limit = "max_completion_tokens" if self._is_openai else "max_tokens"
        options[limit] = request.answer_tokens
        if self._settings.temperature is not None:
            options["temperature"] = self._settings.temperature
        schema = {"name": "answer", "schema": dict(request.schema), "strict": request.is_strict}
        options["messages"] = [{"role": m.role, "content": m.text} for m in request.messages]
        options["response_format"] = {"type": "json_schema", "json_schema": schema}
        with self._client.chat.completions.with_streaming_response.create(
            model=self._model, stream=True, stream_options={"include_usage": True}, **options
        ) as response:
            ends_s = time.monotonic() + self._settings.timeout
            # Whatever drips in, even what the client keeps to itself, ends when the time is up.
            watchdog = threading.Timer(self._settings.timeout, response.close)
            watchdog.start()
            try:
                if "event-stream" in response.headers.get("content-type", ""):
                    return self._streamed(response.parse(), answer, request, ends_s)
                return self._whole(response.iter_bytes(), answer, request, ends_s)
            except Exception as error:
                if time.monotonic() >= ends_s:
                    raise self._slow() from error
                raise
            finally:
                watchdog.cancel()

    def _streamed(
        self,
        chunks: Iterable[ChatCompletionChunk],
        answer: StreamedReply,
        request: ChatRequest,
        ends_s: float,
    ) -> Reply:
        """Return the answer of an endpoint that streams."""
        refusal, finish, usage = "", None, None
        for received, chunk in enumerate(chunks):
            self._require_in_time(ends_s)
            require_short(self._name, received * _CHUNK_BYTES)
            usage = chunk.usage or usage
            for choice in chunk.choices[:1]:
                refusal += choice.delta.refusal or ""
                finish = choice.finish_reason or finish
                if choice.delta.content:
                    answer.add(choice.delta.content)
        counted = (usage.prompt_tokens, usage.completion_tokens) if usage else (None, None)
        return self._finished(answer, request, refusal, finish, counted)

    def _whole(
        self, pieces: Iterable[bytes], answer: StreamedReply, request: ChatRequest, ends_s: float
    ) -> Reply:
        """Return the answer of an endpoint that does not stream though it was asked to."""
        body = bytearray()
        for piece in pieces:
            self._require_in_time(ends_s)
            body += piece
            require_short(self._name, len(body))
        completion = ChatCompletion.model_validate_json(bytes(body))
        if not completion.choices:
            raise ValueError("the completion has no choices")
        choice = completion.choices[0]
        if choice.message.content:
            answer.add(choice.message.content)
        usage = completion.usage
        counted = (usage.prompt_tokens, usage.completion_tokens) if usage else (None, None)
        return self._finished(
            answer, request, choice.message.refusal or "", choice.finish_reason, counted
        )

    def _finished(
        self,
        answer: StreamedReply,
        request: ChatRequest,
        refusal: str,
        finish: str | None,
        counted: tuple[int | None, int | None],
    ) -> Reply:
        error: ModelError | None = None
        if refusal:
            error = declined(self._name, refusal)
        elif finish == "content_filter":
            error = declined(self._name, "the endpoint's content filter stepped in")
        elif finish == "length":
            error = cut_off(self._name, request.answer_tokens)
        if error is not None:
            error.tokens = counted
            raise error
        return Reply(answer.text(), *counted)

    def _require_in_time(self, ends_s: float) -> None:
        if time.monotonic() > ends_s:
            raise self._slow()

    # What goes wrong.

    def _failure(self, error: openai.APIError) -> ModelError:
        tried = self._settings.retries + 1
        times = f" ({tried} attempts)" if tried > 1 else ""
        if isinstance(error, openai.APITimeoutError):
            return self._slow()
        if isinstance(error, openai.APIConnectionError):
            why = error.__cause__ or error
            message = f"{self._name}: {self.address} cannot be reached{times}: {why}"
            hint = "is it running? Look at OPENAI_BASE_URL or 'llm: base_url'"
            return ModelError("endpoint-unreachable", message, hint)
        if not isinstance(error, openai.APIStatusError):
            return ModelError("endpoint-error", f"{self._name}: {self._short(error)}", _AGAIN)
        message = f"{self._name}: {self.address} answered {error.status_code}: {self._short(error)}"
        match error.status_code:
            case 401 | 403:
                hint = f"look at the key in {self._settings.key_env}"
                return ModelError("key-rejected", message, hint)
            case 404:
                hint = "look at the model's name and at the address, which often ends in /v1"
                return ModelError("unknown-model", message, hint)
            case 429:
                hint = "wait, or raise the account's limit"
                return ModelError("rate-limited", message + times, hint)
            case status if status >= 500:
                return ModelError("endpoint-error", message + times, _AGAIN)
        hint = "the endpoint takes no such request; does it know JSON schemas?"
        return ModelError("request-rejected", message, hint)

    def _slow(self) -> ModelError:
        return too_slow(self._name, self._settings.timeout)

    def _short(self, error: Exception) -> str:
        return one_line(error, self._key)

    def _garbled(self, error: Exception) -> ModelError:
        message = f"{self._name}: {self.address} does not speak the protocol: {self._short(error)}"
        return ModelError("garbled-answer", message, "is this an OpenAI-compatible endpoint?")

    def _broken(self, error: Exception) -> ModelError:
        if "Timeout" in type(error).__name__:
            return self._slow()
        message = (
            f"{self._name}: the answer broke off: {self._short(error) or type(error).__name__}"
        )
        return ModelError("endpoint-error", message, _AGAIN)

    def _wrong_address(self, error: Exception) -> ModelError:
        message = f"{self._name}: '{self._settings.base_url}' is no address: {self._short(error)}"
        return ModelError("endpoint-unreachable", message, "for example http://127.0.0.1:8080/v1")


_AGAIN = "try again later"
_NOT_THE_PROTOCOL = (ValueError, AttributeError, TypeError, KeyError, IndexError)
"""Exceptions of the client for a body that is no chat completion."""


def key_of(settings: ModelSettings) -> str | None:
    """Return the key that the settings point to; None if there is none.

    Raises:
        ModelError: If the key's file cannot be read.
    """
    if settings.key_file is None:
        return os.environ.get(settings.key_env) or None
    try:
        return Path(settings.key_file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        message = f"the key cannot be read from '{settings.key_file}': {error}"
        raise ModelError("missing-api-key", message, "look at 'llm: key_file'") from error
