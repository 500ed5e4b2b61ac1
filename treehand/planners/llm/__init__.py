"""Everything that talks to a language model.

The clients (openai, langchain) are extras; `open_chat` loads the one that is asked for.
"""

from treehand.planners.llm.asking.meter import Ledger, Meter, Spent
from treehand.planners.llm.clients import open_chat
from treehand.planners.llm.contract.chat import ChatModel, ChatRequest, Hear, Message, Reply
from treehand.planners.llm.contract.settings import (
    ModelBudget,
    ModelChoice,
    ModelName,
    ModelSettings,
    Price,
)
from treehand.planners.llm.endpoints.recorded_chat import (
    ChatRecorder,
    RecordedAnswer,
    RecordedAnswers,
)
from treehand.planners.llm.planning.decomposer import GoalDecomposer
from treehand.planners.llm.planning.model_writer import (
    MAX_SKILLS,
    ActionModelWriter,
    LackingSkill,
    ProposedModel,
    ProposedModels,
)
from treehand.planners.llm.planning.reviser import GoalReviser, Trouble
from treehand.planners.llm.planning.tree_writer import Objection, TreeWriter
from treehand.planners.llm.reading.llm_reader import LlmGoalReader

__all__ = [
    "MAX_SKILLS",
    "ActionModelWriter",
    "ChatModel",
    "ChatRecorder",
    "ChatRequest",
    "GoalDecomposer",
    "GoalReviser",
    "Hear",
    "LackingSkill",
    "Ledger",
    "LlmGoalReader",
    "Message",
    "Meter",
    "ModelBudget",
    "ModelChoice",
    "ModelName",
    "ModelSettings",
    "Objection",
    "Price",
    "ProposedModel",
    "ProposedModels",
    "RecordedAnswer",
    "RecordedAnswers",
    "Reply",
    "Spent",
    "TreeWriter",
    "Trouble",
    "open_chat",
]
