"""Everything that talks to a language model.

The clients (openai, langchain, xllamacpp) are extras; `open_chat` loads the one that is asked for.
"""

from .chat import ChatModel, Message, Reply, Request
from .interpreter import LlmInterpreter
from .metering import Ledger, Meter, Spent
from .opening import open_chat
from .recorded_chat import RecordedAnswer, RecordedAnswers, Recorder
from .reviser import GoalReviser, Trouble
from .settings import ModelBudget, ModelChoice, ModelName, ModelSettings, Price
from .tree_writer import TreeWriter

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
