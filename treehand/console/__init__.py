"""The task console: a conversation about goals, without a terminal around it."""

from treehand.console.conversation import Conversation
from treehand.console.messages import (
    Asked,
    Ended,
    Happened,
    Heard,
    Message,
    Proposed,
    Said,
    ToEdit,
    Understood,
)

__all__ = [
    "Asked",
    "Conversation",
    "Ended",
    "Happened",
    "Heard",
    "Message",
    "Proposed",
    "Said",
    "ToEdit",
    "Understood",
]
