"""Cases in which the process is killed: a process of their own dies, and another carries on."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path

from treehand.core.events import Event, FaultInjected
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.fault import RequestedFault
from treehand.orchestrator.people.person import Nobody, Person
from treehand.orchestrator.running.result import RunResult, Verdict
from treehand.orchestrator.sessions.pipeline import run_goal_in, run_tree_in
from treehand.orchestrator.sessions.resume import Allowed, go_on, take_up
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.scenarios.format.files import Deployments, Variant, fault_request, tree_of

KILLED = -getattr(signal, "SIGKILL", 9)


def kills(variant: Variant) -> bool:
    """Return whether a scenario wants its process killed."""
    return any(fault_request(fault).is_of_process for fault in variant.scenario.faults)


def parts_until_killed(variant: Variant, seed: int, folder: Path) -> list[Event]:
    """Run a case in processes of its own until none of them is killed any more.

    Args:
        variant: The scenario.
        seed: Of the run.
        folder: For the journal and the world; the run that was left lies there.

    Returns:
        The events that were written before the last kill; none if nothing was killed.
    """
    spawn = multiprocessing.get_context("spawn")
    wanted = sum(fault_request(fault).is_of_process for fault in variant.scenario.faults)
    events: list[Event] = []
    for _ in range(wanted):
        process = spawn.Process(target=_part, args=(variant, seed, folder))
        process.start()
        process.join(variant.scenario.wall_time)
        if process.exitcode != KILLED:
            process.kill()
            process.join()
            return []
        events = list(read_events(_left(Workspace(folder)).journal))
    return events


def _left(workspace: Workspace) -> RunFiles:
    return workspace.find_run(workspace.runs()[-1])


def _part(variant: Variant, seed: int, folder: Path) -> None:
    """Run or carry on in this process, which may be killed for it."""
    deployment = Deployments().of(variant)
    workspace = Workspace(folder)
    if workspace.runs():
        carry_on(variant, deployment, workspace, may_be_killed=True)
        return
    session = Session(deployment, seed=seed, workspace=workspace)
    if not variant.scenario.recovery:
        session.without_recovery()
    faults = [fault_request(fault) for fault in variant.scenario.faults]
    session.disturb(faults, may_be_killed=True)
    tree = tree_of(variant)
    if tree is not None:
        run_tree_in(session, tree, dict(variant.scenario.arguments))
    else:
        run_goal_in(session, variant.scenario.goal or "")


def carry_on(
    variant: Variant,
    deployment: Deployment,
    workspace: Workspace,
    *,
    person: Person | None = None,
    opened: Callable[[Session], None] = lambda session: None,
    may_be_killed: bool = False,
) -> RunResult:
    """Carry the run of a killed process on, with the faults that have not struck yet.

    Args:
        variant: The scenario.
        deployment: What it runs on.
        workspace: Where the run was left.
        person: Who is asked; nobody if left out.
        opened: Told of the session before anything happens in it.
        may_be_killed: Whether faults may kill this process too.
    """
    files = _left(workspace)
    resumption = take_up(workspace, files, person=person or Nobody(), deployment=deployment)
    session = resumption.session
    try:
        opened(session)
        events = resumption.past.events
        struck = [event.fault for event in events if isinstance(event, FaultInjected)]
        session.disturb(_not_yet(variant, struck), may_be_killed=may_be_killed)
        allowed = go_on(resumption, lambda plan, new: Allowed(plan, "the caller"))
        if isinstance(allowed, Verdict):
            return session.conclude(resumption.past.goal, allowed)
        return session.execute(allowed.plan, approved_by=allowed.by)
    finally:
        session.close()


def _not_yet(variant: Variant, struck: list[str]) -> list[RequestedFault]:
    """Return the faults that have not struck; of equal ones as many as are left."""
    left: list[RequestedFault] = []
    gone = list(struck)
    for fault in map(fault_request, variant.scenario.faults):
        if fault.text in gone:
            gone.remove(fault.text)
        else:
            left.append(fault)
    return left
