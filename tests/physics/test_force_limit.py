"""The arm of the physics kitchen does not push harder than it may, whoever commands it."""

import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from dataclasses import replace

import mujoco

from tests.driving import Session
from treehand.core.events import SkillEnded
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Plan
from treehand.skills import skill


def downward(simulation, speed_m_s):
    """Return joint velocities that move the hand down."""
    jacobian = np.zeros((6, simulation.model.nv))
    site = simulation.model.site("tcp").id
    mujoco.mj_jacSite(simulation.model, simulation.data, jacobian[:3], jacobian[3:], site)
    twist = np.array([0.0, 0.0, -speed_m_s, 0.0, 0.0, 0.0])
    return np.append(np.linalg.pinv(jacobian[:, :7]) @ twist, 0.0)


@pytest.mark.parametrize("is_caught", [False, True])
def test_a_skill_that_pushes_too_hard_is_stopped_and_fails(is_caught):
    """The hand is driven into the counter; a skill that hides the refusal fails all the same."""
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    held = {}

    @skill("go_to", world="kitchen-physics")
    def press(context, place):
        for _ in range(300):
            try:
                context.embodiment.apply(downward(held["simulation"], 0.25))
            except Exception:
                if not is_caught:
                    raise
                return
            yield 0.02

    catalog = place.catalog.rebound(press)
    session, ends = Session(replace(place, catalog=catalog)), []
    simulation = held["simulation"] = session.world_model.world.simulation
    session.watch(lambda event: ends.append(event) if isinstance(event, SkillEnded) else None)
    plan = session.plan(session.understand("go to the counter"))
    assert isinstance(plan, Plan)
    result = session.execute(plan, approved_by="the test")
    assert result.outcome != "success"
    assert {end.code for end in ends} == {"unsafe-force"}
    assert "are allowed" in ends[0].detail
    assert len(ends) <= 2
    assert np.abs(simulation.data.qfrc_actuator[:7]).max() < 90.0
    simulation.advance(simulation.time_s + 1.0)
    assert np.abs(simulation.data.qfrc_actuator[:7]).max() < 10.0
    assert session.world_model.world.embodiment.stop().acknowledged
