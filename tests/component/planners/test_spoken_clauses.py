"""Clauses as people say them, in a flat, a café, a workshop and an office."""

from functools import cache
from pathlib import Path

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Goal, Question
from treehand.planners.goals.goal_text import write_goal

SCENES = Path(__file__).parents[3] / "benchmarks" / "instructions" / "scenes"


@cache
def place(name):
    """Return a session in a place, on paper."""
    scene, domain = (SCENES / f"{name}.{part}.yaml" for part in ("scene", "domain"))
    return Session(Deployment.load(DeploymentOverrides(scene=scene, domain=domain, world="paper")))


def read(name, text):
    """Return the reading of a text that stands for itself."""
    session = place(name)
    session.reader.forget()
    return session.proposer.read(text, session.world_model)


GOALS = [
    # A reason after an order, with a subject of its own.
    ("office", "projector on, meeting starts in five", "running(projector)"),
    ("office", "give Ben the stapler, Anna is done with it", "lying_on(stapler, ben_desk)"),
    ("home", "tv off, dinner is ready", "not is_on(tv)"),
    ("home", "open the curtains, guests are coming tonight", "is_open(curtains)"),
    ("workshop", "compressor off, lunch starts tomorrow at noon", "not powered(compressor)"),
    # The same in one breath.
    ("home", "desk lamp on I'm working late", "is_on(desk_lamp)"),
    ("home", "turn the heater off it's too hot", "not is_on(heater)"),
    ("workshop", "close the garage door it's raining", "not is_open(garage_door)"),
    ("office", "lower the right blind the sun is in my eyes", "lowered(right_blind)"),
    ("home", "it's getting dark could you turn the floor lamp on", "is_on(floor_lamp)"),
]


@pytest.mark.parametrize(("name", "text", "formula"), GOALS)
def test_what_is_asked_for_is_read(name, text, formula):
    goal = read(name, text)
    assert isinstance(goal, Goal), goal
    assert write_goal(goal) == formula


OFFERED = [
    # A thing alone, and why it is wanted.
    ("home", "desk lamp, I'm working late", "turn on the desk lamp"),
    ("home", "fan, it's boiling in here", "turn on the fan"),
    ("office", "ficus, it's drooping", "water the ficus"),
    ("workshop", "hammer, I've got a nail to knock in", "pick up the hammer"),
    ("workshop", "garage door, it's raining", "pull the garage door closed"),
]


@pytest.mark.parametrize(("name", "text", "option"), OFFERED)
def test_what_may_be_asked_for_is_offered(name, text, option):
    question = read(name, text)
    assert isinstance(question, Question), question
    assert option in question.options


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("home", "the tv is on"),
        ("home", "the lamp, the fan and the heater are on"),
        ("workshop", "the gear, the nut and the bracket are bent"),
    ],
)
def test_a_report_is_not_acted_on(name, text):
    assert not isinstance(read(name, text), Goal)
