"""Typed lists, conditions and effects of PDDL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treehand.core.errors import InputError
from treehand.core.spans import Span
from treehand.planners.pddl.files.s_expressions import Group, Node, Word, wrong
from treehand.planners.pddl.files.syntax import (
    TRUE,
    AtomSyntax,
    Condition,
    EffectSyntax,
    JoinedSyntax,
    QuantifiedSyntax,
    TypedName,
)

SUPPORTED = "there may be types, negation, disjunction, equality, quantifiers, conditional effects"
HINT = f"{SUPPORTED} and action costs"
_COMPARISONS = {"<", ">", "<=", ">="}
_NUMBER_EFFECTS = {"decrease", "assign", "scale-up", "scale-down"}
_TIMED = {"at start", "at end", "over all"}
TOTAL_COST = "total-cost"
_HEADS = {"and", "or", "not", "imply", "forall", "exists", "when", "increase", "either"}
"""Words that begin a list and name no predicate."""
_RAISED = "write '(increase (total-cost) 1)'"


def unsupported(what: str, span: Span) -> InputError:
    """Return the error of what is PDDL, but not read."""
    return InputError.of("unsupported-pddl", f"{what}: not supported", span=span, hint=HINT)


def typed_names(nodes: Sequence[Node], owner: Group, *, variables: bool) -> list[TypedName]:
    """Return the names of a list like ``?x ?y - block ?z``.

    Args:
        nodes: The list.
        owner: The list that it stands in.
        variables: True if they are variables.
    """
    found: list[TypedName] = []
    waiting: list[Word] = []
    index = 0
    while index < len(nodes):
        node = nodes[index]
        if isinstance(node, Group):
            raise wrong("a list stands where a name is due", node.span)
        if node.text != "-":
            waiting.append(_declared(node, variables=variables))
            index += 1
            continue
        if not waiting:
            raise wrong("there is no name before '-'", node.span)
        after = nodes[index + 1] if index + 1 < len(nodes) else None
        if after is None:
            raise wrong("there is no type after '-'", node.span)
        types = _types(after)
        found += (TypedName(name.text, types, name.span) for name in waiting)
        waiting = []
        index += 2
    found += (TypedName(name.text, (), name.span) for name in waiting)
    return found


def _declared(word: Word, *, variables: bool) -> Word:
    if variables and not word.text.startswith("?"):
        raise wrong(f"'{word.text}' is no variable", word.span, f"write '?{word.text}'")
    if not variables:
        return name_of(word)
    if word.text == "?":
        raise wrong("'?' has no name", word.span)
    return word


def name_of(word: Word) -> Word:
    """Return a word that must be a name, not a variable, keyword or number."""
    first = word.text[0]
    if first in "?:" or word.text in ("-", "="):
        raise wrong(f"'{word.text}' stands where a name is due", word.span)
    if first == "-":
        raise wrong(f"'{word.text}' is no name", word.span, "write a space after '-'")
    return word


def _types(node: Node) -> tuple[Word, ...]:
    if isinstance(node, Word):
        return (name_of(node),)
    if node.head != "either":
        raise wrong("a list stands where a type is due", node.span, "write '(either TYPE TYPE)'")
    names = tuple(name_of(item) for item in node.rest if isinstance(item, Word))
    if len(names) < len(node.rest) or not names:
        raise wrong("'(either …)' holds names of types", node.span)
    return names


def condition_of(node: Node) -> Condition:
    """Return a condition."""
    if isinstance(node, Word):
        raise wrong(f"'{node.text}' is no condition", node.span, _as_list(node.text))
    if not node.items:
        return TRUE
    head = node.head
    if head in ("and", "or"):
        _require_no_empty(node)
        return JoinedSyntax("and" if head == "and" else "or", tuple(map(condition_of, node.rest)))
    if head == "not":
        return JoinedSyntax("not", (condition_of(_only(node)),))
    if head == "imply":
        if len(node.rest) != 2:
            raise wrong(f"'(imply …)' takes 2 conditions, not {len(node.rest)}", node.span)
        first, then = map(condition_of, node.rest)
        return JoinedSyntax("or", (JoinedSyntax("not", (first,)), then))
    if head in ("forall", "exists"):
        variables, body = _quantified(node)
        return QuantifiedSyntax(
            "forall" if head == "forall" else "exists", variables, condition_of(body)
        )
    _refuse_condition(node)
    return atom_of(node)


def _as_list(word: str) -> str:
    """Return the hint for a word in the place of a list."""
    return f"it begins a list: '({word} …)'" if word in _HEADS else f"write '({word})'"


def part_count(count: int) -> str:
    """Return a number of parts in words."""
    return "1 part" if count == 1 else f"{count} parts"


def _require_no_empty(node: Group) -> None:
    for part in node.rest:
        if isinstance(part, Group) and not part.items:
            raise wrong("'()' names no predicate", part.span)


def _refuse_condition(node: Group) -> None:
    head = node.head
    if head in _COMPARISONS or (head == "=" and any(isinstance(n, Group) for n in node.rest)):
        raise unsupported(f"'({head} …)', a comparison of numbers", node.span)
    if head == "preference":
        raise unsupported("'(preference …)', a condition that may be broken", node.span)
    if head == "when":
        raise wrong("'(when …)' stands in a condition", node.span, "it belongs in an ':effect'")
    two = f"{head} {node.rest[0].text}" if node.rest and isinstance(node.rest[0], Word) else ""
    if two in _TIMED and any(isinstance(item, Group) for item in node.rest):
        raise unsupported(f"'({two} …)', a condition in time", node.span)


def atom_of(node: Node) -> AtomSyntax:
    """Return an atom, ``(on ?x table)``."""
    if isinstance(node, Word):
        raise wrong(f"'{node.text}' is no fact", node.span, _as_list(node.text))
    if not node.items:
        raise wrong("'()' names no predicate", node.span)
    name = node.items[0]
    if isinstance(name, Group):
        raise wrong("a list stands where the name of a predicate is due", name.span)
    if name.text != "=":
        name_of(name)
    return AtomSyntax(name, tuple(_term(item, name) for item in node.rest))


def _term(node: Node, predicate: Word) -> Word:
    if isinstance(node, Group):
        what = f"'({node.head} …)' stands where an argument of '{predicate.text}' is due"
        raise wrong(what, node.span)
    return node if node.text.startswith("?") and node.text != "?" else name_of(node)


def _only(node: Group) -> Node:
    if len(node.rest) != 1:
        what = f"'({node.head} …)' takes one part, not {len(node.rest)}"
        raise wrong(what, node.span if not node.rest else node.rest[-1].span)
    return node.rest[0]


def _quantified(node: Group) -> tuple[tuple[TypedName, ...], Node]:
    if len(node.rest) != 2 or not isinstance(node.rest[0], Group):
        what = f"'({node.head} …)' takes a list of variables and one part"
        raise wrong(what, node.span, f"write '({node.head} (?x - TYPE) …)'")
    variables = typed_names(node.rest[0].items, node.rest[0], variables=True)
    return tuple(variables), node.rest[1]


@dataclass(frozen=True)
class EffectsSyntax:
    """Effects of an action."""

    literals: tuple[EffectSyntax, ...]
    cost: Word | Group | None
    raised: tuple[AtomSyntax, ...]
    """Functions that it raises."""


def effects_of(node: Node) -> EffectsSyntax:
    """Return the effects of an action."""
    raised: list[_Raised] = []
    literals = tuple(_literals(node, (), TRUE, raised))
    costs = [one for one in raised if one.function.name.text == TOTAL_COST]
    for one in costs:
        if one.is_conditional:
            raise unsupported("a cost that depends on a condition", one.function.name.span)
    if len(costs) > 1:
        raise wrong(f"'{TOTAL_COST}' is raised twice", costs[1].function.name.span)
    functions = tuple(one.function for one in raised)
    return EffectsSyntax(literals, costs[0].amount if costs else None, functions)


@dataclass(frozen=True)
class _Raised:
    function: AtomSyntax
    amount: Word | Group
    is_conditional: bool


def _literals(
    node: Node,
    variables: tuple[TypedName, ...],
    condition: Condition,
    raised: list[_Raised],
) -> Iterator[EffectSyntax]:
    head = node.head if isinstance(node, Group) else ""
    if isinstance(node, Group) and not node.items:
        return
    if isinstance(node, Group) and head == "and":
        _require_no_empty(node)
        for part in node.rest:
            yield from _literals(part, variables, condition, raised)
    elif isinstance(node, Group) and head == "forall":
        more, body = _quantified(node)
        yield from _literals(body, (*variables, *more), condition, raised)
    elif isinstance(node, Group) and head == "when":
        if len(node.rest) != 2:
            what = f"'(when …)' takes a condition and an effect, not {part_count(len(node.rest))}"
            raise wrong(what, node.span)
        both = tuple(c for c in (condition, condition_of(node.rest[0])) if c != TRUE)
        then = both[0] if len(both) == 1 else JoinedSyntax("and", both)
        yield from _literals(node.rest[1], variables, then, raised)
    elif isinstance(node, Group) and head == "not":
        yield EffectSyntax(variables, condition, _changed(_only(node)), False)
    elif isinstance(node, Group) and head == "increase":
        raised.append(_raised(node, is_conditional=bool(variables) or condition != TRUE))
    else:
        yield EffectSyntax(variables, condition, _changed(node), True)


def _changed(node: Node) -> AtomSyntax:
    head = node.head if isinstance(node, Group) else ""
    if head in _NUMBER_EFFECTS:
        raise unsupported(f"'({head} …)', an effect on a number", node.span)
    if head in ("or", "imply", "exists", "oneof", "probabilistic"):
        raise wrong(f"'({head} …)' stands in an effect", node.span, "an effect must be certain")
    if head in ("and", "not", "forall", "when"):
        raise wrong(f"'({head} …)' stands in '(not …)' of an effect", node.span)
    if isinstance(node, Group):
        _refuse_condition(node)
    atom = atom_of(node)
    if atom.name.text == "=":
        raise wrong("'(= …)' stands in an effect", atom.name.span)
    return atom


def _raised(node: Group, *, is_conditional: bool) -> _Raised:
    if len(node.rest) != 2 or not isinstance(node.rest[0], Group) or not node.rest[0].items:
        raise wrong("'(increase …)' takes a function and an amount", node.span, _RAISED)
    return _Raised(atom_of(node.rest[0]), node.rest[1], is_conditional)


def options_of(group: Group, start: int) -> dict[str, tuple[Word, Node | None]]:
    """Return the parts of an action, ``:parameters (…)`` and so on, by their keywords.

    Args:
        group: The action.
        start: Index of its first keyword.
    """
    found: dict[str, tuple[Word, Node | None]] = {}
    index = start
    while index < len(group.items):
        key = group.items[index]
        if not isinstance(key, Word) or not key.text.startswith(":"):
            said = f"'{key.text}'" if isinstance(key, Word) else f"'({key.head} …)'"
            raise wrong(f"{said} stands where a keyword is due", key.span, "a ')' too early?")
        if key.text in found:
            raise wrong(f"'{key.text}' is given twice", key.span)
        value = group.items[index + 1] if index + 1 < len(group.items) else None
        if value is not None and _is_keyword(value):
            value = None
        found[key.text] = (key, value)
        index += 1 if value is None else 2
    return found


def _is_keyword(node: Node) -> bool:
    return isinstance(node, Word) and node.text.startswith(":")
