"""Pre- and post-conditions of foreign nodes: the attributes that hold scripts."""

from __future__ import annotations

from treehand.documents.composer import Mapping
from treehand.trees.interop.btcpp.format.btcpp_document import node_id
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.located_nodes import failure, group, mapping, wrapped
from treehand.trees.interop.btcpp.importing.tree_reading import (
    ScriptedCondition,
    TreeReading,
    in_order,
)

IGNORED = {"_autoremap", "__autoremap", "__shared_blackboard"}
"""Attributes that are read elsewhere."""


def with_conditions(
    reading: TreeReading, element: XmlElement, node: Mapping, *, above: str
) -> Mapping:
    """Return a node with what its element's scripts demand around it.

    Args:
        reading: The tree.
        element: The element with the scripts.
        node: The node.
        above: Kind of the node above; in a fallback, a skipped node is passed over by failing.
    """
    for name in element.attributes:
        if name.startswith("_") and name not in (*_READERS, *IGNORED):
            _note_other(reading, element, name)
    for name in _from_inside(reading, element):
        node = _READERS[name](reading, element, name, node, above)
    return node


def _from_inside(reading: TreeReading, element: XmlElement) -> list[str]:
    """Return the attributes with scripts in the order in which they go around the node.

    There, the conditions are asked in the order of `_DECIDING` and `_SKIPPING`. The scripts behind
    the node run after a status that a deciding one gives it, too, but not after a skip.
    """
    given = {name for name in _READERS if (element.get(name) or "").strip()}
    deciding, skipping, behind = (
        [name for name in names if name in given] for names in (_DECIDING, _SKIPPING, _BEHIND)
    )
    if deciding and skipping and behind:
        message = f"{behind[0]} does not run where {deciding[0]} decides"
        reading.note("approximated", message, element.at(behind[0]))
    if behind and not skipping:
        return [*deciding[::-1], *behind]
    return [*behind, *skipping[::-1], *deciding[::-1]]


def note_empty(reading: TreeReading, element: XmlElement, kind: str, above: str) -> None:
    """Report a sequence or fallback that is skipped there when all of its children are.

    Args:
        reading: The tree.
        element: Its element.
        kind: ``sequence`` or ``fallback``; below another of its kind, a skip changes nothing.
        above: Kind of the node above.
    """
    is_told = any((element.get(name) or "").strip() for name in _BEHIND)
    if _skips_all(element) and (above != kind or is_told):
        outcome = "succeeds" if kind == "sequence" else "fails"
        message = f"a {kind} {outcome} here if all of its children are skipped; there it is skipped"
        reading.note("approximated", message, element.span)


def _skips_all(element: XmlElement) -> bool:
    """Return True if each child of a sequence or fallback may be skipped."""
    children = [child for child in element.children if child.tag not in NO_NODES]
    return bool(children) and all(
        any((child.get(name) or "").strip() for name in _SKIPPING)
        or (node_id(child) in (*SEQUENCES, *FALLBACKS) and _skips_all(child))
        for child in children
    )


def _note_other(reading: TreeReading, element: XmlElement, name: str) -> None:
    if name == "_onHalted":
        message = "_onHalted is not carried over: a halt runs no further node"
        reading.note("not-carried", message, element.at(name), "undo it where the tree goes on")


def before(condition: ScriptedCondition, node: Mapping, element: XmlElement) -> Mapping:
    """Return a node with the computation of its condition before it."""
    if condition.before is None:
        return node
    return group("sequence", [condition.before, node], element.span)


def _failure_if(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping, above: str
) -> Mapping:
    condition = reading.condition(element.attributes[name], element.at(name))
    if condition is None:
        return node
    check = mapping(element.at(name), check=condition.formula, invert=True)
    return in_order([condition.before, check, node], element.span)


def _success_if(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping, above: str
) -> Mapping:
    condition = reading.condition(element.attributes[name], element.at(name))
    if condition is None:
        return node
    node = wrapped(node, element.at(name), unless=condition.formula)
    return before(condition, node, element)


def _skip_if(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping, above: str
) -> Mapping:
    if above == "fallback":
        return _failure_if(reading, element, name, node, above)
    if above != "sequence":
        message = "a skipped node counts as a success here"
        reading.note("approximated", message, element.at(name))
    return _success_if(reading, element, name, node, above)


def _while(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping, above: str
) -> Mapping:
    condition = reading.condition(element.attributes[name], element.at(name))
    if condition is None:
        return node
    if above != "fallback":
        message = "a node whose _while does not hold fails here; there it is skipped"
        hint = "write optional: true around it, where a skip is meant"
        reading.note("approximated", message, element.at(name), hint)
    span = element.at(name)
    if condition.before is None:
        return wrapped(node, span, **{"while": condition.formula})
    check = mapping(span, check=condition.formula)
    return group("sequence", [condition.before, check, node], span, memory=False)


def _on_success(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping, above: str
) -> Mapping:
    sets = reading.script(element.attributes[name], element.at(name))
    return in_order([node, *(sets or ())], element.span)


def _on_failure(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping, above: str
) -> Mapping:
    span = element.at(name)
    sets = reading.script(element.attributes[name], span)
    if not sets:
        return node
    after = group("sequence", [*sets, failure(span)], span)
    return group("fallback", [node, after], element.span)


def _post(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping, above: str
) -> Mapping:
    message = "_post runs after a success and a failure here, not after a halt"
    reading.note("approximated", message, element.at(name))
    node = _on_failure(reading, element, name, node, above)
    return _on_success(reading, element, name, node, above)


_READERS = {
    "_failureIf": _failure_if,
    "_successIf": _success_if,
    "_onSuccess": _on_success,
    "_onFailure": _on_failure,
    "_post": _post,
    "_skipIf": _skip_if,
    "_while": _while,
}
"""Attribute to its reader."""
FALLBACKS = {"Fallback", "Selector", "ReactiveFallback", "AsyncFallback"}
SEQUENCES = {
    "Sequence",
    "ReactiveSequence",
    "AsyncSequence",
    "SequenceStar",
    "SequenceWithMemory",
}
NO_NODES = {"Metadata", "description"}
"""Elements between nodes that are none."""
_DECIDING = ("_failureIf", "_successIf")
_SKIPPING = ("_skipIf", "_while")
_BEHIND = ("_onSuccess", "_onFailure", "_post")
