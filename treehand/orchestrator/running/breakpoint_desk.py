"""Nodes that breakpoints hold in a run, and what people do there: go on, step, state a fact."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field

from treehand.core.errors import InputError
from treehand.core.events import FaultInjected
from treehand.orchestrator.running.halting.run_stop import RunStop
from treehand.orchestrator.running.person_desk import PersonDesk
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.running.world_model import WorldModel
from treehand.skills.domain import Atom, Percept
from treehand.trees import Breakpoints, HeldNode, PersonQuestion, Status, facts_changed

GO_ON, STEP, STOP = "go on", "step", "stop"
BREAKPOINT = "a breakpoint"
PERSON = "person"
"""Source of the facts that a person states."""
TOLD_S = 5.0
"""Longest wait until a held run has taken in a fact, in seconds of wall time."""


@dataclass
class _Statement:
    """A fact that a person states, on its way to the run's thread."""

    atom: Atom
    is_taken: threading.Event = field(default_factory=threading.Event)


class BreakpointDesk:
    """Holds the robot still where a breakpoint holds a node, until a person lets it go on.

    Args:
        world_model: Beliefs, clock and events.
        points: Breakpoints of the robot.
        desk: Holds the robot, and asks people.
        stop: Stops the run if a person wants it.
    """

    def __init__(
        self,
        world_model: WorldModel,
        points: Breakpoints,
        desk: PersonDesk,
        stop: RunStop,
    ) -> None:
        self.points = points
        self._world_model = world_model
        self._desk = desk
        self._stop = stop
        self._statements: queue.SimpleQueue[_Statement] = queue.SimpleQueue()
        self._verdict: Verdict | None = None

    @property
    def verdict(self) -> Verdict | None:
        """Return the end of a run that is held while nobody can let it go on; None otherwise."""
        return self._verdict

    # From any thread.

    def go_on(self, by: str, *, to_next_step: bool = False) -> None:
        """Let a held run go on.

        Args:
            by: Who lets it.
            to_next_step: True to hold it again before the next leaf that acts.
        """
        self.points.go_on(by, to_next_step=to_next_step)
        self._desk.request_to_go_on(by)

    def state(self, atom: Atom) -> None:
        """Take a fact as a person states it into the beliefs of a held run.

        Raises:
            InputError: If the run is not held, or went on meanwhile.
        """
        statement = _Statement(atom)
        if self._desk.is_holding:
            self._statements.put(statement)
            self._world_model.clock.wake()
            if statement.is_taken.wait(TOLD_S):
                return
        hint = "hold the run first, or set a breakpoint"
        raise InputError.of("not-held", "facts are stated while a run is held", hint=hint)

    # In the thread of the run.

    def node_held(self, held: HeldNode) -> None:
        """Hold the robot still."""
        by = "a step" if held.is_step else BREAKPOINT
        self._desk.request_hold(by, path=held.path, moment=held.moment)

    def result_given(self, path: str, result: Status, by: str) -> None:
        """Journal a result that somebody gave to a held node."""
        now_s = self._world_model.clock.now_s()
        self._world_model.emit(FaultInjected(t_s=now_s, fault=f"{result.value}@{path} by {by}"))

    def serve(self) -> None:
        """Take in what people state, and ask at a breakpoint that nobody else attends."""
        if not self._desk.is_holding:
            return
        while not self._statements.empty():
            self._take(self._statements.get())
        held = self.points.held
        if not held:
            self._desk.end_node_holds(self.points.released_by)
        if held and not self.points.is_attended and self._desk.is_held_by_node:
            self._ask(held[0])

    def _take(self, statement: _Statement) -> None:
        world_model, atom = self._world_model, statement.atom
        now_s = world_model.clock.now_s()
        said = Percept(atom.fact, atom.positive, PERSON, now_s)
        changed = world_model.facts.observe([said])
        world_model.emit(facts_changed(changed or (said,), now_s))
        statement.is_taken.set()

    def _ask(self, held: HeldNode) -> None:
        question = PersonQuestion(f"Held {held}.", (GO_ON, STEP, STOP), path=held.path)
        answer = self._desk.ask(question)
        if answer in (GO_ON, STEP):
            self.go_on("the person", to_next_step=answer == STEP)
        elif answer == STOP:
            self._stop.request_from_inside(f"stopped at a breakpoint, {held}", "the person")
        else:
            message = f"held {held} by a breakpoint, and nobody is there to let it go on"
            self._verdict = Verdict(Outcome.CLARIFY, message)
