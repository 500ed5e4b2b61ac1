"""Events as lines for people: in the terminal, in stories, in reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rich.text import Text

from treehand.core.events import (
    BaseEvent,
    CallOverdue,
    CallReturned,
    CommandsRefused,
    ConditionDecided,
    FailureUndeclared,
    FaultInjected,
    FaultNotTriggered,
    LeafRest,
    LimitsChanged,
    Logged,
    PerceptDropped,
    QuestionAnswered,
    QuestionAsked,
    Replanned,
    RequirementBroken,
    Retried,
    RobotRest,
    SkillEnded,
    StepOverrun,
    StepSkipped,
    StopOverdue,
    Stopped,
    TimedOut,
)
from treehand.core.text.printable_console import marked, unmarked

Line = TypeVar("Line", Text, str)


def event_line(event: BaseEvent) -> Text | None:
    """Return an event as a styled line; None for what people need not see."""
    return _timed(event, marked)


def event_words(event: BaseEvent) -> str | None:
    """Return the line of an event without styles; None for what people need not see."""
    return _timed(event, unmarked)


def _timed(event: BaseEvent, mark: Callable[..., Line]) -> Line | None:
    told = _told(event, mark)
    return None if told is None else mark("[dim]{:7.1f} s[/]  {}", event.t_s, told)


def _told(event: BaseEvent, mark: Callable[..., Line]) -> Line | None:
    """Return the text of an event, without its time, as `mark` makes it."""
    if isinstance(event, SkillEnded):
        return _end_told(event, mark)
    if isinstance(event, Retried):
        first = f"{event.first}, then " if event.first else ""
        attempt = f"attempt {event.attempt} of {event.attempts}"
        return mark("  [yellow]↻[/] {}{}", first, attempt)
    if isinstance(event, Logged):
        return mark("  {}", event.text)
    if isinstance(event, StepSkipped):
        return mark("  [dim]{} still holds, not done again[/]", event.call)
    if isinstance(event, Replanned):
        given_up = f"; given up: {', '.join(event.given_up)}" if event.given_up else ""
        return mark("[yellow]⟳ new plan {}[/] after {}{}", event.number, event.reason, given_up)
    if isinstance(event, FaultInjected):
        return mark("[magenta]⚡ injected {}[/]", event.fault)
    if isinstance(event, FaultNotTriggered):
        return mark("[magenta]⚡ never triggered: {}[/]", event.fault)
    if isinstance(event, Stopped):
        seen = mark("acknowledged" if event.acknowledged else "[red]not acknowledged[/]")
        line = mark("[yellow]■ robot stopped[/] ({}): {}", seen, event.reason)
        return _with_restless(line, event, mark)
    if isinstance(event, StopOverdue):
        return _with_restless(mark("[red]■ not at rest yet[/]: {}", event.reason), event, mark)
    if isinstance(event, CommandsRefused):
        reasons = {"stopped": "after the stop", "halted": "after its halt or end"}
        why = reasons.get(event.because, "from another process")
        refused = f"{counted_commands(event.count)} of {event.call} refused {why}"
        return mark("[yellow]{}[/]: {}", refused, event.command)
    if isinstance(event, LimitsChanged):
        return mark("[cyan]limits[/] {}", limits_text(event))
    if isinstance(event, QuestionAsked):
        return mark("[cyan]? {}[/]", event.question)
    if isinstance(event, CallOverdue):
        late = mark("[yellow]⧖ {} has not returned[/]", event.subject)
        return mark("{} {}; a stop still holds", late, overdue_text(event))
    if isinstance(event, CallReturned):
        return mark("[yellow]⧖[/] {} has returned {}", event.subject, returned_text(event))
    if isinstance(event, StepOverrun):
        took = f"{event.took_s * 1000:.0f} ms, more than {event.budget_s * 1000:.0f} ms"
        return mark("[yellow]one step of {} took {}[/]", event.call, took)
    if isinstance(event, ConditionDecided):
        is_so = "is so" if event.value else "is not so"
        return mark("[cyan]◇ {} {}[/]", event.condition, is_so)
    if isinstance(event, RequirementBroken):
        return mark("[red]✘ not kept: {}[/]: {}", event.requirement, event.detail)
    if isinstance(event, TimedOut):
        what = str(event.call or event.path)
        return mark("[red]✘ {} timeout[/]: it took longer than {:g} s", what, event.limit_s)
    if isinstance(event, FailureUndeclared):
        return mark("[yellow]not declared[/]: {}", _undeclared(event))
    if isinstance(event, PerceptDropped):
        told = f"world '{event.world}' told '{event.told}'"
        return mark("[yellow]not believed[/]: {}: {}", told, event.problem)
    if isinstance(event, QuestionAnswered):
        return mark("  {}", event.answer or "nobody could be asked")
    return None


def _undeclared(event: FailureUndeclared) -> str:
    """Return the code that a skill returned, the codes of its model, and the edit that mends it."""
    name, known = event.call.name, ", ".join(event.declared) or "none"
    by = f" ({event.line})" if event.line else ""
    at = f" at {event.place}" if event.place else ""
    told = f"skill '{name}'{by} returned '{event.code}', and the domain declares {known} for it"
    hint = f"plans and proofs do not reckon with it; declare it under 'failures' of '{name}'{at}"
    return f"{told}; {hint}"


def _end_told(event: SkillEnded, mark: Callable[..., Line]) -> Line:
    if event.result == "success":
        return mark("[green]✔[/] {}", event.call)
    if event.result == "halted":
        return mark("[yellow]■[/] {} halted", event.call)
    if not event.detail:
        return mark("[red]✘ {} {}[/]", event.call, event.code)
    return mark("[red]✘ {} {}[/]: {}", event.call, event.code, event.detail)


def limits_text(event: LimitsChanged) -> str:
    """Return the limits on speed and grip force in words; "lifted" if there are none."""
    told = (
        f"{one.subject or 'everything'}: {one.speed:.0%} speed, {one.force:.0%} grip force"
        for one in event.limits
    )
    return "; ".join(told) or "lifted"


def overdue_text(event: CallOverdue) -> str:
    """Return the call that an overdue skill or world is in, for how long, and at which lines."""
    places = [f"at {event.place}"] * bool(event.place) + [f"class {event.of}"] * bool(event.of)
    told = f" ({'; '.join(places)})" if places else ""
    return f"from {event.method} for {event.for_s:.0f} s{told}"


def returned_text(event: CallReturned) -> str:
    """Return the call that an overdue skill or world was in, and for how long."""
    return f"from {event.method} after {event.after_s:.1f} s"


def counted_commands(count: int) -> str:
    """Return "1 command", "2 commands", …."""
    return f"{count} command" + ("s" if count != 1 else "")


def rest_text(one: RobotRest | LeafRest) -> str:
    """Return a robot or leaf, its state after a stop and the time of that, as a line."""
    who = f"robot '{one.robot}'" if isinstance(one, RobotRest) else f"{one.call} at '{one.path}'"
    detail = f": {one.detail}" if one.detail else ""
    return f"{who} {one.state} {one.after_s:.2f} s after the stop{detail}"


def restless(event: Stopped | StopOverdue) -> list[RobotRest | LeafRest]:
    """Return the leaves and robots that are not known to be at rest."""
    rests: list[RobotRest | LeafRest] = [*event.leaves, *event.robots]
    return [one for one in rests if one.state != "stopped"]


def _with_restless(line: Line, event: Stopped | StopOverdue, mark: Callable[..., Line]) -> Line:
    for one in restless(event):
        line = mark("{}\n             [red]{}[/]", line, rest_text(one))
    return line
