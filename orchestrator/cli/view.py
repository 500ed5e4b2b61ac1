"""What a person sees of a run while it happens, made from the event stream."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from ...events import (
    Event,
    FaultInjected,
    FaultUnfired,
    Planned,
    QuestionAnswered,
    QuestionAsked,
    Replanned,
    Retried,
    SkillEnded,
    SkillNoted,
    SkillStarted,
    StepKept,
    StepOverstayed,
    Stopped,
)
from ...trees.draw import tree_of_view
from ..session import Session


def line_of(event: Event) -> str | None:
    """Return an event as a line of Rich markup; None for what people need not see."""
    time = f"[dim]{event.t_s:7.1f} s[/]"
    if isinstance(event, SkillEnded):
        call = escape(event.call)
        if event.result == "success":
            return f"{time}  [green]✔[/] {call}"
        if event.result == "halted":
            return f"{time}  [yellow]■[/] {call} halted"
        return f"{time}  [red]✘ {call} {event.code}[/]: {escape(event.detail)}"
    if isinstance(event, Retried):
        first = f"{escape(event.first)}, then " if event.first else ""
        return f"{time}    [yellow]↻[/] {first}attempt {event.attempt} of {event.attempts}"
    if isinstance(event, StepKept):
        return f"{time}    [dim]{escape(event.call)} still holds, not done again[/]"
    if isinstance(event, Replanned):
        given_up = f"; given up: {escape(', '.join(event.given_up))}" if event.given_up else ""
        return (
            f"{time}  [yellow]⟳ new plan {event.number}[/] after {escape(event.reason)}{given_up}"
        )
    if isinstance(event, FaultInjected):
        return f"{time}  [magenta]⚡ injected {escape(event.fault)}[/]"
    if isinstance(event, FaultUnfired):
        return f"{time}  [magenta]⚡ never fired: {escape(event.fault)}[/]"
    if isinstance(event, Stopped):
        seen = "acknowledged" if event.acknowledged else "[red]not acknowledged[/]"
        return f"{time}  [yellow]■ robot stopped[/] ({seen}): {escape(event.reason)}"
    if isinstance(event, QuestionAsked):
        return f"{time}  [cyan]? {escape(event.question)}[/]"
    if isinstance(event, StepOverstayed):
        took = f"{event.took_s * 1000:.0f} ms, more than {event.budget_s * 1000:.0f} ms"
        return f"{time}  [yellow]one step of {escape(event.call)} took {took}[/]"
    if isinstance(event, QuestionAnswered):
        return f"{time}    {escape(event.answer) if event.answer else 'nobody could be asked'}"
    return None


class LiveView:
    """Lines as things happen and, on a terminal, the tree with its statuses below them.

    Args:
        console: Where it is shown.
        session: What is shown.
    """

    def __init__(self, console: Console, session: Session) -> None:
        self._console = console
        self._session = session
        self._current = ""
        self._note = ""
        self._live: Live | None = None

    def __enter__(self) -> LiveView:
        self._unsubscribe = self._session.watch(self._on_event)
        if self._console.is_terminal:
            self._live = Live(
                console=self._console,
                get_renderable=self._render,
                refresh_per_second=8,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._unsubscribe()
        if self._live is not None:
            self._live.stop()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, SkillStarted):
            again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
            self._current, self._note = f"{event.call}{again}", ""
        elif isinstance(event, SkillEnded):
            self._current = ""
        elif isinstance(event, SkillNoted):
            self._note = event.note
        elif isinstance(event, Planned):
            self._current = ""
        if isinstance(event, QuestionAsked) and self._live is not None:
            self._live.stop()
            self._live = None
        line = line_of(event)
        if line is not None:
            self._console.print(line, highlight=False)

    def _render(self) -> RenderableType:
        run = self._session.run
        now_s = self._session.situation.clock.now_s()
        status = Text(f"t={now_s:.1f} s  {self._current}  {self._note}", style="bold")
        if run is None or run.compiled is None:
            return status
        return Group(tree_of_view(run.compiled.view), status)
