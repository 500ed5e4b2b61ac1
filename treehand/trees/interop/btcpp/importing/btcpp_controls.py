"""Control nodes of BehaviorTree.CPP and Nav2, as composites of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from treehand.documents.composer import Mapping
from treehand.trees.format.expression import Constant, KeyName, Operation
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.located_nodes import (
    failure,
    group,
    items,
    mapping,
    put,
    wrapped,
)
from treehand.trees.interop.btcpp.importing.tree_reading import TreeReading, set_node

Nodes = Sequence[Mapping]
Control = Callable[[TreeReading, XmlElement, Nodes], Mapping]


def _composite(kind: str, **more: object) -> Control:
    def read(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
        return group(kind, nodes, element.span, **more)

    return read


def _parallel(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    count = len(nodes)
    wins = _threshold(reading, element, ("success_count", "success_threshold"), -1, count)
    fails = _threshold(reading, element, ("failure_count", "failure_threshold"), 1, count)
    node = group("parallel", nodes, element.span)
    if wins == 1 and count > 1:
        put(node, "succeed_on", "one")
    elif wins != count:
        message = f"a parallel succeeds with all of its children or one, not with {wins} of {count}"
        reading.note("approximated", message, element.span, "all of them are waited for")
    if fails != 1:
        message = f"a parallel fails with its first failure, not with {fails} of {count}"
        hint = "write optional: true at children that may fail"
        reading.note("approximated", message, element.span, hint)
    return node


def _threshold(
    reading: TreeReading, element: XmlElement, names: tuple[str, str], default: int, count: int
) -> int | str:
    name = names[0] if element.get(names[0]) is not None else names[1]
    value = reading.number(element, name, float(default))
    if isinstance(value, str):
        return f"'{value}'"
    number = int(value)
    return max(1, count + number + 1) if number < 0 else min(number, max(count, 1))


def _parallel_all(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    if reading.number(element, "max_failures", 1.0) != 1.0:
        message = "a parallel fails with its first failure, max_failures is not carried over"
        reading.note("approximated", message, element.span)
    message = "the other children are halted when one fails; there they run to their end"
    reading.note("approximated", message, element.span)
    return group("parallel", nodes, element.span)


def _if_then_else(*, is_reactive: bool) -> Control:
    """Return a reader that keeps the outcome of the condition in a key and chooses by it."""

    def read(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
        span = element.span
        if not 2 <= len(nodes) <= 3:
            message = f"{element.tag} needs two or three children, not {len(nodes)}"
            reading.note("xml-structure", message, span)
            return group("sequence", nodes, span)
        key = reading.own_key("condition_holds")
        memory = {"memory": False} if is_reactive else {}
        holds = group("sequence", [nodes[0], set_node({key: Constant(True)}, span)], span, **memory)
        fails = set_node({key: Constant(False)}, span)
        decided = group("fallback", [holds, fails], span, **memory)
        cases = mapping(span, true=nodes[1], **({"false": nodes[2]} if len(nodes) > 2 else {}))
        chosen = mapping(span, switch=key, cases=cases, **memory)
        return group("sequence", [decided, chosen], span, **memory)

    return read


_FRACTION = re.compile(r"-?[0-9]+\.[0-9]*")
"""Cases of which a Switch compares the part before the point."""
_FLAGS = {"1": "true", "0": "false"}
"""Text of a flag in a switch there to ours."""


def _switch(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    span = element.span
    key, text = reading.attribute(element, "variable")
    before: list[Mapping] = []
    is_flag = key is not None and reading.kind(key) == "flag"
    if key is None:
        key = reading.own_key("choice")
        before = [set_node({key: Constant(text)}, span)]
    cases = mapping(span)
    for number, node in enumerate(nodes[:-1], 1):
        at = element.at(f"case_{number}")
        case = reading.attribute(element, f"case_{number}")
        if is_flag and case[1] in ("true", "false"):
            message = f"case_{number} fits a flag here; there only a text, as a flag is 1 or 0"
            reading.note("approximated", message, at, "write 1 or 0 for a flag")
        if not is_flag and _FRACTION.fullmatch(case[1]):
            message = f"case_{number} is exact here; there a Switch compares whole parts of numbers"
            reading.note("approximated", message, at, "compare with ScriptCondition")
        case = (case[0], _FLAGS.get(case[1], case[1])) if is_flag else case
        if case[0] is not None or not case[1]:
            message = f"case_{number} is not written out"
            reading.note("not-carried", message, at, "name its value")
            continue
        if case[1] in cases:
            if cases[case[1]] == node:
                continue
            message = f"case_{number} is the same as an earlier one"
            reading.note("not-carried", message, at)
            continue
        put(cases, case[1], node, at)
    if not cases:
        return group("sequence", [*before, *nodes[-1:]], span)
    chosen = mapping(span, switch=key, cases=cases, memory=False)
    if nodes and nodes[-1] != failure(span):  # without one, a switch fails, too
        put(chosen, "otherwise", nodes[-1])
    return group("sequence", [*before, chosen], span) if before else chosen


def _sequence_with_memory(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    """Return a sequence that goes on behind the children that have succeeded before a failure."""
    span = element.span
    keys = [reading.own_key(f"done_{number}") for number in range(1, len(nodes))]
    children: list[Mapping] = []
    reading.starts.update(dict.fromkeys(keys, False))
    for key, node in zip(keys, nodes, strict=False):
        done = set_node({key: Constant(True)}, span)
        children.append(
            wrapped(group("sequence", [node, done], span), span, unless=f"{key} == true")
        )
    if not keys:
        return group("sequence", nodes, span)
    reset = set_node(dict.fromkeys(keys, Constant(False)), span)
    message = "what it has done is remembered over a halt, too"
    reading.note("approximated", message, span)
    return group("sequence", [*children, nodes[-1], reset], span)


def _recovery_node(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    """Return a loop: the first child, else the second one and again, some times."""
    span = element.span
    if len(nodes) != 2:
        reading.note("xml-structure", f"RecoveryNode needs two children, not {len(nodes)}", span)
        return group("fallback", nodes, span)
    most = reading.number(element, "number_of_retries", 1.0)
    main, recovery = nodes
    if isinstance(most, float) and set(recovery) == {"do"} and 0 <= most < 100:
        retry = mapping(span, attempts=int(most) + 1, on="any", first=recovery["do"])
        return wrapped(main, span, retry=retry)
    done, tries, more = (reading.own_key(name) for name in ("is_done", "tries", "has_more"))
    limit = KeyName(most) if isinstance(most, str) else Constant(most)
    attempt = group("sequence", [main, set_node({done: Constant(True)}, span)], span, invert=True)
    count = Operation("+", (KeyName(tries), Constant(1.0)))
    body = [
        attempt,
        set_node({more: Operation("<", (KeyName(tries), limit))}, span),
        mapping(span, check=f"{more} == true"),
        recovery,
        set_node({tries: count}, span),
    ]
    loop = group("sequence", body, span, keep_running=True)
    start = set_node({done: Constant(False), tries: Constant(0.0)}, span)
    end = group("fallback", [loop, mapping(span, check=f"{done} == true")], span)
    return group("sequence", [start, end], span)


def _round_robin(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    """Return a loop over the children that begins behind the one that ran last."""
    span = element.span
    if len(nodes) < 2:
        return group("sequence", nodes, span)
    turn, done, tries, more = (
        reading.own_key(name) for name in ("turn", "is_done", "tries", "has_more")
    )
    reading.starts[turn] = -1
    count = Constant(float(len(nodes)))
    after = Operation("+", (KeyName(turn), Constant(1.0)))
    cases = mapping(span)
    for number, node in enumerate(nodes):
        put(cases, str(number), node)
    chosen = mapping(span, switch=turn, cases=cases)
    attempt = group("sequence", [chosen, set_node({done: Constant(True)}, span)], span, invert=True)
    body = [
        set_node(
            {
                turn: Operation("%", (after, count)),
                tries: Operation("+", (KeyName(tries), Constant(1.0))),
            },
            span,
        ),
        attempt,
        set_node({more: Operation("<", (KeyName(tries), count))}, span),
        mapping(span, check=f"{more} == true"),
    ]
    loop = group("sequence", body, span, keep_running=True)
    start = set_node({done: Constant(False), tries: Constant(0.0)}, span)
    end = group("fallback", [loop, mapping(span, check=f"{done} == true")], span)
    reading.note("approximated", "whose turn it is outlasts a halt", span)
    return group("sequence", [start, end], span)


def _pipeline(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    """Return a sequence whose earlier children run again beside the later ones."""
    span = element.span
    if len(nodes) < 2:
        return group("sequence", nodes, span)
    message = "earlier children run again as soon as they have succeeded, beside the later ones"
    reading.note("approximated", message, span, "there they are visited once in a tick")
    if len(nodes) > 6:
        message = "a pipeline of more than six children becomes a sequence"
        reading.note("approximated", message, span)
        return group("sequence", nodes, span)
    rest = nodes[-1]
    for node in reversed(nodes[:-1]):
        again = wrapped(group("sequence", [node], span), span, keep_running=True)
        beside = mapping(span, parallel=items([again, rest], span), succeed_on="one")
        rest = group("sequence", [node, beside], span)
    return rest


def _manual(reading: TreeReading, element: XmlElement, nodes: Nodes) -> Mapping:
    """Return a question to a person, whose answer chooses the child."""
    span = element.span
    names = [f"child_{number}" for number in range(1, len(nodes) + 1)]
    if len(names) < 2:
        return group("sequence", nodes, span)
    key = reading.own_key("answer")
    ask = mapping(span, question="Which child shall run?", options=items(names, span))
    question = mapping(span, ask=ask, out=mapping(span, answer=key))
    cases = mapping(span, **dict(zip(names, nodes, strict=True)))
    return group("sequence", [question, mapping(span, switch=key, cases=cases)], span)


def unknown_control(reading: TreeReading, element: XmlElement, name: str, nodes: Nodes) -> Mapping:
    """Return a sequence in place of a control node that nobody here knows."""
    message = f"the control node '{name}' is not known; its children became a sequence"
    hint = "write out what it does with sequence, fallback, parallel and switch"
    reading.note("unknown-control", message, element.span, hint)
    return group("sequence", nodes, element.span, name=name)


CONTROLS: dict[str, Control] = {
    "Sequence": _composite("sequence"),
    "AsyncSequence": _composite("sequence"),
    "ReactiveSequence": _composite("sequence", memory=False),
    "SequenceStar": _sequence_with_memory,
    "SequenceWithMemory": _sequence_with_memory,
    "Fallback": _composite("fallback"),
    "Selector": _composite("fallback"),
    "AsyncFallback": _composite("fallback"),
    "ReactiveFallback": _composite("fallback", memory=False),
    "Parallel": _parallel,
    "ParallelAll": _parallel_all,
    "IfThenElse": _if_then_else(is_reactive=False),
    "WhileDoElse": _if_then_else(is_reactive=True),
    "RecoveryNode": _recovery_node,
    "RoundRobin": _round_robin,
    "PipelineSequence": _pipeline,
    "ManualSelector": _manual,
    "ManualSelectorNode": _manual,
    **{f"Switch{count}": _switch for count in range(2, 10)},
}
"""ID of a control node to its reader."""
