"""Leaf that asks a person."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.format.node_values import AskModel
from treehand.trees.format.person_question import PersonQuestion
from treehand.trees.runtime.blackboard import BlackboardKey
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.runtime import Runtime


class AskLeaf(Behaviour):
    """Asks a person and waits for the answer, running.

    The run asks when no skill runs, so that the robot holds still meanwhile. With an entry for the
    answer, any answer is a success; without, only the first option is, and another one is the
    failure ``refused``. No answer in time and no default: ``not-answered``. In a rollout the first
    option is chosen.
    """

    CHANGES = ("failure", "_question")

    def __init__(
        self, path: str, ask: AskModel, runtime: Runtime, key: BlackboardKey | None
    ) -> None:
        super().__init__(path)
        self.failure: Failure | None = None
        self._ask = ask
        self._runtime = runtime
        self._key = key
        self._question: PersonQuestion | None = None

    def initialise(self) -> None:
        """Put the question to the run."""
        self.failure = None
        ask = self._ask
        question = PersonQuestion(
            ask.question,
            ask.options,
            ask.default,
            ask.deadline,
            self.name,
            wants_picture=ask.picture,
        )
        if self._runtime.options.is_symbolic:
            question.close(ask.options[0])
        else:
            self._runtime.people.put(question)
        self._question = question

    def update(self) -> Status:
        """Return RUNNING until the answer is there."""
        question = self._question
        assert question is not None
        if not question.is_over:
            return Status.RUNNING
        answer = question.answer
        if answer is None:
            detail = f"nobody answered: {question.text}"
            self.failure = Failure(FailureCode.NOT_ANSWERED, detail, self.name)
            return Status.FAILURE
        if self._key is not None:
            self._key.write(answer)
            return Status.SUCCESS
        if answer == question.options[0]:
            return Status.SUCCESS
        self.failure = Failure(FailureCode.REFUSED, f"a person said '{answer}'", self.name)
        return Status.FAILURE

    def terminate(self, new_status: Status) -> None:
        """Take back a question that was not asked yet."""
        self._runtime.people.withdraw(self._question)
        self._question = None
