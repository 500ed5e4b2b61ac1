"""What stands in the way in the physics kitchen: it is named, moved, and not run into again."""

import importlib.util
from collections import Counter
from dataclasses import replace

import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from tests.driving import Session
from treehand.core.events import FailureUndeclared, SkillEnded
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Plan
from treehand.skills.domain import Fact


@pytest.fixture(scope="module")
def place():
    return Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)


def with_facts(place, *facts):
    scene = place.scene.model_copy(update={"facts": (*place.scene.facts, *facts)})
    return replace(place, scene=scene)


def run(place, goal, seed=0, at_step=None):
    """Run a goal; `at_step` is called with the simulation at the end of each step."""
    session, ends = Session(place, seed=seed), []

    def note(event):
        if isinstance(event, SkillEnded):
            ends.append(event)
            if at_step is not None:
                at_step(session.world_model.world.simulation, event)

    session.watch(note)
    plan = session.plan(session.understand(goal))
    assert isinstance(plan, Plan), plan
    return session.execute(plan, approved_by="the test"), ends, plan


def repeated(ends):
    """Return the failures that came twice with the same objects in the way."""
    named = Counter((e.call, e.code, e.detail) for e in ends if e.blocked_by)
    return {key for key, times in named.items() if times > 1}


@pytest.mark.parametrize(
    "goal", ["wipe the counter", "put the plate in the sink"], ids=["wipe", "plate"]
)
def test_what_stands_in_the_way_is_moved(place, goal):
    result, ends, _ = run(place, goal)
    assert result.world_true
    first = next(e for e in ends if e.result == "failure")
    assert first.blocked_by
    assert set(first.blocked_by) <= place.scene.objects.keys()
    assert bool(first.cells) is (goal == "wipe the counter")
    assert repeated(ends) == set()


def test_an_unrelated_mess_is_told_and_left(place):
    mess = with_facts(place, Fact("broken", ("glass",)))
    result, ends, plan = run(mess, "open the drawer")
    assert result.world_true
    assert [str(e.call) for e in ends] == ["open(drawer)"]
    session = Session(mess)
    shown = session.proposer.checked(plan, session.world_model)
    assert "glass is broken: it is left as it is" in [one.text for one in shown.cautions]


def test_pieces_are_swept_up_where_the_goal_is_about_their_place(place):
    mess = with_facts(place, Fact("broken", ("glass",)))
    result, ends, _ = run(mess, "put the glass in the bin")
    assert result.world_true
    assert [(str(e.call), e.result) for e in ends] == [("sweep_up(glass, bin)", "success")]


def test_pieces_that_are_dropped_are_swept_up_again(place):
    session, ends, undeclared = Session(with_facts(place, Fact("broken", ("glass",)))), [], []
    session.disturb(["grasp-dropped@sweep_up(glass, bin):1"])

    def note(event):
        if isinstance(event, SkillEnded):
            ends.append((str(event.call), event.result, event.code))
        elif isinstance(event, FailureUndeclared):
            undeclared.append(event.code)

    session.watch(note)
    plan = session.plan(session.understand("put the glass in the bin"))
    assert session.execute(plan, approved_by="the test").world_true
    assert ends[0] == ("sweep_up(glass, bin)", "failure", "grasp-dropped")
    assert ends[-1] == ("sweep_up(glass, bin)", "success", None)
    assert undeclared == []


def test_what_breaks_in_the_run_is_swept_up(place):
    def break_glass(simulation, event):
        if event.call.name == "pick":
            simulation.conditions.broken.add("glass")

    result, ends, _ = run(place, "put the red mug in the sink", at_step=break_glass)
    assert result.world_true
    assert any(str(e.call) == "sweep_up(glass, bin)" and e.result == "success" for e in ends)
