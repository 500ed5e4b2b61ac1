"""Answers to questions about the world and about past runs."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.orchestrator.history.explain import explain, names_a_step
from treehand.orchestrator.store.journal import read_entries
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import GrammarGoalReader
from treehand.skills.domain import Facts


class QuestionAnswerer:
    """Answers from the beliefs, else from the journals of a conversation.

    Args:
        words: Reads questions about the world, and resolves "it".
        workspace: Folder of the journals.
    """

    def __init__(self, words: GrammarGoalReader, workspace: Workspace) -> None:
        self._words = words
        self._workspace = workspace

    def answer(self, text: str, facts: Facts, runs: Iterable[str]) -> str:
        """Return the answer to a question, or that it is not understood.

        Args:
            text: The question.
            facts: Present beliefs.
            runs: The runs so far, the latest first.
        """
        answer = self._words.ask(text, facts)
        if answer is not None:
            return answer
        it = self._words.last_named()
        words = ["the " + it if w.strip("?.,!") == "it" and it else w for w in text.split()]
        named = " ".join(words)
        journals = [list(read_entries(self._workspace.find_run(run).journal)) for run in runs]
        if not journals:
            return "I do not understand that; ask what is where, or /help"
        about = next((entries for entries in journals if names_a_step(entries, named)), journals[0])
        return "\n".join(map(str, explain(about, named)))
