"""Topics of questions about the robot's doings that no pattern knows, by the words in them."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.acts.dialogue_move import Move, MoveKind
from treehand.planners.reading.words.function_words import word_set
from treehand.planners.reading.words.tokens import tokens_of

_PAST = word_set("did was were had happened took failed")
_RISK = word_set(
    "safe unsafe safely danger dangerous risk risks risky harmless hazard hazards hurt break broken"
    " spill drop dropped fall fell slip wrong fail fails failed failure sure certain confident"
    " likely unlikely chance chances odds probability trust reliable undone reversible careful"
)
_DURATION = word_set(
    "long longer minutes seconds hours time soon eta quick quickly fast done finished ready over"
    " complete completed finish cost costs duration estimate"
)
_ORDER = word_set(
    "first next then after afterwards later order sequence plan plans steps step begin start last"
    " intend intention going route strategy approach involve involves entail entails detail details"
    " actions moves exactly"
)
_PRESENT = word_set(
    "doing busy working status progress stuck state far happening waiting moving idle running"
    " current currently going finished done need everything missing problem problems"
)
_ABILITY = word_set(
    "ask tell say order request abilities ability capabilities capable features functions skills"
    " commands options help able good teach learn possible understand use"
)
_REASON = word_set("why reason reasons cause how-come purpose")
_CHOICES = word_set("choice choices option options alternative alternatives possibilities")
_RULED = word_set("allowed forbidden permitted supposed rules rule forbid banned prohibited")
_SHORT_WORDS = 3
"""Most words of a question without a question word: "how risky?", "steps?"."""
_ASKING = word_set("what which how when why who is are will would could can does do have has any")


def topic_of(text: str) -> Move | None:
    """Return the kind of a question about the robot's doings; None for any other text.

    It is for questions that no pattern of `move_of` and no reading of the world knows. Words of
    the past are left to the journals.

    Args:
        text: The person's words.
    """
    words = [word for word in tokens_of(text) if word.isalnum()]
    said = set(words)
    is_asked = said & _ASKING or (text.rstrip().endswith("?") and len(words) <= _SHORT_WORDS)
    if not is_asked or said & _PAST:
        return None
    if said & _CHOICES:
        return Move(MoveKind.PRESENT if _is_of_question(words) else MoveKind.HELP)
    if said & {"you", "robot"} and said & _RULED:
        return Move(MoveKind.RULES)
    if said & _REASON or words[:2] == ["how", "come"]:
        return Move(MoveKind.WHY)
    if "if" in said or said & _RISK:
        return Move(MoveKind.SAFETY)
    is_finished = bool(said & {"done", "finished", "ready", "complete"})
    if said & {"have", "has"} and is_finished and said & {"what", "which", "how"}:
        return None  # about what was done
    if said & {"have", "has"} and is_finished:
        return Move(MoveKind.PRESENT)
    is_measured = said & {"how", "when", "much", "many", "will", "is", "are"}
    if said & _DURATION and (is_measured or len(words) <= _SHORT_WORDS):
        return Move(MoveKind.DURATION)
    knows_how = "know" in said and "how" in said
    if knows_how or (said & {"i", "we", "you", "your"} and said & _ABILITY):
        return Move(MoveKind.HELP)
    if said & _ORDER:
        return Move(MoveKind.NEXT)
    return Move(MoveKind.PRESENT) if said & _PRESENT else None


def _is_of_question(words: Sequence[str]) -> bool:
    """Return True if options are asked for that a question may have offered."""
    return not {"else", "commands", "skills"} & set(words)


def asks_for_a_list(text: str) -> bool:
    """Return True for "which ones?", "which are they?", said of what was counted before.

    Args:
        text: The person's words.
    """
    words = [word for word in tokens_of(text) if word.isalnum()]
    fillers = word_set("and ok so are is they those these that ones one exactly please of them")
    asks = {"which", "what", "who", "name"} & set(words)
    return bool(asks) and set(words) <= fillers | {"which", "what", "who", "name"}
