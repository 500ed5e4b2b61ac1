"""Members of a for_each that are done are not visited until a fact that they read changes."""

import pytest

from treehand.core.events import SkillStarted, Ticked
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings

DISHES = """
tree: dishes
root:
  for_each: d in tableware where on(d, table)
  memory: false
  each:
    fallback: [{check: located(d)}, {do: look_for(d)}]
"""


@pytest.mark.parametrize("seed", [0, pytest.param(3, marks=pytest.mark.slow)])
def test_a_run_that_leaves_them_alone_is_the_run_that_visits_all(deployment, monkeypatch, seed):
    def run():
        settings = RobotSettings(seed=seed, keeps_orders=False)
        with Robot(deployment, workspace=None, settings=settings) as robot:
            told = []
            robot.on(Ticked, told.append)
            robot.on(SkillStarted, told.append)
            plan = robot.propose("clean the kitchen")
            return robot.run(robot.approve(plan, by="a test")), told

    visited = run()
    monkeypatch.delenv("TREEHAND_PARANOID")
    left_alone = run()
    assert left_alone[1] == visited[1]
    assert left_alone[0].outcome == visited[0].outcome


def test_a_fact_that_a_guard_reads_brings_its_member_back(bench):
    b = bench(DISHES)
    node = b.compiled.root
    b.seeing("on(plate_1, table)", "on(red_mug, table)", "located(plate_1)", "located(red_mug)")()
    assert b.tick() == "SUCCESS"
    assert ("plate_1" in node._done, "red_mug" in node._done) == (True, True)
    b.seeing("located(plate_1)")()
    node._done.refresh()
    assert "plate_1" in node._done  # nothing has changed
    b.seeing("not located(plate_1)")()
    b.script("look_for(plate_1)", "SUCCESS")
    b.tick()
    assert b.made == ["look_for(plate_1)"]
    b.seeing("located(plate_1)")()
    assert b.tick() == "SUCCESS"
    assert ("plate_1" in node._done, "red_mug" in node._done) == (True, True)
