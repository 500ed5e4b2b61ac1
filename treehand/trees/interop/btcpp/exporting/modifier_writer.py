"""Modifiers of a node, as the nodes of BehaviorTree.CPP that stand around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from treehand.core.spans import Span
from treehand.skills import FailureCode
from treehand.skills.domain import Formula, RetryModel
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.format.yaml_writer import data_to_yaml
from treehand.trees.interop.btcpp.exporting.export_book import ExportBook
from treehand.trees.interop.btcpp.exporting.leaf_writer import LeafWriter, milliseconds
from treehand.trees.interop.btcpp.format.btcpp_text import condition_of

_ROUNDS = "there, Repeat and RetryUntilSuccessful begin the next round in the same tick"
_ENDLESS_ROUNDS = (
    "there, an instant round is followed by the next one in the next tick, not in 0.1 s"
)
_TIME_UP = "there, a Timeout does not visit its child once more when the time is up"


class ModifierWriter:
    """Writes the modifiers of the nodes of one tree.

    Args:
        book: Names and findings of the export.
        leaves: Writer of the conditions and calls in them.
        body: The tree.
    """

    def __init__(self, book: ExportBook, leaves: LeafWriter, body: TreeSpec | SubtreeSpec) -> None:
        self._book = book
        self._leaves = leaves
        text = data_to_yaml(body.model_dump(mode="json", by_alias=True, exclude_defaults=True))
        self._names = set(re.findall(r"\w+", text))
        """Words of the tree, keys and others."""

    def around(self, node: NodeSpec, element: Element) -> Element:
        """Return the element of a node with its modifiers around it."""
        for wrap in self._modifiers(node):
            element = wrap(element)
        return element

    def _modifiers(self, node: NodeSpec) -> Iterator[Callable[[Element], Element]]:
        """Yield what wraps a node, from the inside out."""
        if node.optional:
            yield _around("ForceSuccess")
        if node.invert:
            yield _around("Inverter")
        if node.timeout is not None:
            self._book.note_once(_TIME_UP, node.span("timeout"))
            yield _around("Timeout", msec=milliseconds(node.timeout))
        if node.retry is not None:
            yield self._retry(node.retry)
        if node.rate is not None:
            message = "RateController of Nav2 is running between two starts"
            self._book.note("approximated", message, node.span("rate"))
            yield _explicit("Decorator", "RateController", hz=f"{node.rate:g}")
        if node.keep_running:
            self._book.note_once(_ENDLESS_ROUNDS, node.span("keep_running"))
            yield _around("KeepRunningUntilFailure")
        if node.repeat is not None:
            self._book.note_once(_ROUNDS, node.span("repeat"))
            yield _around("Repeat", num_cycles=str(node.repeat))
        if node.while_ is not None:
            yield self._guarded("ReactiveSequence", node.while_, node.span("while"))
        if node.unless is not None:
            yield self._unless(node.unless, node.span("unless"))
        if node.if_ is not None:
            message = "'if' is decided at each start there, and once in a run here"
            self._book.note("approximated", message, node.span("if"))
            yield self._either(node.if_, node.span("if"))

    def _unless(self, formula: Formula, span: Span | None) -> Callable[[Element], Element]:
        code = condition_of(formula)
        if code is None:
            return self._guarded("Fallback", formula, span)

        def wrap(inner: Element) -> Element:
            inner.set("_successIf", code)
            return inner

        return wrap

    def _guarded(
        self, tag: str, formula: Formula, span: Span | None
    ) -> Callable[[Element], Element]:
        def wrap(inner: Element) -> Element:
            outer = Element(tag)
            outer.extend([self._leaves.condition(formula, span), inner])
            return outer

        return wrap

    def _either(self, formula: Formula, span: Span | None) -> Callable[[Element], Element]:
        def wrap(inner: Element) -> Element:
            outer = Element("IfThenElse")
            outer.extend([self._leaves.condition(formula, span), inner, Element("AlwaysSuccess")])
            return outer

        return wrap

    def _retry(self, retry: RetryModel) -> Callable[[Element], Element]:
        span = retry.span()
        if set(retry.on) != set(FailureCode):
            message = "a retry there follows every failure, whatever its code"
            self._book.note("approximated", message, span, "write on: any, if that is meant")
        if retry.backoff or retry.replays is not None:
            self._book.note("not-carried", "backoff and replays have no counterpart", span)
        self._book.note_once(_ROUNDS, span)
        if not retry.first:
            return _around("RetryUntilSuccessful", num_attempts=str(retry.attempts))
        if len(retry.first) > 1:
            return lambda inner: self._recoveries(retry, inner)

        def wrap(inner: Element) -> Element:
            tries = str(retry.attempts - 1)
            outer = Element("Control", ID="RecoveryNode", number_of_retries=tries)
            outer.extend([inner, self._leaves.call(retry.first[0], span)])
            return outer

        return wrap

    def _recoveries(self, retry: RetryModel, inner: Element) -> Element:
        """Return a loop in which each failure but the last is followed by the next recovery.

        A recovery that fails ends the loop by a success, which the condition behind it turns.
        """
        tries, lost, turn = (self._free_key(name) for name in ("tries", "is_lost", "turn"))
        firsts = [self._leaves.call(call, retry.span()) for call in retry.first]
        chosen = firsts.pop()
        for number, first in reversed([*enumerate(firsts)]):
            choice = Element("IfThenElse")
            choice.extend([_condition(f"{turn} == {number}"), first, chosen])
            chosen = choice
        failed, again = Element("Inverter"), Element("Sequence")
        failed.append(chosen)
        following = f"({turn} == {len(firsts)}) ? 0 : ({turn} + 1)"
        again.append(_condition(f"{tries} < {retry.attempts - 1}"))
        again.append(_script(f"{tries} := {tries} + 1; {turn} := {following}"))
        again.extend([failed, _script(f"{lost} := true")])
        attempt = Element("Fallback")
        attempt.extend([inner, again])
        loop = Element("RetryUntilSuccessful", num_attempts=str(retry.attempts))
        loop.append(attempt)
        whole = Element("Sequence")
        start = _script(f"{tries} := 0; {lost} := false; {turn} := {len(firsts)}")
        whole.extend([start, loop, _condition(f"{lost} == false")])
        return whole

    def _free_key(self, wanted: str) -> str:
        """Return a key that nothing in the tree is called, and take it."""
        names = [wanted, *(f"{wanted}_{number}" for number in range(2, len(self._names) + 3))]
        name = next(one for one in names if one not in self._names)
        self._names.add(name)
        return name


def _script(code: str) -> Element:
    return Element("Script", code=code)


def _condition(code: str) -> Element:
    return Element("ScriptCondition", code=code)


def _around(tag: str, **attributes: str) -> Callable[[Element], Element]:
    def wrap(inner: Element) -> Element:
        outer = Element(tag, attributes)
        outer.append(inner)
        return outer

    return wrap


def _explicit(tag: str, name: str, **attributes: str) -> Callable[[Element], Element]:
    return _around(tag, ID=name, **attributes)
