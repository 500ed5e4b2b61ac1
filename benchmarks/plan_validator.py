"""Judge of plans for PDDL problems that shares nothing with the planner but the files.

It reads the files as nested lists of words, and carries a plan out as the definition of PDDL says:
effects of one action are decided in the state before it, additions win over deletions, derived
predicates are the least fixpoint of their axioms. It trusts that the files are sound.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

State = frozenset[tuple[str, ...]]
Names = Mapping[str, str]


class PlanValidator:
    """Judges plans for one problem.

    Args:
        domain: The domain file.
        problem: The problem file.
    """

    def __init__(self, domain: Path, problem: Path) -> None:
        parts = [*_read(domain)[2:], *_read(problem)[2:]]
        self._above = {"object": {"object"}}
        self._objects: dict[str, set[str]] = {}
        declared = [pair for part in parts if part[0] == ":types" for pair in _typed(part[1:])]
        parents: dict[str, set[str]] = {}
        for name, kinds in declared:
            parents.setdefault(name, set()).update(kinds)
        for name in {*parents, *itertools.chain(*parents.values())}:
            self._above[name] = _closure(name, parents)
        for part in parts:
            if part[0] in (":constants", ":objects"):
                for name, kinds in _typed(part[1:]):
                    kind = next(iter(kinds))
                    above = self._above.get(kind, {kind, "object"})
                    self._objects.setdefault(name, set()).update(above)
        self._actions = {part[1]: _fields(part) for part in parts if part[0] == ":action"}
        self._axioms = [part for part in parts if part[0] == ":derived"]
        self._derived = {axiom[1][0] for axiom in self._axioms}
        init = next(part[1:] for part in parts if part[0] == ":init")
        self._start = frozenset(
            tuple(fact) for fact in init if fact[0] not in ("=", "not", *self._derived)
        )
        self._values = {_key(fact[1]): float(fact[2]) for fact in init if fact[0] == "="}
        self._goal = next(part[1] for part in parts if part[0] == ":goal")

    def problem_of(self, plan: Sequence[str]) -> str | None:
        """Return what is wrong with a plan; None if it reaches the goal.

        Args:
            plan: Its steps, ``(drive t1 l1 l2)``.
        """
        state = self._start
        for number, step in enumerate(plan, 1):
            name, *arguments = step.strip("()").lower().split()
            action = self._actions.get(name)
            if action is None:
                return f"step {number}: there is no action '{name}'"
            heads = _typed([*action.get(":parameters", []), *action.get(":vars", [])])
            if len(heads) != len(arguments):
                return f"step {number}: '{name}' has {len(heads)} arguments"
            for (head, kinds), thing in zip(heads, arguments, strict=True):
                if not self._objects.get(thing, set()) & kinds:
                    return f"step {number}: '{thing}' is no {head}"
            given = {head: thing for (head, _), thing in zip(heads, arguments, strict=True)}
            known = self._with_derived(state)
            if not self._holds(action.get(":precondition", []), given, known):
                return f"step {number}: {step} cannot begin"
            changes = list(self._changes(action.get(":effect", []), given, known))
            removed = {fact for fact, value in changes if not value}
            state = (state - removed) | {fact for fact, value in changes if value}
        return None if self._holds(self._goal, {}, self._with_derived(state)) else "no goal"

    def _with_derived(self, state: State) -> State:
        """Return a state with the derived facts, one stratum after the other."""
        level = dict.fromkeys(self._derived, 0)
        for _ in self._derived:  # a negated predicate must be complete before its user
            for axiom in self._axioms:
                for name, is_positive in _named(axiom[2], True):
                    if name in level:
                        least = level[name] + (not is_positive)
                        level[axiom[1][0]] = max(level[axiom[1][0]], least)
        for stratum in sorted(set(level.values())):
            axioms = [axiom for axiom in self._axioms if level[axiom[1][0]] == stratum]
            while True:
                found = {fact for axiom in axioms for fact in self._derivable(axiom, state)}
                if found <= state:
                    break
                state |= found
        return state

    def _derivable(self, axiom: Any, state: State) -> Iterator[tuple[str, ...]]:
        name, *heads = axiom[1]
        for given in self._choices(heads):
            if self._holds(axiom[2], given, state):
                yield (name, *given.values())

    def _choices(self, heads: Sequence[Any]) -> Iterator[dict[str, str]]:
        typed = _typed(heads)
        things = [[o for o, above in self._objects.items() if above & kinds] for _, kinds in typed]
        for chosen in itertools.product(*things):
            yield {name: thing for (name, _), thing in zip(typed, chosen, strict=True)}

    def _holds(self, condition: Any, given: Names, state: State) -> bool:
        if not condition:
            return True
        head, *rest = condition
        if head == "and":
            return all(self._holds(part, given, state) for part in rest)
        if head == "or":
            return any(self._holds(part, given, state) for part in rest)
        if head == "not":
            return not self._holds(rest[0], given, state)
        if head == "imply":
            return not self._holds(rest[0], given, state) or self._holds(rest[1], given, state)
        if head in ("forall", "exists"):
            every = (
                self._holds(rest[1], {**given, **some}, state) for some in self._choices(rest[0])
            )
            return all(every) if head == "forall" else any(every)
        terms = tuple(given.get(term, term) for term in rest)
        return terms[0] == terms[1] if head == "=" else (head, *terms) in state

    def _changes(
        self, effect: Any, given: Names, state: State
    ) -> Iterator[tuple[tuple[str, ...], bool]]:
        if not effect:
            return
        head, *rest = effect
        if head == "and":
            for part in rest:
                yield from self._changes(part, given, state)
        elif head == "forall":
            for some in self._choices(rest[0]):
                yield from self._changes(rest[1], {**given, **some}, state)
        elif head == "when":
            if self._holds(rest[0], given, state):
                yield from self._changes(rest[1], given, state)
        elif head == "not":
            ((fact, _),) = self._changes(rest[0], given, state)
            yield fact, False
        elif head not in ("increase", "decrease", "assign"):
            yield (head, *(given.get(term, term) for term in rest)), True


def _read(path: Path) -> Any:
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    words = re.findall(r"[()]|[^\s()]+", re.sub(r";[^\n]*", "", text).lower())
    lists: list[list[Any]] = [[]]
    for word in words:
        if word == "(":
            lists.append([])
        elif word == ")":
            done = lists.pop()
            lists[-1].append(done)
        else:
            lists[-1].append(word)
    return next(one for one in lists[0] if one[0] == "define")


def _typed(words: Sequence[Any]) -> list[tuple[str, set[str]]]:
    found: list[tuple[str, set[str]]] = []
    waiting: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word != "-":
            waiting.append(word)
            continue
        kind = rest.pop(0)
        kinds = {kind} if isinstance(kind, str) else set(kind[1:])
        found += ((name, kinds) for name in waiting)
        waiting = []
    return found + [(name, {"object"}) for name in waiting]


def _closure(name: str, parents: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {"object"}, [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parents.get(one, ())
    return found


def _fields(action: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(action[2::2], action[3::2], strict=True))


def _key(call: Any) -> tuple[str, ...]:
    return (call,) if isinstance(call, str) else tuple(call)


def _named(condition: Any, is_positive: bool) -> Iterator[tuple[str, bool]]:
    head, *rest = condition or ["and"]
    if head in ("and", "or"):
        for part in rest:
            yield from _named(part, is_positive)
    elif head == "not":
        yield from _named(rest[0], not is_positive)
    elif head == "imply":
        yield from _named(rest[0], not is_positive)
        yield from _named(rest[1], is_positive)
    elif head in ("forall", "exists"):
        yield from _named(rest[1], is_positive)
    else:
        yield head, is_positive
