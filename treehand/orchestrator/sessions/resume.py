"""Carrying a run on whose process has ended: look, compare, decide, go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.errors import InputError, StorageError
from treehand.core.events import Resumed, SkillEnded, SkillStarted
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides, require_speed
from treehand.orchestrator.history.run_history import RunHistory, read_history
from treehand.orchestrator.history.run_outline import was_left
from treehand.orchestrator.people.approval import Approval, ApprovalPolicy
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.journal import read_events, read_header, require_current
from treehand.orchestrator.store.workspace import RunFiles, Workspace, WorldPlace
from treehand.planners import Infeasible, Plan
from treehand.skills import FailureCode
from treehand.skills.domain import Atom, Call, Percept, conjuncts
from treehand.trees import PersonQuestion

DONE = "it was done"
NOT_DONE = "it was not done: do it"
LEAVE = "stop here"


@dataclass(frozen=True)
class BeliefComparison:
    """What was believed, and what the world now says."""

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
    """A run that is being carried on."""

    session: Session
    files: RunFiles
    past: RunHistory
    comparison: BeliefComparison


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


def deployment_of(files: RunFiles) -> Deployment:
    """Return the deployment that a run ran with, loaded from the same files.

    Raises:
        StorageError: If the journal cannot be read.
        InputError: If a file of the deployment is not sound any more.
    """
    source = read_header(files.journal).get("deployment")
    if not source:
        return Deployment.load(looks_here=False)
    return Deployment.load(DeploymentOverrides.model_validate_json(source), looks_here=False)


def take_up(
    workspace: Workspace,
    files: RunFiles,
    *,
    person: Person,
    speed: float | None = None,
    policy: ApprovalPolicy | None = None,
    deployment: Deployment | None = None,
) -> Resumption:
    """Open the world in which a run was left, look at it, and compare.

    Args:
        workspace: Where the run is kept.
        files: The run.
        person: Who is asked.
        speed: Run seconds per wall second; virtual time if left out and the world can.
        policy: Which plans are asked about; the deployment's if left out.
        deployment: What runs where; what the journal says if left out.

    Raises:
        InputError: If the run is over.
        StorageError: If its files cannot be used, another process uses them, or its world is
            stopped.
    """
    require_current(files.journal)
    deployment = deployment or deployment_of(files)
    if files.is_live():
        raise StorageError(
            "in-use", f"run '{files.run}' is still running", "wait for it, or `treehand stop` it"
        )
    past = read_history(tuple(read_events(files.journal)), deployment.vocabulary, run=files.run)
    if past.is_over:
        assert past.ended is not None
        message = f"run '{files.run}' has ended: {past.ended.outcome}"
        raise InputError.of("nothing-to-resume", message, hint="start the goal anew")
    place = workspace.place_of_run(files)
    require_armed(place, files.run)
    if speed is not None:
        require_speed(speed)
    is_virtual = deployment.kind.is_virtual and speed is None
    clock: Clock = (
        VirtualClock(past.t_s) if is_virtual else MonotonicClock(speed or 1.0, start_s=past.t_s)
    )
    session = Session(
        deployment,
        seed=past.started.seed,
        clock=clock,
        workspace=workspace,
        person=person,
        place=place,
        policy=policy,
        past=past,
    )
    try:
        comparison = _compare(session, past)
        session.rejoin(files)
    except BaseException:
        session.close()
        raise
    return Resumption(session, files, past, comparison)


def require_armed(place: WorldPlace, run: str) -> None:
    """Raise `StorageError` if a world is stopped."""
    stop = place.latch.read()
    if stop is not None:
        hint = f"look at it, then `treehand rearm {run}`"
        raise StorageError("stopped", str(stop), hint, exit_code=ExitCode.REFUSED)


def _compare(session: Session, past: RunHistory) -> BeliefComparison:
    world_model = session.world_model
    final = [step for step in past.open_steps if _is_final(session, step)]
    unknown = [s for s in final if _was_done(_effects(session, s), world_model) is None]
    changed = (p for p in world_model.surprises if past.facts.value(p.fact) is not None)
    return BeliefComparison(
        changed=tuple(p for p in changed if past.facts.value(p.fact) is not p.value),
        done=tuple(step.call for step in past.done),
        uncertain=past.open_steps,
        unknown=tuple(unknown),
    )


def _is_final(session: Session, step: SkillStarted) -> bool:
    model = session.deployment.domain.skills.get(step.call.name)
    return model is not None and model.irreversible


def _effects(session: Session, step: SkillStarted) -> tuple[Atom, ...]:
    call = step.call
    model = session.deployment.domain.skills.get(call.name)
    if model is None:
        return ()
    binding = dict(zip(model.params, call.arguments, strict=True))
    return tuple(atom.substitute(binding) for atom in model.effects)


def _was_done(effects: Sequence[Atom], world_model: WorldModel) -> bool | None:
    """Return whether a step's effects are there, by the first look after the crash.

    None where that does not tell: a belief of before the step proves nothing.
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


@dataclass(frozen=True)
class Allowed:
    """A plan that may run."""

    plan: Plan
    by: str
    confirms: bool = False
    """Whether a person is asked again before each step that cannot be undone."""


def go_on(
    resumption: Resumption, approve: Callable[[Plan, tuple[Call, ...]], Allowed | Verdict]
) -> Allowed | Verdict:
    """Decide what is uncertain and return what to run next.

    Args:
        resumption: The run.
        approve: Asked about a plan that was not allowed before, with the steps that are new in it
            if only these are in question.

    Returns:
        What may run, or how the run ends.
    """
    session, past = resumption.session, resumption.past
    comparison = resumption.comparison
    world_model = session.world_model
    world_model.emit(
        Resumed(
            t_s=world_model.clock.now_s(),
            changed=tuple(p.observation for p in comparison.changed),
            done=comparison.done,
            uncertain=tuple(step.call for step in comparison.uncertain),
        )
    )
    world_model.report_beliefs()
    verdict = _settle(resumption)
    if verdict is not None:
        return verdict
    _close(resumption)
    if past.plan is None:
        return Verdict(Outcome.ERROR, "the run was left before it had a plan; start the goal anew")
    plan = _plan_again(session, past.plan)
    if isinstance(plan, Infeasible):
        return Verdict(Outcome.INFEASIBLE, plan.message(session.deployment.domain))
    session.require_served(plan)
    refusal = session.planner.refusal(plan, session.world_model.planning_problem)
    if refusal is not None:
        return Verdict(Outcome.REFUSED, refusal)
    if past.approved is None:
        return approve(plan, ())
    approved = Approval(past.approved, session.policy, past.hashes)
    if approved.covers(plan):
        return Allowed(plan, "the approval of before", past.confirms)
    return approve(plan, approved.new_steps(plan))


def _plan_again(session: Session, plan: Plan) -> Plan | Infeasible:
    if not conjuncts(plan.goal.formula):
        return session.plan_tree(plan.tree, plan.arguments, plan.goal)
    return session.plan(plan.goal)


def _close(resumption: Resumption) -> None:
    """Write down how the steps ended that nobody saw the end of."""
    session = resumption.session
    world_model = session.world_model
    for step in resumption.past.open_steps:
        seen = _was_done(_effects(session, step), world_model)
        is_done = seen or step.path in resumption.past.said_done
        how = "a person said so" if step.path in resumption.past.said_done else "seen afterwards"
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


def _settle(resumption: Resumption) -> Verdict | None:
    """Ask a person about each step that cannot be undone and may have been done."""
    session = resumption.session
    for step in resumption.comparison.unknown:
        effects = ", ".join(map(str, _effects(session, step)))
        text = (
            f"{step.call} had begun when the process ended, cannot be undone, and nothing that is "
            f"seen now says whether it was done ({effects}). Was it?"
        )
        answer = session.ask(PersonQuestion(text, (DONE, NOT_DONE, LEAVE), path=step.path))
        if answer not in (DONE, NOT_DONE):
            return Verdict(Outcome.CLARIFY, text)
        session.tell(
            (atom if answer == DONE else Atom(atom.fact, not atom.positive))
            for atom in _effects(session, step)
            if _seen(atom, session.world_model) is None
        )
        if answer == DONE:
            resumption.past.said_done |= {step.path}
    return None
