"""State of the served robot, as a model reads it."""

from __future__ import annotations

from treehand.web.desk.goal_desk import GoalDesk
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.mcp.agent_call import Result


def status_of(desk: RobotDesk, goals: GoalDesk) -> Result:
    """Return the work, the stops in force, what waits for a person, and the last result."""
    result, put, waiting = desk.result, desk.person.open, goals.waiting
    is_waiting = waiting is not None and waiting.approval is None
    return {
        "world": desk.robot.deployment.kind.name,
        "work": desk.work,
        "stops": [str(stop) for stop in desk.stops()],
        "waits_for_approval": waiting.plan.hash if waiting is not None and is_waiting else None,
        "question": {"text": put.question.text, "options": list(put.question.options)}
        if put is not None
        else None,
        "run": desk.run_id or None,
        "last_outcome": result.outcome.value if result is not None else None,
        "last_message": result.message if result is not None else desk.problem or None,
    }


def facts_of(desk: RobotDesk, about: str = "") -> list[Result]:
    """Return the beliefs with source and age.

    Args:
        desk: The robot.
        about: Name of an object, place or predicate; empty for all beliefs.
    """
    world = desk.robot.world
    now_s = world.clock.now_s()
    return [
        {
            "fact": str(fact),
            "value": held.value,
            "source": held.source,
            "age_s": round(max(now_s - held.time_s, 0.0), 1),
        }
        for fact, held in world.facts.copy().known()
        if not about or about in (fact.predicate, *fact.terms)
    ]
