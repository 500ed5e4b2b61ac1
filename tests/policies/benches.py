"""What the tests of policies share: a deployment on the tabletop, and a robot that is recorded."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import numpy as np

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Plan
from treehand.worlds import find_world

BINDING = """
world: tabletop
bindings:
  pick:
    policy:
      adapter: {adapter}
      {where}
      instruction: "pick up the {{item}}{words}"
{more}
    until: holding(item)
    timeout: 20 s
"""


class Recorded:
    """A robot that tells everything that was sent to it; all else is the robot's own."""

    def __init__(self, robot, clock):
        self._robot = robot
        self._clock = clock
        self.sent = []
        """Time and action."""
        self.stops_s = []

    def __getattr__(self, name):
        return getattr(self._robot, name)

    spec = property(lambda self: self._robot.spec)

    def proprioception(self):
        return self._robot.proprioception()

    def frames(self, cameras, size=(224, 224), *, depth=False):
        return self._robot.frames(cameras, size, depth=depth)

    def readings(self, sensors):
        return self._robot.readings(sensors)

    def apply(self, action):
        self.sent.append((self._clock.now_s(), action.copy()))
        self._robot.apply(action)

    def apply_for(self, action, valid_s):
        self.sent.append((self._clock.now_s(), action.copy()))
        self._robot.apply_for(action, valid_s)

    def stop(self):
        self.stops_s.append(self._clock.now_s())
        return self._robot.stop()

    def require_safe(self):
        """Assert that nothing was sent that must not be."""
        low, high = self.spec.action.lows(), self.spec.action.highs()
        for _, action in self.sent:
            assert np.isfinite(action).all()
            assert (action >= low - 1e-6).all()
            assert (action <= high + 1e-6).all()


class RecordedWorld:
    """The tabletop, with a recorded robot."""

    def __init__(self, opening, wrap=None):
        self._world = find_world("tabletop").open(opening)
        self.embodiment = Recorded(self._world.embodiment, opening.clock)
        if wrap is not None:
            self.embodiment = wrap(self.embodiment)

    def __getattr__(self, name):
        return getattr(self._world, name)


def deployment(
    folder, *, adapter="openpi", where="", words="", more="", text=None, wrap=None, is_recorded=True
):
    """Return a deployment on the tabletop whose `pick` a policy serves."""
    more = textwrap.indent(textwrap.dedent(more), " " * 6)
    written = text or BINDING.format(adapter=adapter, where=where, words=words, more=more)
    (folder / "treehand.yaml").write_text(written)
    loaded = Deployment.load(DeploymentOverrides(config=folder / "treehand.yaml"))
    if not is_recorded:
        return loaded
    return replace(
        loaded, kind=replace(loaded.kind, open=lambda opening: RecordedWorld(opening, wrap))
    )


def run(
    deployment,
    goal="pick up the red block",
    *,
    clock=None,
    seed=0,
    before=lambda session: None,
    has_recovery=False,
):
    """Run a goal, as a rule without recovery; return result, robot and everything that happened."""
    session = Session(deployment, seed=seed, **({"clock": clock} if clock else {}))
    events = []
    session.world_model.stream.subscribe(events.append)
    plan = session.plan(session.understand(goal))
    assert isinstance(plan, Plan), plan
    if not has_recovery:
        session.without_recovery()
    before(session)
    result = session.execute(plan, approved_by="the test")
    robot = session.world_model.world.embodiment
    return result, robot, events


def codes(events):
    """Return the failure codes of the attempts, in their order."""
    return [e.code for e in events if e.event == "skill-ended" and e.result == "failure"]
