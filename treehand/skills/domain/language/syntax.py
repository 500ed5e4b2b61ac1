"""Text syntax of facts, calls and formulas, the same in YAML, commands and the journal.

    on(red_mug, counter)              a fact, or a literal with variables
    not is_open(fridge)
    holding(item) and not broken(item)
    forall d in dish where not clean(d) -> in(d, dishwasher)
    exists c in container except fridge -> in(item, c)
    count p in plate where clean(p) >= 2
    width_m >= 0.02                   a key of the tree's blackboard

``not`` binds tighter than ``and``, ``and`` tighter than ``or``; the part after ``->`` extends as
far as possible. A name is a variable where a parameter or a quantifier of that name is in scope,
and an object everywhere else.
"""

from __future__ import annotations

import math

from treehand.core.literals import Fact, LiteralParser, SyntaxFault
from treehand.core.text.outside_text import whole_number
from treehand.skills.domain.language.comparison import SIGNS, Comparison
from treehand.skills.domain.language.formulas import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Forall,
    Formula,
    Negation,
    Quantifier,
)

MAX_DEPTH = 40
"""Greatest nesting depth of a formula."""
MAX_FORMULA = 80_000
"""Most characters of a formula: two thousand literals, read in a few hundredths of a second."""


def parse_formula(text: str) -> Formula:
    """Return the formula that `text` spells.

    Raises:
        SyntaxFault: If the text is no formula; it has the column and a hint.
    """
    if len(text) > MAX_FORMULA:
        raise SyntaxFault(
            f"a formula has at most {MAX_FORMULA:,} characters",
            MAX_FORMULA,
            "say it with a quantifier: forall d in dish -> …",
        )
    parser = _Parser(text)
    formula = parser.disjunction()
    parser.expect_end()
    return formula


def parse_quantifier(text: str) -> Quantifier:
    """Return the quantifier that `text` spells.

    Raises:
        SyntaxFault: If the text is no quantifier.
    """
    parser = _Parser(text)
    head = parser.quantifier()
    parser.expect_end()
    return head


class _Parser(LiteralParser):
    """Recursive-descent parser over one line of text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def disjunction(self) -> Formula:
        parts = [self._conjunction()]
        while self._accept("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _conjunction(self) -> Formula:
        parts = [self._unary()]
        while self._accept("and"):
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _unary(self) -> Formula:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail("a shorter formula", f"nest brackets and 'not' at most {MAX_DEPTH} deep")
        part = self._inner()
        self._depth -= 1
        return part

    def _inner(self) -> Formula:
        if self._accept("not"):
            part = self._unary()
            return Atom(part.fact, not part.positive) if isinstance(part, Atom) else Negation(part)
        if self._accept("("):
            inner = self.disjunction()
            self._expect(")", "close the bracket")
            return inner
        if self._accept("forall"):
            head = self.quantifier()
            self._expect("->", "write: forall d in dish where … -> …")
            return Forall(head.variable, head.type, head.excluded, head.where, self.disjunction())
        if self._accept("exists"):
            head = self.quantifier()
            self._expect("->", "write: exists c in container -> …")
            return Exists(head.variable, head.type, head.excluded, head.where, self.disjunction())
        if self._accept("count"):
            return self._count()
        if self._tokens[self._next + 1 :] and self._tokens[self._next + 1].text in SIGNS:
            return self._comparison()
        return Atom(Fact(*self.call()))

    def _comparison(self) -> Comparison:
        entry = self._name("the name of an entry")
        sign = self._token.text
        self._next += 1
        if self._token.kind == "number":
            number = float(self._token.text)
            if not math.isfinite(number):
                self._fail("a smaller number", "write it in at most 308 digits")
            self._next += 1
            return Comparison(entry, sign, number)
        word = self._name("a number, true, false or a name")
        return Comparison(entry, sign, {"true": True, "false": False}.get(word, word))

    def _count(self) -> Formula:
        head = self.quantifier()
        sign = self._token.text
        if sign not in (">=", "<=", "=="):
            self._fail("'>=', '<=' or '=='", "write: count p in plate where clean(p) >= 2")
        self._next += 1
        number = whole_number(self._token.text)
        if number is None or number < 0:
            self._fail("a whole number", "write: count p in plate where clean(p) >= 2")
        self._next += 1
        return Count(head.variable, head.type, head.excluded, head.where, sign, number)

    def quantifier(self) -> Quantifier:
        variable = self._name("a variable name")
        self._expect("in", f"write: {variable} in TYPE")
        type_name = self._name("a type name")
        excluded: list[str] = []
        if self._accept("except"):
            excluded.append(self._name("an object"))
            while self._accept(","):
                excluded.append(self._name("an object"))
        where: Formula = self.disjunction() if self._accept("where") else AllOf(())
        return Quantifier(variable, type_name, tuple(excluded), where)
