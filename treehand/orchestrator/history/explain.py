"""Answers about a past run, from its journal alone; every line names the events it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from treehand.orchestrator.history.run_question import RunQuestion
from treehand.orchestrator.history.step_lines import RunSteps, ThingLines, reasons_of
from treehand.orchestrator.history.topic_lines import (
    ApprovalLines,
    EndLines,
    FailureLines,
    FaultLines,
    GoalLines,
    LimitLines,
    Line,
    PlanLines,
    QuestionLines,
    ResumeLines,
    RetryLines,
    StopLines,
    TimeLines,
    TopicLines,
)
from treehand.orchestrator.store.journal import Entry

_TOPICS: Mapping[Callable[[], TopicLines], frozenset[str]] = MappingProxyType(
    {
        RetryLines: frozenset({"retry", "retried", "retries", "again", "attempts"}),
        PlanLines: frozenset({"replan", "replanned", "plan", "plans"}),
        StopLines: frozenset({"stop", "stopped", "halt", "halted", "interrupted"}),
        QuestionLines: frozenset({"ask", "asked", "question", "questions", "answer"}),
        ApprovalLines: frozenset({"approve", "approved", "allowed", "who"}),
        FaultLines: frozenset({"inject", "injected", "fault", "faults"}),
        LimitLines: frozenset({"limit", "limits", "slow", "slowly", "careful", "carefully"}),
        EndLines: frozenset({"work", "worked", "succeed", "succeeded", "success", "successful"}),
        ResumeLines: frozenset({"resume", "resumed", "crash", "crashed"}),
    }
)
"""Each topic with the words that name it; the first one that fits answers."""
_TIMES = frozenset(
    {
        "slowest",
        "fastest",
        "longest",
        "shortest",
        "quickest",
        "long",
        "when",
        "time",
        "took",
        "duration",
        "seconds",
        "minutes",
    }
)
_CAUSES = frozenset({"why", "cause", "caused", "causes", "reason", "reasons", "because"})
_FAILED = frozenset(
    {
        *("fail", "failed", "failure", "failures", "wrong", "unsuccessful", "drop", "dropped"),
        *("slip", "slipped", "miss", "missed", "break", "broke", "broken"),
    }
)
_DONE = frozenset({"do", "did", "done", "doing", "happened", "steps"})
_BARE = frozenset({"so", "that", "this", "it", "is", "was", "what", "the", "for", "not", "did"})
"""Words beside a question for the causes that name nothing."""
_EXAMPLES = (
    "why did it fail? why did it stop? how long did it take? what was halted? "
    "what did it retry? what did it do? why did it plan again? "
    "what did it ask? who approved it?"
)


def explain(entries: Sequence[Entry], question: str = "") -> list[Line]:
    """Return the answer to a question about a run; a summary if there is no question.

    A question that is not understood is answered with examples of questions.
    """
    steps = RunSteps().over_entries(entries)
    asked = RunQuestion(question, steps)
    if not asked.words:
        return list(_summary(entries, steps))
    for topic, words in _TOPICS.items():
        if asked.words & words:
            ended = _lines(EndLines(), entries) if topic is StopLines else []
            return _lines(topic(), entries) or ended or _nothing("of that kind happened")
    things = asked.named_things()
    if asked.words & _TIMES and not things:
        return _lines(TimeLines(), entries)
    if things and asked.words & _FAILED:
        return _lines(FailureLines(things), entries) or _nothing("of that kind happened")
    named = asked.named_steps()
    if named:
        return [
            line for step in named for line in (*reasons_of(step, entries), steps.line_of(step))
        ]
    if things:
        found = [line for one in sorted(things) for line in _lines(ThingLines(one, steps), entries)]
        return found or _nothing(f"happened with {' or '.join(sorted(things))}")
    if asked.words & _FAILED:
        return _lines(FailureLines(), entries) or _nothing("went wrong")
    if asked.words & _CAUSES and asked.words <= _CAUSES | _BARE:
        return [line for one in _causes() for line in _lines(one, entries)]
    if asked.words & _DONE:
        return [steps.line_of(step) for step in steps.started]
    return [Line(f"I do not understand '{question}'. I can answer: {_examples(steps)}")]


def _causes() -> tuple[TopicLines, ...]:
    return GoalLines(), FailureLines(), PlanLines(has_first=False), StopLines(), EndLines()


def names_a_step(entries: Sequence[Entry], question: str) -> bool:
    """Return True if a question is about a step of the run."""
    return bool(RunQuestion(question, RunSteps().over_entries(entries)).named_steps())


def _summary(entries: Sequence[Entry], steps: RunSteps) -> Iterator[Line]:
    """Yield the goal, the failures and what followed from them, and the end."""
    yield from _lines(GoalLines(), entries)
    yield from _lines(ApprovalLines(), entries)
    yield steps.counts()
    topics: tuple[TopicLines, ...] = (FailureLines(), RetryLines(), PlanLines(has_first=False))
    for topic in (*topics, QuestionLines(), StopLines(), ResumeLines()):
        yield from _lines(topic, entries)
    ends = _lines(EndLines(), entries)
    yield from ends or [Line("it has not ended: its process is running, or died")]


def _lines(topic: TopicLines, entries: Sequence[Entry]) -> list[Line]:
    return topic.over_entries(entries).lines


def _nothing(what: str) -> list[Line]:
    return [Line(f"nothing {what} in this run")]


def _examples(steps: RunSteps) -> str:
    """Return examples of questions, with a step and an object of this run."""
    for step in steps.started:
        name, arguments = step.event.call
        if arguments:
            verb, thing = name.replace("_", " "), arguments[0].replace("_", " ")
            return f"why did it {verb} the {thing}? what happened to the {thing}? {_EXAMPLES}"
    return _EXAMPLES
