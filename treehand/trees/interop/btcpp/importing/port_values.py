"""Fixed values of built-in ports that BehaviorTree.CPP cannot convert, or reads in another way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from treehand.core.errors import Finding
from treehand.trees.interop.btcpp.format.btcpp_builtins import key_of, whole_number
from treehand.trees.interop.btcpp.format.xml_document import XmlElement

_INT = (-(2**31), 2**31 - 1)
_UNSIGNED = (0, 2**32 - 1)
_RANGES: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("num_cycles", "num_attempts", "max_failures"), _INT),
    **dict.fromkeys(("success_count", "failure_count", "number_of_retries"), _INT),
    **dict.fromkeys(("success_threshold", "failure_threshold"), _INT),
    **dict.fromkeys(("msec", "delay_msec"), _UNSIGNED),
}
"""Port of a built-in node to the whole numbers that it takes."""
_FLAGS = re.compile(r"true|false|0|1", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_PATTERNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "then_skip": (_FLAGS, "true or false"),
    "_autoremap": (_FLAGS, "true or false"),
    "if_empty": (re.compile("SUCCESS|FAILURE|SKIPPED|RUNNING"), "a status such as SUCCESS"),
    "else": (re.compile("SUCCESS|FAILURE|SKIPPED|RUNNING"), "a status such as SUCCESS"),
}
"""Port to what its value looks like, and what that is."""
_ITEMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "LoopDouble": (_NUMBER, "numbers"),
    "LoopInt": (re.compile(r"-?\d.*"), "whole numbers"),
    "LoopBool": (_FLAGS, "true and false"),
}
"""Loop to what the items of its queue look like, and what they are."""
_THRESHOLDS = ("success_count", "failure_count", "success_threshold", "failure_threshold")


def key_findings(element: XmlElement) -> Iterator[Finding]:
    """Yield a warning for each key with spaces in its braces, which belong to its name there."""
    for port, text in element.attributes.items():
        inner = text.strip()[1:-1]
        if key_of(text, port) is not None and inner != inner.strip():
            message = f"the key '{{{inner}}}' is '{{{inner.strip()}}}' here, and another one there"
            yield Finding("renamed", message, element.at(port), "leave the spaces out", "warning")


def value_findings(element: XmlElement, name: str) -> Iterator[Finding]:
    """Yield a warning for each fixed value of a built-in node that is refused or cut there.

    Args:
        element: The node.
        name: Its ID.
    """
    for port, text in element.attributes.items():
        if key_of(text, port) is not None:
            continue
        if port in _RANGES:
            yield from _number_findings(element, name, port, text)
        elif port in _PATTERNS and not _PATTERNS[port][0].fullmatch(text):
            yield _refused(element, port, f"'{name}' wants {_PATTERNS[port][1]}", text)
        elif port == "queue" and name in _ITEMS and text:
            pattern, wanted = _ITEMS[name]
            items = text.removesuffix(";").split(";")
            if not all(map(pattern.fullmatch, items)):
                yield _refused(element, port, f"'{name}' wants {wanted} with ; between them", text)


def _number_findings(element: XmlElement, name: str, port: str, text: str) -> Iterator[Finding]:
    value = whole_number(text)
    least, most = _RANGES[port]
    if value is None or not least <= value <= most:
        wanted = f"'{name}' wants a whole number from {least} to {most}"
        yield _refused(element, port, wanted, text)
    elif str(value) != text:
        message = f"'{port}' of '{name}' is a whole number there: '{text[:40]}' is read as {value}"
        yield Finding("port-type", message, element.at(port), f'write {port}="{value}"', "warning")
    elif port in _THRESHOLDS and name == "Parallel":
        count = len(element.children)
        if value > count:
            yield _refused(element, port, f"'{name}' has {count} children", text)
        elif value < -count - 1:
            message = f"'{port}' of {count} children is 0 there: '{text}'"
            yield Finding("port-type", message, element.at(port), severity="warning")


def _refused(element: XmlElement, port: str, wanted: str, text: str) -> Finding:
    message = f"{wanted}, and BehaviorTree.CPP refuses {port}='{text[:40]}'"
    return Finding("port-type", message, element.at(port), severity="warning")
