"""The compiled tree of the plan that runs now."""

from __future__ import annotations

from collections.abc import Callable

from treehand.core.events import Ticked
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Plan
from treehand.skills import FailureCode
from treehand.skills.domain import Call
from treehand.trees import (
    Breakpoints,
    CompiledTree,
    CycleWatch,
    Failure,
    ResumeState,
    Runtime,
    Status,
    cause_of,
    visit,
)
from treehand.trees.format.ablation import library_without_recovery, without_recovery


class TreeRun:
    """Compiles, ticks and halts the tree of the plan that runs now, and reports its statuses.

    Args:
        world_model: Subtrees, clock and events.
        runtime: State that the nodes share.
        resume: Node statuses of an earlier process, for the first tree.
        breakpoints: Nodes that are held.
        has_recovery: False: trees are compiled without retries and re-checked conditions.
    """

    def __init__(
        self,
        world_model: WorldModel,
        runtime: Runtime,
        resume: ResumeState,
        breakpoints: Breakpoints,
        *,
        has_recovery: bool,
    ) -> None:
        self._world_model = world_model
        library = world_model.deployment.library
        self._library = library if has_recovery else library_without_recovery(library)
        self._runtime = runtime
        self._resume = resume
        self._breakpoints = breakpoints
        self._has_recovery = has_recovery
        self._compiled: CompiledTree | None = None
        self._attempts_before: dict[Call, int] = {}
        self._judged_n = 0
        """Activations when the number of each call was last looked at."""
        self._watch: CycleWatch | None = None
        self._cycle = ""
        """The cycle of succeeding steps that the tree is in, in words."""

    @property
    def compiled(self) -> CompiledTree | None:
        """Return the tree; None before the first one is compiled."""
        return self._compiled

    @property
    def status(self) -> Status:
        """Return the status of the root; INVALID before the first tick."""
        return self._compiled.root.status if self._compiled is not None else Status.INVALID

    @property
    def failure(self) -> Failure | None:
        """Return the failure of the tree; None if it has not failed."""
        return cause_of(self._compiled.root) if self._compiled is not None else None

    @property
    def is_at_rest(self) -> bool:
        """Return True if no skill runs or is being halted."""
        return not self._runtime.activations.active and not self._runtime.arbiter.is_halting

    @property
    def has_result(self) -> bool:
        """Return True if the root has succeeded or failed; it is not visited any more."""
        return self.status in (Status.SUCCESS, Status.FAILURE)

    @property
    def has_ended(self) -> bool:
        """Return True if the root has succeeded or failed, and every skill is at rest."""
        return self.status is not Status.RUNNING and not self._runtime.arbiter.is_halting

    def compile(self, plan: Plan) -> None:
        """Compile the tree of a plan, to be ticked from now on."""
        tree = plan.tree if self._has_recovery else without_recovery(plan.tree)
        resume, self._resume = self._resume, ResumeState()
        self._attempts_before = dict(self._runtime.activations.attempts)
        self._compiled = CompiledTree(
            tree, plan.arguments, self._library, self._runtime, resume=resume
        )
        self._watch, self._cycle = CycleWatch(self._compiled, self._runtime), ""

    def visit(self) -> None:
        """Visit the tree once and report the statuses that have changed."""
        assert self._compiled is not None
        assert self._watch is not None
        self._breakpoints.follow(self._compiled)
        visit(self._compiled.root)
        self.report_changes()
        cycle = self._watch.after_visit()
        if cycle is not None:
            self._cycle = str(cycle)

    def halt(self) -> None:
        """Halt every running node; their skills come to rest in the arbiter."""
        if self._compiled is not None and self.status is Status.RUNNING:
            self._compiled.root.stop(Status.INVALID)

    def report_changes(self) -> None:
        """Emit the statuses that have changed since the last report, as one tick."""
        changes = self._compiled.take_changes() if self._compiled is not None else {}
        if changes:
            tick, now_s = self._runtime.ticks.report(), self._world_model.clock.now_s()
            self._world_model.emit(Ticked(t_s=now_s, tick=tick, changes=changes))

    def without_progress(self, limit: Callable[[Call], int]) -> Failure | None:
        """Return the failure of a tree that goes round in a circle; None if it gets on.

        Args:
            limit: Returns the most activations of a call, whatever their results.
        """
        if self._cycle:
            return Failure(FailureCode.NO_PROGRESS, self._cycle, "")
        activations = self._runtime.activations
        begun = dict.fromkeys(activations.begun[self._judged_n :])
        self._judged_n = len(activations.begun)
        for call in begun:
            most = limit(call)
            if activations.attempts[call] - self._attempts_before.get(call, 0) > most:
                self._judged_n = 0
                detail = f"begun {most} times by this tree"
                return Failure(FailureCode.NO_PROGRESS, detail, "", call)
        return None
