"""Events as lines for people: in the terminal, in stories, in reports."""

from __future__ import annotations

from rich.text import Text

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
from treehand.core.printable_console import marked


def event_line(event: BaseEvent) -> Text | None:
    """Return an event as a styled line; None for what people need not see."""
    told = _told(event)
    return None if told is None else marked("[dim]{:7.1f} s[/]  {}", event.t_s, told)


def _told(event: BaseEvent) -> Text | None:
    """Return what an event tells, without its time."""
    if isinstance(event, SkillEnded):
        if event.result == "success":
            return marked("[green]✔[/] {}", event.call)
        if event.result == "halted":
            return marked("[yellow]■[/] {} halted", event.call)
        return marked("[red]✘ {} {}[/]: {}", event.call, event.code, event.detail)
    if isinstance(event, Retried):
        first = f"{event.first}, then " if event.first else ""
        attempt = f"attempt {event.attempt} of {event.attempts}"
        return marked("  [yellow]↻[/] {}{}", first, attempt)
    if isinstance(event, StepSkipped):
        return marked("  [dim]{} still holds, not done again[/]", event.call)
    if isinstance(event, Replanned):
        given_up = f"; given up: {', '.join(event.given_up)}" if event.given_up else ""
        return marked("[yellow]⟳ new plan {}[/] after {}{}", event.number, event.reason, given_up)
    if isinstance(event, FaultInjected):
        return marked("[magenta]⚡ injected {}[/]", event.fault)
    if isinstance(event, FaultNotTriggered):
        return marked("[magenta]⚡ never triggered: {}[/]", event.fault)
    if isinstance(event, Stopped):
        seen = marked("acknowledged" if event.acknowledged else "[red]not acknowledged[/]")
        return marked("[yellow]■ robot stopped[/] ({}): {}", seen, event.reason)
    if isinstance(event, QuestionAsked):
        return marked("[cyan]? {}[/]", event.question)
    if isinstance(event, StepOverrun):
        took = f"{event.took_s * 1000:.0f} ms, more than {event.budget_s * 1000:.0f} ms"
        return marked("[yellow]one step of {} took {}[/]", event.call, took)
    if isinstance(event, TimedOut):
        what = str(event.call or event.path)
        return marked("[red]✘ {} timeout[/]: it took longer than {:g} s", what, event.limit_s)
    if isinstance(event, QuestionAnswered):
        return marked("  {}", event.answer or "nobody could be asked")
    return None
