"""Formulas, expressions and values of ours, as texts of BehaviorTree.CPP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from treehand.skills.domain import AllOf, AnyOf, Comparison, Formula, Negation, Value, value_text
from treehand.trees.format.expression import Constant, Expression, KeyName, Operation
from treehand.trees.interop.btcpp.format.foreign_names import node_name

DIVISION = "a division by 0 is infinite there, and fails here"
"""Difference of both engines that a report tells."""
_JOINED: Mapping[str, str] = {"and": "&&", "or": "||"}


def camel_case(name: str) -> str:
    """Return a name as BehaviorTree.CPP registers nodes: ``move_to_pose`` is MoveToPose.

    Words stay apart by ``_`` where capitals alone would not part them again: ``tag_45`` is Tag_45,
    not the Tag45 of ``tag45``.
    """
    words = [part[:1].upper() + part[1:] for part in name.split("_") if part]
    spellings = ("".join(words), "_".join(words), name)
    return next((one for one in spellings if one and node_name(one) == name), name)


@dataclass
class Spelling:
    """Names of our skills or trees in BehaviorTree.CPP; two never share one.

    Args:
        kind: ``skill`` or ``tree``.
        given: Names that tree files tell.
        taken: Names that something else has there; the spellings of one export share them.
    """

    kind: str
    given: Mapping[str, str]
    taken: set[str]
    _theirs: dict[str, str] = field(default_factory=dict)

    def of(self, name: str, owner: str = "") -> str:
        """Return the name for one of ours.

        Args:
            name: Our name.
            owner: File that keeps it to itself; empty if it is known to all.
        """
        key = f"{owner}/{name}"
        if key not in self._theirs:
            longer = camel_case(f"{owner or self.kind}_{name}")
            wanted = [self.wanted(name), camel_case(name), longer]
            wanted += [f"{longer}_{number}" for number in range(2, len(self.taken) + 3)]
            self._theirs[key] = next(one for one in wanted if one not in self.taken)
            self.taken.add(self._theirs[key])
        return self._theirs[key]

    def wanted(self, name: str) -> str:
        """Return the name that one of ours would have if it were free."""
        return self.given.get(name) or camel_case(name)


def port_text(value: Value) -> str:
    """Return the text of a fixed port."""
    if isinstance(value, tuple):
        return ";".join(value_text(item) for item in value)
    return value_text(value)


def script_of(expression: Expression, *, as_fractions: bool = False) -> str | None:
    """Return the script of an expression; None if no script can say it.

    Args:
        expression: The expression. Parameters and variables become keys of the same name.
        as_fractions: True if whole numbers are written as 1.0, which makes an entry for fractions.
    """
    if isinstance(expression, Constant):
        value = expression.value
        if isinstance(value, tuple):
            return None
        if isinstance(value, float) and as_fractions:
            return repr(value)
        return _quoted(value) if isinstance(value, str) else value_text(value)
    if isinstance(expression, KeyName):
        return expression.name
    texts = [script_of(part, as_fractions=as_fractions) for part in expression.parts]
    if None in texts or expression.sign == "%":
        return None
    sign = _JOINED.get(expression.sign, expression.sign)
    if sign == "if":
        return f"({texts[1]} ? {texts[0]} : {texts[2]})"
    if sign == "not":
        return f"(!({texts[0]}))"  # in brackets, as no operator there stands beside a sign
    if sign == "negative":
        return f"(-({texts[0]}))"
    return f"({texts[0]} {sign} {texts[1]})"


def _quoted(text: str) -> str:
    """Return a text in the quotes of a script, which has no escapes: parts with each are added."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = [part for part in re.split(r"('+)", text) if part]
    return "(" + " + ".join(f'"{p}"' if "'" in p else f"'{p}'" for p in parts) + ")"


def condition_of(formula: Formula) -> str | None:
    """Return the script of a formula that compares keys only; None for any other."""
    if isinstance(formula, Comparison):
        value = formula.value
        text = _quoted(value) if isinstance(value, str) else value_text(value)
        return None if isinstance(value, tuple) else f"{formula.entry} {formula.sign} {text}"
    if isinstance(formula, Negation):
        inner = condition_of(formula.part)
        return None if inner is None else f"!({inner})"
    if isinstance(formula, AllOf | AnyOf) and formula.parts:
        texts = [condition_of(part) for part in formula.parts]
        if None in texts:
            return None
        sign = " && " if isinstance(formula, AllOf) else " || "
        return sign.join(f"({text})" if len(texts) > 1 else str(text) for text in texts)
    return None


def may_divide_by_0(value: Expression) -> bool:
    """Return True if an expression divides by something else than a number that is not 0."""
    divisors = [
        part.parts[1]
        for part in parts_of(value)
        if isinstance(part, Operation) and part.sign == "/"
    ]
    return not all(isinstance(one, Constant) and one.value != 0.0 for one in divisors)


def parts_of(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all that it is made of."""
    yield expression
    if isinstance(expression, Operation):
        for part in expression.parts:
            yield from parts_of(part)
