"""Optional mixins of worlds and skills are told apart by `isinstance`; a partial one is named."""

import re
from dataclasses import replace

import numpy as np
import pytest

from treehand.core.clock import VirtualClock
from treehand.core.errors import ContractError
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import (
    Disturbable,
    Filmed,
    GroundTruth,
    Heartbeat,
    Randomized,
    Simulated,
    Skill,
    Snapshottable,
    StopStatus,
    World,
    is_self_ending,
)
from treehand.worlds import WorldContext, find_world, open_checked


class Bare(World):
    """A world with nothing but what every world has."""


class Half(Bare):
    """A world that begins to be simulated."""

    def truth(self):
        return None

    def inject(self, disturbance):
        return None


class Beating(Bare):
    """A world with a heartbeat."""

    def silent_s(self):
        return 0.0


def context():
    deployment = Deployment.load()
    return WorldContext(deployment.domain, deployment.scene, KeyedRandom(0), VirtualClock())


def test_the_kitchen_is_simulated_and_can_be_restored():
    world = open_checked(find_world("kitchen"), context())
    assert isinstance(world, Simulated)
    assert isinstance(world, Snapshottable)
    assert not isinstance(world, Randomized | Filmed | Heartbeat)


def test_a_world_without_snapshots_is_simulated_all_the_same():
    world = open_checked(find_world("kitchen"), context())

    class Forgetful(Half):
        disturbances = world.disturbances
        validate = triggered = staticmethod(lambda *_: ())

    assert isinstance(Forgetful(), Simulated)
    assert not isinstance(Forgetful(), Snapshottable)


def test_a_world_may_have_a_heartbeat_and_nothing_else():
    assert isinstance(Beating(), Heartbeat)
    assert not isinstance(Beating(), Simulated)


def test_a_world_may_know_the_truth_and_take_no_faults():
    class Measured(Bare):
        embodiment = find_world("kitchen").open(context()).embodiment

        def truth(self):
            return None

    kind = replace(find_world("kitchen"), open=lambda _: Measured())
    assert isinstance(open_checked(kind, context()), GroundTruth)
    assert not isinstance(Measured(), Disturbable | Simulated)


def test_a_world_without_a_robot_that_can_be_stopped_is_refused_with_its_place():
    kind = replace(find_world("kitchen"), open=lambda _: Beating())
    told = r"wrong-world: .*Beating at .*py:\d+ opens, has no embodiment.stop"
    with pytest.raises(ContractError, match=told):
        open_checked(kind, context())


def test_a_world_that_is_simulated_in_part_is_refused_with_what_it_lacks():
    kind = replace(find_world("kitchen"), open=lambda _: Half())
    with pytest.raises(ContractError, match="partial-world") as caught:
        open_checked(kind, context())
    told = r"Half at .*py:\d+ opens, has inject, but lacks disturbances, validate, triggered"
    assert re.search(told, str(caught.value))


class Plain(Skill):
    """A skill with nothing but what every skill has."""


class Ending(Plain):
    """A skill that says whether it ends itself."""

    def __init__(self, ends_itself):
        self.ends_itself = ends_itself


@pytest.mark.parametrize(
    ("skill", "expected"), [(Plain(), False), (Ending(False), False), (Ending(True), True)]
)
def test_a_skill_ends_itself_only_if_it_says_so(skill, expected):
    assert is_self_ending(skill) is expected


@pytest.mark.parametrize("acknowledged", ["yes", 1, None, "", [True], float("nan")])
def test_a_stop_is_acknowledged_with_true_or_false(acknowledged):
    with pytest.raises(ContractError, match="which is not True or False"):
        StopStatus(acknowledged)


def test_the_detail_of_a_stop_is_a_text():
    with pytest.raises(ContractError, match="which is not a text"):
        StopStatus(acknowledged=True, detail=None)
    assert type(StopStatus(acknowledged=np.bool_(True)).acknowledged) is bool
