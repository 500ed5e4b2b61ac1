"""Orders about everything, where several kinds of things can be so: cupboards and windows."""

from pathlib import Path

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Goal
from treehand.planners.goals.goal_text import write_goal

SCENES = Path(__file__).parents[3] / "benchmarks" / "instructions" / "scenes"


@pytest.fixture(scope="module")
def home():
    scene, domain = (SCENES / f"home.{part}.yaml" for part in ("scene", "domain"))
    return Session(Deployment.load(DeploymentOverrides(scene=scene, domain=domain, world="paper")))


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (
            "close everything",
            "(forall c in cabinet -> not door_open(c)) and (forall f2 in fixture -> "
            "not is_open(f2))",
        ),
        (
            "close everything that is open",
            "(forall c in cabinet where door_open(c) -> not door_open(c)) and "
            "(forall f2 in fixture where is_open(f2) -> not is_open(f2))",
        ),
        ("if the window is open, close it", "if is_open(window) then not is_open(window)"),
        ("make sure nothing is on", "forall d in device -> not is_on(d)"),
        (
            "tidy the sofa",
            "forall x in movable where on(x, sofa) -> forall place in container "
            "where belongs(x, place) -> in(x, place)",
        ),
    ],
)
def test_every_kind_is_meant(home, text, formula):
    goal = home.understand(text)
    assert isinstance(goal, Goal), goal
    assert write_goal(goal) == formula
