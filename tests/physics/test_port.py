"""The port of the kitchen's skills: they run on whatever offers it, and on nothing else."""

import importlib.util

import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from tests.gates import own_gate
from tests.physics.test_drawing import kitchen
from treehand.core.clock import VirtualClock
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import SkillContext, StepStatus
from treehand.skills.domain import Facts, FactsView, parse_call
from treehand.worlds.physics.port import WorkingRobot
from treehand.worlds.physics.skills import SKILLS

PORT = [name for name in (*vars(WorkingRobot), *WorkingRobot.__annotations__) if name[0] != "_"]


class OnlyThePort:
    """Offers the members of the port, and nothing else of the simulated robot."""

    READINGS = ("perception", "encoders", "library", "model", "pace", "strike", "discard_faults")

    def __init__(self, robot):
        self._robot = robot

    def __getattr__(self, name):
        if name not in PORT:
            raise AttributeError(f"the port has no '{name}'")
        return getattr(self._robot, name)


def step_through(world, robot, text, clock):
    """Yield the steps of a skill, while the world goes on."""
    call = parse_call(text)
    definition = next(one for one in SKILLS if one.name == call.name)
    context = SkillContext(
        call=call,
        attempt=1,
        gate=own_gate(robot, clock),
        clock=clock,
        facts=FactsView(Facts(world.simulation.vocabulary)),
        random=KeyedRandom(0),
        note=lambda text: None,
    )
    skill = definition.factory(context)
    skill.start()
    while (step := skill.step()).status is StepStatus.RUNNING:
        yield step
        clock.wait_until(step.wake_at_s)
        world.advance(clock.now_s())
        world.perceive()
    yield step


def do(world, robot, text, clock):
    """Return the last step of a skill."""
    *_, step = step_through(world, robot, text, clock)
    return step


def test_skills_ask_nothing_but_the_port():
    world, _ = kitchen("exact")
    world.perceive()
    robot, clock = OnlyThePort(world.robot), VirtualClock()
    calls = ("turn_off(burner)", "open(drawer)", "pick(sponge)", "wash(bowl_1, sink, sponge)")
    for call in (*calls, "put_on(sponge, stove)", "pick(can)", "throw_away(can, bin)"):
        step = do(world, robot, call, clock)
        assert step.status is StepStatus.SUCCESS, (call, step)


def test_a_robot_without_the_port_is_told():
    world, _ = kitchen("exact")
    with pytest.raises(TypeError, match="needs a robot with perception, encoders, library"):
        do(world, object(), "pick(can)", VirtualClock())
