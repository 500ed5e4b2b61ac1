"""Node that runs its child once for each object of a quantifier."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import islice

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.skills.domain import Quantifier
from treehand.trees.engine.visitor import Composed, Visit, halt
from treehand.trees.nodes.done_members import DoneMembers
from treehand.trees.runtime.conditions import impure
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.runtime import Runtime

ANY = -1
"""Stands for every member."""
MAX_UNKNOWN = 3
"""Most unknown literals that a failure names."""


class ForEachNode(Composed):
    """The same subtree for every object that qualifies, expanded while the tree runs.

    ``all``: every object that ever qualified in this run, found late or not, must succeed, in the
    order they were found. ``any``: those that qualify when the node starts, one after the other,
    until one succeeds.
    """

    CHANGES = ("failure", "_trying", "_next", "_present")

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
        self._done = DoneMembers(runtime)
        self._numbers: dict[str, int] = {}
        self._number_of: dict[Behaviour, int] = {}
        self._names: list[str] = []
        """Names of the members, by their numbers."""
        self._touched: set[int] = set()
        """Numbers of the members visited or halted since the last look; `ANY`: all may be."""
        self._changed: set[int] = set()
        """The same, since the last look of a snapshot."""
        self._has_just_begun = False
        self._trying: tuple[str, ...] = ()
        self._next = 0
        self._present: Behaviour | None = None
        """The member that runs; None before the first one, and while none does."""
        self.failure: Failure | None = None

    def initialise(self) -> None:
        """Begin with the first object."""
        self.failure = None
        self._next = 0
        self._done.forget_changed()
        self._has_just_begun = not self._is_any
        done, are_all = self._done, self._runtime.options.is_paranoid
        if len(done) < len(self.children) or done.unsettled or are_all:
            for name, child in self._by_object.items():
                is_kept = name in done and name not in done.unsettled and not are_all
                if child.status is not Status.INVALID and not is_kept:
                    if not are_all:
                        done.forget(name)
                    self._touch(name)
                    halt(child)
        if self._is_any:
            self._trying = self._quantifier.qualified(self._runtime.facts)

    def _child(self, name: str) -> Behaviour:
        child = self._by_object.get(name)
        if child is None:
            self._numbers[name] = len(self._by_object)
            self._names.append(name)
            child = self._by_object[name] = self._make_child(name)
            self._number_of[child] = self._numbers[name]
            self.add_child(child)
        self._touch(name)
        return child

    def _touch(self, name: str) -> None:
        number = self._numbers[name]
        self._touched.add(number)
        self._changed.add(number)

    def take_touched(self, *, snapshots: bool = False) -> set[int] | None:
        """Return the numbers of the members visited or halted since the last call; None: any.

        Args:
            snapshots: True for the calls of snapshots, which count apart from the others.
        """
        noted = self._changed if snapshots else self._touched
        touched = None if ANY in noted else set(noted)
        noted.clear()
        return touched

    def note_marked(self, child: Behaviour) -> None:
        """Take in that something below a member has changed without a visit."""
        self._changed.add(self._number_of[child])

    def forget_done(self, number: int) -> None:
        """Let a member be visited again, whether it was done or not: it is put back."""
        self._done.forget(self._names[number])

    def running(self) -> list[Behaviour]:
        """Return the member that runs, if one does: there are never two."""
        present = self._present
        if present is not None and present.status is Status.RUNNING:
            return [present]
        return [child for child in self.children if child.status is Status.RUNNING]

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
                self._present = child
                return child.status
            self._next += 1
        if not self._trying:
            detail = f"nothing qualifies: {self._quantifier}{self._unknown()}"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
        return Status.FAILURE

    def _unknown(self) -> str:
        """Return, in words, what nobody has observed of the objects that may qualify."""
        facts, quantifier = self._runtime.facts, self._quantifier
        unknown = (
            f"'{atom}'"
            for name, value in quantifier.candidates(facts)
            for atom in quantifier.where.substitute({quantifier.variable: name}).atoms()
            if value is None and atom.holds(facts) is None
        )
        told = list(islice(unknown, MAX_UNKNOWN + 1))
        if not told:
            return ""
        more = ", …" if len(told) > MAX_UNKNOWN else ""
        seen = f"nothing has shown {', '.join(told[:MAX_UNKNOWN])}{more}"
        return f" ({seen}: uncover what hides it, or give a skill that looks)"

    def _visit_all(self, visit: Visit) -> Status:
        if not self._is_remembering:
            self._next = 0
        facts, bindings = self._runtime.facts, self._runtime.bindings
        names, version = bindings.update(self._quantifier, facts), facts.version
        done = self._done
        done.refresh()
        is_paranoid = self._runtime.options.is_paranoid
        if self._next == 0 and len(done) == len(names) and not is_paranoid:
            self._next = len(names)
        while self._next < len(names):
            name = names[self._next]
            is_kept = name in done
            if not is_kept or is_paranoid:
                child = self._child(name)
                visit(child)
                if child.status is not Status.SUCCESS:
                    if is_kept:
                        raise impure(child.name, Status.SUCCESS.value)
                    self._halt_later(names[self._next + 1 :])
                    self._present = child
                    return child.status
                done.note(name, child)
            self._next += 1
            if facts.version != version:
                names, version = bindings.update(self._quantifier, facts), facts.version
                done.refresh()
        self._has_just_begun = False
        return Status.SUCCESS

    def _halt_later(self, names: tuple[str, ...]) -> None:
        """Halt the members after the present one that run; as it begins, those done before too."""
        for name in names:
            later = self._by_object.get(name)
            if later is None or later.status is Status.INVALID:
                continue
            if later.status is Status.RUNNING or self._has_just_begun:
                self._done.forget(name)
                self._touch(name)
                halt(later)
        self._has_just_begun = False

    def terminate(self, new_status: Status) -> None:
        """Forget what was done by members that are halted."""
        if new_status is Status.INVALID:
            self._done.clear()
            self._touched.add(ANY)
            self._changed.add(ANY)
