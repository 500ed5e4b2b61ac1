"""Any endpoint that speaks OpenAI's chat completions, through the ``openai`` client."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from concurrent.futures import Future
from dataclasses import replace

import openai

from treehand.core.errors import ModelError
from treehand.planners.llm.contract.chat import (
    UNBILLED,
    ChatRequest,
    Hear,
    Reply,
    awaited,
    cut_off,
    declined,
    endless,
    estimated_tokens,
    require_short,
)
from treehand.planners.llm.contract.settings import ModelSettings
from treehand.planners.llm.endpoints.api_key import key_of
from treehand.planners.llm.endpoints.bounded_transport import BoundedTransport, TooLong
from treehand.planners.llm.endpoints.endpoint_errors import EndpointErrors
from treehand.planners.llm.endpoints.endpoint_profile import EndpointProfile, ProfileStore
from treehand.planners.llm.endpoints.endpoint_response import EndpointResponse
from treehand.planners.llm.endpoints.pending_response import PendingResponse
from treehand.planners.llm.endpoints.request_body import request_body

_NO_KEY = "no-key"
"""Endpoints on one's own machine want no key; the client wants some text."""
_MAX_PROFILES = 10
"""Most ways in which one request is put to an endpoint that refuses it."""
_REFUSALS = frozenset({400, 404, 405, 415, 422, 501})
"""Statuses with which endpoints refuse a parameter; 404 is a model's unless it names one."""
_HTTP = frozenset({"httpx", "httpx2", "httpcore", "httpcore2", "h11"})
_LONGEST_PAUSE_S = 8.0
"""Longest pause of the client before it tries again, in seconds."""
_FEATURE = re.compile(
    r"response_?format|json_?(schema|object)|grammar|structured|max_(completion_)?tokens|tool|"
    r"stream|temperature|effort|system (role|message|prompt)",
    re.IGNORECASE,
)


class OpenAIChat:
    """Asks one model of one endpoint; streams, with one layer of retries: the client's.

    What the endpoint refuses is put to it in another way (`EndpointProfile`), and the way that it
    takes is remembered.

    Args:
        model: The model's name there.
        settings: Address, key, timeout, retries, and what is known of the endpoint.
        name: What it is called in messages; the model's name if left out.
        profiles: Where the endpoint's profile is kept; the user's cache if left out.

    Raises:
        ModelError: If no key can be found, or the address is none.
    """

    def __init__(
        self,
        model: str,
        settings: ModelSettings,
        *,
        name: str | None = None,
        profiles: ProfileStore | None = None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._name = name or f"openai:{model}"
        self._profiles = profiles or ProfileStore.of_user()
        address = settings.base_url or os.environ.get("OPENAI_BASE_URL")
        self._is_openai = not address
        key = key_of(settings, self._name)
        if key is None and self._is_openai:
            hint = (
                f"set {settings.key_env}, or OPENAI_BASE_URL for an endpoint of your own; "
                "without --llm the built-in grammar needs neither"
            )
            raise ModelError("missing-api-key", f"there is no key for {self._name}", hint)
        self._errors = EndpointErrors(self._name, str(address), settings, key)
        try:
            self._client = openai.OpenAI(
                base_url=address,
                api_key=key or _NO_KEY,
                timeout=settings.timeout,
                max_retries=settings.retries,
                default_headers={"Accept-Encoding": "identity", **settings.headers},
                http_client=openai.DefaultHttpxClient(
                    transport=BoundedTransport(), follow_redirects=False
                ),
            )
        except (ValueError, TypeError, openai.OpenAIError) as error:
            raise self._errors.wrong_address(error) from error
        self._errors = EndpointErrors(self._name, self.address, settings, key)
        self._profile = self._first_profile()

    @property
    def name(self) -> str:
        """Return its name in messages."""
        return self._name

    @property
    def address(self) -> str:
        """Return where the endpoint is, without a password in it."""
        return re.sub(r"//[^/@]*@", "//…@", str(self._client.base_url))

    @property
    def profile(self) -> EndpointProfile:
        """Return the profile with which the endpoint is asked now."""
        return self._profile

    def reply(self, request: ChatRequest, hear: Hear) -> Reply:
        """Return the answer to a request; raises `ModelError`."""
        lost = [0, 0]
        for is_last in [False] * self._settings.retries + [True]:
            attempt = PendingResponse(request, hear)
            try:
                reply = self._adapted(request, attempt)
            except ModelError as error:
                for index, tokens in enumerate(self._cost(error, request, attempt)):
                    lost[index] += tokens
                error.tokens = (lost[0], lost[1])
                if is_last or not attempt.is_cut_short:
                    raise
                continue
            if not any(lost) or reply.tokens_in is None or reply.tokens_out is None:
                return reply
            counted = (reply.tokens_in + lost[0], reply.tokens_out + lost[1])
            return replace(reply, tokens_in=counted[0], tokens_out=counted[1])
        raise AssertionError("unreachable")

    def _adapted(self, request: ChatRequest, attempt: PendingResponse) -> Reply:
        """Return the answer, put to the endpoint in the way that it takes."""
        tried = {self._profile}
        while True:
            try:
                reply = self._bounded(request, attempt)
            except openai.APIStatusError as error:
                failure = self._errors.of_client(error, request)
                profile = self._next_profile(error, failure)
                if profile is None or profile in tried or len(tried) >= _MAX_PROFILES:
                    raise failure from error
                tried.add(profile)
                self._profile = profile
                continue
            except openai.APIError as error:
                if isinstance(error.__cause__, TooLong):
                    raise endless(self._name) from error
                raise self._errors.of_client(error, request) from error
            except TooLong as error:  # the body of a refusal
                raise endless(self._name) from error
            except Exception as error:
                if not _is_of_http(error):
                    raise
                raise self._errors.broken(str(error)) from error
            if len(tried) > 1:
                self._profiles.put(self.address, self._model, self._profile)
            return reply

    def _bounded(self, request: ChatRequest, attempt: PendingResponse) -> Reply:
        """Return the reply that another thread gets in time, however slowly bytes come.

        The listener may end the wait; the connection is closed then.
        """
        settings = self._settings
        future: Future[Reply] = Future()

        def run() -> None:
            try:
                future.set_result(self._asked(request, attempt))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name="endpoint", daemon=True).start()
        tries = settings.retries + 1
        limit_s = (tries + 1) * settings.timeout + settings.retries * _LONGEST_PAUSE_S
        try:
            return awaited(future, limit_s, attempt.hear)
        except TimeoutError as error:
            if future.done():
                raise
            raise self._errors.slow() from error
        finally:
            if not future.done():
                attempt.leave()

    def _asked(self, request: ChatRequest, attempt: PendingResponse) -> Reply:
        """Put the request to the endpoint once; raises `openai.APIError` and `ModelError`."""
        with self._client.chat.completions.with_streaming_response.create(
            **request_body(self._model, request, self._profile, self._settings)
        ) as response:
            attempt.begin(response.close)
            ends_s = time.monotonic() + self._settings.timeout
            watchdog = threading.Timer(self._settings.timeout, response.close)
            watchdog.start()
            size = 0
            try:
                for piece in response.iter_bytes():
                    size += len(piece)
                    require_short(self._name, size)
                    attempt.feed(piece)
                    if time.monotonic() > ends_s:
                        raise self._errors.slow()
            except ModelError:
                raise
            except TooLong as error:
                raise endless(self._name) from error
            except Exception as error:
                if time.monotonic() >= ends_s or "Timeout" in type(error).__name__:
                    raise self._errors.slow() from error
                if isinstance(error, openai.APIError) or not _is_of_http(error):
                    raise
                attempt.is_cut_short = True
            finally:
                watchdog.cancel()
        attempt.end()
        return self._finished(attempt, request)

    def _finished(self, attempt: PendingResponse, request: ChatRequest) -> Reply:
        """Return the reply in a response that has ended."""
        response, errors = attempt.response, self._errors
        if response.refusal:
            raise declined(self._name, response.refusal)
        if response.finish in ("content_filter", "safety"):
            raise errors.filtered("it was filtered")
        if response.is_mixed:
            raise errors.garbled("it mixes the answers to several requests")
        answer = response.answer()
        if answer is not None:
            text = json.dumps(answer, ensure_ascii=False)
            return Reply(text, *response.counted, served_by=self._served_by(response))
        if response.error:
            raise errors.told(response.error, request)
        if response.finish in ("length", "max_tokens"):
            if response.has_reasoning and not attempt.heard.strip():
                raise errors.thought_too_long(request.answer_tokens)
            raise cut_off(self._name, request.answer_tokens)
        text = response.text
        if attempt.is_cut_short or (response.is_protocol and not response.is_done):
            attempt.is_cut_short = True
            raise errors.broken()
        if not response.is_protocol and (text.strip() or not response.is_done):
            raise errors.garbled(text or "it sent no answer")
        if not text.strip():
            raise errors.empty()
        return Reply(text, *response.counted, served_by=self._served_by(response))

    def _served_by(self, response: EndpointResponse) -> str | None:
        """Return the model that answered, if it is not the one that was asked."""
        served, asked = response.model.lower(), self._model.lower()
        is_asked = served.startswith(asked) or served.rpartition("/")[2] == asked.rpartition("/")[2]
        return None if not served or is_asked else response.model

    # What the endpoint can do.

    def _first_profile(self) -> EndpointProfile:
        """Return the first profile: that of the settings, the remembered one, or the most usual."""
        settings = self._settings
        profile = self._profiles.get(self.address, self._model)
        if profile is None:
            profile = EndpointProfile()
            if not self._is_openai:
                profile = replace(profile, limit_key="max_tokens")
        if settings.form != "auto":
            profile = replace(profile, form=settings.form)
        if settings.limit_key != "auto":
            profile = replace(profile, limit_key=settings.limit_key)
        return profile

    def _next_profile(
        self, error: openai.APIStatusError, failure: ModelError
    ) -> EndpointProfile | None:
        """Return another way to put a refused request; None if it is not about the way."""
        words = str(error.body or error)
        is_feature = _FEATURE.search(words) is not None
        code, status = failure.finding.code, error.status_code
        is_refusal = (code == "request-rejected" and status in _REFUSALS) or (
            (is_feature and (code == "unknown-model" or status in (500, 501, 503)))
            or (is_feature and code == "request-rejected" and status == 403)
        )
        if is_refusal and "answer_tokens" in (failure.finding.hint or ""):
            return None
        if not is_refusal:
            return None
        settings = self._settings
        fixed = {
            name
            for name, value in (("form", settings.form), ("limit_key", settings.limit_key))
            if value != "auto"
        }
        return self._profile.after_refusal(words, frozenset(fixed))

    def _cost(
        self, error: ModelError, request: ChatRequest, attempt: PendingResponse
    ) -> tuple[int, int]:
        """Return the tokens in and out of a failed call: counted by the server, or estimated."""
        if error.finding.code in UNBILLED and not attempt.response.letters:
            return 0, 0
        read, written = attempt.response.counted
        return (
            read if read is not None else estimated_tokens(request.prompt),
            written if written is not None else attempt.response.letters // 3,
        )


def _is_of_http(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in (
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "h11",
    )
