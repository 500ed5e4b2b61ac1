"""A robot driven stage by stage, for tests that look between the stages of the pipeline."""

from __future__ import annotations

from dataclasses import replace

from treehand.core.clock import VirtualClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.approval import Decision
from treehand.orchestrator.people.person import Nobody
from treehand.orchestrator.running.result import RunResult, Verdict
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal as run_with
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.sessions.runs.run_sequence import RunSequence
from treehand.orchestrator.sessions.runs.run_session import RunSession
from treehand.planners import Goal, Infeasible, Plan, Question, Reading


class Session:
    """One robot and one run: read, plan, disturb, announce, execute, in whatever order."""

    def __init__(
        self,
        deployment: Deployment,
        *,
        seed=0,
        clock=None,
        workspace=None,
        person=None,
        place=None,
        policy=None,
    ):
        self._workspace = workspace
        self.robot = Robot(
            deployment,
            workspace=workspace,
            settings=RobotSettings(
                seed=seed,
                clock=clock or VirtualClock(),
                person=person or Nobody(),
                place=place,
                policy=policy,
            ),
        )
        self.deployment = deployment
        self.world_model = self.robot.world
        self.proposer = self.robot.parts.proposer
        self.reader, self.planner = self.proposer.reader, self.proposer.planner
        self._experiment = Experiment()
        self._runs: RunSequence | None = None

    # Before anything moves.

    def watch(self, sink):
        return self.world_model.stream.subscribe(sink)

    def understand(self, text: str) -> Reading:
        return self.reader.understand(text, self.world_model.facts)

    def answered(self, question: Question, answer: str) -> Reading:
        return self.reader.answered(question, answer, self.world_model.facts)

    def is_already_true(self, goal: Goal) -> bool:
        return self.proposer.already_true(goal, self.world_model) is not None

    def plan(self, goal: Goal) -> Plan | Infeasible:
        return self.proposer.plan(goal, self.world_model)

    def plan_tree(self, tree, arguments, goal=None) -> Plan:
        return self.proposer.plan_tree(tree, arguments, self.world_model, goal)

    def disturb(self, faults, *, may_be_killed=False) -> None:
        changed = replace(self._experiment, faults=tuple(faults), may_be_killed=may_be_killed)
        changed.checked(self.deployment, self.world_model.checked)
        self._experiment = changed

    def substitute(self, pattern, stand_in) -> None:
        self._experiment = self._experiment.substitute(pattern, stand_in)

    def without_recovery(self) -> None:
        self._experiment = replace(self._experiment, has_recovery=False)

    # The run.

    @property
    def runs(self) -> RunSequence:
        if self._runs is None:
            experiment = self._experiment.checked(self.deployment, self.world_model.checked)
            self._runs = RunSequence(
                self.robot.parts, self.world_model, self._workspace, experiment, None
            )
        return self._runs

    def announce(self, goal: Goal, plan: Plan | None) -> None:
        self.runs.begin(goal, plan)

    def execute(self, plan: Plan, *, approved_by: str, confirms: bool = False) -> RunResult:
        session = self._current(plan.goal, plan)
        decision = Decision(is_approved=True, by=approved_by, confirms=confirms)
        return session.execute(session.approve(plan, decision))

    def conclude(self, goal: Goal, verdict: Verdict) -> RunResult:
        return self._current(goal, None).conclude(goal, verdict)

    def _current(self, goal: Goal, plan: Plan | None) -> RunSession:
        current = self.runs.current
        if current is None or current.result is not None:
            current = self.runs.begin(goal, plan)
        return current

    @property
    def run(self):
        current = self._runs.current if self._runs is not None else None
        return current.run if current is not None else None

    @property
    def run_id(self):
        current = self._runs.current if self._runs is not None else None
        return current.run_id if current is not None else None

    @property
    def place(self):
        return self.robot.parts.hold.place

    def latched(self):
        return self.robot.parts.stops.stop

    def stop(self, reason, *, by, is_immediate=False) -> None:
        self.robot.stop(reason, by=by, is_immediate=is_immediate)

    def rearm(self, by) -> None:
        with self.runs.appending() as commit:
            stops = self.robot.parts.stops
            stops.lift(by, self.robot.look(), stops.stops, commit)

    def close(self) -> None:
        self.runs.close()


def run_goal(
    text, deployment=None, *, seed=0, faults=(), has_recovery=True, workspace=None
) -> RunResult:
    """Run one goal, approving what the plan shows; nothing is journalled without a workspace."""
    settings = RobotSettings(
        seed=seed, experiment=Experiment(faults=tuple(faults), has_recovery=has_recovery)
    )
    deployment = deployment or Deployment.load()
    with Robot(deployment, workspace=workspace, settings=settings) as robot:
        return run_with(robot, text, by="the caller", choose=lambda question: None)


def run_goal_in(session: Session, text: str) -> RunResult:
    """Run one goal in a session, with its faults and substitutions."""
    try:
        plan = session.robot.propose(text)
        assert isinstance(plan, Plan)
        return session.execute(plan, approved_by="the caller")
    finally:
        session.close()
