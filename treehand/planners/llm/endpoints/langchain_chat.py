"""Any provider that LangChain has a chat model for."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import LangChainException
from langchain_core.messages import BaseMessage

from treehand.core.errors import ModelError
from treehand.planners.llm.answers.answer_finder import AnswerFinder
from treehand.planners.llm.contract.chat import (
    ChatRequest,
    Hear,
    Reply,
    StreamedReply,
    awaited,
    cut_off,
    declined,
    one_line,
    too_slow,
)
from treehand.planners.llm.contract.settings import ModelSettings
from treehand.planners.llm.endpoints.endpoint_profile import FORM_REFUSED, FORMS, AnswerForm
from treehand.planners.llm.endpoints.endpoint_response import EndpointResponse
from treehand.planners.llm.endpoints.request_body import content_of, in_prompt


class LangChainChat:
    """Asks a LangChain chat model for an answer in the schema; the provider's own retries apply.

    Args:
        model: ``PROVIDER:MODEL``.
        settings: Timeout, retries.

    Raises:
        ModelError: If LangChain cannot make the model: no such provider, no key.
    """

    def __init__(self, model: str, settings: ModelSettings) -> None:
        self._name = f"langchain:{model}"
        self._settings = settings
        self._takes_headers = model.startswith("openai:")  # others refuse options they do not know
        self._form: AnswerForm = "json_schema" if settings.form == "auto" else settings.form
        options: dict[str, Any] = {
            "timeout": settings.timeout,
            "max_retries": settings.retries,
            "max_tokens": settings.answer_tokens,
            "streaming": True,
        }
        if model.startswith("openai:"):
            options["stream_usage"] = True  # other providers count without being asked
        if settings.base_url is not None:
            options["base_url"] = settings.base_url
        if settings.temperature is not None:
            options["temperature"] = settings.temperature
        try:
            self._chat = init_chat_model(model, **options)
        except Exception as error:  # every provider's package has errors of its own
            message = f"{self._name}: LangChain cannot make this model: {one_line(error)}"
            hint = "install the provider's package (pip install langchain-PROVIDER), set its key"
            raise ModelError("unknown-model", message, hint) from error

    @property
    def name(self) -> str:
        """Return its name in messages."""
        return self._name

    def reply(self, request: ChatRequest, hear: Hear) -> Reply:
        """Return the answer to a request; raises `ModelError`."""
        answer = StreamedReply(self._name, hear)
        try:
            return self._adapted(request, answer)
        except (ModelError, InterruptedError):
            raise
        except Exception as error:  # every provider's client has errors of its own
            raise self._failure(error) from error

    def _adapted(self, request: ChatRequest, answer: StreamedReply) -> Reply:
        """Return the answer, in a form that the provider takes."""
        while True:
            try:
                return self._asked(request, answer)
            except (ModelError, InterruptedError):
                raise
            except Exception as error:  # every provider's client has errors of its own
                rest = FORMS[FORMS.index(self._form) + 1 :]
                is_fixed = self._settings.form != "auto"
                if is_fixed or not rest or not _is_about_the_form(error):
                    raise
                self._form = rest[0]

    def _asked(self, request: ChatRequest, answer: StreamedReply) -> Reply:
        chat = self._structured(request)
        messages: list[Any] = [(message.role, content_of(message)) for message in request.messages]
        if self._form in ("json_object", "text"):
            messages.insert(0, ("system", in_prompt(request)))
        tokens = _Tokens(answer)
        given: Future[Any] = Future()

        def ask() -> None:
            try:
                given.set_result(chat.invoke(messages, {"callbacks": [tokens]}))
            except BaseException as error:
                given.set_exception(error)

        # Providers differ in what they call a timeout; ours is kept here, whatever drips in.
        threading.Thread(target=ask, name="langchain", daemon=True).start()
        tries = self._settings.retries + 1
        try:
            result = awaited(given, 2 * tries * self._settings.timeout, answer.hear)
        except TimeoutError as error:
            if given.done():
                raise
            raise too_slow(self._name, self._settings.timeout) from error
        finally:
            tokens.is_over = True
        whole = result["raw"] if isinstance(result, Mapping) else result
        return self._finished(whole, answer, request)

    def _structured(self, request: ChatRequest) -> Any:
        """Return the model, bound to answers in the schema in the form that the provider takes."""
        traced: dict[str, Any] = {}
        if request.traceparent is not None and self._takes_headers:
            traced["extra_headers"] = {"traceparent": request.traceparent}
        if self._form == "text":
            return self._chat.bind(**traced) if traced else self._chat
        schema = {"title": "answer", "description": "The answer.", **request.schema}
        method = _METHODS[self._form]
        return self._chat.with_structured_output(schema, method=method, include_raw=True, **traced)

    def _finished(self, whole: BaseMessage, answer: StreamedReply, request: ChatRequest) -> Reply:
        usage: Mapping[str, int] = getattr(whole, "usage_metadata", None) or {}
        counted = (usage.get("input_tokens"), usage.get("output_tokens"))
        if not usage:  # OpenAI's structured answers bring it under the endpoint's own names
            usage = whole.response_metadata.get("token_usage") or {}
            counted = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
        response = EndpointResponse(AnswerFinder(request.schema))
        response.take(whole.model_dump(mode="json"))
        response.take({"content": "".join(answer.pieces)})
        told = whole.response_metadata
        finish = told.get("finish_reason", "") or told.get("stop_reason", "")
        refusal = whole.additional_kwargs.get("refusal")
        found = response.answer()
        error: ModelError | None = None
        if refusal:
            error = declined(self._name, str(refusal))
        elif finish in ("content_filter", "refusal", "SAFETY"):
            error = declined(self._name, "the provider's content filter stepped in")
        elif found is not None:
            return Reply(json.dumps(found, ensure_ascii=False), *counted)
        elif finish in ("length", "max_tokens", "MAX_TOKENS"):
            error = cut_off(self._name, request.answer_tokens)
        if error is not None:
            error.tokens = counted
            raise error
        if not answer.pieces:
            answer.add(whole.text)
        return Reply(answer.text(), *counted)

    def _failure(self, error: Exception) -> ModelError:
        cause = error.__cause__ or error
        status = getattr(error, "status_code", getattr(cause, "status_code", None))
        message = f"{self._name}: {type(error).__name__}: {one_line(error)}"
        kind = type(error).__name__
        if status in (401, 403):
            return ModelError("key-rejected", message, "look at the provider's key")
        if status == 404:
            return ModelError("unknown-model", message, "look at the model's name")
        if status == 429:
            return ModelError("rate-limited", message, "wait, or raise the account's limit")
        if "Timeout" in kind:
            return too_slow(self._name, self._settings.timeout)
        if "Connect" in kind:
            hint = "is the endpoint running? Look at its address"
            return ModelError("endpoint-unreachable", message, hint)
        if "LengthFinish" in kind:
            return cut_off(self._name, self._settings.answer_tokens)
        if "ContentFilter" in kind:
            return declined(self._name, "the provider's content filter stepped in")
        if isinstance(status, int) and status >= 500:
            return ModelError("endpoint-error", message, "try again later")
        if isinstance(status, int):
            return ModelError("request-rejected", message, "the provider takes no such request")
        if isinstance(
            error, LangChainException | ValueError | TypeError | AttributeError | AssertionError
        ):
            return ModelError("garbled-answer", message, "is this the right endpoint?")
        return ModelError("endpoint-error", message, "try again later")


_METHODS: Mapping[AnswerForm, str] = {
    "json_schema": "json_schema",
    "json_object": "json_mode",
    "tool": "function_calling",
}
"""LangChain's names of the forms of an answer."""


def _is_about_the_form(error: Exception) -> bool:
    """Return True if a provider has no such form of answers."""
    if isinstance(error, NotImplementedError | ValueError) and "method" in str(error):
        return True
    status = getattr(error, "status_code", getattr(error.__cause__, "status_code", None))
    return status in (400, 422, 501) and FORM_REFUSED.search(str(error)) is not None


class _OurOwn(logging.Filter):
    """Keeps what we raise to end a request out of LangChain's log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True if a log record is not about our exceptions."""
        return _Tokens.__name__ not in record.getMessage()


logging.getLogger("langchain_core.callbacks.manager").addFilter(_OurOwn())


class _Tokens(BaseCallbackHandler):
    """Takes each piece of an answer as it comes.

    Args:
        answer: Where it goes.
    """

    raise_error = True
    """An exception that is raised here ends the request."""

    def __init__(self, answer: StreamedReply) -> None:
        self._answer = answer
        self.is_over = False
        """True if nobody waits for the reply any more."""

    def on_llm_new_token(self, token: str | list[Any], **_: Any) -> None:
        """Take in the next piece."""
        if self.is_over:
            raise InterruptedError
        if isinstance(token, str) and token:
            self._answer.add(token)
