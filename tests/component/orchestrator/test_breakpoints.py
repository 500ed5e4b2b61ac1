"""Breakpoints hold a run until a person lets it go on; nothing else of a run's safety changes."""

import threading
import time

import pytest

from treehand.core.clock import MonotonicClock, VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import FactsChanged, Held, QuestionAnswered, ResumedFromHold, SkillStarted
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.people.person import Nobody, ScriptedPerson
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills.domain import Atom, parse_fact
from treehand.trees import Breakpoint, Breakpoints

GOAL = "put the red mug in the sink"


class Debugged:
    """A robot with breakpoints, and the events of its run."""

    def __init__(self, breakpoints, person=None, clock=None, overrides=None):
        self.breakpoints = breakpoints
        settings = RobotSettings(
            clock=clock or VirtualClock(), person=person or Nobody(), breakpoints=breakpoints
        )
        deployment = Deployment.load(overrides or DeploymentOverrides())
        self.robot = Robot(deployment, workspace=None, settings=settings)
        self.events = []
        self.robot.world.stream.subscribe(self.events.append)
        self.result = None
        self._thread = threading.Thread(target=self.run)

    def run(self):
        plan = self.robot.propose(GOAL)
        self.result = self.robot.run(self.robot.approve(plan, by="a test"))
        return self.result

    def start(self):
        self._thread.start()
        return self

    def held(self, count=1):
        """Wait until a run was held so often; return the run."""
        self._until(lambda: len(self.of(Held)) >= count)
        run = self.robot.runs.current.run
        self._until(lambda: run.is_held)
        return run

    @staticmethod
    def _until(is_so):
        ends_s = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < ends_s
            time.sleep(0.001)

    def end(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.result

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def close(self):
        if self._thread.is_alive():
            self.robot.stop("the test ended", by="a test")
            self._thread.join(30)
        self.robot.close()


@pytest.fixture
def debugged():
    made = []

    def make(*points, **options):
        attended = options.pop("attended", False)
        made.append(Debugged(Breakpoints(points, is_attended=attended), **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_run_that_nobody_can_let_go_on_ends_at_rest(debugged):
    run = debugged(Breakpoint("put_in(red_mug, sink)"))
    result = run.run()
    assert result.outcome is Outcome.CLARIFY
    assert "put_in(red_mug, sink)" in result.message
    assert [str(event.call) for event in run.of(SkillStarted)] == ["pick(red_mug)"]


def test_a_person_steps_and_goes_on(debugged):
    run = debugged(Breakpoint("pick(red_mug)"), person=ScriptedPerson(["step", "go on"]))
    assert run.run().outcome is Outcome.SUCCESS
    held = [(event.by, event.moment, event.path.rpartition("/")[2]) for event in run.of(Held)]
    assert held == [
        ("a breakpoint", "before", "pick(red_mug)"),
        ("a step", "before", "put_in(red_mug, sink)"),
    ]


def test_a_person_stops_at_a_breakpoint(debugged):
    run = debugged(Breakpoint("pick(red_mug)"), person=ScriptedPerson(["stop"]))
    assert run.run().outcome is Outcome.INTERRUPTED
    assert run.robot.stops
    assert not run.of(SkillStarted)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_every_node_of_a_run_can_be_held(debugged, moment):
    run = debugged(Breakpoint("**", moment), person=ScriptedPerson(["go on"] * 200))
    assert run.run().outcome is Outcome.SUCCESS
    assert len({event.path for event in run.of(Held)}) > 15


def test_time_does_not_pass_while_a_run_is_held(debugged):
    run = debugged(Breakpoint("put_in(red_mug, sink)"), attended=True, clock=MonotonicClock(50))
    running = run.start().held()
    clock = run.robot.world.clock
    run._until(lambda: running._desk.is_holding)
    time.sleep(0.3)  # 15 s of the run, were it not held
    began_s = run.of(Held)[0].t_s
    running.breakpoints.go_on("Ada")
    assert run.end().outcome is Outcome.SUCCESS
    (resumed,) = run.of(ResumedFromHold)
    assert resumed.by == "Ada"
    assert resumed.t_s - began_s < 5.0 < clock.now_s()


def test_a_stated_fact_is_journalled_with_a_person_as_its_source(debugged):
    run = debugged(Breakpoint("pick(red_mug)"), attended=True)
    running = run.start().held()
    running.breakpoints.state(Atom(parse_fact("on(red_mug, table)"), True))
    told = run.of(FactsChanged)[-1].changes
    assert {change.source for change in told} == {"person"}
    running.breakpoints.go_on("Ada")
    assert run.end().outcome is Outcome.SUCCESS
    with pytest.raises(InputError, match="not-held"):
        running.breakpoints.state(Atom(parse_fact("on(red_mug, table)"), True))


def test_a_stop_takes_effect_while_a_run_is_held(debugged):
    run = debugged(Breakpoint("pick(red_mug)"), attended=True, clock=MonotonicClock(1))
    run.start().held()
    began = time.monotonic()
    run.robot.stop("a test", by="a test")
    assert run.end().outcome is Outcome.INTERRUPTED
    assert time.monotonic() - began < 2.0


def test_constraints_hold_while_a_run_is_held(debugged, tmp_path):
    config = tmp_path / "treehand.yaml"
    config.write_text("never: ['on(red_mug, table)']\n")
    run = debugged(
        Breakpoint("pick(red_mug)"), attended=True, overrides=DeploymentOverrides(config=config)
    )
    running = run.start().held()
    running.breakpoints.state(Atom(parse_fact("on(red_mug, table)"), True))
    assert "came true, which never may" in run.end().message


def test_breakpoints_that_are_added_and_removed_during_a_run_count(debugged):
    run = debugged(Breakpoint("pick(red_mug)"), attended=True)
    running = run.start().held()
    assert run.breakpoints.remove(Breakpoint("pick(red_mug)"))
    assert not run.breakpoints.remove(Breakpoint("pick(red_mug)"))
    run.breakpoints.add(Breakpoint("put_in(red_mug, sink)", "after"))
    running.breakpoints.go_on("Ada")
    run.held(2)
    assert run.of(Held)[-1].moment == "after"
    running.breakpoints.go_on("Ada")
    assert run.end().outcome is Outcome.SUCCESS
    assert not run.of(QuestionAnswered)


@pytest.mark.parametrize("node", ["", "  ", "a\nb", "x" * 1001])
def test_a_breakpoint_names_a_node(node):
    with pytest.raises(InputError, match="wrong-breakpoint"):
        Breakpoint(node)


@pytest.mark.parametrize(
    ("node", "is_right"),
    [
        ("nope(", False),
        ("tidy/pick(cup", False),
        ("pick(*", True),
        ("**/pick(cup)", True),
        ("log: 1) and (2", True),
        ("smile :(", True),
    ],
)
def test_a_call_without_its_closing_bracket_is_refused(node, is_right):
    if is_right:
        assert Breakpoint.written(node).node == node
        return
    with pytest.raises(InputError, match="no closing bracket"):
        Breakpoint.written(node)


def test_wrong_breakpoints_of_a_file_are_found_at_their_lines(tmp_path):
    config = tmp_path / "treehand.yaml"
    config.write_text("breakpoints:\n  - before: pick(cup)\n  - after: ''\n  - before: ' '\n")
    with pytest.raises(InputError) as caught:
        Deployment.load(DeploymentOverrides(config=config))
    assert [(f.code, f.span.line) for f in caught.value.findings] == [
        ("wrong-breakpoint", 3),
        ("wrong-breakpoint", 4),
    ]
