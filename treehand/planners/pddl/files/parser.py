"""PDDL files read as data, every name with its position."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from treehand.core.errors import near
from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline
from treehand.planners.pddl.files.condition_parser import (
    TOTAL_COST,
    atom_of,
    condition_of,
    effects_of,
    name_of,
    options_of,
    part_count,
    typed_names,
    unsupported,
)
from treehand.planners.pddl.files.s_expressions import (
    Group,
    Node,
    Word,
    read_group,
    read_text,
    wrong,
)
from treehand.planners.pddl.files.syntax import (
    TRUE,
    ActionSyntax,
    AxiomSyntax,
    DomainSyntax,
    ProblemSyntax,
    SignatureSyntax,
    TypedName,
)

_UNSUPPORTED = {
    ":axiom": "axioms in the style of PDDL 1.2",
    ":durative-action": "actions that take time",
    ":process": "processes",
    ":event": "events",
    ":constraints": "constraints on plans",
}
_IN_DOMAIN = {":requirements", ":types", ":constants", ":predicates", ":functions"}
_IN_DOMAIN |= {":action", ":derived"}
_IN_PROBLEM = {":requirements", ":domain", ":objects", ":init", ":goal", ":metric", ":length"}
_IN_ACTION = {":parameters", ":vars", ":precondition", ":effect"}
_SEVERAL = {":action", ":derived"}
"""Parts that a file may hold several times."""


def parse_domain(path: Path, deadline: Deadline = NO_DEADLINE) -> DomainSyntax:
    """Return the contents of a domain file.

    Raises:
        InputError: With the position, if it is no PDDL or holds what is not supported.
        OutOfLimits: If the deadline is over.
    """
    file = read_group(read_text(path), str(path), deadline)
    domain = DomainSyntax(_defined(file, "domain"))
    readers: dict[str, Callable[[Group], None]] = {
        ":requirements": lambda part: domain.requirements.extend(_requirements(part)),
        ":types": lambda part: domain.types.extend(typed_names(part.rest, part, variables=False)),
        ":constants": lambda part: domain.constants.extend(
            typed_names(part.rest, part, variables=False)
        ),
        ":predicates": lambda part: _add_predicates(domain, part),
        ":functions": lambda part: _add_functions(domain, part),
        ":action": lambda part: _add_action(domain, part),
        ":derived": lambda part: domain.axioms.append(_axiom(part)),
    }
    for part in _parts(file, _IN_DOMAIN):
        readers[part.head](part)
    return domain


def parse_problem(path: Path, deadline: Deadline = NO_DEADLINE) -> ProblemSyntax:
    """Return the contents of a problem file.

    Raises:
        InputError: With the position, if it is no PDDL or holds what is not supported.
        OutOfLimits: If the deadline is over.
    """
    file = read_group(read_text(path), str(path), deadline)
    name = _defined(file, "problem")
    parts = {part.head: part for part in _parts(file, _IN_PROBLEM)}
    for needed in (":domain", ":init", ":goal"):
        if needed not in parts:
            raise wrong(f"the problem has no '({needed} …)'", file.end)
    of = name_of(_only_word(parts[":domain"]))
    problem = ProblemSyntax(name, of, parts[":init"].span, parts[":goal"].span)
    if ":requirements" in parts:
        problem.requirements += _requirements(parts[":requirements"])
    if ":objects" in parts:
        problem.objects += typed_names(parts[":objects"].rest, parts[":objects"], variables=False)
    _add_init(problem, parts[":init"], deadline)
    goal = parts[":goal"]
    if len(goal.rest) != 1:
        what = f"':goal' takes one condition, not {len(goal.rest)}"
        raise wrong(what, goal.rest[1].span if goal.rest else goal.span, "write '(and … …)'")
    problem.goal = condition_of(goal.rest[0])
    if ":metric" in parts:
        problem.has_metric = _is_total_cost(parts[":metric"])
    return problem


def _defined(file: Group, kind: str) -> Word:
    """Return the name in ``(define (domain NAME) …)``."""
    if file.head != "define":
        first = file.items[0] if file.items else file
        raise wrong("the file must begin with '(define'", first.span)
    what = file.rest[0] if file.rest else None
    if isinstance(what, Group) and what.head in ("domain", "problem") and what.head != kind:
        hint = "the domain file comes first, the problem file second"
        raise wrong(f"this is a {what.head}, not a {kind}", what.span, hint)
    if not isinstance(what, Group) or what.head != kind:
        raise wrong(f"'({kind} NAME)' is due here", what.span if what else file.end)
    return name_of(_only_word(what))


def _only_word(group: Group) -> Word:
    first = group.rest[0] if group.rest else None
    if len(group.rest) != 1 or not isinstance(first, Word):
        where = group.rest[1].span if len(group.rest) > 1 else group.span
        raise wrong(f"'({group.head} …)' takes one name", where)
    return first


def _parts(file: Group, known: set[str]) -> Iterator[Group]:
    """Yield the parts of a file, ``(:types …)`` and so on."""
    seen: set[str] = set()
    for part in file.items[2:]:
        if isinstance(part, Word):
            raise wrong(f"'{part.text}' stands where a part of the file is due", part.span)
        head = part.head
        if head in _UNSUPPORTED:
            raise unsupported(f"'{head}' ({_UNSUPPORTED[head]})", part.span)
        if head not in known:
            what = f"'({head} …)'" if head else "a list without a name"
            hint = near(head, known, what="parts")
            raise wrong(f"{what} is no part of this file", part.span, hint)
        if head in seen and head not in _SEVERAL:
            raise wrong(f"'{head}' is given twice", part.span)
        seen.add(head)
        yield part


def _requirements(part: Group) -> Iterator[Word]:
    for item in part.rest:
        if not isinstance(item, Word) or not item.text.startswith(":"):
            raise wrong("':requirements' takes keywords like ':typing'", item.span)
        yield item


def _signature(node: Node) -> SignatureSyntax:
    if isinstance(node, Word):
        raise wrong(f"'{node.text}' stands without '()'", node.span, f"write '({node.text})'")
    name = node.items[0] if node.items else None
    if not isinstance(name, Word):
        raise wrong("a name is due after '('", node.span)
    parameters = typed_names(node.rest, node, variables=True)
    return SignatureSyntax(name_of(name), tuple(parameters))


def _add_predicates(domain: DomainSyntax, part: Group) -> None:
    for node in part.rest:
        one = _signature(node)
        if one.name.text in domain.predicates:
            raise wrong(f"the predicate '{one.name.text}' is declared twice", one.name.span)
        if one.name.text == "=":
            continue
        domain.predicates[one.name.text] = one


def _add_functions(domain: DomainSyntax, part: Group) -> None:
    nodes = list(part.rest)
    while nodes:
        one = _signature(nodes.pop(0))
        if one.name.text in domain.functions:
            raise wrong(f"the function '{one.name.text}' is declared twice", one.name.span)
        domain.functions[one.name.text] = one
        if nodes and isinstance(nodes[0], Word) and nodes[0].text == "-":
            kind = nodes[1] if len(nodes) > 1 else None
            if not isinstance(kind, Word):
                raise wrong("there is no type after '-'", nodes[0].span)
            if kind.text != "number":
                raise unsupported(f"a function whose values are of type '{kind.text}'", kind.span)
            del nodes[:2]


def _axiom(part: Group) -> AxiomSyntax:
    if len(part.rest) != 2:
        what = f"'(:derived …)' takes a predicate and a condition, not {part_count(len(part.rest))}"
        raise wrong(what, part.span, "write '(:derived (PREDICATE ?x) CONDITION)'")
    head = _signature(part.rest[0])
    return AxiomSyntax(head.name, head.parameters, condition_of(part.rest[1]))


def _add_action(domain: DomainSyntax, part: Group) -> None:
    name = part.rest[0] if part.rest else None
    if not isinstance(name, Word):
        raise wrong("the action has no name", part.span)
    name_of(name)
    if name.text in domain.actions:
        raise wrong(f"the action '{name.text}' is declared twice", name.span)
    options = options_of(part, 2)
    for key, (word, value) in options.items():
        if key not in _IN_ACTION:
            hint = near(key, _IN_ACTION, what="parts of an action")
            raise wrong(f"'{key}' is no part of an action", word.span, hint)
        if value is None:
            raise wrong(f"'{key}' of '{name.text}' has no value", word.span)
    given = {key: value for key, (_, value) in options.items() if value is not None}
    parameters: list[TypedName] = []
    for key in (":parameters", ":vars"):  # those of PDDL 1.2 that a plan does not name
        heads = given.get(key)
        if isinstance(heads, Word):
            raise wrong(f"'{key}' is a list", heads.span, f"write '({heads.text})'")
        parameters += typed_names(heads.items, heads, variables=True) if heads else []
    needs = given.get(":precondition")
    does = given.get(":effect")
    effects = effects_of(does) if does is not None else None
    domain.actions[name.text] = ActionSyntax(
        name,
        tuple(parameters),
        condition_of(needs) if needs is not None else TRUE,
        effects.literals if effects else (),
        effects.cost if effects else None,
        effects.raised if effects else (),
    )


def _add_init(problem: ProblemSyntax, part: Group, deadline: Deadline) -> None:
    for node in deadline.over(part.rest):
        head = node.head if isinstance(node, Group) else ""
        if isinstance(node, Group) and head == "=":
            _add_value(problem, node)
        elif isinstance(node, Group) and head == "not":
            if len(node.rest) != 1:
                raise wrong("'(not …)' takes one fact", node.span)
            atom_of(node.rest[0])  # a fact that is not listed is false anyway
        elif isinstance(node, Group) and head in ("or", "oneof", "unknown", "forall", "and"):
            raise unsupported(f"'({head} …)' in ':init'", node.span)
        elif isinstance(node, Group) and head == "at" and _is_number(node.rest[:1]):
            if any(isinstance(item, Group) for item in node.rest):
                raise unsupported("a fact that becomes true at a time", node.span)
            problem.init.append(atom_of(node))
        else:
            problem.init.append(atom_of(node))


def _add_value(problem: ProblemSyntax, node: Group) -> None:
    call, value = node.rest if len(node.rest) == 2 else (node, node)
    if isinstance(call, Word) and isinstance(value, Word) and not _is_number([value]):
        hint = "equality needs no fact"
        raise wrong("'(= …)' in ':init' gives a function its value", node.span, hint)
    if isinstance(call, Word):
        call = Group((call,), call.span, call.span)
    if call is node or not isinstance(value, Word) or not _is_number([value]):
        hint = "write '(= (FUNCTION OBJECT …) NUMBER)'"
        raise wrong("'(= …)' in ':init' takes a function and a number", node.span, hint)
    atom = atom_of(call)
    key = (atom.name.text, *(term.text for term in atom.terms))
    number = float(value.text)
    if problem.values.setdefault(key, number) != number:
        said = f"({' '.join(key)})"
        raise wrong(f"'{said}' has two values in ':init'", atom.name.span)
    problem.value_spans[key] = atom.name.span


def _is_number(nodes: list[Node] | tuple[Node, ...]) -> bool:
    try:
        return bool(nodes) and isinstance(nodes[0], Word) and float(nodes[0].text) >= -1e300
    except ValueError:
        return False


def _is_total_cost(part: Group) -> bool:
    """Return True for the metric of least cost, and False for that of fewest steps."""
    how = part.rest[0] if part.rest else None
    if not isinstance(how, Word) or how.text not in ("minimize", "maximize") or len(part.rest) != 2:
        hint = f"write '(:metric minimize ({TOTAL_COST}))'"
        raise wrong("':metric' takes 'minimize' and one function", part.span, hint)
    what = part.rest[1]
    said = what.text if isinstance(what, Word) else what.head
    if how.text == "minimize" and said == TOTAL_COST and len(getattr(what, "items", "1")) == 1:
        return True
    if how.text == "minimize" and said == "total-time":
        return False
    if said != TOTAL_COST and get_close_matches(said, [TOTAL_COST, "total-time"], 1):
        hint = near(said, [TOTAL_COST, "total-time"], what="functions")
        raise wrong(f"the metric names no function '{said}'", what.span, hint)
    raise unsupported(f"the metric '{how.text} ({said} …)'", what.span)
