"""Sequences that the import makes of one node of BehaviorTree.CPP, and that are one node again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from treehand.trees.format.expression import Constant
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.format.yaml_writer import data_to_yaml
from treehand.trees.interop.btcpp.format.btcpp_text import port_text


@dataclass(frozen=True)
class OutcomeChoice:
    """One choice between two nodes."""

    tag: str
    """``IfThenElse`` or ``WhileDoElse``."""
    parts: tuple[NodeSpec, ...]
    """Condition, node for its success, and the node for its failure if there is one."""


@dataclass(frozen=True)
class FixedLoop:
    """Loop over a list that is written out."""

    tag: str
    """``LoopDouble`` or ``LoopString``."""
    queue: str
    """Text of the list."""
    item: str
    """Key of the present item."""
    each: NodeSpec


class ChoiceFinder:
    """Finds the choices and fixed loops of one tree.

    Args:
        body: The tree.
    """

    def __init__(self, body: TreeSpec | SubtreeSpec) -> None:
        self._body = body
        self._text: str | None = None

    def choice(self, node: NodeSpec) -> OutcomeChoice | None:
        """Return the choice that a sequence is; None if it is none, or its key has other uses."""
        if node.sequence is None or len(node.sequence) != 2:
            return None
        decided, chosen = node.sequence
        cases, key = chosen.cases or {}, chosen.switch
        if key is None or [*cases] not in (["true"], ["true", "false"]):
            return None
        outcomes = decided.fallback or ()
        holds = outcomes[0].sequence or () if len(outcomes) == 2 else ()
        if len(holds) != 2:
            return None
        memory = node.memory
        held = NodeSpec(sequence=(holds[0], _setting(key, value=True)), memory=memory)
        made = NodeSpec(fallback=(held, _setting(key, value=False)), memory=memory)
        wanted = (made, NodeSpec(switch=key, cases=cases, memory=memory))
        if memory is True or node.sequence != wanted or self._uses(key) != 3:
            return None
        tag = "IfThenElse" if memory is None else "WhileDoElse"
        return OutcomeChoice(tag, (holds[0], *cases.values()))

    def loop(self, node: NodeSpec) -> FixedLoop | None:
        """Return the loop that a sequence is; None if it is none, or its list has other uses."""
        if node.sequence is None or len(node.sequence) != 2 or node.memory is not None:
            return None
        listed, loop = node.sequence
        head = loop.for_item
        if head is None or loop.each is None or head.index is not None:
            return None
        value = (listed.set or {}).get(head.list)
        items = value.value if isinstance(value, Constant) else ()
        if not isinstance(items, tuple) or not items:
            return None
        wanted = (
            NodeSpec.model_validate({"set": {head.list: value}}),
            NodeSpec(for_item=head, each=loop.each),
        )
        if node.sequence != wanted:
            return None
        texts = [one for one in items if isinstance(one, str)]
        if any(not one or one != one.strip() or ";" in one for one in texts):
            return None
        if self._uses(head.list) != 2:
            return None
        tag = "LoopString" if texts else "LoopDouble"
        return FixedLoop(tag, port_text(items), head.item, loop.each)

    def _uses(self, key: str) -> int:
        """Return the number of times that a word stands in the tree."""
        if self._text is None:
            data = self._body.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            data.pop("subtrees", None)
            self._text = data_to_yaml(data)
        return len(re.findall(rf"\b{re.escape(key)}\b", self._text))


def _setting(key: str, *, value: bool) -> NodeSpec:
    return NodeSpec.model_validate({"set": {key: value}})
