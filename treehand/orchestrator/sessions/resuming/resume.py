"""Resuming an interrupted run: look, compare, settle what is uncertain, plan for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.errors import InputError, NotAtRest, StorageError, TreehandError
from treehand.core.events import QuestionAnswered, Resumed, SkillEnded, SkillStarted
from treehand.core.exit_codes import ExitCode
from treehand.core.tracing import NoTracing, Tracing
from treehand.orchestrator.config.budgets import require_speed
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.history.run_history import RunHistory, read_history
from treehand.orchestrator.history.run_outline import was_left
from treehand.orchestrator.people.approval import (
    Approval,
    ApprovalPolicy,
    Approver,
    Decision,
    decide,
)
from treehand.orchestrator.people.person import Person, asked, asked_event
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.safety.robot_stopper import stopped_now
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.sessions.robot import NotApproved, Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.sessions.runs.run_session import RunSession
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.orchestrator.store.journal import read_events, require_current
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.planners import Plan, Question, Refusal
from treehand.skills import FailureCode
from treehand.skills.domain import Atom, Call, Percept
from treehand.trees import Breakpoints, PersonQuestion, facts_changed

DONE = "it was done"
NOT_DONE = "it was not done: do it"
LEAVE = "stop here"


@dataclass(frozen=True)
class BeliefComparison:
    """Differences of the beliefs before the crash and the first look after it."""

    changed: tuple[Percept, ...]
    """Beliefs that the first look changed."""
    done: tuple[Call, ...]
    """Calls that had succeeded, in their order."""
    uncertain: tuple[SkillStarted, ...]
    """Steps that had begun, with no outcome written down."""
    unknown: tuple[SkillStarted, ...]
    """Those among them that cannot be undone, and of which nobody sees whether they were done."""


@dataclass(frozen=True)
class Resumption:
    """An interrupted run that is being resumed."""

    robot: Robot
    session: RunSession
    files: RunFiles
    history: RunHistory
    comparison: BeliefComparison

    def new_steps(self, plan: Plan) -> tuple[Call, ...]:
        """Return the steps of a plan that the approval of the interrupted run does not cover."""
        earlier = self._earlier_approval()
        return earlier.new_steps(plan) if earlier is not None else ()

    def is_covered(self, plan: Plan) -> bool:
        """Return True if the approval of the interrupted run covers a plan."""
        earlier = self._earlier_approval()
        return earlier is not None and earlier.covers(plan)

    def _earlier_approval(self) -> Approval | None:
        history = self.history
        if history.approved is None:
            return None
        return Approval(history.approved, self.robot.parts.policy, history.hashes)


def latest_left(workspace: Workspace) -> RunFiles:
    """Return the last run that was left before its end and that no process is running.

    Raises:
        InputError: If there is none.
    """
    for run in reversed(workspace.runs()):
        files = workspace.find_run(run)
        try:
            is_left = was_left(read_events(files.journal))
        except StorageError:
            continue
        if is_left and not files.is_live():
            return files
    hint = "`treehand runs` says how each ended"
    raise InputError.of("nothing-to-resume", "no run was left before its end", hint=hint)


def take_up(
    workspace: Workspace,
    files: RunFiles,
    *,
    person: Person,
    speed: float | None = None,
    policy: ApprovalPolicy | None = None,
    deployment: Deployment | None = None,
    experiment: Experiment | None = None,
    tracing: Tracing | None = None,
    breakpoints: Breakpoints | None = None,
    parameters: Path | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Resumption:
    """Open the world in which a run was left, look at it, and compare.

    Args:
        workspace: Where the run is kept.
        files: The run.
        person: Who is asked.
        speed: Run seconds per wall second; virtual time if left out and the world can.
        policy: Which plans are asked about; the deployment's if left out.
        deployment: What runs where; what the journal says if left out, unless it has changed.
        experiment: Faults and substitutions of the run from its beginning; faults that were
            injected already are not injected again.
        tracing: Makes the spans of the run; none if left out.
        breakpoints: Nodes that are held; none if left out.
        parameters: File of learned parameters; that of the workspace if left out.
        tell: Called with a line for a person while the world takes long to open.

    Raises:
        InputError: If the run is over, or the learned parameters that it began with are gone.
        DeploymentChanged: If files of the deployment have changed since the run began.
        StorageError: If its files cannot be used, another process uses them, or its world is
            stopped.
    """
    require_current(files.journal)
    deployment = deployment or KnownDeployment.of_run(files).load_unchanged()
    if files.is_live():
        raise StorageError(
            "in-use", f"run '{files.run}' is still running", "wait for it, or `treehand stop` it"
        )
    history = read_history(tuple(read_events(files.journal)), deployment.vocabulary, run=files.run)
    if history.is_over:
        assert history.ended is not None
        message = f"run '{files.run}' has ended: {history.ended.outcome}"
        raise InputError.of("nothing-to-resume", message, hint="start the goal anew")
    place = workspace.place_of_run(files)
    _require_armed(place.latch.stops(), files.run)
    if speed is not None:
        require_speed(speed)
    is_virtual = deployment.kind.is_virtual and speed is None
    clock: Clock = (
        VirtualClock(history.t_s)
        if is_virtual
        else MonotonicClock(speed or 1.0, start_s=history.t_s)
    )
    settings = RobotSettings(
        seed=history.started.seed,
        clock=clock,
        person=person,
        place=place,
        policy=policy,
        experiment=(experiment or Experiment()).resumed(
            history.events, has_recovery=history.started.recovery
        ),
        tracing=tracing or NoTracing(),
        breakpoints=breakpoints or Breakpoints(),
        parameters=parameters,
        learned=history.started.learned,
        keeps_states=files.states.exists(),
        tell=tell,
    )
    robot = Robot(deployment, workspace=workspace, settings=settings, history=history)
    try:
        comparison = _compare(robot, history)
        session = robot.runs.rejoin(files)
        _lift_crash(robot, session, files.run)
    except BaseException:
        robot.close()
        raise
    return Resumption(robot, session, files, history, comparison)


def _require_armed(stops: Sequence[LatchedStop], run: str) -> None:
    """Raise `StorageError` if a world is stopped otherwise than by the crash of a run."""
    stop = next((stop for stop in stops if not _is_crash_of(stop, run)), None)
    if stop is not None:
        hint = f"look at it, then `treehand rearm {run}`"
        raise StorageError("stopped", str(stop), hint, exit_code=ExitCode.REFUSED)


def _is_crash_of(stop: LatchedStop, run: str) -> bool:
    return stop.is_crash and stop.run == run


def _lift_crash(robot: Robot, session: RunSession, run: str) -> None:
    """Lift the stop that the crash of a run left: whoever resumes it has looked at the world.

    Raises:
        StorageError: If another stop is in force.
        NotAtRest: If the robot does not confirm that it is at rest.
    """
    control = robot.parts.stops
    stops = control.stops
    _require_armed(stops, run)
    if not stops:
        return
    if not stopped_now(robot.world.world.embodiment).acknowledged:
        raise NotAtRest("the robot does not confirm that it is at rest")
    control.lift("treehand resume", robot.look(), stops, session.recorder.commit)


def _compare(robot: Robot, history: RunHistory) -> BeliefComparison:
    world_model = robot.world
    final = [step for step in history.open_steps if _is_final(robot, step)]
    unknown = [s for s in final if _was_done(_effects(robot, s), world_model) is None]
    changed = (p for p in world_model.surprises if history.facts.value(p.fact) is not None)
    return BeliefComparison(
        changed=tuple(p for p in changed if history.facts.value(p.fact) is not p.value),
        done=tuple(step.call for step in history.done),
        uncertain=history.open_steps,
        unknown=tuple(unknown),
    )


def _is_final(robot: Robot, step: SkillStarted) -> bool:
    model = robot.deployment.domain.skills.get(step.call.name)
    return model is not None and model.irreversible


def _effects(robot: Robot, step: SkillStarted) -> tuple[Atom, ...]:
    call = step.call
    model = robot.deployment.domain.skills.get(call.name)
    if model is None:
        return ()
    binding = dict(zip(model.params, call.arguments, strict=True))
    return tuple(atom.substitute(binding) for atom in model.effects)


def _was_done(effects: Sequence[Atom], world_model: WorldModel) -> bool | None:
    """Return True if a step's effects are there, by the first look after the crash.

    None if it does not show that: a belief from before the step is no evidence.
    """
    seen = [_seen(atom, world_model) for atom in effects]
    if any(value is False for value in seen):
        return False
    return True if seen and all(seen) else None


def _seen(atom: Atom, world_model: WorldModel) -> bool | None:
    groups = set(world_model.facts.vocabulary.groups(atom.fact))
    for percept in world_model.first_look:
        if percept.fact == atom.fact:
            return percept.value is atom.positive
        if percept.value and groups & set(world_model.facts.vocabulary.groups(percept.fact)):
            return not atom.positive
    return None


def propose_rest(resumption: Resumption) -> Plan | Question | Refusal:
    """Settle what is uncertain about an interrupted run, and return a plan for the rest of it.

    Returns:
        The plan; the question that nobody answered; or the reason why there is no plan.

    Raises:
        InputError: If the run had no plan, or nothing serves a skill of the new one.
    """
    history = resumption.history
    comparison, world_model = resumption.comparison, resumption.session.world_model
    world_model.emit(
        Resumed(
            t_s=world_model.clock.now_s(),
            changed=tuple(p.observation for p in comparison.changed),
            done=comparison.done,
            uncertain=tuple(step.call for step in comparison.uncertain),
        )
    )
    world_model.report_beliefs()
    question = _settle(resumption)
    if question is not None:
        return question
    _close(resumption)
    if history.plan is None:
        message = "the run was left before it had a plan"
        raise InputError.of("nothing-to-resume", message, hint="start the goal anew")
    proposer, goal = resumption.robot.parts.proposer, history.plan.goal
    if goal.is_empty:
        tree, arguments = history.plan.tree, history.plan.arguments
        return proposer.checked(proposer.plan_tree(tree, arguments, world_model, goal), world_model)
    return proposer.checked(proposer.plan(goal, world_model), world_model)


def approve_rest(resumption: Resumption, plan: Plan, *, by: str | Approver) -> Approval:
    """Return the approval of a plan for the rest of a run.

    Args:
        resumption: The run.
        plan: The plan.
        by: Who approves it if the approval of the interrupted run does not cover it; see
            `Robot.approve`.

    Raises:
        NotApproved: If nobody approved it.
    """
    robot, session = resumption.robot, resumption.session
    if resumption.is_covered(plan):
        confirms = resumption.history.confirms
        decision = Decision(is_approved=True, by="the approval of before", confirms=confirms)
    else:
        decision = decide(plan, by)
    if not decision.is_approved:
        raise NotApproved(session.reject(plan, decision))
    return robot.runs.give(session.approve(plan, decision))


def resume_run(resumption: Resumption, *, by: str | Approver) -> RunResult:
    """Resume an interrupted run and return how it ended; see `approve_rest`."""
    robot, session, history = resumption.robot, resumption.session, resumption.history
    try:
        plan = propose_rest(resumption)
    except TreehandError as error:
        return session.conclude(history.goal, verdict_on(error))
    if not isinstance(plan, Plan):
        return session.conclude(history.goal, verdict_on(plan))
    try:
        approval = approve_rest(resumption, plan, by=by)
    except NotApproved as refused:
        return refused.result
    return robot.run(approval)


def _close(resumption: Resumption) -> None:
    """Write down how the steps ended that nobody saw the end of."""
    session = resumption.session
    world_model = session.world_model
    for step in resumption.history.open_steps:
        seen = _was_done(_effects(resumption.robot, step), world_model)
        is_done = seen or step.path in session.said_done
        how = "a person said so" if step.path in session.said_done else "seen afterwards"
        world_model.emit(
            SkillEnded(
                t_s=world_model.clock.now_s(),
                path=step.path,
                call=step.call,
                attempt=step.attempt,
                result="success" if is_done else "halted",
                code=None if is_done else FailureCode.HALTED.value,
                detail=f"the process ended; {how}" if is_done else "the process ended",
            )
        )


def _settle(resumption: Resumption) -> Question | None:
    """Ask a person about each irreversible step that may have been done.

    Returns:
        The question that was not answered; None if all were.
    """
    session, robot = resumption.session, resumption.robot
    for step in resumption.comparison.unknown:
        wanted = _effects(robot, step)
        effects = ", ".join(map(str, wanted))
        text = (
            f"{step.call} had begun when the process ended, cannot be undone, and nothing that is "
            f"seen now says whether it was done ({effects}). Was it?"
        )
        answer = _ask(resumption, PersonQuestion(text, (DONE, NOT_DONE, LEAVE), path=step.path))
        if answer not in (DONE, NOT_DONE):
            return Question(text, said=resumption.history.goal.text)
        unseen = [atom for atom in wanted if _seen(atom, session.world_model) is None]
        is_done = answer == DONE
        said = (Atom(atom.fact, atom.positive is is_done) for atom in unseen)
        _tell(session.world_model, said)
        if answer == DONE:
            session.note_done(step.path)
    return None


def _ask(resumption: Resumption, question: PersonQuestion) -> str | None:
    """Ask a person before the run goes on, and write it down."""
    session, clock = resumption.session, resumption.robot.world.clock
    session.world_model.emit(asked_event(question, clock.now_s()))
    session.recorder.commit()
    answer = asked(resumption.robot.settings.person, question)
    session.world_model.emit(QuestionAnswered(t_s=clock.now_s(), answer=answer))
    return answer


def _tell(world_model: WorldModel, atoms: Iterable[Atom]) -> None:
    """Take in facts that a person states."""
    now_s = world_model.clock.now_s()
    percepts = [Percept(atom.fact, atom.positive, "person", now_s) for atom in atoms]
    changed = world_model.facts.observe(percepts)
    if changed:
        world_model.emit(facts_changed(changed, now_s))
