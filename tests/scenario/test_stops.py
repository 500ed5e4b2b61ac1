"""A stop that stops: from anywhere, latched, survives a restart, lifted only after a look."""

import sqlite3
import threading
from dataclasses import replace

import pytest

from tests.conftest import planned
from tests.driving import Session
from treehand.core.clock import MonotonicClock
from treehand.core.errors import InputError, StorageError
from treehand.core.events import (
    QuestionAnswered,
    Rearmed,
    SkillEnded,
    SkillStarted,
    StopLatched,
    Stopped,
    Ticked,
)
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.people.person import Nobody
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.sessions.resuming.resume import resume_run, take_up
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.planners import Infeasible
from treehand.skills import HaltStep, SkillDefinition, SkillStep, skill
from treehand.skills.domain import Fact, parse_formula
from treehand.skills.testing import ScriptedSkill
from treehand.trees import parse_tree


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "runs")


def opened(deployment, workspace, goal, **options):
    session = Session(deployment, workspace=workspace, **options)
    plan = planned(session, goal)
    session.announce(plan.goal, plan)
    return session, plan


def opened_with(deployment, workspace, *steps):
    """Open a session with a tree that a person wrote: a sequence of steps."""
    nodes = ", ".join(f"do: '{step}'" for step in steps)
    text = f"tree: mine\nroot:\n  sequence: [{nodes}]\n"
    session = Session(deployment, workspace=workspace)
    plan = session.plan_tree(parse_tree(text, file="mine.tree.yaml"), {})
    session.announce(plan.goal, plan)
    return session, plan


def meddling(session):
    """Let somebody turn the right burner on while a step runs."""

    def turn(event):
        if isinstance(event, SkillStarted):
            session.world_model.world.robot.manipulator.turn_knob("right_knob", is_on=True)

    return turn


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
    assert files.place.latch.first().reason == "a child came in"
    assert files.place.latch.first().run == "0001"
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
        return ScriptedSkill([1.0, "SUCCESS"])(context)

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
    assert Fact("hand_empty", ()) in rearmed[0].seen


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
    session.place.latch.add(LatchedStop(reason="smoke", by="ann"))
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
    own = replace(deployment, never=(parse_formula("is_on(right_knob) and is_on(left_knob)"),))
    session, plan = opened_with(own, workspace, "go_to(stove)", "go_to(bin)")
    session.watch(meddling(session))
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "interrupted"
    assert "came true, which never may" in result.message
    assert session.latched().by == "never"
    assert result.leaves_run == 1


def test_no_step_begins_that_would_make_so_what_never_may_be(deployment, workspace):
    """A person's tree was approved, and shown to end badly: it stops short of the harm."""
    never = (parse_formula("is_open(fridge) and is_on(left_knob)"),)
    own = replace(deployment, never=never)
    session, plan = opened_with(own, workspace, "go_to(fridge)", "open(fridge)", "pick(apple)")
    assert "which never may be" in " ".join(plan.certificate.checked)
    result = session.execute(plan, approved_by="test")
    session.close()
    assert (result.outcome, result.leaves_run) == ("failure", 1)
    assert "'is_open(fridge) and is_on(left_knob)' true" in result.message
    assert session.latched() is None
    assert not session.world_model.world.truth().value(parse_formula("is_open(fridge)").fact)


def test_a_search_leaves_out_what_must_stay_closed(deployment, workspace):
    text = "put all mugs in the sink and do not open the fridge"
    session, plan = opened(deployment, workspace, text, seed=3)
    assert session.execute(plan, approved_by="test").outcome == "success"
    session.close()
    events = read_events(workspace.find_run("1").journal)
    calls = [str(event.call) for event in events if isinstance(event, SkillStarted)]
    assert "open(cupboard)" in calls  # where the blue mug was
    assert "open(fridge)" not in calls


def test_what_never_may_be_is_planned_around(deployment, workspace):
    """The flame is put out before the fridge is opened, and nothing but `never` says so."""
    never = (parse_formula("is_open(fridge) and is_on(left_knob)"),)
    own = replace(deployment, never=never)
    session, plan = opened(own, workspace, "open the fridge and put the apple in the fridge")
    steps = list(map(str, plan.certificate.steps))
    assert steps[:2] == ["turn_off(left_knob)", "open(fridge)"]
    assert session.execute(plan, approved_by="test").outcome == "success"
    session.close()
    other = Session(replace(deployment, never=(parse_formula("wiped(counter)"),)))
    assert isinstance(other.plan(other.understand("wipe the counter")), Infeasible)


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
    session.watch(lambda e: isinstance(e, Ticked) and session.run.request_stop("enough", by="test"))
    assert session.execute(plan, approved_by="test").outcome == "error"
    session.close()
    assert "did not confirm" in session.latched().reason


def test_after_a_stop_and_a_look_the_run_is_carried_on(deployment, workspace):
    session, plan = opened(deployment, workspace, "put the red mug in the dishwasher")
    session.watch(
        lambda e: (
            isinstance(e, SkillStarted)
            and e.call.name == "put_in"
            and session.stop("wait", by="test")
        )
    )
    session.execute(plan, approved_by="test")
    session.close()
    files = workspace.find_run("1")
    files.place.latch.lift(files.place.latch.stops())
    resumption = take_up(workspace, files, person=Nobody())
    with resumption.robot:
        result = resume_run(resumption, by=lambda plan: pytest.fail("it was approved before"))
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
        Deployment.load(DeploymentOverrides(config=path))
    finding = caught.value.findings[0]
    assert str(finding.span).endswith(at)
    assert finding.code == code


def test_a_fault_that_kills_is_not_let_into_somebody_elses_process(deployment):
    session = Session(deployment)
    with pytest.raises(InputError, match="'process-killed' would kill this process"):
        session.disturb(["process-killed@pick(red_mug)"])
    with pytest.raises(InputError, match="process-killed takes no argument"):
        session.disturb(["process-killed(now)@pick(red_mug)"], may_be_killed=True)


ASKS = """
tree: asks
root:
  sequence:
    - ask: {question: Fine?, default: "yes", deadline: 60 s}
    - do: open(fridge)
"""


class Interrupted:
    """A person who is asked when a signal comes."""

    def ask(self, question):
        raise KeyboardInterrupt("SIGTERM")


def test_a_stop_at_a_question_is_no_answer(deployment, workspace):
    session = Session(deployment, workspace=workspace, person=Interrupted())
    plan = session.plan_tree(parse_tree(ASKS, file="asks.tree.yaml"), {})
    session.announce(plan.goal, plan)
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "interrupted"
    assert result.leaves_run == 0
    assert session.latched().by == "SIGTERM"
    events = list(read_events(workspace.find_run("1").journal))
    assert [e.answer for e in events if isinstance(e, QuestionAnswered)] == [None]
    statuses = [e.changes for e in events if isinstance(e, Ticked)]
    assert not any("SUCCESS" in changes.values() for changes in statuses)


def test_a_stop_that_comes_with_the_intent_keeps_the_skill_from_starting(deployment, workspace):
    session, plan = opened(deployment, workspace, "open the fridge")
    started = []

    def make(context):
        started.append(str(context.call))
        return ScriptedSkill(["SUCCESS"])(context)

    session.substitute("**/open(fridge)", make)
    session.watch(lambda e: isinstance(e, SkillStarted) and session.stop("now", by="test"))
    assert session.execute(plan, approved_by="test").outcome == "interrupted"
    session.close()
    assert started == []
    ends = [e for e in read_events(workspace.find_run("1").journal) if isinstance(e, SkillEnded)]
    assert [e.result for e in ends] == ["halted"]


def test_what_never_may_be_is_looked_at_before_every_step_and_at_the_end(deployment, workspace):
    own = replace(deployment, never=(parse_formula("is_on(right_knob)"),))
    for steps in (("go_to(stove)",), ("go_to(stove)", "go_to(bin)")):
        session, plan = opened_with(own, workspace, *steps)
        session.watch(meddling(session))
        assert session.execute(plan, approved_by="test").outcome == "interrupted"
        session.close()
    events = read_events(workspace.find_run("2").journal)
    calls = [str(event.call) for event in events if isinstance(event, SkillStarted)]
    assert calls == ["go_to(stove)"]


class Thinks:
    """A person during whose answer the world changes."""

    def __init__(self, change):
        self._change = change

    def ask(self, question):
        self._change()
        return "yes"


def test_the_world_is_looked_at_after_an_answer(deployment, workspace):
    own = replace(deployment, never=(parse_formula("is_on(right_knob)"),))
    person = Thinks(
        lambda: session.world_model.world.robot.manipulator.turn_knob("right_knob", is_on=True)
    )
    session = Session(own, workspace=workspace, person=person)
    plan = session.plan_tree(parse_tree(ASKS, file="asks.tree.yaml"), {})
    session.announce(plan.goal, plan)
    result = session.execute(plan, approved_by="test")
    session.close()
    assert (result.outcome, result.leaves_run) == ("interrupted", 0)


def test_a_question_waits_for_a_skill_that_comes_to_rest(deployment):
    text = "tree: t\nroot:\n  fallback:\n    - {do: open(fridge), timeout: 2 s}\n"
    text += "    - ask: {question: Fine?}\n"
    session = Session(deployment, person=Thinks(lambda: None))
    session.substitute("**/open(fridge)", ScriptedSkill([9.0, "SUCCESS"], halts=9))
    plan = session.plan_tree(parse_tree(text, file="t.tree.yaml"), {})
    assert session.execute(plan, approved_by="test").outcome == "success"


@pytest.fixture
def locked(deployment, workspace):
    """Make sessions whose journal another process locks when an event fits."""
    held = []

    def make(session, fits):
        other = sqlite3.connect(workspace.find_run("1").journal, isolation_level=None)
        held.append(other)

        def lock(event):
            if fits(event) and not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

        session.watch(lock)

    yield make
    for other in held:
        other.close()


def test_a_never_is_latched_even_if_the_journal_is_broken(deployment, workspace, locked):
    own = replace(deployment, never=(parse_formula("is_on(right_knob)"),))
    session, plan = opened_with(own, workspace, "go_to(stove)")
    session.watch(meddling(session))
    locked(
        session, lambda e: e.event == "facts-changed" and "is_on(right_knob)" in e.model_dump_json()
    )
    with pytest.raises(StorageError, match="locked"):
        session.execute(plan, approved_by="test")
    with pytest.raises(StorageError):
        session.close()
    assert session.latched().by == "never"


@pytest.mark.slow
def test_every_skill_is_halted_even_if_the_journal_is_broken(deployment, workspace, locked):
    text = "tree: two\nroot:\n  parallel: [do: look_for(apple), do: open(fridge)]\n"
    free = {
        name: deployment.domain.skills[name].model_copy(update={"resources": ()})
        for name in ("look_for", "open")
    }
    skills = {**deployment.domain.skills, **free}
    own = replace(deployment, domain=deployment.domain.model_copy(update={"skills": skills}))
    session = Session(own, workspace=workspace)
    halted = []

    @skill("waits")
    def waits(context, item):
        try:
            yield 1.0
            yield 1.0
        except GeneratorExit:
            halted.append(str(context.call))
            raise

    for call in ("look_for(apple)", "open(fridge)"):
        session.substitute(f"**/{call}", waits.factory)
    plan = session.plan_tree(parse_tree(text, file="two.tree.yaml"), {})
    session.announce(plan.goal, plan)
    locked(session, lambda e: isinstance(e, Ticked))
    with pytest.raises(StorageError, match="locked"):
        session.execute(plan, approved_by="test")
    with pytest.raises(StorageError):
        session.close()
    assert sorted(halted) == ["look_for(apple)", "open(fridge)"]


def test_a_link_to_a_world_leads_to_its_stop(tmp_path):
    (tmp_path / "link.world").symlink_to(tmp_path / "kitchen.world")
    assert WorldPlace.beside(tmp_path / "link.world") == WorldPlace.beside(
        tmp_path / "kitchen.world"
    )
    with pytest.raises(InputError, match="wrong-state"):
        WorldPlace.beside(tmp_path)
