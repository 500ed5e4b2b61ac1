"""Answers to questions about the world and about past runs."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.console.status import StatusReporter
from treehand.orchestrator.history.explain import explain, names_a_step
from treehand.orchestrator.store.journal import read_entries
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import GrammarGoalReader
from treehand.planners.reading.acts.dialogue_move import move_of
from treehand.planners.reading.acts.question_topic import asks_for_a_list, topic_of
from treehand.planners.reading.acts.social import social_reply
from treehand.skills.domain import Facts

_OF_THE_RUN = frozenset(
    {"take", "took", "last", "end", "fail", "stop", "halt", "do", "begin", "start", "finish"}
    | {"plan", "replan", "retry", "ask", "resume", "go", "need", "work", "succeed", "happen"}
)
"""Verbs after "did it" whose "it" is the run, not a thing."""
_PAST = frozenset({"did", "was", "were", "happened", "took", "failed", "retried", "approved"})


class QuestionAnswerer:
    """Answers from the beliefs or the present goal, else from the journals of a conversation.

    Args:
        words: Reads questions about the world, and resolves "it".
        status: Answers questions about the present goal.
        workspace: Folder of the journals.
    """

    def __init__(
        self, words: GrammarGoalReader, status: StatusReporter, workspace: Workspace
    ) -> None:
        self._words = words
        self._status = status
        self._workspace = workspace
        self._before = ""
        """The question before, which "and the cheese?" takes up."""
        self._listed: tuple[str, ...] = ()
        """Things that the last answer was about, which "which ones?" asks for."""

    def takes_up(self, text: str) -> bool:
        """Return True if a text asks the question before anew: "and the cheese?"."""
        return text.endswith("?") and self._words.asked_again(text, self._before) is not None

    def answer(self, text: str, facts: Facts, runs: Iterable[str]) -> str:
        """Return the answer to a question, or that it is not understood.

        Args:
            text: The question.
            facts: Present beliefs.
            runs: The runs so far, the latest first.
        """
        if self._listed and asks_for_a_list(text):
            return ", ".join(self._listed)
        self._listed = ()
        text = self._words.asked_again(text, self._before) or text
        self._before = self._words.with_it_named(text)
        move = move_of(text)
        answer = self._status.answer(move) if move is not None else social_reply(text)
        if answer is None:
            answer = self._words.ask(text, facts)
            self._listed = self._words.listed
        if answer is None and move is None and (topic := topic_of(text)) is not None:
            answer = self._status.answer(topic)
        if answer is not None:
            return answer
        named = self._with_it_named(text)
        journals = [list(read_entries(self._workspace.find_run(run).journal)) for run in runs]
        if not journals:
            if move is not None or _PAST & set(text.lower().strip("?!. ").split()):
                return "nothing was done here yet; say what shall be done, or /help"
            return "I do not understand that; ask what is where, or /help"
        about = next((entries for entries in journals if names_a_step(entries, named)), journals[0])
        return "\n".join(map(str, explain(about, named)))

    def _with_it_named(self, text: str) -> str:
        """Return a question with "it" replaced by the thing named last, where a thing is meant."""
        name, words = self._words.last_named(), text.split()
        for index, word in enumerate(words):
            after = words[index + 1].lower().strip("?.,!") if index + 1 < len(words) else ""
            if word.lower().strip("?.,!") == "it" and name and after not in _OF_THE_RUN:
                words[index] = f"the {name}"
        return " ".join(words)
