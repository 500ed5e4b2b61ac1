"""Formulas, expressions and values of ours, as texts of BehaviorTree.CPP."""

from __future__ import annotations

from collections.abc import Mapping

from treehand.skills.domain import AllOf, AnyOf, Comparison, Formula, Negation, Value, value_text
from treehand.trees.format.expression import Constant, Expression, KeyName
from treehand.trees.interop.btcpp.foreign_names import snake_case

_JOINED: Mapping[str, str] = {"and": "&&", "or": "||"}


def camel_case(name: str) -> str:
    """Return a name as BehaviorTree.CPP registers nodes: ``move_to_pose`` is MoveToPose.

    Words stay apart by ``_`` where capitals alone would not part them again: ``tag_45`` is Tag_45,
    not the Tag45 of ``tag45``.
    """
    words = [part[:1].upper() + part[1:] for part in name.split("_") if part]
    spellings = ("".join(words), "_".join(words), name)
    return next((one for one in spellings if one and snake_case(one) == name), name)


def port_name(name: str) -> str:
    """Return a port as an attribute; ``name`` is that of the node in BehaviorTree.CPP."""
    return "name_" if name == "name" else name


def port_text(value: Value) -> str:
    """Return the text of a fixed port."""
    if isinstance(value, tuple):
        return ";".join(value_text(item) for item in value)
    return value_text(value)


def script_of(expression: Expression) -> str | None:
    """Return the script of an expression; None if no script can say it.

    Parameters and variables become keys of the same name.
    """
    if isinstance(expression, Constant):
        value = expression.value
        if isinstance(value, tuple) or (isinstance(value, str) and "'" in value):
            return None
        return f"'{value}'" if isinstance(value, str) else value_text(value)
    if isinstance(expression, KeyName):
        return expression.name
    texts = [script_of(part) for part in expression.parts]
    if None in texts or expression.sign == "%":
        return None
    sign = _JOINED.get(expression.sign, expression.sign)
    if sign == "if":
        return f"({texts[1]} ? {texts[0]} : {texts[2]})"
    if sign == "not":
        return f"!({texts[0]})"
    if sign == "negative":
        return f"-({texts[0]})"
    return f"({texts[0]} {sign} {texts[1]})"


def condition_of(formula: Formula) -> str | None:
    """Return the script of a formula that compares keys only; None for any other."""
    if isinstance(formula, Comparison):
        value = formula.value
        text = f"'{value}'" if isinstance(value, str) else value_text(value)
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
