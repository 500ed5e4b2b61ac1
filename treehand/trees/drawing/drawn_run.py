"""A run's tree as its events tell it: statuses, failure codes, outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from treehand.core.events import (
    FailureRecord,
    Planned,
    RunEnded,
    RunStarted,
    SkillEnded,
    Ticked,
    TimedOut,
)
from treehand.core.events.folds import Fold, on
from treehand.skills.domain import SkillModel
from treehand.trees.drawing.tree_outline import OutlineNode, TreeOutline
from treehand.trees.format.files import TreeLibrary, parse_tree


class DrawnRun(Fold):
    """Tree of the last plan of one run: the last result of each node, and what led to it.

    A node whose parent ends or begins anew is idle again; here it keeps the result that it had, or
    is ``HALTED``, so that the picture of a run shows what was done.
    """

    def __init__(self) -> None:
        self._goal = ""
        self._outcome = ""
        self._plan: Planned | None = None
        self._statuses: dict[str, str] = {}
        self._codes: dict[str, list[str]] = {}
        """Node path to the failure codes of its activations, in order."""
        self._succeeded: set[str] = set()
        """Paths of the leaves whose last activation succeeded."""

    def outline(self, library: TreeLibrary, skills: Mapping[str, SkillModel]) -> OutlineNode | None:
        """Return the tree with its statuses; None before the first plan.

        Args:
            library: Trees that it uses.
            skills: Action models by name.

        Raises:
            InputError: If the tree is too large or cannot be read.
        """
        if self._plan is None:
            return None
        tree = parse_tree(self._plan.tree, file=f"plan {self._plan.plan_hash}")
        outline = TreeOutline(tree, self._plan.arguments, library, skills)
        ended = {"RUNNING": "HALTED"} if self._outcome else {}
        outline.take({path: ended.get(now, now) for path, now in self._statuses.items()})
        return outline.root

    @property
    def remarks(self) -> dict[str, str]:
        """Return node path to its failure codes, and the attempt that succeeded."""
        return {path: self._remark(path, codes) for path, codes in self._codes.items()}

    def title(self, name: str) -> str:
        """Return a heading: a name, the goal, the outcome."""
        outcome = self._outcome or "unfinished"
        return f"{name}: {self._goal}, {outcome}" if self._goal else f"{name}, {outcome}"

    def _remark(self, path: str, codes: list[str]) -> str:
        counted = Counter(codes)
        told = ", ".join(f"{code} ×{n}" if n > 1 else code for code, n in counted.items())
        return f"success after {told}" if path in self._succeeded else told

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        self._goal = event.goal

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        self._plan = event
        self._statuses.clear()
        self._codes.clear()
        self._succeeded.clear()

    @on(Ticked)
    def _ticked(self, event: Ticked) -> None:
        for path, status in event.changes.items():
            before = self._statuses.get(path)
            if status != "INVALID" or before is None:
                self._statuses[path] = status
            elif before == "RUNNING":
                self._statuses[path] = "HALTED"

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        results = {"success": "SUCCESS", "failure": "FAILURE"}
        self._statuses[event.path] = results.get(event.result, "HALTED")
        if event.code:
            self._codes.setdefault(event.path, []).append(event.code)
            self._succeeded.discard(event.path)
        elif event.result == "success":
            self._succeeded.add(event.path)

    @on(TimedOut)
    def _timed_out(self, event: TimedOut) -> None:
        self._codes.setdefault(event.path, []).append("timeout")

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        self._outcome = event.outcome
        waiting: list[FailureRecord] = [event.failure] if event.failure is not None else []
        while waiting:
            failure = waiting.pop()
            self._codes.setdefault(failure.path, [failure.code])
            waiting.extend(failure.causes)
