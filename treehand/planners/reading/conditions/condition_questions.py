"""Questions about conditions that can be meant in two ways, or that a goal cannot hold."""

from __future__ import annotations

from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.readings import Question, Refusal
from treehand.skills.domain import Domain, Formula

CANNOT = "which a goal cannot hold"


def if_or_first(
    mark: str, said: str, goal: Goal, condition: Formula, then: Goal, domain: Domain
) -> Question:
    """Return the question about "when …" of something that is not so now."""
    first = then.model_copy(update={"before": (condition, *then.before)})
    goals = tuple(in_words(one, domain) for one in (first, goal))
    options = (
        f"first {say(condition, domain)}, then that",
        "only if it is so when the robot looks",
    )
    asked = (
        f"'{mark} {said}': it is not so now, and to wait for it is nothing a goal can hold; "
        "which is meant?"
    )
    return Question(asked, options, said=said, goals=goals)


def then_or_always(mark: str, said: str, goal: Goal, then: Goal, domain: Domain) -> Question:
    """Return the question about "if you hold any, put them down and wipe the table"."""
    goals = tuple(in_words(one, domain) for one in (then, goal))
    options = ("in any case", "only if it is so")
    asked = f"'{mark} {said}': is the rest wanted in any case?"
    return Question(asked, options, said=said, goals=goals)


def construct_question(why: str, said: str) -> Question:
    """Return the question about a construct that a goal cannot hold."""
    return Question(f"{why}; say it as several goals", said=said, construct=why)


def of_whole(read: Question | Refusal, text: str) -> Question | Refusal:
    """Return a question or refusal about a piece as one about the whole text."""
    if isinstance(read, Refusal):
        return Refusal(read.message, read.kind, said=text, goal=read.goal)
    goals = tuple(goal.model_copy(update={"text": text}) for goal in read.goals)
    return Question(
        read.text,
        read.options,
        said=text,
        about=read.about,
        goal=read.goal,
        goals=goals,
        construct=read.construct,
        is_understood=read.is_understood,
    )
