"""A scenario made of a past run: its goal, start, seed, faults, answers, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.events import Approved, Event, FaultInjected, QuestionAnswered
from treehand.documents.formatter import write
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.faults.fault import parse_fault
from treehand.orchestrator.history.run_history import RunHistory, read_history
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles
from treehand.planners.goals.goal_text import write_goal
from treehand.scenarios.format.model import Scenario
from treehand.skills.domain import Facts, Scene, conjuncts

_REPEATED = ("success", "failure", "infeasible", "already-true")
"""Outcomes that are expected again; of any other run, success is."""


def scenario_of_run(files: RunFiles, path: Path) -> str:
    """Return a scenario that begins as a run did, and expects what came of it.

    Args:
        files: The run.
        path: The scenario's file, which need not exist; files are named from its folder.

    Raises:
        InputError: If the run had no plan for a goal, its world is not simulated, or one of its
            faults cannot be written down.
        StorageError: If its journal cannot be read.
    """
    events = tuple(read_events(files.journal))
    known = KnownDeployment.of_run(files)
    deployment = known.load()
    if not deployment.kind.is_virtual:
        message = f"world '{deployment.kind.name}' is not simulated: its runs cannot be repeated"
        raise InputError.of("not-simulated", message, hint="choose a run of a simulated world")
    whole = read_history(events, deployment.vocabulary, run=files.run)
    at = next((n for n, event in enumerate(events) if isinstance(event, Approved)), None)
    begun = read_history(events[: at + 1], deployment.vocabulary, run=files.run) if at else whole
    if begun.plan is None or not conjuncts(begun.plan.goal.formula):
        message = f"run '{files.run}' had no plan for a goal that a scenario can ask for"
        hint = "of a tree, `treehand new scenario NAME` makes one, or 'save as' in the view Write"
        raise InputError.of("nothing-to-repeat", message, hint=hint)
    data = _data(begun, whole, events, deployment)
    data = {"scenario": data.pop("scenario"), **_settings(known.overrides, path.parent), **data}
    head = f"# Made of run {files.run}"
    ended = whole.ended
    if ended is None or ended.outcome not in _REPEATED:
        told = f"ended with {ended.outcome}" if ended is not None else "did not end"
        head += f", which {told}: success is expected here"
    since = "".join(f"# Changed since that run: {one}\n" for one in known.differences)
    return f"{head}.\n{since}{write(data, Scenario, file=str(path))}"


def start_changes(scene: Scene, start: Facts) -> list[str]:
    """Return the differences of a start from the scene's as literals, of the scene's predicates."""
    at_first, predicates = set(scene.facts), {fact.predicate for fact in scene.facts}
    new = [f for f in start.true_facts() if f.predicate in predicates and f not in at_first]
    gone = [f for f in scene.facts if len(f.terms) == 1 and start.value(f) is False]
    return sorted(map(str, new)) + [f"not {fact}" for fact in gone]


def _data(
    begun: RunHistory, whole: RunHistory, events: Sequence[Event], deployment: Deployment
) -> dict[str, object]:
    assert begun.plan is not None
    goal, started, ended = begun.plan.goal, begun.started, whole.ended
    outcome = ended.outcome if ended is not None and ended.outcome in _REPEATED else "success"
    is_reached = outcome in ("success", "already-true") and not whole.was_changed
    start = start_changes(deployment.scene, begun.facts)
    answers = [e.answer for e in events if isinstance(e, QuestionAnswered) and e.answer is not None]
    faults = list(_faults(events))
    facts = [str(part) for part in conjuncts(goal.formula)]
    return {
        "scenario": goal.words or goal.text or started.goal,
        **({"start": start} if start else {}),
        "goal": write_goal(goal),
        **({} if started.recovery else {"recovery": False}),
        **({"answers": answers} if answers else {}),
        "seed": started.seed,
        **({"faults": faults} if faults else {}),
        "expect": {"outcome": outcome, **({"facts": facts} if is_reached else {})},
    }


def _faults(events: Sequence[Event]) -> Iterator[dict[str, object]]:
    """Yield the faults that took effect, as a scenario writes them."""
    for event in events:
        if not isinstance(event, FaultInjected):
            continue
        fault = parse_fault(event.fault)
        trigger = fault.trigger
        inside = f"({', '.join(fault.arguments)})" if fault.arguments else ""
        told: dict[str, object] = {"inject": f"{fault.kind}{inside}"}
        if trigger.at_s is not None:
            yield told | {"after": trigger.at_s}
            continue
        attempt = {"attempt": trigger.attempt} if trigger.attempt > 1 else {}
        yield told | {"at": str(trigger.call)} | attempt


def _settings(overrides: DeploymentOverrides, folder: Path) -> dict[str, object]:
    """Return the keys with which a scenario selects the deployment of a run."""
    named = {"config": overrides.config, "domain": overrides.domain, "scene": overrides.scene}
    found: dict[str, object] = {
        key: os.path.relpath(file, folder.resolve()) for key, file in named.items() if file
    }
    robot = overrides.robot
    if robot is not None and robot.endswith(".yaml"):
        robot = os.path.relpath(robot, folder.resolve())
    given = {"world": overrides.world, "randomize": overrides.randomize, "robot": robot}
    return found | {key: value for key, value in given.items() if value is not None}
