"""Verdicts on words that led to no plan, and on runs that were broken off."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from treehand.core.error_record import PluginError, error_record, is_from_signal
from treehand.core.errors import TreehandError
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.sessions.runs.run_session import RunSession
from treehand.planners import Answer, Goal, Plan, Question, Refusal
from treehand.planners.goals.goal_text import write_goal

End = Question | Refusal | Answer | TreehandError | KeyboardInterrupt
"""A reason why words led to no plan."""


@contextlib.contextmanager
def concluded(session: RunSession, plan: Plan) -> Iterator[None]:
    """Journal the end of a run that an exception breaks off; the exception goes on."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        session.conclude(plan.goal, _interrupted(interrupt, is_moved=session.run is not None), plan)
        raise
    except BaseException as error:
        record = error.record if isinstance(error, PluginError) else error_record(error)
        told = str(error) if isinstance(error, TreehandError) else ""
        message = told or f"{record.type}: {record.message}"
        outcome = Outcome.INTERRUPTED if is_from_signal(error) else Outcome.ERROR
        with contextlib.suppress(TreehandError):  # the journal may be what is broken
            session.conclude(plan.goal, Verdict(outcome, message, error=record), plan)
        if isinstance(error, Exception) or outcome is Outcome.INTERRUPTED:
            raise
        raise PluginError("other code", record) from error  # no `sys.exit` decides an exit code


def verdict_on(end: End) -> Verdict:
    """Return the verdict on words that led to no plan."""
    match end:
        case Question():
            options = f" ({', '.join(repr(one) for one in end.options)})" if end.options else ""
            return Verdict(Outcome.CLARIFY, end.text + options + _how_to_accept(end))
        case Refusal():
            return Verdict(Outcome(end.kind), end.message)
        case Answer():
            return Verdict(Outcome.ANSWERED, end.text)
        case KeyboardInterrupt():
            return _interrupted(end, is_moved=False)
    return Verdict(Outcome.ERROR, str(end))


def _interrupted(interrupt: KeyboardInterrupt, *, is_moved: bool) -> Verdict:
    """Return the verdict on a run that an interrupt ended; its text names the signal or cause."""
    message = f"by {str(interrupt) or 'SIGINT'}"
    return Verdict(Outcome.INTERRUPTED, message if is_moved else f"{message}; nothing was moved")


def _how_to_accept(question: Question) -> str:
    """Return the line with which a script accepts one of a question's readings; it may be empty."""
    ways = [
        f"--goal '{write_goal(goal)}' or --accept-reading {goal.digest}"
        for _, goal in question.readings
    ]
    told = "\n  hint: a script gives the reading that it accepts: "
    return told + "; or ".join(ways) if ways else ""


def goal_of(end: End, text: str) -> Goal:
    """Return the goal that words meant; an empty one with the words if they meant none."""
    return (end.goal if isinstance(end, Refusal) else None) or Goal(text=text)
