"""A stop that stops: from anywhere, latched, survives a restart, lifted only after a look."""

import threading
from dataclasses import replace

import pytest

from tests.conftest import planned
from tests.doubles import Scripted
from treehand.clock import MonotonicClock
from treehand.errors import InputError, StorageError
from treehand.events import Rearmed, SkillStarted, StopLatched, Stopped, Ticked
from treehand.orchestrator.deployment import Deployment
from treehand.orchestrator.journal import read_events
from treehand.orchestrator.latch import Stop
from treehand.orchestrator.person import Nobody
from treehand.orchestrator.resume import Allowed, go_on, take_up
from treehand.orchestrator.session import Session
from treehand.orchestrator.workspace import Workspace, WorldPlace
from treehand.skills import HaltStep, SkillDefinition, SkillStep
from treehand.skills.domain import parse_formula
from treehand.trees import parse_tree


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "runs")


def opened(deployment, workspace, goal, **options):
    session = Session(deployment, workspace=workspace, **options)
    plan = planned(session, goal)
    session.announce(plan.goal, plan)
    return session, plan


def test_a_stop_is_latched_and_written_down(deployment, workspace):
    session, plan = opened(deployment, workspace, "put the red mug in the sink")

    def stop(event):
        if isinstance(event, SkillStarted):
            session.stop("a child came in", by="console")

    session.watch(stop)
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "interrupted"
    files = workspace.find_run("1")
    assert files.place.latch.read().reason == "a child came in"
    assert files.place.latch.read().run == "0001"
    latched = [e for e in read_events(files.journal) if isinstance(e, StopLatched)]
    assert [(e.reason, e.by) for e in latched] == [("a child came in", "console")]


def test_nothing_begins_after_a_stop_not_even_in_the_same_tick(deployment, workspace):
    """The stop comes while the tree is visited, just as a first step begins."""
    text = "tree: two\nroot:\n  parallel: [do: go_to(table), do: open(fridge)]\n"
    session = Session(deployment, workspace=workspace)
    plan = session.plan_tree(parse_tree(text, file="two.tree.yaml"), {})
    made = []

    def make(context):
        made.append(str(context.call))
        session.stop("now", by="test")
        return Scripted(context.clock, [1.0, "ok"])

    session.substitute("**/go_to(table)", make)
    session.announce(plan.goal, plan)
    assert session.execute(plan, approved_by="test").outcome == "interrupted"
    session.close()
    assert made == ["go_to(table)"]


def test_a_stop_before_the_run_keeps_it_from_beginning(deployment, workspace):
    session, plan = opened(deployment, workspace, "open the fridge")
    session.stop("not now", by="console")
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "refused"
    assert result.leaves_run == 0
    assert "treehand rearm 0001" in result.message


def test_a_stop_survives_a_restart_and_is_lifted_after_a_look(deployment, workspace, tmp_path):
    place = WorldPlace.beside(tmp_path / "kitchen.world")
    session, plan = opened(deployment, workspace, "open the fridge", place=place)
    session.watch(lambda e: isinstance(e, Ticked) and session.stop("smoke", by="test"))
    assert session.execute(plan, approved_by="test").outcome == "interrupted"
    session.close()

    session, plan = opened(deployment, workspace, "open the fridge", place=place)
    result = session.execute(plan, approved_by="test")
    assert result.outcome == "refused"
    assert "smoke" in result.message
    session.rearm("ann")
    assert session.execute(plan, approved_by="test").outcome == "success"
    session.close()
    rearmed = [e for e in read_events(workspace.find_run("2").journal) if isinstance(e, Rearmed)]
    assert rearmed[0].by == "ann"
    assert "hand_empty()" in rearmed[0].seen


def test_a_throw_away_world_that_starts_afresh_is_not_stopped(deployment, workspace):
    session, plan = opened(deployment, workspace, "open the fridge")
    session.watch(lambda e: isinstance(e, Ticked) and session.stop("smoke", by="test"))
    session.execute(plan, approved_by="test")
    session.close()
    session, plan = opened(deployment, workspace, "open the fridge")
    assert session.execute(plan, approved_by="test").outcome == "success"
    session.close()


def test_two_processes_cannot_use_one_world(deployment, workspace, tmp_path):
    place = WorldPlace.beside(tmp_path / "kitchen.world")
    session, _ = opened(deployment, workspace, "open the fridge", place=place)
    with pytest.raises(StorageError, match=r"in-use: world .*kitchen\.world"):
        Session(deployment, workspace=workspace, place=place)
    session.close()
    Session(deployment, workspace=workspace, place=place).close()


class Streams:
    """A skill that goes on until it is halted."""

    def __init__(self, context, running):
        self._clock, self._running = context.clock, running

    def start(self):
        self._running.set()

    def step(self):
        return SkillStep.running(self._clock.now_s() + 0.01)

    def halt(self):
        return HaltStep.DONE


def running(deployment, workspace, **changes):
    """Return a session whose run goes on in a thread, and that thread."""
    begun = threading.Event()
    catalog = deployment.catalog.rebound(
        SkillDefinition("open", lambda context: Streams(context, begun))
    )
    own = replace(deployment, catalog=catalog, **changes)
    session, plan = opened(own, workspace, "open the fridge", clock=MonotonicClock())
    results = []
    thread = threading.Thread(
        target=lambda: results.append(session.execute(plan, approved_by="test"))
    )
    thread.start()
    assert begun.wait(5)
    return session, thread, results


def test_a_stop_from_another_terminal_reaches_a_running_skill(deployment, workspace):
    session, thread, results = running(deployment, workspace)
    session.place.latch.set(Stop(reason="smoke", by="ann"))
    thread.join(5)
    session.close()
    assert results[0].message == "stopped: smoke"
    events = list(read_events(workspace.find_run("1").journal))
    stopped = next(e for e in events if isinstance(e, Stopped))
    assert stopped.acknowledged
    assert stopped.by == "ann"


def test_a_world_that_falls_silent_stops_the_robot(deployment, workspace):
    silence = [0.0]

    def open_world(opening):
        world = deployment.kind.open(opening)
        world.silent_s = lambda: silence[0]
        return world

    kind = replace(deployment.kind, open=open_world)
    session, thread, results = running(deployment, workspace, kind=kind)
    silence[0] = 2.5
    thread.join(5)
    session.close()
    assert results[0].message == "stopped: nothing was heard of the world for 2.5 s"
    assert session.latched().by == "heartbeat"


def test_what_never_may_become_true_stops_the_robot(deployment, workspace):
    never = (parse_formula("is_open(fridge) and is_on(left_knob)"),)
    own = replace(deployment, never=never)
    session, plan = opened(own, workspace, "open the fridge and put the apple in the fridge")
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "interrupted"
    assert "came true, which never may" in result.message
    assert session.latched().by == "never"
    assert result.leaves_run <= 2


def test_what_never_may_be_and_already_is_keeps_a_run_from_beginning(deployment, workspace):
    own = replace(deployment, never=(parse_formula("is_on(left_knob)"),))
    session, plan = opened(own, workspace, "open the fridge")
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "refused"
    assert result.leaves_run == 0


def test_a_halt_that_is_not_confirmed_latches_the_stop(deployment, workspace):
    class Runaway:
        def __init__(self, context):
            self._clock = context.clock

        def start(self):
            pass

        def step(self):
            return SkillStep.running(self._clock.now_s() + 1.0)

        def halt(self):
            return HaltStep.RUNNING

    catalog = deployment.catalog.rebound(SkillDefinition("open", Runaway))
    session, plan = opened(replace(deployment, catalog=catalog), workspace, "open the fridge")
    session.watch(
        lambda e: isinstance(e, SkillStarted) and session.run.request_stop("enough", by="test")
    )
    assert session.execute(plan, approved_by="test").outcome == "error"
    session.close()
    assert "did not confirm" in session.latched().reason


def test_after_a_stop_and_a_look_the_run_is_carried_on(deployment, workspace):
    session, plan = opened(deployment, workspace, "put the red mug in the dishwasher")
    session.watch(
        lambda e: (
            isinstance(e, SkillStarted)
            and e.call.startswith("put_in")
            and session.stop("wait", by="test")
        )
    )
    session.execute(plan, approved_by="test")
    session.close()
    files = workspace.find_run("1")
    files.place.latch.clear()
    resumption = take_up(workspace, files, person=Nobody())
    allowed = go_on(resumption, lambda plan, new: pytest.fail("it was approved before"))
    assert isinstance(allowed, Allowed)
    result = resumption.session.execute(allowed.plan, approved_by=allowed.by)
    resumption.session.close()
    assert result.outcome == "success"
    assert result.world_true is True


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("never: [is_opn(fridge)]", "unknown-predicate", "1:9"),
        ("never: ['is_open(fridg)']", "unknown-object", "1:18"),
        ("approval: {policy: sometimes}", "wrong-value", "1:20"),
        ("approval: {policies: never}", "unknown-key", "1:12"),
        ("silence: never", "wrong-duration", "1:10"),
    ],
)
def test_a_wrong_envelope_is_told_with_its_place(tmp_path, text, code, at):
    path = tmp_path / "treehand.yaml"
    path.write_text(text + "\n")
    with pytest.raises(InputError) as caught:
        Deployment.load(config=path)
    finding = caught.value.findings[0]
    assert str(finding.span).endswith(at)
    assert finding.code == code


def test_a_fault_that_kills_is_not_let_into_somebody_elses_process(deployment):
    session = Session(deployment)
    with pytest.raises(InputError, match="'process-killed' would kill this process"):
        session.disturb(["process-killed@pick(red_mug)"])
    with pytest.raises(InputError, match="process-killed takes no argument"):
        session.disturb(["process-killed(now)@pick(red_mug)"], may_be_killed=True)
