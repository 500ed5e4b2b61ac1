"""Requests of people to a run, and questions of the run to people."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from treehand.core.events import Held, QuestionAnswered, ResumedFromHold
from treehand.orchestrator.people.person import asked, asked_event
from treehand.orchestrator.people.pictures import take_picture
from treehand.orchestrator.running.halting.run_stop import RunStop
from treehand.orchestrator.running.result import RunMetrics
from treehand.orchestrator.running.run_config import RunServices
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.robot_stopper import stopped_now
from treehand.planners import Goal, Refusal
from treehand.trees import PersonQuestion


@dataclass(frozen=True)
class GoalRequest:
    """Request of a person to go on with another goal."""

    goal: Goal
    why: str
    """Reason, for the journal."""
    tell: Callable[[str], None]
    """Called in the run's thread with the reason why it cannot be; empty when it is."""


class PersonDesk:
    """Takes people's requests from any thread, and asks people and the language model.

    Args:
        world_model: Clock, robot and events.
        services: The person, the journal, the pictures and the language model.
        stop: Stopped by an interrupt during a question.
        metrics: Counts the revisions so far and keeps the failures that a model is told.
    """

    def __init__(
        self, world_model: WorldModel, services: RunServices, stop: RunStop, metrics: RunMetrics
    ) -> None:
        self._world_model = world_model
        self._services = services
        self._stop = stop
        self._metrics = metrics
        self._holds: dict[str, Held] = {}
        """Person or part that wants it to hold still, with the event of it; the oldest first."""
        self._released_by = "the person"
        self._is_holding = False
        self._goal: GoalRequest | None = None
        self._is_asking = False

    @property
    def is_asking(self) -> bool:
        """Return True if a person or a language model is being asked right now."""
        return self._is_asking

    @property
    def is_held(self) -> bool:
        """Return True if the robot holds still, or will after the step that runs now."""
        return bool(self._holds) or self._is_holding

    @property
    def is_held_by_node(self) -> bool:
        """Return True if a breakpoint wants the robot to hold still."""
        return any(hold.path for hold in tuple(self._holds.values()))

    @property
    def is_holding(self) -> bool:
        """Return True if the robot holds still on request."""
        return self._is_holding

    @property
    def has_requests(self) -> bool:
        """Return True if a person waits for a moment without a running skill."""
        return self.is_held or self._goal is not None

    def request_hold(
        self, by: str, *, path: str = "", moment: Literal["", "before", "after"] = ""
    ) -> None:
        """Hold still after the step that runs now, until `request_to_go_on`.

        Args:
            by: Who wants it.
            path: Node at whose breakpoint it holds; empty if none.
            moment: Before or after that node; empty if none.
        """
        self._holds[by] = Held(t_s=self._now_s(), by=by, path=path, moment=moment)
        self._world_model.clock.wake()

    def request_to_go_on(self, by: str) -> None:
        """End every hold.

        Args:
            by: Who lets the robot go on.
        """
        self._holds.clear()
        self._released_by = by
        self._world_model.clock.wake()

    def end_node_holds(self, by: str) -> None:
        """End the holds of breakpoints and steps, as somebody has let their nodes go on."""
        for name, hold in tuple(self._holds.items()):
            if hold.path:
                self._holds.pop(name, None)
                self._released_by = by

    def request_goal(self, request: GoalRequest) -> None:
        """Go on with another goal after the step that runs now; replaces an earlier request."""
        self._goal = request
        self._world_model.clock.wake()

    def take_goal(self) -> GoalRequest | None:
        """Return the requested goal and forget it; None if there is none."""
        request, self._goal = self._goal, None
        return request

    def begin_hold(self) -> None:
        """Hold the robot still if a person wants it."""
        hold = next(iter(tuple(self._holds.values())), None)
        if hold is not None and not self._is_holding:
            self._is_holding = True
            self._world_model.emit(hold.model_copy(update={"t_s": self._now_s()}))
            self._services.journal.commit()
            stopped_now(self._world_model.world.embodiment)

    def end_hold(self) -> None:
        """Let the robot go on if nobody wants it to hold still any more."""
        if self._is_holding and not self._holds:
            self._is_holding = False
            self._world_model.emit(ResumedFromHold(t_s=self._now_s(), by=self._released_by))

    def ask(self, question: PersonQuestion) -> str | None:
        """Ask a person, with the run's time paused; a default counts as an answer."""
        services = self._services
        if question.wants_picture:
            embodiment = self._world_model.world.embodiment
            picture = take_picture(embodiment, services.pictures.next_picture())
            question = replace(question, picture=picture)
        self._world_model.emit(asked_event(question, self._now_s()))
        services.journal.commit()
        answer: str | None = None
        with self._paused("at a question"):
            answer = asked(services.person, question)
        is_stopped = self._stop.requested is not None
        is_default = answer is None and question.default is not None and not is_stopped
        said = question.default if is_default else answer
        self._world_model.emit(
            QuestionAnswered(t_s=self._now_s(), answer=said, is_default=is_default)
        )
        return said

    def revise(self, goal: Goal, why: str) -> Goal | Refusal | None:
        """Ask a language model for another goal, with the run's time paused."""
        world_model, metrics = self._world_model, self._metrics
        if metrics.revisions >= world_model.deployment.budgets.revisions:
            return None
        self._services.journal.commit()
        with self._paused(f"asking a model for another goal, after {why}"):
            troubles = tuple(metrics.troubles)
            return self._services.proposer.revise(goal, why, troubles, world_model.facts)
        return None

    @contextlib.contextmanager
    def _paused(self, occasion: str) -> Iterator[None]:
        """Pause the run's time; an interrupt meanwhile stops the run."""
        self._is_asking = True
        self._world_model.clock.pause()
        try:
            yield
        except KeyboardInterrupt as interrupt:
            by = str(interrupt) or "SIGINT"
            self._stop.request_from_inside(f"interrupted ({by}) {occasion}", by)
        finally:
            self._world_model.clock.resume()
            self._is_asking = False

    def _now_s(self) -> float:
        return self._world_model.clock.now_s()
