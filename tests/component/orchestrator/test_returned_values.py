"""Values that other people's code returns: no wrong one is believed, and none is our own error."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.driving import Session
from tests.samples import drawn
from treehand.core.clock import VirtualClock
from treehand.core.error_record import PluginError
from treehand.core.errors import TreehandError
from treehand.core.events import FactsChanged, PerceptDropped, SkillEnded
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.people.person import asked
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.safety.watchdog import Watchdog
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace
from treehand.skills import HaltStep, SkillDefinition, SkillStep, StepStatus, skill
from treehand.skills.domain import Call, Facts, Percept
from treehand.skills.domain.knowledge.percept_problems import Fact
from treehand.trees import PersonQuestion

GOAL = "go to the table"
HUGE = 10**400


class Evil:
    """An object whose every use raises."""

    def __repr__(self):
        raise ValueError("no repr")

    __bool__ = __eq__ = __iter__ = __float__ = __repr__
    __hash__ = object.__hash__


class OwnText(str):
    def __str__(self):
        raise ValueError("no str")


class OwnNumber(float):
    def __lt__(self, other):
        raise ValueError("no order")

    __gt__ = __le__ = __ge__ = __lt__


WRONG = {
    "text": "soon",
    "nan": math.nan,
    "negative": -5.0,
    "huge": HUGE,
    "long": 10**5000,
    "true": True,
    "bytes": b"\xff",
    "object": object(),
    "evil": Evil(),
    "array": np.zeros(3),
    "numpy nan": np.float64("nan"),
    "list": [None],
    "class": Facts,
    "own text": OwnText("soon"),
}
"""Values that fit nowhere."""
QUICK = ("text", "huge", "evil")
TAKEN = {
    "triggered": ("array", "list"),
    "sample": (
        *("text", "nan", "negative", "huge", "true", "numpy nan", "list", "own text", "own number"),
    ),
}
"""Values that fit in fact: a list may hold faults, and JSON holds many values."""
VALUES = [
    *map(pytest.param, QUICK),
    *drawn([name for name in WRONG if name not in QUICK], 3, "wrong values", pytest.mark.slow),
]
"""Their names: three with every change, three more that the commit draws, the others nightly."""


def world_with(deployment, method, value, *, is_property=False):
    """Return the kitchen whose world returns a value from one of its members."""

    def member(self, *arguments):
        return value

    def open_world(opening):
        world = deployment.kind.open(opening)
        kind = type(world)
        own = property(member) if is_property else member
        world.__class__ = type("Own", (kind,), {method: own})
        return world

    return replace(deployment, kind=replace(deployment.kind, open=open_world))


def run(deployment, goal=GOAL, *, by="a test", faults=(), workspace=None, person=None):
    settings = RobotSettings(clock=VirtualClock(), experiment=Experiment(faults=faults))
    settings = replace(settings, person=person) if person is not None else settings
    with Robot(deployment, workspace=workspace, settings=settings) as robot:
        return run_goal(robot, goal, by=by)


def served(deployment, factory, name="go_to"):
    definition = SkillDefinition(name, factory)
    return replace(deployment, catalog=deployment.catalog.rebound(definition))


class Plain:
    """A skill whose steps and halts are given."""

    given, halts = SkillStep.success(), HaltStep.DONE

    def __init__(self, context):
        self.context = context

    def start(self):
        pass

    def step(self):
        return self.given() if callable(self.given) else self.given

    def halt(self):
        return self.halts


@pytest.mark.parametrize("name", WRONG)
def test_a_worlds_next_event_must_be_a_time(deployment, name):
    session = Session(world_with(deployment, "next_event_s", WRONG[name]))
    with pytest.raises(PluginError, match=r"world 'kitchen' .*next_event_s returned") as caught:
        session.world_model.checked.next_event_s()
    session.close()
    assert caught.value.record.file == __file__


@pytest.mark.parametrize(
    "value", [None, math.inf, np.float64(3.5), np.int64(4), OwnNumber(2.0)], ids=type
)
def test_a_next_event_may_be_any_kind_of_number_or_none(deployment, value):
    session = Session(world_with(deployment, "next_event_s", value))
    told = session.world_model.checked.next_event_s()
    assert told is None if value is None or value == math.inf else type(told) is float
    session.close()


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("member", ["truth", "triggered", "disturbances", "sample"])
def test_a_simulator_that_answers_wrongly_is_named(deployment, member, name):
    own = world_with(
        deployment, member, WRONG[name], is_property=member in ("disturbances", "sample")
    )
    faults = ("take(apple)@open(fridge)",)
    if member in ("triggered", "sample") and name in TAKEN[member]:
        assert run(own, "open the fridge", faults=faults).outcome is Outcome.SUCCESS
        return
    with pytest.raises(PluginError, match="world 'kitchen'") as caught:
        run(own, "open the fridge", faults=faults)
    assert caught.value.record.file == __file__


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (Fact("hodling", ("red_mug",)), "unknown predicate 'hodling'"),
        (Fact("holding", ("red_mug", "table")), "predicate 'holding' takes 1 argument, got 2"),
        (Fact("hand_empty", ("red_mug",)), "predicate 'hand_empty' takes 0 arguments, got 1"),
        (Fact("holding", "red_mug"), "which are not a tuple of names"),
        (Fact("holding", (3,)), "which are not a tuple of names"),
        (Fact(None, ("red_mug",)), "with the predicate None, which is not a text"),
    ],
)
def test_a_percept_that_the_domain_cannot_hold_is_an_error_of_the_world(deployment, fact, told):
    with pytest.raises(PluginError, match="world 'kitchen'") as caught:
        run(world_with(deployment, "perceive", [Percept(fact, True, "camera", 0.0)]))
    assert told in str(caught.value)
    assert caught.value.record.file == __file__


ODD_NAMES = ["mug_7", "Coffee Mug!", "\udcff\x1b[31m", "", "and", "_", "x" * 5000]


def test_objects_outside_of_the_scene_are_told_once_and_not_believed(deployment, tmp_path):
    """A detector may see anything: the run goes on, and its journal stays readable."""
    odd = [Percept(Fact("on", (name, "table")), True, "det\udcff]\n", 0.0) for name in ODD_NAMES]
    odd.append(Percept(Fact("holding", ("table",)), True, "detector", 0.0))
    kitchen = deployment.kind.open

    def open_world(opening):
        world = kitchen(opening)
        perceive = world.perceive
        world.perceive = lambda: [*odd, *perceive()]
        return world

    own = replace(deployment, kind=replace(deployment.kind, open=open_world))
    workspace = Workspace(tmp_path / "runs")
    assert run(own, "put the red mug in the sink", workspace=workspace).outcome is Outcome.SUCCESS
    events = list(read_events(workspace.find_run("1").journal))
    drops = [event for event in events if isinstance(event, PerceptDropped)]
    assert len(drops) == len(odd)
    assert drops[0].problem == "unknown object 'mug_7'"
    assert "world 'kitchen' told 'on(mug_7, table)" in event_line(drops[0]).plain
    assert drops[
        -1
    ].problem == "'item' of predicate 'holding' wants a movable, but 'table' is a " + (
        deployment.scene.objects["table"].type
    )
    believed = {str(c.fact) for e in events if isinstance(e, FactsChanged) for c in e.changes}
    assert not {fact for fact in believed if "mug_7" in fact or fact == "holding(table)"}


def test_a_detector_that_invents_names_does_not_flood_the_journal(deployment):
    count = 0

    def perceive(self):
        nonlocal count
        count += 1
        return [Percept(Fact("on", (f"track_{count}", "table")), True, "detector", 0.0)]

    def open_world(opening):
        world = deployment.kind.open(opening)
        world.__class__ = type("Own", (type(world),), {"perceive": perceive})
        return world

    session = Session(replace(deployment, kind=replace(deployment.kind, open=open_world)))
    events = []
    session.watch(events.append)
    for _ in range(100):
        session.world_model.sense()
    assert len([event for event in events if isinstance(event, PerceptDropped)]) == 20
    session.close()


def telling(deployment, times_s):
    """Return a session whose world tells one fact at each look, of these times."""
    pending = iter(times_s)
    fact = Fact("on", ("red_mug", "table"))

    def perceive(self):
        return [Percept(fact, True, "camera", next(pending))]

    def open_world(opening):
        world = deployment.kind.open(opening)
        world.__class__ = type("Own", (type(world),), {"perceive": perceive})
        return world

    return Session(replace(deployment, kind=replace(deployment.kind, open=open_world)))


def test_a_percept_that_is_older_than_before_is_named_and_not_believed(deployment):
    session = telling(deployment, [0.9, 0.5, 0.4, 1.0])
    events = []
    session.watch(events.append)
    for _ in range(3):
        session.world_model.sense()
    (drop,) = [event for event in events if isinstance(event, PerceptDropped)]
    assert drop.problem == "it is of 0.50 s, and 'camera' told it of 0.90 s before"
    session.close()


def test_a_source_whose_clock_was_set_back_is_an_error_of_the_world(deployment):
    session = telling(deployment, [0.9, 0.95, -0.5])
    session.world_model.sense()
    with pytest.raises(PluginError, match=r"of -0\.50 s, and 'camera' told it of 0\.95 s before"):
        session.world_model.sense()
    session.close()


def test_a_world_that_was_restarted_ends_the_run_and_every_one_after_it(deployment):
    names = iter(["hall", "hall"])
    kitchen = deployment.kind.open

    def open_world(opening):
        world = kitchen(opening)
        members = {"scene_id": lambda self: next(names, "cellar")}
        world.__class__ = type("Own", (type(world),), members)
        return world

    session = Session(replace(deployment, kind=replace(deployment.kind, open=open_world)))
    session.world_model.sense()
    for _ in range(2):
        with pytest.raises(
            PluginError,
            match=r"world-restarted: .* 'hall', and shows 'cellar' now \(by .*values\.py:\d+ in",
        ):
            session.world_model.sense()
    session.close()


@pytest.mark.parametrize("name", [one for one in VALUES if one.values != ("negative",)])
def test_a_generator_that_yields_no_time_is_named_with_its_line(deployment, name):
    value = WRONG[name]

    @skill("go_to")
    def go_to(context, place):
        yield 0.1
        yield value

    result = run(served(deployment, go_to.factory))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert "wrong-result: skill 'go_to' yielded" in result.message
    (error,) = result.errors
    assert (error.file, error.function) == (__file__, "go_to")
    assert Path(__file__).read_text().splitlines()[error.line - 1].strip() == "yield value"


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("field", ["status", "wake_at_s", "code", "detail", "evidence", "outputs"])
@pytest.mark.parametrize(
    "status",
    [
        StepStatus.FAILURE,
        *(pytest.param(s, marks=pytest.mark.slow) for s in StepStatus if s != StepStatus.FAILURE),
    ],
)
def test_no_field_of_a_step_ends_in_an_error_of_ours(deployment, field, status, name):
    fields = {"status": status, field: WRONG[name]}
    result = run(
        served(deployment, type("Own", (Plain,), {"given": lambda self: SkillStep(**fields)}))
    )
    assert result.outcome is not Outcome.SUCCESS
    for error in result.errors:
        assert error.file == __file__


@pytest.mark.parametrize(
    "percept",
    [
        Percept("at(table)", True, "camera", 0.0),
        Percept(Fact("at", ("table",)), "yes", "camera", 0.0),
        Percept(Fact("at", ("table",)), True, None, 0.0),
        Percept(Fact("at", "table"), True, "camera", 0.0),
    ],
)
@pytest.mark.parametrize("status", [StepStatus.SUCCESS, StepStatus.FAILURE])
def test_evidence_of_a_wrong_type_is_no_evidence(deployment, percept, status):
    kind = type("Own", (Plain,), {"given": SkillStep(status, evidence=(percept,))})
    result = run(served(deployment, kind))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert "a SkillStep with the evidence" in result.message


def test_an_output_that_is_not_declared_is_refused(deployment):
    @skill("go_to")
    def go_to(context, place):
        yield 0.1
        return SkillStep.success(outputs={"speed": 3.0})

    result = run(served(deployment, go_to.factory))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert "output 'speed': the action model declares no such output; it declares none" in (
        result.message
    )
    assert (result.errors[0].file, result.errors[0].function) == (__file__, "go_to")


@pytest.mark.parametrize("made", [None, True, "skill", object(), Evil(), Facts], ids=type)
def test_a_factory_that_makes_no_skill_is_named(deployment, made):
    result = run(served(deployment, lambda context: made))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert "the factory of skill 'go_to' returned" in result.message
    assert result.errors[0].file == __file__


def test_a_halt_that_returns_something_else_is_named(deployment):
    hanging = SkillStep.running
    given = {"given": lambda self: hanging(self.context.clock.now_s() + 1.0), "halts": "done"}
    session, events = Session(served(deployment, type("Own", (Plain,), given))), []
    session.watch(events.append)
    result = session.execute(session.plan(session.understand(GOAL)), approved_by="a test")
    assert result.outcome is Outcome.ERROR
    assert "halt() returned 'done', not a HaltStep" in str([leaf for leaf in result.stop.leaves])
    assert not [e for e in events if isinstance(e, SkillEnded) and e.result == "success"]
    session.close()


@pytest.mark.parametrize("answer", [3, True, b"yes", ["yes"], Evil(), np.zeros(3)], ids=type)
def test_a_person_who_answers_with_no_text_is_named(answer):
    class Odd:
        def ask(self, question):
            return answer

    with pytest.raises(PluginError, match=r"the person raised .*which is no text") as caught:
        asked(Odd(), PersonQuestion("Shall it?"))
    assert caught.value.record.file == __file__


@pytest.mark.parametrize("answer", [None, "yes", 1, Evil(), np.zeros(3)], ids=type)
def test_an_approver_says_true_or_false(deployment, answer):
    with pytest.raises(PluginError, match=r"the approver raised .*no Decision and no bool"):
        run(deployment, by=lambda plan: answer)


@pytest.mark.parametrize("silent_s", ["long", None, math.nan, HUGE, True, Evil()], ids=type)
def test_a_heartbeat_that_is_no_time_stops_the_run(silent_s):
    class Odd:
        def silent_s(self):
            return silent_s

    stops = []
    with Watchdog(None, Odd(), 10.0, lambda reason, by: stops.append((reason, by))) as watchdog:
        watchdog._thread.join(5.0)
    ((reason, by),) = stops
    assert by == "heartbeat"
    assert "silent_s() returned" in reason


def test_a_note_that_is_no_text_is_an_error_of_the_skill(deployment):
    @skill("go_to")
    def go_to(context, place):
        context.note(3)
        yield 0.1

    result = run(served(deployment, go_to.factory))
    assert result.outcome is Outcome.ERROR
    assert "wrong-note: note() got 3" in result.message
    assert issubclass(PluginError, TreehandError)


def test_a_failure_without_details_ends_with_its_code():
    ended = SkillEnded(
        t_s=5.0, path="a", call=Call("move", ("bolt",)), attempt=1, result="failure", code="stalled"
    )
    assert event_line(ended).plain.endswith("move(bolt) stalled")
