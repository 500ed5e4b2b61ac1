"""Readings of a text as tests compare them: their kind and their words."""

from treehand.planners import Goal, Question, Reading, Refusal


def kind(read: Reading) -> str:
    """Return ``goal``, ``question``, ``infeasible``, ``refused`` or ``answer``."""
    match read:
        case Goal():
            return "goal"
        case Question():
            return "question"
        case Refusal():
            return read.kind
    return "answer"


def words(read: Reading) -> str:
    """Return what a reading says: the goal in words, the question, the reason, the answer."""
    match read:
        case Goal():
            return read.words
        case Refusal():
            return read.message
    return read.text
