"""A program that embeds Treehand, as mypy and pyright check it: every stage has its type."""

import treehand as th
from treehand.events import SkillEnded


def choose(question: th.Question) -> str:
    """Take the first option."""
    return question.options[0]


def ask_me(plan: th.Plan) -> bool:
    """Approve short plans."""
    return len(plan.steps) < 20


def main(goal: str) -> th.RunResult | None:
    """Bring about one goal and return how it ended; None if nothing was to be done."""
    with th.open("treehand.yaml", seed=0) as robot:
        undo = robot.on(SkillEnded, lambda e: print(e.t_s, e.call, e.result))
        step = robot.propose(goal)
        while isinstance(step, th.Question):
            step = robot.answer(step, choose(step))
        match step:
            case th.Plan() as plan:
                result = robot.run(robot.approve(plan, by=ask_me))
            case th.Refusal() as no:
                raise SystemExit(no.message)
            case th.Answer() as said:
                print(said.text)
                return None
        undo()
        outcome: th.Outcome = result.outcome
        print(outcome, result.world_true)
        return result
