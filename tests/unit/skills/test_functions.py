import threading

import pytest

from tests.gates import own_gate
from treehand.core.clock import VirtualClock
from treehand.core.errors import ContractError, InputError
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import (
    FailureCode,
    HaltStep,
    SkillCatalog,
    SkillContext,
    SkillDefinition,
    SkillStep,
    StepStatus,
    StopStatus,
    skill,
)
from treehand.skills.domain import Call, FactsView
from treehand.skills.testing import ScriptedSkill


class Robot:
    def __init__(self, acknowledges=True):
        self.stops = 0
        self.acknowledges = acknowledges

    def stop(self):
        self.stops += 1
        return StopStatus(self.acknowledges)


@pytest.fixture
def robot():
    return Robot()


def activation(definition, facts, robot, clock=None):
    context = SkillContext(
        call=Call(definition.name, ("red_mug",)),
        attempt=1,
        gate=own_gate(robot),
        clock=clock or VirtualClock(),
        facts=FactsView(facts),
        random=KeyedRandom(0),
        note=lambda text: None,
    )
    return definition.factory(context)


def test_a_generator_runs_between_its_yields(facts, robot):
    clock = VirtualClock()
    seen = []

    @skill("wave")
    def wave(context, person):
        seen.append(person)
        yield 2.0
        seen.append("again")
        yield

    running = activation(wave, facts, robot, clock)
    running.start()
    assert running.step() == SkillStep.running(2.0)
    assert running.step() == SkillStep.running(2.0), "not due yet: asking again changes nothing"
    clock.wait_until(2.0)
    assert running.step().wake_at_s == pytest.approx(2.05)
    clock.wait_until(2.05)
    assert running.step().status is StepStatus.SUCCESS
    assert seen == ["red_mug", "again"]


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (None, StepStatus.SUCCESS),
        (FailureCode.TIMEOUT, StepStatus.FAILURE),
        (SkillStep.failure(FailureCode.GRASP_MISSED, "why"), StepStatus.FAILURE),
    ],
)
def test_what_a_function_may_return(facts, robot, value, status):
    @skill("try_it")
    def try_it(context, item):
        return value
        yield

    running = activation(try_it, facts, robot)
    running.start()
    assert running.step().status is status


@pytest.mark.parametrize("value", [True, 3, "done"])
def test_anything_else_breaks_the_contract(facts, robot, value):
    @skill("try_it")
    def try_it(context, item):
        return value
        yield

    running = activation(try_it, facts, robot)
    running.start()
    with pytest.raises(ContractError, match="wrong-result"):
        running.step()


def test_a_step_before_start_breaks_the_contract(facts, robot):
    @skill("try_it")
    def try_it(context, item):
        yield

    with pytest.raises(ContractError, match="step-before-start"):
        activation(try_it, facts, robot).step()


def test_halting_runs_the_cleanup_and_stops_the_robot(facts, robot):
    cleaned = []

    @skill("try_it")
    def try_it(context, item):
        try:
            yield 10.0
        finally:
            cleaned.append(True)

    running = activation(try_it, facts, robot)
    running.start()
    running.step()
    assert running.halt() is HaltStep.DONE
    assert running.halt() is HaltStep.DONE
    assert cleaned == [True]
    assert robot.stops == 2


def test_a_halt_waits_for_the_robots_acknowledgement(facts):
    @skill("try_it")
    def try_it(context, item):
        yield 10.0

    running = activation(try_it, facts, Robot(acknowledges=False))
    running.start()
    running.step()
    assert running.halt() is HaltStep.RUNNING


def test_a_blocking_function_runs_in_a_worker_and_is_stopped(facts, robot):
    stopped = threading.Event()

    @skill("pour", stop=stopped.set)
    def pour(context, item):
        stopped.wait()

    clock = VirtualClock()
    running = activation(pour, facts, robot, clock)
    running.start()
    assert running.step() == SkillStep.running(None)
    assert running.halt() in (HaltStep.RUNNING, HaltStep.DONE)
    clock.wait_until(None)
    assert running.halt() is HaltStep.DONE


def test_an_error_in_a_worker_reaches_the_step(facts, robot):
    @skill("pour", stop=lambda: None)
    def pour(context, item):
        raise ZeroDivisionError("nothing to pour")

    clock = VirtualClock()
    running = activation(pour, facts, robot, clock)
    running.start()
    while clock.is_held:
        clock.wait_until(None)
    with pytest.raises(ZeroDivisionError):
        running.step()


def test_a_function_that_cannot_be_stopped_is_refused():
    with pytest.raises(ContractError, match="unstoppable-skill"):
        skill("pour")(lambda context: None)


def test_a_duplicate_skill_is_an_error_and_changes_nothing():
    one = SkillDefinition("pick", ScriptedSkill(["SUCCESS"]))
    catalog = SkillCatalog([one])
    with pytest.raises(InputError, match="duplicate-skill"):
        catalog.with_skill(one)
    assert catalog.names("anywhere") == ("pick",)


def test_a_skill_of_the_world_goes_before_one_for_all_worlds():
    general = SkillDefinition("pick", ScriptedSkill(["SUCCESS"]))
    special = SkillDefinition("pick", ScriptedSkill(["SUCCESS"]), "kitchen")
    catalog = SkillCatalog([general, special])
    assert catalog.find("pick", "kitchen") is special
    assert catalog.find("pick", "elsewhere") is general
    assert catalog.find("place", "kitchen") is None
    assert catalog.rebound(general).find("pick", "kitchen") is general
