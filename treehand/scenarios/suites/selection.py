"""Selection of scenarios by keywords, as pytest's ``-k`` selects tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from treehand.core.errors import InputError
from treehand.scenarios.format.files import Variant

_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")
_HINT = "write names with and, or, not: 'mug and not (sink or fridge)'"
Test = Callable[[str], bool]


def selected(variants: Iterable[Variant], expression: str) -> list[Variant]:
    """Return the scenarios that an expression selects.

    A name in it fits if it occurs, in either case, in the file's name, the variant's name, the
    scenario's title or one of its tags.

    Raises:
        InputError: If the expression is malformed.
    """
    test = _SelectionParser(expression).expression()

    def text(variant: Variant) -> str:
        scenario = variant.scenario
        parts = (variant.path.name, variant.name, scenario.scenario, *scenario.tags)
        return "\n".join(parts).lower()

    return [variant for variant in variants if test(text(variant))]


class _SelectionParser:
    """Recursive descent: or, and, not, brackets, names."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = _TOKEN.findall(expression)

    def expression(self) -> Test:
        test = self._either()
        if self._tokens:
            raise self._wrong(self._tokens[0])
        return test

    def _either(self) -> Test:
        test = self._both()
        while self._takes("or"):
            left, right = test, self._both()
            test = _joined(any, left, right)
        return test

    def _both(self) -> Test:
        test = self._one()
        while self._takes("and"):
            left, right = test, self._one()
            test = _joined(all, left, right)
        return test

    def _one(self) -> Test:
        if self._takes("not"):
            inner = self._one()
            return lambda text: not inner(text)
        if self._takes("("):
            test = self._either()
            if not self._takes(")"):
                raise self._wrong(self._tokens[0] if self._tokens else "")
            return test
        if not self._tokens or self._tokens[0] in ("and", "or", ")"):
            raise self._wrong(self._tokens[0] if self._tokens else "")
        name = self._tokens.pop(0).lower()
        return lambda text: name in text

    def _takes(self, token: str) -> bool:
        is_next = bool(self._tokens) and self._tokens[0] == token
        if is_next:
            self._tokens.pop(0)
        return is_next

    def _wrong(self, token: str) -> InputError:
        at = f"'{token}' is unexpected" if token else "it ends too early"
        message = f"-k '{self._expression}': {at}"
        return InputError.of("wrong-argument", message, hint=_HINT)


def _joined(how: Callable[[Iterable[bool]], bool], left: Test, right: Test) -> Test:
    return lambda text: how(test(text) for test in (left, right))
