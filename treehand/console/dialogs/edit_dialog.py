"""Edits of a goal in plain words, and questions back about what is unclear of them."""

from __future__ import annotations

from treehand.console.dialogs.goal_edits import EDITS, CannotEdit, GoalEditor
from treehand.console.dialogs.goal_reviser import LineReviser
from treehand.console.intents import Intent, Utterance
from treehand.console.messages import Asked, Said, Tell
from treehand.orchestrator.people.person import chosen_option
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Goal, Plan, Question, difference
from treehand.trees import PersonQuestion


class EditDialog:
    """Edits goals, shows the difference, and asks back until the words of an edit are clear.

    Args:
        robot: Reads the words, with its beliefs.
        tell: Shows a message.
    """

    def __init__(self, robot: Robot, tell: Tell) -> None:
        self._robot = robot
        self._tell = tell
        self._domain = robot.deployment.domain
        self._editor = GoalEditor(robot.parts.proposer.reader, self._domain)
        lexicon = robot.deployment.lexicon
        self._reviser = LineReviser(robot.parts.proposer.reader, lexicon)
        self._unclear: tuple[Intent, Question] | None = None

    @property
    def is_asking(self) -> bool:
        """Return True if the next line is expected to answer."""
        return self._unclear is not None

    def edited(self, said: Utterance, goal: Goal, plan: Plan) -> Goal | None:
        """Return the goal after an edit; None, with the reason told, if nothing changes."""
        after = self.read(said, goal, plan)
        return after if after is not None and self.show_difference(goal, after) else None

    def revised(self, line: str, goal: Goal) -> Goal | None:
        """Return a goal after a line of pieces revised it: "not the mug, the glass"; else None."""
        return self._reviser.revised(line, goal, self._robot.world.facts.copy())

    def is_condition(self, line: str, goal: Goal) -> bool:
        """Return True if a line is only a condition of a goal, or lifts one: "only if it is on"."""
        return self._editor.is_condition(line, goal, self._robot.world.facts.copy())

    def read(self, said: Utterance, goal: Goal, plan: Plan) -> Goal | None:
        """Return the goal after an edit; None, with the reason told, if it is not possible."""
        try:
            return self._editor.edited(said, goal, plan, self._robot.world.facts.copy())
        except CannotEdit as reason:
            unclear = reason.unclear
            if unclear is not None:
                self._unclear = (said.intent, unclear)
                self._tell(Asked(PersonQuestion(unclear.text, unclear.options)))
            else:
                self._tell(Said(str(reason)))
            return None

    def show_difference(self, before: Goal, after: Goal) -> bool:
        """Tell the difference of two goals; return True if there is any."""
        changes = difference(before, after, self._domain)
        if changes.is_empty:
            self._tell(Said("that changes nothing"))
            return False
        lines = [f"  - {words}" for words in changes.gone] + [f"  + {w}" for w in changes.new]
        self._tell(Said("\n".join(("the goal changes:", *lines))))
        return True

    def answer(self, said: Utterance, line: str) -> Utterance | None:
        """Return the edit in clear words, or the line if it is an order or an edit of its own.

        Args:
            said: The line with its intent.
            line: The person's words.

        Returns:
            None if the question stays open.
        """
        assert self._unclear is not None
        intent, question = self._unclear
        option = chosen_option(line, question.options)
        if option is None and self._is_own(said, line):
            self._unclear = None
            return said
        if option is None:
            self._tell(Asked(PersonQuestion(question.text, question.options)))
            return None
        self._unclear = None
        return Utterance(intent, question.meaning(option))

    def _is_own(self, said: Utterance, line: str) -> bool:
        """Return True if a line is an edit of its own, or an order that the grammar reads."""
        if said.intent in EDITS:
            return True
        read = self._robot.parts.proposer.reader.plainly(line, self._robot.world.facts.copy())
        return said.intent is Intent.OTHER and isinstance(read, Goal)

    def drop(self) -> None:
        """Expect no answer any more."""
        self._unclear = None
