"""Meter of a language model: counts, prices and reports each call, within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from treehand.core.errors import InputError, ModelError
from treehand.core.events import ModelCalled, ModelPurpose
from treehand.core.tracing import NoTracing, Tracing
from treehand.planners.llm.asking.price_table import price_of
from treehand.planners.llm.contract.chat import (
    UNBILLED,
    ChatModel,
    ChatRequest,
    Hear,
    Reply,
    estimated_tokens,
)
from treehand.planners.llm.contract.settings import ModelName, ModelSettings

_MILLION = 1_000_000
_MOST_LETTERS = 100
"""More letters a token than any text has."""
_MOST_TIMES, _MOST_HIDDEN = 10, 2000
"""A count of so many times what was sent and may be hidden (templates, reasoning) is wrong."""


@dataclass(frozen=True)
class Spent:
    """Tokens and money that were used."""

    tokens: int = 0
    usd: float = 0.0


class Ledger(Protocol):
    """Where calls are kept beyond one run."""

    def spent_today(self) -> Spent:
        """Return the tokens and money used since midnight."""
        ...

    def add(self, call: ModelCalled) -> None:
        """Keep a call."""
        ...


class NoLedger:
    """Keeps nothing."""

    def spent_today(self) -> Spent:
        """Return zero: nothing is kept."""
        return Spent()

    def add(self, call: ModelCalled) -> None:
        """Keep nothing."""


class Meter:
    """Asks a model within a budget, and reports each call.

    Args:
        chat: The model.
        name: What ``--llm`` named; decides the price.
        settings: Budgets, prices, whether prompts are kept.
        ledger: What was spent today.
        sink: Takes each call; its time is 0 and for the taker to set.
        tracing: Makes the span of each call; the call carries it to the endpoint.

    Raises:
        InputError: If there is a budget of money, and the model has no price.
    """

    def __init__(
        self,
        chat: ChatModel,
        name: ModelName,
        settings: ModelSettings,
        *,
        ledger: Ledger | None = None,
        sink: Callable[[ModelCalled], None] = lambda call: None,
        tracing: Tracing | None = None,
    ) -> None:
        self._chat = chat
        self._settings = settings
        self._ledger = ledger or NoLedger()
        self._sink = sink
        self._tracing = tracing or NoTracing()
        self._price = price_of(name, settings)
        self._servers: dict[str, None] = {}
        self.spent = Spent()
        """By this meter."""
        self.calls = 0
        """Number of calls of the model."""
        if settings.budget.is_of_money and self._price is None:
            hint = f"give it under 'llm: prices' in treehand.yaml, as {{{name.bare}: …}}"
            message = f"there is a budget of money, and no price for '{name}'"
            raise InputError.of("unknown-price", message, hint=hint)

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._chat.name

    @property
    def has_price(self) -> bool:
        """Return True if the model's price is known."""
        return self._price is not None

    def summary(self) -> str:
        """Return the number of calls and their cost in words; empty if there were none."""
        if not self.calls:
            return ""
        times = "once" if self.calls == 1 else f"{self.calls} times"
        cost = f"{self.spent.usd:.4f} US dollars" if self.has_price else "at an unknown price"
        by = f", answered by {', '.join(self._servers)}" if self._servers else ""
        return f"asked {self.name} {times}{by}: {self.spent.tokens} tokens, {cost}"

    def ask(self, request: ChatRequest, *, purpose: ModelPurpose, round_: int, hear: Hear) -> Reply:
        """Return the model's reply; raises `ModelError`, also when the budget is spent."""
        self._require_budget()
        span = self._tracing.model_span(self.name)
        request = replace(request, traceparent=span.traceparent)
        began_s = time.perf_counter()
        try:
            reply = self._chat.reply(request, hear)
        except ModelError as error:
            took_s = time.perf_counter() - began_s
            span.end(self._noted(request, purpose, round_, took_s, error))
            raise
        except BaseException:  # interrupted: the endpoint bills what it has done so far
            took_s = time.perf_counter() - began_s
            stopped = ModelError("interrupted-call", f"{self.name} was interrupted", "ask again")
            span.end(self._noted(request, purpose, round_, took_s, stopped))
            raise
        took_s = time.perf_counter() - began_s
        span.end(self._noted(request, purpose, round_, took_s, reply))
        return reply

    def _noted(
        self,
        request: ChatRequest,
        purpose: ModelPurpose,
        round_: int,
        took_s: float,
        end: Reply | ModelError,
    ) -> ModelCalled:
        """Count and report a call that has ended, and return it."""
        tokens_in, tokens_out = self._counted(request, end)
        usd = self._usd(tokens_in, tokens_out)
        is_kept = self._settings.log
        call = ModelCalled(
            t_s=0.0,
            purpose=purpose,
            model=self.name,
            round=round_,
            prompt_hash=request.hash,
            served_by=end.served_by if isinstance(end, Reply) else None,
            outcome=end.finding.code if isinstance(end, ModelError) else "answered",
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            latency_s=round(took_s, 3),
            cost_usd=usd,
            prompt=request.prompt if is_kept else None,
            answer=(end.text if isinstance(end, Reply) else str(end)) if is_kept else None,
        )
        self.calls += 1
        if call.served_by is not None:
            self._servers[call.served_by] = None
        self.spent = Spent(
            self.spent.tokens + tokens_in + tokens_out, self.spent.usd + (usd or 0.0)
        )
        self._ledger.add(call)
        self._sink(call)
        return call

    def _counted(self, request: ChatRequest, end: Reply | ModelError) -> tuple[int, int]:
        """Return the tokens of a call, estimated where nobody has counted them."""
        if isinstance(end, ModelError):
            (read, written), text = end.tokens, ""
            if end.finding.code in UNBILLED and not written:
                return 0, 0
        else:
            read, written, text = end.tokens_in, end.tokens_out, end.text
        most_written = _MOST_TIMES * (request.answer_tokens + estimated_tokens(text))
        return (
            _plausible(read, request.prompt, _MOST_TIMES * (_MOST_HIDDEN + len(request.prompt))),
            _plausible(written, text, most_written),
        )

    def _usd(self, tokens_in: int, tokens_out: int) -> float | None:
        if self._price is None:
            return None
        return (tokens_in * self._price.input + tokens_out * self._price.output) / _MILLION

    def _require_budget(self) -> None:
        budget, today = self._settings.budget, self._ledger.spent_today()
        limits = (
            ("run_tokens", self.spent.tokens, budget.run_tokens, "tokens of this run"),
            ("run_usd", self.spent.usd, budget.run_usd, "US dollars of this run"),
            ("day_tokens", today.tokens, budget.day_tokens, "tokens of today"),
            ("day_usd", today.usd, budget.day_usd, "US dollars of today"),
        )
        for key, spent, limit, what in limits:
            if limit is not None and spent >= limit:
                message = f"{self.name} is not asked: {spent:g} of {limit:g} {what} are spent"
                raise ModelError("spent-budget", message, f"raise 'llm: budget: {key}'")


def _plausible(counted: int | None, text: str, most: int) -> int:
    """Return a server's count of a text's tokens, or an estimate if it cannot be right."""
    if counted is None or not len(text) // _MOST_LETTERS <= counted <= most:
        return estimated_tokens(text)
    return counted
