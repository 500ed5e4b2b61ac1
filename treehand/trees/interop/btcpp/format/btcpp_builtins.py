"""Nodes that BehaviorTree.CPP, Nav2 and MoveIt Pro bring along: their ports, as node models.

Sources: BehaviorTree.CPP 4 ``include/behaviortree_cpp/{actions,controls,decorators}``; Nav2
``nav2_behavior_tree/nav2_tree_nodes.xml``; MoveIt Pro's core behaviors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from treehand.trees.interop.btcpp.format.btcpp_document import PortEntry
from treehand.trees.interop.btcpp.format.xml_document import XmlElement


def _ports(text: str) -> dict[str, PortEntry]:
    """Return the ports of a line like ``msec<number value>any``: ``<`` reads, ``>`` writes."""
    ports = {}
    for part in text.split():
        sign = "<" if "<" in part else ">"
        name, kind = part.split(sign)
        ports[name] = PortEntry("in" if sign == "<" else "out", _CPP[kind], "")
    return ports


_CPP = {"number": "double", "flag": "bool", "text": "std::string", "any": "", "list": ""}

_LOOP = "queue<list value>any if_empty<text"
_CASES = [f"case_{number}<any" for number in range(1, 10)]
PORTS: Mapping[str, Mapping[str, PortEntry]] = {
    name: _ports(text)
    for name, text in {
        "Repeat": "num_cycles<number",
        "RetryUntilSuccessful": "num_attempts<number",
        "RetryUntilSuccesful": "num_attempts<number",
        "Timeout": "msec<number",
        "Delay": "delay_msec<number",
        "Sleep": "msec<number",
        "Wait": "wait_duration<number",
        "WaitForDuration": "delay_duration<number",
        "RunOnce": "then_skip<flag",
        "Parallel": "success_count<number failure_count<number success_threshold<number"
        " failure_threshold<number",
        "ParallelAll": "max_failures<number",
        "SetBlackboard": "value<any output_key>any",
        "UnsetBlackboard": "key>any",
        "Script": "code<text",
        "ScriptCondition": "code<text",
        "Precondition": "if<text else<text",
        "LogMessage": "message<any log_level<text",
        "LoopInt": _LOOP,
        "LoopBool": _LOOP,
        "LoopDouble": _LOOP,
        "LoopString": _LOOP,
        "ForEach": "vector_in<list out>any index>number",
        "ForEachUntilSuccess": "vector_in<list out>any index>number",
        "RecoveryNode": "number_of_retries<number",
        "RoundRobin": "wrap_around<flag",
        "RateController": "hz<number",
        "DistanceController": "distance<number global_frame<text robot_base_frame<text",
        "BlackboardCheckInt": "value_A<any value_B<any return_on_mismatch<text",
        "BlackboardCheckDouble": "value_A<any value_B<any return_on_mismatch<text",
        "BlackboardCheckString": "value_A<any value_B<any return_on_mismatch<text",
        "BlackboardCheckBool": "value_A<any value_B<any return_on_mismatch<text",
        **{f"Switch{count}": f"variable<any {' '.join(_CASES[:count])}" for count in range(2, 10)},
    }.items()
}
"""Node ID to its ports."""
_UNKNOWN = {"DistanceController"}
"""Nodes that nothing of ours stands for."""

DROPPED: Mapping[str, tuple[str, ...]] = {"Wait": ("error_code_id", "error_msg")}
"""Node ID to ports that nothing of ours stands for. Source: Nav2 ``nav2_tree_nodes.xml``."""

WHOLE_PORTS = frozenset(
    ("num_cycles", "num_attempts", "max_failures", "number_of_retries", "msec", "delay_msec")
) | {f"{what}_{how}" for what in ("success", "failure") for how in ("count", "threshold")}
"""Ports of the nodes above that are whole numbers."""
_MOST_DIGITS = 19
"""Digits of a whole number that are read; it is out of every range with so many."""

OPERATIONS = {
    "_skipIf",
    "_successIf",
    "_failureIf",
    "_while",
    "_onSuccess",
    "_onFailure",
    "_onHalted",
    "_post",
}
"""Attributes of any node that hold a script."""


def kept_ports(name: str, element: XmlElement) -> dict[str, str]:
    """Return the ports of a node that nodes of ours read or write.

    Args:
        name: Its registered name.
        element: Its element.
    """
    is_unknown = name not in PORTS or name in _UNKNOWN
    if is_unknown and any(
        child.tag not in ("Metadata", "description") for child in element.children
    ):
        return {}
    ports = port_items(element.attributes)
    return {port: ports[port] for port in ports if port not in DROPPED.get(name, ())}


def whole_number(text: str) -> int | None:
    """Return the whole number at the beginning of a text, as BehaviorTree.CPP reads one."""
    found = re.match(r"-?[0-9]+", text)
    return int(found[0][:_MOST_DIGITS]) if found is not None else None


def port_items(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of a node that are ports."""
    return {
        name: value
        for name, value in attributes.items()
        if name not in ("ID", "name") and not name.startswith("_")
    }


def key_of(value: str, port: str) -> str | None:
    """Return the foreign key that an attribute names in braces; None for a fixed value."""
    text = value.strip()
    if len(text) < 3 or not (text.startswith("{") and text.endswith("}")):
        return None
    name = text[1:-1].strip()
    if "{" in name or "}" in name:
        return None
    return port if name == "=" else name or None
