"""Decorators of BehaviorTree.CPP, Nav2 and MoveIt Pro, as modifiers and loops of ours."""

from __future__ import annotations

from collections.abc import Callable

from treehand.documents.composer import Mapping
from treehand.trees.format.expression import Constant, KeyName, Operation
from treehand.trees.format.node_values import MAX_RATE_HZ, write_rate
from treehand.trees.interop.btcpp.format.btcpp_builtins import key_of
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.btcpp_conditions import before
from treehand.trees.interop.btcpp.importing.located_nodes import (
    failure,
    group,
    mapping,
    put,
    success,
    wrapped,
)
from treehand.trees.interop.btcpp.importing.port_table import kind_of_text, value_of
from treehand.trees.interop.btcpp.importing.tree_reading import TreeReading, constant, set_node

DecoratorReader = Callable[[TreeReading, XmlElement, Mapping], Mapping]
_MOST_REPEATS = 1000
_MOST_ATTEMPTS = 100


def _modifier(**modifiers: object) -> DecoratorReader:
    def read(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
        return wrapped(node, element.span, **modifiers)

    return read


def _force_failure(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    span = element.span
    return group("sequence", [wrapped(node, span, optional=True), failure(span)], span)


def _repeat(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    times = reading.number(element, "num_cycles", 1.0)
    span = element.span
    if isinstance(times, float) and times < 0:
        return wrapped(node, span, keep_running=True)
    if isinstance(times, float) and times < 1:
        return success(span)
    if isinstance(times, float) and times <= _MOST_REPEATS:
        return wrapped(node, span, repeat=int(times))
    return _counted(reading, element, node, times)


def _counted(
    reading: TreeReading, element: XmlElement, node: Mapping, times: float | str
) -> Mapping:
    """Return a loop whose number of rounds is in a key, or beyond that of `repeat`."""
    span = element.span
    round_, more = reading.own_key("round"), reading.own_key("has_more")
    limit = KeyName(times) if isinstance(times, str) else Constant(times)
    is_more = set_node({more: Operation("<", (KeyName(round_), limit))}, span)
    count = set_node({round_: Operation("+", (KeyName(round_), Constant(1.0)))}, span)
    body = [is_more, mapping(span, check=f"{more} == true"), node, count]
    loop = group("sequence", body, span, keep_running=True)
    over = group("sequence", [is_more, mapping(span, check=f"{more} == false")], span)
    start = set_node({round_: Constant(0.0)}, span)
    return group("sequence", [start, group("fallback", [loop, over], span)], span)


def _retry(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    attempts = reading.number(element, "num_attempts", 1.0)
    span = element.span
    if isinstance(attempts, float) and 1 <= attempts <= _MOST_ATTEMPTS:
        return wrapped(node, span, retry=mapping(span, attempts=int(attempts), on="any"))
    turned = group("sequence", [node], span, invert=True)  # a failure goes on, a success ends it
    if isinstance(attempts, float) and attempts < 0:
        loop = wrapped(turned, span, keep_running=True)
    elif isinstance(attempts, float) and attempts < 1:
        return failure(span)
    else:
        loop = _counted(reading, element, turned, attempts)
    return group("sequence", [loop], span, invert=True)


def _milliseconds(
    reading: TreeReading, element: XmlElement, name: str
) -> tuple[str, Mapping | None]:
    """Return a duration, or a key of seconds with the node that computes it."""
    return time_of(reading, element, name, per_second=1000.0)


def time_of(
    reading: TreeReading, element: XmlElement, name: str, *, per_second: float
) -> tuple[str, Mapping | None]:
    """Return the time of an attribute as a duration, or a key of seconds and its computation."""
    value = reading.number(element, name, 0.0)
    if isinstance(value, float):
        return f"{min(max(value, 0.0) / per_second, 1e6):.6f}".rstrip("0").rstrip(".") + " s", None
    if per_second == 1.0:
        return value, None
    seconds = reading.own_key(f"{value}_s")
    quotient = Operation("/", (KeyName(value), Constant(per_second)))
    return seconds, set_node({seconds: quotient}, element.span)


def _delay(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    time, computed = _milliseconds(reading, element, "delay_msec")
    wait = mapping(element.span, wait=time)
    return group("sequence", [*([computed] if computed else []), wait, node], element.span)


def _timeout(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    time, computed = _milliseconds(reading, element, "msec")
    span = element.span
    if time in ("0 s", "-0 s"):
        return group("sequence", [node], span)
    if computed is None:
        return wrapped(node, span, timeout=time)
    message = "a time of 0 ends the node at once here; there it is no limit"
    reading.note("approximated", message, element.at("msec"))
    late = group("sequence", [mapping(span, wait=time), failure(span)], span)
    both = group("parallel", [node, late], span, succeed_on="one")
    return group("sequence", [computed, both], span)


def _run_once(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    span = element.span
    key = reading.own_key("has_run")
    ran = set_node({key: Constant(True)}, span)
    failed = group("sequence", [ran, failure(span)], span)
    once = group("fallback", [group("sequence", [node, ran], span), failed], span)
    reading.note("approximated", "after its first end it counts as a success", span)
    return wrapped(once, span, unless=f"{key} == true")


def _precondition(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    condition = reading.condition(element.get("if") or "", element.at("if"))
    if condition is None:
        return node
    otherwise = (element.get("else") or "FAILURE").upper()
    span = element.span
    check = mapping(element.at("if"), check=condition.formula)
    if otherwise == "FAILURE":
        made = group("sequence", [check, node], span)
    elif otherwise == "RUNNING":
        waiting = group("sequence", [wrapped(check, span, invert=True)], span, keep_running=True)
        made = group("sequence", [wrapped(waiting, span, optional=True), node], span)
    else:
        if otherwise != "SUCCESS":
            reading.note("approximated", "a skipped node counts as a success here", span)
        checked = group("fallback", [wrapped(check, span, invert=True), node], span)
        made = checked
    return before(condition, made, element)


def _loop(
    items_port: str, item_port: str, mode: str | None, kind: str | None = None
) -> DecoratorReader:
    def read(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
        span = element.span
        listed, text = reading.attribute(element, items_port)
        first: list[Mapping] = []
        if listed is None:
            listed = reading.own_key("items")
            values = value_of(text, kind or _list_kind(text)) if text else []
            values = values if isinstance(values, list) else [values]
            first = [set_node({listed: constant(values)}, span)]
        item = _named(reading, element, item_port) or reading.own_key("item")
        index = _named(reading, element, "index")
        head = mapping(span, item=item, list=listed)
        if index is not None and index not in (item, listed):
            put(head, "index", index, element.at("index"))
        if item == listed:
            message = f"'{item}' is the list and its item"
            reading.note("not-carried", message, span, "use two keys")
            return node
        loop = mapping(span, for_item=head, each=node)
        if mode is not None:
            put(loop, "mode", mode)
        if items_port == "queue":
            is_empty = not text or all(not part.strip() for part in text.split(";"))
            empty = (element.get("if_empty") or "SUCCESS").upper()
            if key_of(text, items_port) is None and is_empty and empty == "FAILURE":
                return failure(span)
            _note_queue(reading, element, empty, is_fixed=bool(first) and not is_empty)
        return group("sequence", [*first, loop], span) if first else loop

    return read


def _note_queue(reading: TreeReading, element: XmlElement, empty: str, *, is_fixed: bool) -> None:
    if empty != "SUCCESS" and not is_fixed:
        message = f"an empty list is a success here, not if_empty {empty[:20]}"
        reading.note("approximated", message, element.at("if_empty"))
    if not is_fixed:
        message = "the list keeps its items; there, each is taken out of it"
        reading.note("approximated", message, element.at("queue"))


def _list_kind(text: str) -> str:
    kinds = {kind_of_text(part.strip()) for part in text.split(";") if part.strip()}
    return "numbers" if kinds == {"number"} else "texts"


def _named(reading: TreeReading, element: XmlElement, port: str) -> str | None:
    """Return our key of an output, which is named with or without braces."""
    key, text = reading.attribute(element, port)
    return key if key is not None else (reading.usage.key(text) if text else None)


def _rate(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    rate = reading.number(element, "hz", 10.0)
    if isinstance(rate, str) or not 0.0 < rate <= MAX_RATE_HZ:
        message = "the rate is not carried over: it must be a number above 0"
        reading.note("not-carried", message, element.at("hz"), "write rate: 2 Hz")
        return node
    message = "between two starts it has its last result; there it is running"
    reading.note("approximated", message, element.span)
    return wrapped(node, element.span, rate=write_rate(rate))


def _blackboard_check(reading: TreeReading, element: XmlElement, node: Mapping) -> Mapping:
    span = element.span
    sides = [reading.attribute(element, name) for name in ("value_A", "value_B")]
    parts = [
        KeyName(key) if key else constant(value_of(text, kind_of_text(text) or "text"))
        for key, text in sides
    ]
    key = reading.own_key("is_equal")
    equal = set_node({key: Operation("==", (parts[0], parts[1]))}, span)
    check = mapping(span, check=f"{key} == true")
    mismatch = (element.get("return_on_mismatch") or "FAILURE").upper()
    if mismatch == "SUCCESS":
        checked = group("fallback", [wrapped(check, span, invert=True), node], span)
        return group("sequence", [equal, checked], span)
    if mismatch != "FAILURE":
        message = f"return_on_mismatch {mismatch[:20]} became FAILURE"
        reading.note("approximated", message, span)
    return group("sequence", [equal, check, node], span)


def unknown_decorator(
    reading: TreeReading, element: XmlElement, name: str, node: Mapping
) -> Mapping:
    """Return a sequence of the child in place of a decorator that nobody here knows."""
    message = f"the decorator '{name}' is not known; only its child is kept"
    hint = "write out what it does with the modifiers of a node"
    reading.note("unknown-decorator", message, element.span, hint)
    return group("sequence", [node], element.span, name=name)


DECORATORS: dict[str, DecoratorReader] = {
    "Inverter": _modifier(invert=True),
    "ForceSuccess": _modifier(optional=True),
    "ForceFailure": _force_failure,
    "Repeat": _repeat,
    "RetryUntilSuccessful": _retry,
    "RetryUntilSuccesful": _retry,
    "KeepRunningUntilFailure": _modifier(keep_running=True),
    "Delay": _delay,
    "Timeout": _timeout,
    "RunOnce": _run_once,
    "SingleTrigger": _run_once,
    "Precondition": _precondition,
    "ForEach": _loop("vector_in", "out", None),
    "ForEachUntilSuccess": _loop("vector_in", "out", "any"),
    "RateController": _rate,
    **dict.fromkeys(("LoopInt", "LoopBool", "LoopDouble"), _loop("queue", "value", None)),
    "LoopString": _loop("queue", "value", None, "texts"),
    **{f"BlackboardCheck{kind}": _blackboard_check for kind in ("Int", "Double", "String", "Bool")},
}
"""ID of a decorator to its reader."""
