"""Everything that talks to a language model.

The clients (openai, langchain) are extras; `open_chat` loads the one that is asked for.
"""

from treehand.planners.llm.chat import ChatModel, ChatRequest, Message, Reply
from treehand.planners.llm.clients import open_chat
from treehand.planners.llm.decomposer import GoalDecomposer
from treehand.planners.llm.llm_reader import LlmGoalReader
from treehand.planners.llm.meter import Ledger, Meter, Spent
from treehand.planners.llm.recorded_chat import ChatRecorder, RecordedAnswer, RecordedAnswers
from treehand.planners.llm.reviser import GoalReviser, Trouble
from treehand.planners.llm.settings import ModelBudget, ModelChoice, ModelName, ModelSettings, Price
from treehand.planners.llm.tree_writer import TreeWriter

__all__ = [
    "ChatModel",
    "ChatRecorder",
    "ChatRequest",
    "GoalDecomposer",
    "GoalReviser",
    "Ledger",
    "LlmGoalReader",
    "Message",
    "Meter",
    "ModelBudget",
    "ModelChoice",
    "ModelName",
    "ModelSettings",
    "Price",
    "RecordedAnswer",
    "RecordedAnswers",
    "Reply",
    "Spent",
    "TreeWriter",
    "Trouble",
    "open_chat",
]
