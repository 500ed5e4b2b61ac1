"""A scene may say that a person is "me": what is brought to me is hers then."""

from pathlib import Path

import pytest

import treehand as th
from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners.goals.goal_text import write_goal

FETCH = Path(th.__file__).parents[1] / "examples" / "fetch"


@pytest.fixture(scope="module")
def living_room():
    scene, domain = FETCH / "fetch.scene.yaml", FETCH / "fetch.domain.yaml"
    overrides = DeploymentOverrides(scene=scene, domain=domain, world="paper")
    return Deployment.load(overrides)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("bring me the glasses", "given(glasses, anna)"),
        ("bring the glasses over to me", "given(glasses, anna)"),
        ("hand the glasses to me", "given(glasses, anna)"),
        ("bring Anna the glasses", "given(glasses, anna)"),
        ("pick up the book for me", "carrying(book)"),
    ],
)
def test_what_is_brought_to_me_is_given(living_room, text, goal):
    assert write_goal(Session(living_room, seed=0).understand(text)) == goal
