"""Node that runs its child once for each object of a quantifier."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.skills.domain import Quantifier
from treehand.trees.engine.visitor import Composed, Visit, halt
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.runtime import Runtime


class ForEachNode(Composed):
    """The same subtree for every object that qualifies, expanded while the tree runs.

    ``all``: every object that ever qualified in this run, found late or not, must succeed, in the
    order they were found. ``any``: those that qualify when the node starts, one after the other,
    until one succeeds.
    """

    CHANGES = ("failure", "_trying", "_next")

    def __init__(
        self,
        path: str,
        quantifier: Quantifier,
        make_child: Callable[[str], Behaviour],
        runtime: Runtime,
        *,
        is_any: bool,
        is_remembering: bool,
    ) -> None:
        super().__init__(path, [])
        self._quantifier = quantifier
        self._make_child = make_child
        self._runtime = runtime
        self._is_any = is_any
        self._is_remembering = is_remembering
        self._by_object: dict[str, Behaviour] = {}
        self._trying: tuple[str, ...] = ()
        self._next = 0
        self.failure: Failure | None = None

    def initialise(self) -> None:
        """Begin with the first object."""
        self.failure = None
        self._next = 0
        for child in self.children:
            if child.status is not Status.INVALID:
                halt(child)
        if self._is_any:
            self._trying = self._quantifier.qualified(self._runtime.facts)

    def _child(self, name: str) -> Behaviour:
        child = self._by_object.get(name)
        if child is None:
            child = self._by_object[name] = self._make_child(name)
            self.add_child(child)
        return child

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return the state that decides how it goes on: the present object, and later ones."""
        return (self._next if self._is_any or self._is_remembering else 0, self._trying)

    def visit_children(self, visit: Visit) -> Status:
        """Go on with the present object."""
        return self._visit_any(visit) if self._is_any else self._visit_all(visit)

    def _visit_any(self, visit: Visit) -> Status:
        while self._next < len(self._trying):
            child = self._child(self._trying[self._next])
            visit(child)
            if child.status is not Status.FAILURE:
                return child.status
            self._next += 1
        if not self._trying:
            detail = f"nothing qualifies: {self._quantifier}"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
        return Status.FAILURE

    def _visit_all(self, visit: Visit) -> Status:
        if not self._is_remembering:
            self._next = 0
        facts, bindings = self._runtime.facts, self._runtime.bindings
        names, version = bindings.update(self._quantifier, facts), facts.version
        while self._next < len(names):
            child = self._child(names[self._next])
            visit(child)
            if child.status is not Status.SUCCESS:
                for name in names[self._next + 1 :]:
                    later = self._by_object.get(name)
                    if later is not None and later.status is Status.RUNNING:
                        halt(later)
                return child.status
            self._next += 1
            if facts.version != version:
                names, version = bindings.update(self._quantifier, facts), facts.version
        return Status.SUCCESS
