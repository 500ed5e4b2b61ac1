"""Objects of a scene that nothing but their own facts tells apart."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import BaseModel

from treehand.core.literals import Fact
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.skills.domain import Quantifier
from treehand.skills.domain.model import ObjectModel
from treehand.trees import TreeLibrary, TreeSpec

_WORD = re.compile(r"\w+")
_SAID = frozenset(
    {"because", "doc", "phrases", "phrases_not", "say", "say_not", "adjectives", "adjectives_not"}
)
"""Keys of data models that are for people only."""
_LABELS = {"type", "words", "written", "position_m", "deprecated", "capacity"}
"""Properties of an object that no run depends on, or that are compared otherwise."""
CUT = "…"
"""End of a text that was cut: the words in it are not all known."""


class Swap(NamedTuple):
    """Exchange of two objects."""

    one: str
    other: str

    def name(self, name: str) -> str:
        """Return the name of the object that stands in the place of one."""
        return self.other if name == self.one else self.one if name == self.other else name

    def fact(self, fact: Fact) -> Fact:
        """Return a fact about the objects that stand in the places of its own."""
        return Fact(fact.predicate, tuple(map(self.name, fact.terms)))

    def text(self, text: str) -> str:
        """Return a text with every name exchanged."""
        return _WORD.sub(lambda word: self.name(word[0]), text)

    def value(self, value: Hashable) -> Hashable:
        """Return a nested value with every name in a text exchanged."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple):
            return tuple(map(self.value, value))
        return frozenset(map(self.value, value)) if isinstance(value, frozenset) else value

    def touches(self, names: Iterable[str]) -> bool:
        """Return True if one of the two is among some names."""
        return self.one in names or self.other in names


class TextWords:
    """Words of the texts in nested values; each text is taken apart once."""

    def __init__(self) -> None:
        self._of: dict[str, frozenset[str]] = {}
        self._of_all: dict[int, tuple[Hashable, frozenset[str]]] = {}
        """The identity of a value to the value, which so remains, and its words."""

    def of_all(self, value: Hashable) -> frozenset[str]:
        """Return the words of a value that comes more than once."""
        found = self._of_all.get(id(value))
        if found is None:
            found = self._of_all[id(value)] = (value, frozenset(self.of(value)))
        return found[1]

    def of(self, value: Hashable) -> Iterator[str]:
        """Yield the words of every text in a nested value; those of another value's own text."""
        if isinstance(value, tuple | frozenset):
            for part in value:
                yield from self.of(part)
        elif not isinstance(value, int | float | None):
            text = str(value)
            found = self._of.get(text)
            if found is None:
                found = self._of[text] = frozenset(_WORD.findall(text)) | set(CUT).intersection(
                    text
                )
            yield from found


class SceneSymmetry:
    """Tells which objects are alike: they differ in the facts about them, and in nothing else.

    Two objects are alike if neither is named in the domain, in the goal with its requirements, in
    the constraints, the tree with all trees that it may call and their arguments, or a cause of
    failure that stands; if they are of the same types, as far as one of those names types; and if
    they have the same properties, or lack the same ones. Words, labels and positions decide
    nothing. Capacities may differ: they are to be compared by those who count what a place holds.

    Whether facts, and the order in which objects are gone through, tell them apart at some moment
    is another question (`Stretch.mirrors`).

    Args:
        problem: Scene, domain, goal and tree.
    """

    def __init__(self, problem: VerificationProblem) -> None:
        self._problem = problem
        self._objects = problem.planning.scene.objects
        self._vocabulary = problem.planning.vocabulary
        self._kinds: dict[str, Hashable] = {}

    @cached_property
    def _named(self) -> _Named:
        return _Named(self._problem)

    def are_alike(self, swap: Swap) -> bool:
        """Return True if two objects are alike."""
        kind = self._kind(swap.one)
        return kind is not None and kind == self._kind(swap.other)

    def capacity(self, name: str) -> int | None:
        """Return the number of things that an object takes; None if it has no limit."""
        return self._objects[name].capacity

    def is_of_any(self, name: str, types: Iterable[str]) -> bool:
        """Return True if an object is of one of some types."""
        return any(self._vocabulary.is_of(name, one) for one in types)

    def _kind(self, name: str) -> Hashable:
        """Return a value that is equal for objects that are alike; None if it is like no other."""
        if name not in self._kinds:
            self._kinds[name] = self._kind_of(name, self._objects.get(name))
        return self._kinds[name]

    def _kind_of(self, name: str, model: ObjectModel | None) -> Hashable:
        if model is None or name in self._named.words:
            return None
        types = frozenset(one for one in self._named.types if self._vocabulary.is_of(name, one))
        properties = model.model_dump_json(exclude=_LABELS)
        return types, properties, model.capacity is None, model.position_m is None


class _Named:
    """Words and types in data models: all that may name an object, but for the scene's facts.

    Args:
        problem: Domain, goal, constraints and tree.
    """

    def __init__(self, problem: VerificationProblem) -> None:
        self.words: set[str] = set()
        """Words of every text that is not for people only."""
        self.types: set[str] = set()
        """Types of parameters and quantifiers, and those that have properties."""
        planning, domain = problem.planning, problem.planning.domain
        for key in type(domain).model_fields:
            if key not in ("types", "words", "goals"):
                self._take(getattr(domain, key), key)
        self.types.update(domain.properties)
        self._take(problem.goal)
        self._take((problem.arguments, problem.never, planning.blockages, planning.hidden))
        self._take((planning.old_mess or frozenset(), planning.hopeless_mess))
        self._take_trees(problem.tree, planning.library)

    def _take_trees(self, tree: TreeSpec, library: TreeLibrary) -> None:
        """Take in a tree and all trees of a library that it, or one of them, may call."""
        waiting, seen = [tree], {tree.tree}
        while waiting:
            here = waiting.pop()
            self._take(here)
            self.words.update(_WORD.findall(here.model_dump_json(by_alias=True)))
            called = (library.find(name) for name in sorted(self.words - seen))
            seen |= self.words
            waiting += [one for one in called if one is not None]

    def _take(self, value: Any, key: str = "") -> None:
        """Take in a value of a data model; one of an unknown kind by its text."""
        if isinstance(value, BaseModel):
            for name in type(value).model_fields:
                if name not in _SAID:
                    self._take(getattr(value, name), name)
                if name == "type":
                    self.types.add(str(getattr(value, name)))
        elif isinstance(value, Mapping):
            if key == "params":
                self.types.update(map(str, value.values()))
            for name, part in value.items():
                self._take(name)
                self._take(part)
        elif isinstance(value, list | tuple | set | frozenset):
            for part in value:
                self._take(part)
        elif is_dataclass(value):
            if isinstance(value, Quantifier):
                self.types.add(value.type)
            for one in fields(value):
                self._take(getattr(value, one.name))
        else:
            self.words.update(_WORD.findall(str(value)))
