"""A place of which nobody has told is asked for: without it the goal would hold of no place."""

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Goal, Question
from treehand.worlds import find_world


def test_a_place_of_which_nobody_told_is_asked_for(tmp_path):
    scene = tmp_path / "kitchen.scene.yaml"
    given = find_world("kitchen").scene.read_text()
    scene.write_text(given.replace("  - belongs(sponge, drawer)\n", ""))
    session = Session(Deployment.load(DeploymentOverrides(scene=scene)), seed=0)
    read = session.understand("put the sponge back where it belongs")
    assert isinstance(read, Question)
    assert "of which 'sponge belongs in it' is true; name the place" in read.text
    assert isinstance(session.understand("put everything away"), Goal)
