"""Everything that talks to a language model.

The clients (openai, langchain, xllamacpp) are extras; `open_chat` loads the one that is asked for.
"""

from treehand.planners.llm.chat import ChatModel, Message, Reply, Request
from treehand.planners.llm.llm_reader import LlmInterpreter
from treehand.planners.llm.meter import Ledger, Meter, Spent
from treehand.planners.llm.clients import open_chat
from treehand.planners.llm.recorded_chat import RecordedAnswer, RecordedAnswers, Recorder
from treehand.planners.llm.reviser import GoalReviser, Trouble
from treehand.planners.llm.settings import ModelBudget, ModelChoice, ModelName, ModelSettings, Price
from treehand.planners.llm.tree_writer import TreeWriter

__all__ = [
    "ChatModel",
    "GoalReviser",
    "Ledger",
    "LlmInterpreter",
    "Message",
    "Meter",
    "ModelBudget",
    "ModelChoice",
    "ModelName",
    "ModelSettings",
    "Price",
    "RecordedAnswer",
    "RecordedAnswers",
    "Recorder",
    "Reply",
    "Request",
    "Spent",
    "TreeWriter",
    "Trouble",
    "open_chat",
]
