"""States of the robot and its viewers, made from the desks at the moment that somebody asks."""

from __future__ import annotations

import time

import treehand
from treehand.core.clock import MonotonicClock
from treehand.core.error_record import place_of_thread
from treehand.orchestrator.safety.call_guard import FIRST_WORD_S
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.skills.domain.knowledge.facts import PREDICTED_BY
from treehand.web.access.control_lease import ControlLease
from treehand.web.access.viewers import Viewer, Viewers
from treehand.web.api.states import (
    BeliefState,
    DeskState,
    HoldState,
    LateCall,
    Proposed,
    ProposedPlan,
    QuestionState,
    ResultState,
    ServerState,
    StopState,
    ViewerState,
)
from treehand.web.desk.camera_feed import CameraFeed
from treehand.web.desk.goal_desk import GoalDesk
from treehand.web.desk.proposal_report import PlanReport
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.suite_desk import SuiteDesk

PRESENT_S = 30.0
"""A viewer without a stream and a request for so long is not listed."""
_STOPS_S = 0.5
"""Age at which the stops in force, a folder on disk, are read again."""


class StateMaker:
    """Makes them.

    Args:
        desk: The robot.
        goals: Its proposals.
        viewers: All viewers.
        lease: The controller's lease.
        cameras: Its cameras.
        suite: The test run.
    """

    def __init__(
        self,
        desk: RobotDesk,
        goals: GoalDesk,
        viewers: Viewers,
        lease: ControlLease,
        cameras: CameraFeed,
        suite: SuiteDesk,
    ) -> None:
        self._desk = desk
        self._goals = goals
        self._viewers = viewers
        self._lease = lease
        self._cameras = cameras
        self._suite = suite
        self._stops: tuple[float, tuple[int, int], tuple[StopState, ...]] = (-1.0, (-1, -1), ())

    def server(self, viewer: Viewer) -> ServerState:
        """Return the state that a page begins with."""
        robot, feed = self._desk.robot, self._desk.feed
        deployment, clock = robot.deployment, robot.world.clock
        last = feed.last
        return ServerState(
            version=treehand.__version__,
            world=deployment.kind.name,
            scene=deployment.scene.scene,
            domain=deployment.domain.domain,
            is_simulated=deployment.kind.is_virtual,
            speed=1.0 / clock.to_wall_s(1.0) if isinstance(clock, MonotonicClock) else None,
            cameras=self._cameras.names(robot),
            examples=tuple(deployment.lexicon.examples()[:8]),
            last_event=f"{feed.epoch}-{last}",
            desk=self.desk(viewer),
        )

    def desk(self, viewer: Viewer) -> DeskState:
        """Return the state of the robot, as one viewer sees it."""
        desk, goals, result = self._desk, self._goals, self._desk.result
        return DeskState(
            work=desk.work,
            progress=goals.progress,
            run=desk.run_id,
            t_s=round(desk.robot.world.clock.now_s(), 3),
            proposal=self._proposed(),
            question=self._question(),
            stops=self.stops(),
            result=ResultState(
                outcome=result.outcome.value,
                message=result.message,
                world_true=result.world_true,
                t_s=result.sim_time_s,
                run=result.run_id or "",
            )
            if result is not None
            else None,
            problem=desk.problem,
            conversation=tuple(goals.lines),
            viewers=self._present(viewer),
            is_read_only=self._lease.is_read_only,
            hold=HoldState.of(desk),
            plan_hash=self._plan_hash(),
            suite=self._suite.state,
            late=self._late(),
        )

    def stops(self, *, is_fresh: bool = False) -> tuple[StopState, ...]:
        """Return the stops in force, the oldest first."""
        read_s, mark, found = self._stops
        feed = self._desk.feed
        now = (feed.revision, feed.last)
        if is_fresh or now != mark or time.monotonic() - read_s > _STOPS_S:
            found = tuple(map(_stop, self._desk.stops()))
            self._stops = (time.monotonic(), now, found)
        return found

    def beliefs(self) -> list[BeliefState]:
        """Return everything that is believed, in the order of first observation."""
        world = self._desk.robot.world
        now_s = world.clock.now_s()
        return [
            BeliefState(
                fact=str(fact),
                value=held.value,
                source=held.source,
                t_s=held.time_s,
                age_s=round(max(now_s - held.time_s, 0.0), 3),
                confidence=held.confidence,
                is_predicted=held.source.startswith(PREDICTED_BY),
            )
            for fact, held in world.facts.copy().known()  # the run's thread goes on meanwhile
        ]

    def _proposed(self) -> Proposed | None:
        current, waiting = self._goals.current, self._goals.waiting
        if not isinstance(current, PlanReport):
            return current
        if waiting is None:
            return None
        return ProposedPlan(
            hash=current.hash,
            words=current.words,
            by=waiting.asked_by,
            is_approved=waiting.approval is not None,
        )

    def _question(self) -> QuestionState | None:
        put = self._desk.person.open
        if put is None:
            return None
        asked = put.question
        return QuestionState(
            number=put.number,
            text=asked.text,
            options=asked.options,
            default=asked.default,
            left_s=put.left_s,
            path=asked.path,
            has_picture=asked.picture is not None,
        )

    def _present(self, you: Viewer) -> tuple[ViewerState, ...]:
        holder = self._lease.holder
        return tuple(
            ViewerState(id=one.id, name=one.name, is_controller=one is holder, is_you=one is you)
            for one in self._viewers.all()
            if one is you or one is holder or self._viewers.is_here(one, PRESENT_S)
        )

    def _late(self) -> LateCall | None:
        world = self._desk.robot.world
        call = world.checked.watch.under_way
        if call is None or self._desk.work == "running":
            return None
        method, since_s, thread = call
        for_s = time.monotonic() - since_s
        if for_s <= min(world.deployment.overdue_s, FIRST_WORD_S):
            return None
        return LateCall(
            subject=f"world '{world.world_name}'",
            method=method,
            for_s=round(for_s, 1),
            limit_s=world.look_limit_s,
            place=place_of_thread(thread),
        )

    def _plan_hash(self) -> str:
        session = self._desk.robot.runs.current
        run = session.run if session is not None else None
        return run.plan.hash if run is not None else ""


def _stop(stop: LatchedStop) -> StopState:
    return StopState(
        id=stop.id,
        reason=stop.reason,
        by=stop.by,
        at=stop.at,
        run=stop.run,
        is_crash=stop.is_crash,
    )
