"""Goals with an order of their parts that chaining cannot keep are planned for by search."""

from tests.driving import Session
from treehand.orchestrator.running.result import Outcome
from treehand.planners import Plan


def reached(deployment, text):
    """Return the steps of the plan for a goal, which a run reaches."""
    session = Session(deployment, seed=1)
    plan = session.plan(session.understand(text))
    assert isinstance(plan, Plan), plan
    result = session.execute(plan, approved_by="the test")
    assert result.outcome is Outcome.SUCCESS
    assert result.world_true
    return [str(step) for step in plan.steps]


def test_a_counter_is_wiped_once_it_has_been_cleared(deployment):
    steps = reached(deployment, "clear the counter then wipe it")
    assert steps[-1] == "wipe(counter, sponge)"
    assert len([one for one in steps if one.startswith("pick(")]) > 3


def test_a_part_that_a_later_one_undoes_comes_before_it(deployment):
    steps = reached(deployment, "open the fridge, then take the milk out and close it")
    assert steps.index("open(fridge)") < steps.index("close(fridge)")
