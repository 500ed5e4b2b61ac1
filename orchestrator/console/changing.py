"""What a line makes of a goal: less, or something else."""

from __future__ import annotations

from ...planners import GoalSpec, GrammarInterpreter, Plan, amend, leave_out
from ...skills.domain import Domain, Facts, parse_call
from .utterances import Kind, Utterance

CHANGES = (Kind.SKIP, Kind.INSTEAD, Kind.ALSO)
"""Kinds of lines that change a goal."""


class CannotChange(Exception):
    """Why a goal stays as it is, in words for the person."""


class GoalChanger:
    """Changes goals as people say.

    Args:
        words: Understands what they say.
        domain: Its phrases.
    """

    def __init__(self, words: GrammarInterpreter, domain: Domain) -> None:
        self._words = words
        self._domain = domain

    def changed(self, said: Utterance, goal: GoalSpec, plan: Plan, facts: Facts) -> GoalSpec:
        """Return the goal as a line wants it.

        Args:
            said: "skip the plates", "actually put the mug in the sink", or a reason for a no.
            goal: The goal so far.
            plan: The plan for it.
            facts: What is believed.

        Raises:
            CannotChange: With what is unclear, or why it cannot be.
        """
        if said.kind is Kind.SKIP:
            names = self._words.objects(said.rest, facts, _things(plan))
            if not names:
                raise CannotChange(f"which things are '{said.rest}'? please name them")
            return self._less(goal, names, facts)
        if said.kind in CHANGES:
            return self._other(said.rest, goal, facts)
        return self._without_steps(said.rest, goal, plan, facts)

    def _less(self, goal: GoalSpec, names: tuple[str, ...], facts: Facts) -> GoalSpec:
        left = leave_out(goal, names, facts, self._domain)
        if not left.literals():
            raise CannotChange("nothing would be left of the goal; say 'stop' or 'no' to leave it")
        return left

    def _other(self, text: str, goal: GoalSpec, facts: Facts) -> GoalSpec:
        change = self._words.follow(text, facts) or self._words.interpret(text, facts)
        if change.status != "plan":
            options = f" ({', '.join(change.options)})" if change.options else ""
            raise CannotChange(f"{change.words}{options}")
        return amend(goal, change, facts, self._domain)

    def _without_steps(self, reason: str, goal: GoalSpec, plan: Plan, facts: Facts) -> GoalSpec:
        """Return the goal without what needs the steps that a reason forbids.

        "don't open the fridge": a step is meant if its verb and a thing that it takes are named.
        """
        words = set(reason.lower().replace("'", "").replace(",", " ").split())
        named = set(self._words.objects(_after_verb(reason), facts, _things(plan)))
        forbidden = [
            call
            for call in map(parse_call, plan.certificate.steps)
            if set(call.name.split("_")) & words and named & set(call.arguments)
        ]
        if not forbidden:
            raise CannotChange(
                "it is written down; say what shall be left out or be so instead, "
                "such as 'no, not the glass'"
            )
        needing = [literal for call in forbidden for literal in self._needing(call.arguments, plan)]
        return self._less(goal, (*(n for c in forbidden for n in c.arguments), *needing), facts)

    def _needing(self, places: tuple[str, ...], plan: Plan) -> list[str]:
        """Return the things that the plan brings to places which must not be touched."""
        calls = map(parse_call, plan.certificate.steps)
        return [c.arguments[0] for c in calls if len(c.arguments) > 1 and c.arguments[1] in places]


def _things(plan: Plan) -> tuple[str, ...]:
    return tuple(name for step in plan.certificate.steps for name in parse_call(step).arguments)


def _after_verb(reason: str) -> str:
    """Return what a reason names: "don't open the fridge" names "the fridge"."""
    words = reason.split()
    for index, word in enumerate(words):
        if word.lower() in ("the", "a", "all", "any", "my"):
            return " ".join(words[index:])
    return words[-1] if words else ""
