"""Errors of a chat endpoint: what was wrong, in its own words, and what helps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

import openai

from treehand.core.errors import ModelError
from treehand.planners.llm.contract.chat import ChatRequest, declined, one_line, too_slow
from treehand.planners.llm.contract.settings import ModelSettings

_AGAIN = "try again later"
_CONTEXT = re.compile(
    r"context.{0,40}(length|size|window|exceed|limit)|exceed.{0,30}context|n_ctx|too many tokens|"
    r"prompt.{0,20}too long|maximum.{0,20}tokens.{0,40}(requested|prompt)|input.{0,20}too long|"
    r"token count.{0,30}exceed|inputs?.{0,4} tokens.{0,60}must be <=",
    re.IGNORECASE | re.DOTALL,
)
_ANSWER_LIMIT = re.compile(
    r"max_(completion_|new_|output_)?tokens.{0,80}(too large|at most|less than|must be|maximum|<=)",
    re.IGNORECASE | re.DOTALL,
)
_NO_MODEL = re.compile(
    r"(not a valid|invalid|unknown|no such) model|model.{0,60}(not found|not exist)",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(r"api.?key.{0,30}(not valid|invalid|expired)|invalid.{0,20}api.?key", re.I)
_RATE = re.compile(r"rate.?limit", re.IGNORECASE)
_PLACE = re.compile(r"country|region|territory|location is not supported", re.IGNORECASE)
_UNVERIFIED = re.compile(r"must be verified", re.IGNORECASE)
_BUSY = re.compile(r"overload|capacity|busy|loading|unavailable|time.?out|try again", re.IGNORECASE)
_QUOTA = re.compile(r"quota|billing|insufficient|credit|balance", re.IGNORECASE)
_LOGIN = re.compile(r"api.?key|authenticat|unauthori[sz]ed|permission|forbidden", re.IGNORECASE)
_FILTER = re.compile(r"content.?(filter|policy|management)|safety system|ResponsibleAI", re.I)


@dataclass(frozen=True)
class EndpointErrors:
    """Makes the errors of one model of one endpoint.

    Args:
        name: Name of the model in messages.
        address: Address of the endpoint, without a password.
        settings: Timeout and retries.
        key: Key, which no message repeats.
    """

    name: str
    address: str
    settings: ModelSettings
    key: str | None

    def of_client(self, error: openai.APIError, request: ChatRequest) -> ModelError:
        """Return the error for what the client raised."""
        if isinstance(error, openai.APITimeoutError):
            return self.slow()
        if isinstance(error, openai.APIConnectionError):
            why = self._short(error.__cause__ or error)  # type: ignore[arg-type]
            message = f"{self.name}: {self.address} cannot be reached{self._times}: {why}"
            hint = "is it running? Look at OPENAI_BASE_URL or 'llm: base_url'"
            return ModelError("endpoint-unreachable", message, hint)
        if not isinstance(error, openai.APIStatusError):
            return ModelError("endpoint-error", f"{self.name}: {self._short(error)}", _AGAIN)
        return self._of_status(error, request)

    def _of_status(self, error: openai.APIStatusError, request: ChatRequest) -> ModelError:
        status, words = error.status_code, self._short(error)
        message = f"{self.name}: {self.address} answered {status}: {words}"
        if 300 <= status < 400:
            return self._moved(status, error.response.headers.get("location", ""))
        body = str(error.body or error)
        if status == 413 or (status in (400, 422, 500) and _CONTEXT.search(body)):
            return self.too_long(message, request)
        if status in (400, 403) and _FILTER.search(body):
            return self.filtered(words)
        told = self._told_by(status, body, message)
        if told is not None:
            return told
        is_of_money = _QUOTA.search(body) is not None and not _RATE.search(body)
        if status == 402 or (status in (403, 429) and is_of_money):
            hint = "the account's quota is used up: raise it, or ask another model"
            return ModelError("quota-exceeded", message, hint)
        if status in (401, 403):
            return ModelError("key-rejected", message, f"look at the key in {self._key_place}")
        if status == 404:
            hint = "look at the model's name and at the address, which often ends in /v1"
            return ModelError("unknown-model", message, hint)
        if status == 407:
            hint = "a proxy on the way wants a login: look at HTTPS_PROXY and NO_PROXY"
            return ModelError("endpoint-unreachable", message, hint)
        if status == 408:
            return ModelError("endpoint-timeout", message + self._times, _AGAIN)
        if status == 429:
            hint = "wait, or raise the account's limit"
            return ModelError("rate-limited", message + self._times, hint)
        if status >= 500:
            return ModelError("endpoint-error", message + self._times, _AGAIN)
        hint = (
            "the endpoint takes no such request: set 'llm: form', 'llm: limit_key' or "
            "'llm: extra_body' as its manual says"
        )
        return ModelError("request-rejected", message, hint)

    def _told_by(self, status: int, body: str, message: str) -> ModelError | None:
        """Return the error that only an endpoint's words tell; None if they tell none."""
        if status in (400, 422) and _ANSWER_LIMIT.search(body):
            hint = "the endpoint allows shorter answers only: lower 'llm: answer_tokens'"
            return ModelError("request-rejected", message, hint)
        if status == 400 and _BAD_KEY.search(body):
            return ModelError("key-rejected", message, f"look at the key in {self._key_place}")
        if status == 400 and _NO_MODEL.search(body):
            return ModelError("unknown-model", message, "look at the model's name")
        if status in (400, 403) and _PLACE.search(body):
            hint = "the provider does not serve this place: ask another endpoint"
            return ModelError("request-rejected", message, hint)
        if status in (400, 403) and _UNVERIFIED.search(body):
            hint = "have the account verified with the provider, or ask another model"
            return ModelError("request-rejected", message, hint)
        return None

    def filtered(self, words: str) -> ModelError:
        """Return the error for a content filter of the endpoint."""
        hint = "the endpoint's content filter stepped in: say it in other words, or ask elsewhere"
        return declined(self.name, words, hint)

    def _moved(self, status: int, place: str) -> ModelError:
        """Return the error for an endpoint that sends the request elsewhere; nobody follows it.

        The key would go to whoever is named there.
        """
        target = urljoin(self.address, self._cut(place)) if place else ""
        base = target.removesuffix("/").removesuffix("/chat/completions")
        message = f"{self.name}: {self.address} answered {status}: it has moved to '{target}'"
        hint = "look at 'llm: base_url' and OPENAI_BASE_URL: this may be a login page"
        if target != base and base != target.removesuffix("/"):
            hint = f"if you trust it, set 'llm: base_url' to {base}"
        return ModelError("endpoint-error", message, hint)

    def too_long(self, message: str, request: ChatRequest) -> ModelError:
        """Return the error for a prompt that is longer than the model's context."""
        letters = len(request.prompt) + len(str(request.schema))
        hint = (
            f"prompt and schema have {letters / 1000:.1f} k letters, about {letters // 3000 + 1} k "
            "tokens, and the answer needs room, too: start the server with a larger context "
            "(llama.cpp: -c, Ollama: num_ctx, vLLM: --max-model-len)"
        )
        return ModelError("context-too-long", message, hint)

    def told(self, words: str, request: ChatRequest) -> ModelError:
        """Return the error that an endpoint told in its answer, with a status of success."""
        message = f"{self.name}: {self.address} answered: {self._cut(words)}"
        if _CONTEXT.search(words):
            return self.too_long(message, request)
        if _FILTER.search(words):
            return self.filtered(words)
        if _RATE.search(words):
            return ModelError("rate-limited", message, "wait, or raise the account's limit")
        if _QUOTA.search(words):
            hint = "the account's quota is used up: raise it, or ask another model"
            return ModelError("quota-exceeded", message, hint)
        if _LOGIN.search(words):
            return ModelError("key-rejected", message, f"look at the key in {self._key_place}")
        hint = _AGAIN if _BUSY.search(words) else "look at the endpoint, and at the model's name"
        return ModelError("endpoint-error", message, hint)

    def slow(self) -> ModelError:
        """Return the error for an answer that was not whole in time."""
        return too_slow(self.name, self.settings.timeout)

    def garbled(self, words: str) -> ModelError:
        """Return the error for a body that is no answer of a chat endpoint."""
        message = f"{self.name}: {self.address} does not speak the protocol: {self._cut(words)}"
        hint = "is this an OpenAI-compatible endpoint? Its address often ends in /v1"
        return ModelError("garbled-answer", message, hint)

    def broken(self, words: str = "") -> ModelError:
        """Return the error for a connection that broke before the answer was whole."""
        why = f": {self._cut(words)}" if words else ""
        return ModelError("endpoint-error", f"{self.name}: the answer broke off{why}", _AGAIN)

    def empty(self) -> ModelError:
        """Return the error for an answer without text."""
        hint = "ask again; if it stays so, try 'llm: form: text'"
        return ModelError("empty-answer", f"{self.name} answered nothing", hint)

    def thought_too_long(self, tokens: int) -> ModelError:
        """Return the error for a model that spent its longest answer on reasoning."""
        message = f"{self.name} spent all {tokens} tokens of its answer on reasoning"
        hint = "set 'llm: reasoning_effort: low', or raise 'llm: answer_tokens'"
        return ModelError("cut-off-answer", message, hint)

    def wrong_address(self, error: Exception) -> ModelError:
        """Return the error for an address that is none."""
        message = f"{self.name}: '{self.settings.base_url}' is no address: {self._short(error)}"
        return ModelError("endpoint-unreachable", message, "for example http://127.0.0.1:8080/v1")

    @property
    def _times(self) -> str:
        tried = self.settings.retries + 1
        return f" ({tried} attempts)" if tried > 1 else ""

    @property
    def _key_place(self) -> str:
        return self.settings.key_file or self.settings.key_env

    def _short(self, error: Exception) -> str:
        return one_line(error, self.key)

    def _cut(self, words: str) -> str:
        return one_line(ValueError(words), self.key)
