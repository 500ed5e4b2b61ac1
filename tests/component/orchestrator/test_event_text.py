"""Lines of events: with styles for terminals, without for reports."""

from pathlib import Path

import pytest

from treehand.orchestrator.history.event_text import event_line, event_words
from treehand.scenarios import Deployments, load_variants
from treehand.scenarios.running.process_kill import experiment_of, run_scenario

SCENARIOS = Path(__file__).parents[3] / "scenarios"


@pytest.mark.parametrize("name", ["dropped_mug", "whole_kitchen_all_at_once"])
def test_the_words_of_an_event_are_its_line_without_styles(name):
    from treehand.orchestrator.sessions.robot import Robot
    from treehand.orchestrator.sessions.robot_settings import RobotSettings

    [variant] = load_variants(SCENARIOS / f"{name}.scenario.yaml")
    settings = RobotSettings(experiment=experiment_of(variant))
    events = []
    with Robot(Deployments().of(variant), workspace=None, settings=settings) as robot:
        robot.world.stream.subscribe(events.append)
        run_scenario(robot, variant)
    lines = [event_line(event) for event in events]
    assert [event_words(event) for event in events] == [
        line.plain if line is not None else None for line in lines
    ]
    assert any(line is not None and line.spans for line in lines)
