"""Python's collector while a program of somebody else runs a robot."""

import gc

from tests.driving import run_with
from treehand.core.collector import IN_TICKS
from treehand.core.events import SkillEnded
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.robot import Robot


def test_a_run_collects_between_ticks_and_leaves_the_thresholds_of_the_program():
    before, frozen, during = gc.get_threshold(), gc.get_freeze_count(), []
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    try:
        with Robot(Deployment.load(), workspace=None) as robot:
            robot.on(SkillEnded, lambda event: during.append(gc.get_threshold()))
            run_with(robot, "put the red mug in the sink", by="a test", choose=lambda asked: None)
        assert set(during) == {(IN_TICKS, 10, 10)}
        assert gc.get_threshold() == (700, 10, 10)
        assert gc.get_freeze_count() == 0
    finally:
        gc.set_threshold(*before)
        if frozen:
            gc.freeze()
