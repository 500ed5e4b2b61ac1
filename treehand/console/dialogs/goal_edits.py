"""Edits of a goal in plain words: parts left out, changed or added."""

from __future__ import annotations

from treehand.console.intents import Intent, Utterance
from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.planners import (
    Goal,
    Plan,
    Question,
    Refusal,
    changed_goal,
    in_words,
    leave_out,
)
from treehand.planners.goals.changes import take_in
from treehand.planners.goals.conditional_parts import conjunction
from treehand.planners.reading.grammar.follow_ups import without_marks
from treehand.planners.reading.words.english import base_of
from treehand.skills.domain import AllOf, Call, Domain, Facts, Formula, conjuncts

EDITS = (Intent.SKIP, Intent.INSTEAD, Intent.ALSO, Intent.FIRST)
"""Intents that change a goal."""
_NEGATIONS = {"dont", "not", "never", "without", "avoid", "except", "no"}
_ADDING = frozenset({"too", "also", "well", "and", "plus", "as", "first", "never", "not", "dont"})
_HELP = (
    "say what shall be left out or be so instead: 'skip the glass', 'actually put it in the sink'"
)


class CannotEdit(Exception):
    """An edit that is not possible, with the reason in words for the person.

    Args:
        reason: The words.
        unclear: The question whose answer would make the edit possible; None if there is none.
    """

    def __init__(self, reason: str, unclear: Question | None = None) -> None:
        super().__init__(reason)
        self.unclear = unclear


class GoalEditor:
    """Edits goals as a person says.

    Args:
        reader: Reads the person's words.
        domain: Predicates and their phrases.
    """

    def __init__(self, reader: SessionReader, domain: Domain) -> None:
        self._reader = reader
        self._words = reader.grammar
        self._domain = domain

    def edited(self, said: Utterance, goal: Goal, plan: Plan, facts: Facts) -> Goal:
        """Return the goal after the edit that a line asks for.

        Args:
            said: "skip the plates", "actually put the mug in the sink", or a reason for a no.
            goal: The goal so far.
            plan: The plan for it.
            facts: Present beliefs.

        Raises:
            CannotChange: With what is unclear, or why it cannot be.
        """
        conditioned = self._conditioned(said.rest, goal, facts)
        if conditioned is not None:
            return conditioned
        if said.intent is Intent.SKIP and (less := self._undone(said.rest, goal)) is not None:
            return less
        if said.intent is Intent.SKIP:
            return self._less(goal, self._named(said.rest, plan, facts), facts)
        if said.intent is Intent.FIRST:
            return self._begun(said.rest, goal, plan, facts)
        if said.intent in EDITS:
            is_instead = said.intent is Intent.INSTEAD
            return self._other(said.rest, goal, facts, is_instead=is_instead)
        return self._for_reason(said.rest, goal, plan, facts)

    def is_condition(self, line: str, goal: Goal, facts: Facts) -> bool:
        """Return True if a line is only a condition of a goal, or lifts its conditions."""
        try:
            return self._conditioned(line, goal, facts) is not None
        except CannotEdit:
            return True

    def _conditioned(self, text: str, goal: Goal, facts: Facts) -> Goal | None:
        """Return a goal under a condition that words name, or without one: "only if it is on".

        Returns:
            None if the words are no condition alone.

        Raises:
            CannotEdit: If a goal cannot be put under the condition.
        """
        read = self._words.conditioned(text, goal, facts)
        if isinstance(read, Question):
            raise CannotEdit(read.text, read if read.options else None)
        return read

    def _undone(self, text: str, goal: Goal) -> Goal | None:
        """Return a goal without the parts that a verb names: "the washing"; None without any."""
        words = [word for word in text.lower().split() if word not in ("the", "all", "that")]
        verb = base_of(words[0]) if len(words) == 1 and words[0].endswith("ing") else ""
        names = {
            name
            for name, predicate in self._domain.predicates.items()
            if any(phrase.split()[0] == verb for phrase in predicate.phrases)
        }

        def is_kept(part: Formula) -> bool:
            return not any(atom.fact.predicate in names for atom in part.atoms())

        before = tuple(filter(is_kept, goal.before))
        parts = tuple(filter(is_kept, conjuncts(goal.formula)))
        if not parts or (before, parts) == (goal.before, tuple(conjuncts(goal.formula))):
            return None
        left = goal.model_copy(update={"before": before, "formula": conjunction(parts)})
        return in_words(left, self._domain)

    def _named(self, text: str, plan: Plan, facts: Facts) -> tuple[str, ...]:
        """Return the things of a goal that words name: "the blue one"."""
        said = self._words.follow_ups.with_noun(text)
        names = self._words.objects(said, facts, _things(plan))
        if not names:
            raise CannotEdit(f"which things are '{text}'? please name them")
        return names

    def _begun(self, text: str, goal: Goal, plan: Plan, facts: Facts) -> Goal:
        """Return a goal with something to be made so before the rest."""
        names = self._words.objects(self._words.follow_ups.with_noun(text), facts, _things(plan))
        parts = [p for p in conjuncts(goal.formula) if {*names} & {*_named_in(p)}]
        if parts:  # "the mug first"
            first = goal.model_copy(update={"before": (AllOf(tuple(parts)), *goal.before)})
            return in_words(first, self._domain)
        begin = self._read(text, goal, facts)
        if begin.cases or begin.requirements or not begin.literals():
            raise CannotEdit(f"'{text}' cannot come first; say it as a goal of its own")
        before = (*begin.before, begin.formula, *goal.before)
        never = tuple(dict.fromkeys((*goal.never, *begin.never)))
        return in_words(goal.model_copy(update={"before": before, "never": never}), self._domain)

    def _read(self, text: str, goal: Goal, facts: Facts) -> Goal:
        """Return the reading of a change; "the mug" is the one that the goal names.

        Raises:
            CannotEdit: If it is unclear or refused.
        """
        change = self._words.follow(text, facts) or self._reader.plainly(text, facts)
        if isinstance(change, Question) and change.about:
            asked = {name.replace("_", " ") for name in _named_in(goal.formula)}
            meant = asked & set(change.options)
            if len(meant) == 1:
                change = self._reader.plainly(change.meaning(meant.pop()), facts)
        if isinstance(change, Question):
            raise CannotEdit(change.text, change if change.options else None)
        if isinstance(change, Refusal):
            raise CannotEdit(change.message)
        return change

    def _less(self, goal: Goal, names: tuple[str, ...], facts: Facts) -> Goal:
        left = leave_out(goal, names, facts, self._domain)
        before = tuple(part for part in left.before if not {*names} & {*_named_in(part)})
        if before != left.before:
            left = in_words(left.model_copy(update={"before": before}), self._domain)
        if not left.literals():
            raise CannotEdit("nothing would be left of the goal; say 'stop' or 'no' to leave it")
        return left

    def _other(self, text: str, goal: Goal, facts: Facts, *, is_instead: bool = False) -> Goal:
        named = without_marks(self._words.follow_ups.with_noun(text))
        again = take_in(goal, self._words.objects(named, facts), self._domain)
        if again is not None:  # "the glass too", which was left out before
            return again
        change = self._read(text, goal, facts)
        after = changed_goal(goal, change, facts, self._domain)
        is_added = set(conjuncts(goal.formula)) <= set(conjuncts(after.formula))
        is_whole = is_instead and is_added and not _ADDING & set(text.casefold().split())
        return in_words(change, self._domain) if is_whole and change.literals() else after

    def _for_reason(self, reason: str, goal: Goal, plan: Plan, facts: Facts) -> Goal:
        """Return the goal after the edit that the reason for a "no" asks for.

        "don't open the fridge" forbids steps: a step is meant if its verb and a thing that it
        takes are named. A reason that is a goal by itself is wanted instead. What a reason only
        hints at ("the glass is fragile") is asked, not guessed.
        """
        words = set(reason.lower().replace("'", "").replace(",", " ").split())
        named = self._words.objects(_after_verb(reason), facts, _things(plan))
        if words & _NEGATIONS:
            forbidden = [
                call
                for call in plan.certificate.steps
                if set(call.name.split("_")) & words and set(named) & set(call.arguments)
            ]
            names = _needing(forbidden, plan) if forbidden else named
            if names:
                return self._less(goal, names, facts)
            raise CannotEdit(f"I do not know what to leave out; {_HELP}")
        wish = reason.removesuffix(" instead")
        understood = self._reader.plainly(wish, facts)
        if isinstance(understood, Goal) and understood.literals():
            return self._other(wish, goal, facts)
        hint = f"to leave it out, say: skip the {_spoken(named)}" if named else _HELP
        raise CannotEdit(f"I do not know what to make of '{reason}'; {hint}")


def _things(plan: Plan) -> tuple[str, ...]:
    return tuple(name for step in plan.certificate.steps for name in step.arguments)


def _named_in(part: Formula) -> set[str]:
    return {term for atom in part.atoms() for term in atom.fact.terms}


def _needing(forbidden: list[Call], plan: Plan) -> tuple[str, ...]:
    """Return the objects whose part of the goal needs the forbidden steps.

    These are the objects of the steps, and those that the plan brings to a place which the steps
    prepare.
    """
    about = {call.arguments[0] for call in forbidden}
    calls = plan.certificate.steps
    brought = {c.arguments[0] for c in calls if len(c.arguments) > 1 and c.arguments[1] in about}
    return tuple(sorted(about | brought))


def _spoken(names: tuple[str, ...]) -> str:
    return " and the ".join(name.replace("_", " ") for name in names)


def _after_verb(reason: str) -> str:
    """Return the noun phrase of a reason: "the fridge" of "don't open the fridge"."""
    words = reason.split()
    for index, word in enumerate(words):
        if word.lower() in ("the", "a", "all", "any", "my"):
            rest = words[index:]
            ends = [i for i, w in enumerate(rest) if w.lower() in ("is", "are", "because", "yet")]
            return " ".join(rest[: ends[0]] if ends else rest)
    return words[-1] if words else ""
