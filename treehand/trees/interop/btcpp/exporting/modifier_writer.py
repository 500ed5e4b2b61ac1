"""Modifiers of a node, as the nodes of BehaviorTree.CPP that stand around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from treehand.core.spans import Span
from treehand.skills import FailureCode
from treehand.skills.domain import Formula, RetryModel
from treehand.trees.format.spec import NodeSpec
from treehand.trees.interop.btcpp.exporting.export_book import ExportBook
from treehand.trees.interop.btcpp.exporting.leaf_writer import LeafWriter, milliseconds
from treehand.trees.interop.btcpp.format.btcpp_text import condition_of


class ModifierWriter:
    """Writes the modifiers of the nodes of one tree.

    Args:
        book: Names and findings of the export.
        leaves: Writer of the conditions and calls in them.
    """

    def __init__(self, book: ExportBook, leaves: LeafWriter) -> None:
        self._book = book
        self._leaves = leaves

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
            yield _around("Timeout", msec=milliseconds(node.timeout))
        if node.retry is not None:
            yield self._retry(node.retry)
        if node.rate is not None:
            message = "RateController of Nav2 is running between two starts"
            self._book.note("approximated", message, node.span("rate"))
            yield _explicit("Decorator", "RateController", hz=f"{node.rate:g}")
        if node.keep_running:
            yield _around("KeepRunningUntilFailure")
        if node.repeat is not None:
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
        if len(retry.first) > 1:
            message = "the recoveries that differ by attempt are not carried over"
            self._book.note("not-carried", message, span)
        if len(retry.first) != 1:
            return _around("RetryUntilSuccessful", num_attempts=str(retry.attempts))

        def wrap(inner: Element) -> Element:
            tries = str(retry.attempts - 1)
            outer = Element("Control", ID="RecoveryNode", number_of_retries=tries)
            outer.extend([inner, self._leaves.call(retry.first[0], span)])
            return outer

        return wrap


def _around(tag: str, **attributes: str) -> Callable[[Element], Element]:
    def wrap(inner: Element) -> Element:
        outer = Element(tag, attributes)
        outer.append(inner)
        return outer

    return wrap


def _explicit(tag: str, name: str, **attributes: str) -> Callable[[Element], Element]:
    return _around(tag, ID=name, **attributes)
