"""Events as lines for people: in the terminal, in stories, in reports."""

from __future__ import annotations

from rich.markup import escape

from treehand.core.events import (
    BaseEvent,
    FaultInjected,
    FaultNotTriggered,
    QuestionAnswered,
    QuestionAsked,
    Replanned,
    Retried,
    SkillEnded,
    StepOverrun,
    StepSkipped,
    Stopped,
    TimedOut,
)


def event_line(event: BaseEvent) -> str | None:
    """Return an event as a line of Rich markup; None for what people need not see."""
    time = f"[dim]{event.t_s:7.1f} s[/]"
    if isinstance(event, SkillEnded):
        call = escape(str(event.call))
        if event.result == "success":
            return f"{time}  [green]✔[/] {call}"
        if event.result == "halted":
            return f"{time}  [yellow]■[/] {call} halted"
        return f"{time}  [red]✘ {call} {event.code}[/]: {escape(event.detail)}"
    if isinstance(event, Retried):
        first = f"{escape(str(event.first))}, then " if event.first else ""
        return f"{time}    [yellow]↻[/] {first}attempt {event.attempt} of {event.attempts}"
    if isinstance(event, StepSkipped):
        return f"{time}    [dim]{escape(str(event.call))} still holds, not done again[/]"
    if isinstance(event, Replanned):
        given_up = f"; given up: {escape(', '.join(event.given_up))}" if event.given_up else ""
        return (
            f"{time}  [yellow]⟳ new plan {event.number}[/] after {escape(event.reason)}{given_up}"
        )
    if isinstance(event, FaultInjected):
        return f"{time}  [magenta]⚡ injected {escape(event.fault)}[/]"
    if isinstance(event, FaultNotTriggered):
        return f"{time}  [magenta]⚡ never triggered: {escape(event.fault)}[/]"
    if isinstance(event, Stopped):
        seen = "acknowledged" if event.acknowledged else "[red]not acknowledged[/]"
        return f"{time}  [yellow]■ robot stopped[/] ({seen}): {escape(event.reason)}"
    if isinstance(event, QuestionAsked):
        return f"{time}  [cyan]? {escape(event.question)}[/]"
    if isinstance(event, StepOverrun):
        took = f"{event.took_s * 1000:.0f} ms, more than {event.budget_s * 1000:.0f} ms"
        return f"{time}  [yellow]one step of {escape(str(event.call))} took {took}[/]"
    if isinstance(event, TimedOut):
        what = escape(str(event.call or event.path))
        return f"{time}  [red]✘ {what} timeout[/]: it took longer than {event.limit_s:g} s"
    if isinstance(event, QuestionAnswered):
        return f"{time}    {escape(event.answer) if event.answer else 'nobody could be asked'}"
    return None
