"""A policy in another process, behind the real openpi server, drives the arm by what it sees."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)


from tests.driving import Session
from tests.policies.servers import free_port, python_of, serving
from treehand.core.clock import MonotonicClock
from treehand.core.errors import MissingExtra
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides

TEXT = """
world: kitchen-physics
bindings:
  pick:
    policy:
      adapter: openpi
      url: "ws://127.0.0.1:{port}"
      instruction: "pick up the {{item}}"
      rate_hz: 30
      chunk: 16
      execute: 8
      latency: 100 ms
    until: holding(item)
    timeout: 30 s
"""


@pytest.fixture
def place(tmp_path):
    port = free_port()
    script = str(Path(__file__).with_name("serve_can_policy.py"))
    with serving([python_of("openpi"), script, str(port)], port=port):
        (tmp_path / "treehand.yaml").write_text(TEXT.format(port=port))
        yield Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"))


def picked(place, **more):
    session = Session(place, **more)
    world = session.world_model.world
    try:
        world.embodiment.frames(["overhead"])
    except MissingExtra as error:
        pytest.skip(str(error))
    plan = session.plan(session.understand("throw the can away"))
    events = []
    session.watch(events.append)
    result = session.execute(plan, approved_by="the test")
    return result, world.simulation, events


@pytest.mark.parametrize("seed", range(3))
def test_a_policy_server_picks_the_can_up_and_a_skill_throws_it_away(place, seed):
    result, simulation, events = picked(place, seed=seed)
    notes = [event.note for event in events if event.event == "skill-noted"]
    assert result.world_true, [event for event in events if event.event == "skill-ended"]
    assert any("periods" in note for note in notes)
    assert simulation.monitor.violations == []


def test_the_same_chunks_are_the_same_trajectory(place):
    digests = [picked(place)[1].state_hash() for _ in range(2)]
    assert digests[0] == digests[1]


@pytest.mark.slow
def test_a_policy_server_drives_the_arm_in_real_time(place):
    result, simulation, events = picked(place, clock=MonotonicClock())
    assert result.world_true, [event for event in events if event.event == "skill-ended"]
    assert np.isfinite(simulation.data.qpos).all()
