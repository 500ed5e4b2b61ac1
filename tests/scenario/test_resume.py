"""Runs that were left, and carried on by another process."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.conftest import planned
from tests.driving import Session
from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError, StorageError
from treehand.core.events import (
    Approved,
    FactsChanged,
    OracleRead,
    Rearmed,
    Resumed,
    RunEnded,
    SkillEnded,
    SkillStarted,
    StepSkipped,
)
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.people.person import Nobody, ScriptedPerson
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.sessions.resuming.resume import (
    DONE,
    LEAVE,
    NOT_DONE,
    latest_left,
    resume_run,
    take_up,
)
from treehand.orchestrator.store.journal import Journal, read_events
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.skills import SkillCatalog, SkillDefinition, SkillStep
from treehand.skills.domain import PredicateModel, parse_formula
from treehand.trees import parse_tree


class PlugPulled(BaseException):
    """The process is gone: nothing is halted, nothing more is written."""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "runs")


class Plug:
    """Leaves a run as a dead process would: at an event, with everything after it lost."""

    def __init__(self, session, fits):
        self._session, self._fits, self.is_out = session, fits, False
        session.watch(self)

    def __call__(self, event):
        if not self.is_out and self._fits(event):
            self.is_out = True
            raise PlugPulled


def leave(session, plan, fits):
    """Run until an event fits, and leave the run there; its files are closed, not finished."""
    session.announce(plan.goal, plan)
    Plug(session, fits)
    journal = session.runs.current.recorder._journal
    with pytest.raises(PlugPulled):
        session.execute(plan, approved_by="test")
    rows = journal._seq
    latch = session.place.latch
    latch.lift(latch.stops())  # a process that dies leaves no stop, and the entry of its motion
    latch.begin_motion(session.run_id)
    session.close()
    return rows


def cut(files, fits):
    """Take out of a journal every event from the first that fits on: they were never written."""
    with closing(sqlite3.connect(files.journal, isolation_level=None)) as db:
        for seq, body in db.execute("SELECT seq, body FROM events ORDER BY seq").fetchall():
            if fits(json.loads(body)):
                db.execute("DELETE FROM events WHERE seq >= ?", (seq,))
                last = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"
                db.execute(f"UPDATE tail SET (seq, hash) = ({last})")
                return


def begun(call):
    return lambda event: isinstance(event, SkillStarted) and str(event.call) == call


def carry_on(workspace, person=None, by="test", **options):
    resumption = take_up(workspace, latest_left(workspace), person=person or Nobody(), **options)
    with resumption.robot:
        return resumption, resume_run(resumption, by=by)


def test_a_run_is_carried_on_from_the_first_thing_not_yet_true(deployment, workspace):
    session = Session(deployment, seed=1, workspace=workspace)
    plan = planned(session, "put the red mug and the first bowl in the dishwasher")
    leave(session, plan, begun("put_in(bowl_1, dishwasher)"))
    resumption, result = carry_on(workspace)
    assert result.outcome == "success"
    assert result.world_true is True
    events = list(read_events(resumption.files.journal))
    told = next(event for event in events if isinstance(event, Resumed))
    assert "put_in(red_mug, dishwasher)" in map(str, told.done)
    after = events[events.index(told) :]
    again = [str(event.call) for event in after if isinstance(event, SkillStarted)]
    assert again == ["put_in(bowl_1, dishwasher)"]
    assert [e.outcome for e in events if isinstance(e, RunEnded)][-1] == "success"


def test_time_attempts_and_tallies_go_on(deployment, workspace):
    session = Session(deployment, seed=1, workspace=workspace)
    session.disturb(["grasp-dropped@pick(red_mug):1"])
    plan = planned(session, "put the red mug in the dishwasher")
    leave(session, plan, lambda e: begun("pick(red_mug)")(e) and e.attempt == 2)
    left_s = session.world_model.clock.now_s()
    resumption, result = carry_on(workspace)
    events = list(read_events(resumption.files.journal))
    assert [event.t_s for event in events] == sorted(event.t_s for event in events)
    attempts = [e.attempt for e in events if begun("pick(red_mug)")(e)]
    assert attempts[:2] == [1, 2]
    assert len(attempts) == len(set(attempts))
    assert result.failures["grasp-dropped"] == 1
    assert result.retries == 1
    assert result.sim_time_s > left_s


def test_the_approval_of_the_same_plan_still_binds(deployment, workspace):
    session = Session(deployment, seed=1, workspace=workspace)
    plan = planned(session, "throw the can away")
    leave(session, plan, begun("pick(can)"))

    def approve(plan):
        raise AssertionError("nobody is to be asked again")

    resumption, result = carry_on(workspace, by=approve, policy=ApprovalPolicy.ALWAYS)
    assert result.outcome == "success"
    approvals = [e for e in read_events(resumption.files.journal) if isinstance(e, Approved)]
    assert [event.by for event in approvals] == ["test", "the approval of before"]
    assert {event.plan_hash for event in approvals} == {plan.hash}


def test_a_plan_that_nobody_approved_is_asked_about(deployment, workspace):
    session = Session(deployment, seed=1, workspace=workspace)
    plan = planned(session, "throw the can away")
    session.announce(plan.goal, plan)
    session.close()
    asked = []

    def approve(plan):
        asked.append(plan.hash)
        return False

    assert carry_on(workspace, by=approve)[1].outcome == "refused"
    assert asked == [plan.hash]


def test_a_changed_world_is_seen_and_met(deployment, workspace):
    """Somebody closed the dishwasher again while nobody was there."""
    session = Session(deployment, seed=1, workspace=workspace)
    plan = planned(session, "put the red mug in the dishwasher")
    leave(session, plan, begun("put_in(red_mug, dishwasher)"))
    files = workspace.find_run("1")
    state = json.loads(files.place.state.read_bytes().splitlines()[-1])
    state["open"]["dishwasher"] = False
    files.place.state.write_text(json.dumps(state, separators=(",", ":")) + "\n")
    resumption, result = carry_on(workspace)
    changed = [str(percept) for percept in resumption.comparison.changed]
    assert changed == ["not is_open(dishwasher) [camera]"]
    assert result.outcome == "success"


def test_predicted_facts_survive(deployment, workspace):
    """Nothing can see that the counter was wiped; the journal knows."""
    session = Session(deployment, seed=1, workspace=workspace)
    plan = planned(session, "wipe the counter and wipe the table")
    leave(session, plan, begun("wipe(table, sponge)"))
    resumption, result = carry_on(workspace)
    assert result.outcome == "success"
    calls = [
        str(e.call) for e in read_events(resumption.files.journal) if isinstance(e, SkillStarted)
    ]
    assert calls.count("wipe(counter, sponge)") == 1


POUR = """
tree: serve
domain: kitchen
root:
  sequence:
    - do: go_to(table)
    - do: pour(glass)
    - do: go_to(sink)
"""


@pytest.fixture
def pouring(deployment):
    """A kitchen in which something can be poured: that cannot be undone, and nothing sees it."""
    domain = deployment.domain
    model = domain.skills["wipe"].model_copy(
        update={
            "params": {"item": "glass"},
            "preconditions": (),
            "effects": (parse_formula("poured(item)"),),
            "side_effects": (),
            "irreversible": True,
            "failures": {},
        }
    )
    poured = PredicateModel(known_by="predicted", params={"item": "glass"})
    domain = domain.model_copy(
        update={
            "skills": {**domain.skills, "pour": model},
            "predicates": {**domain.predicates, "poured": poured},
        }
    )
    types = {name: entry.type for name, entry in deployment.scene.objects.items()}
    deeds = []

    class Pour:
        def __init__(self, context):
            pass

        def start(self):
            deeds.append("poured")

        def step(self):
            return SkillStep.success()

        def halt(self):
            raise AssertionError("it is over at once")

    catalog: SkillCatalog = deployment.catalog.with_skill(SkillDefinition("pour", Pour))
    return (
        replace(deployment, domain=domain, vocabulary=domain.vocabulary(types), catalog=catalog),
        deeds,
    )


@pytest.mark.parametrize(
    ("answer", "times", "outcome"),
    [(DONE, 1, "success"), (NOT_DONE, 2, "success"), (LEAVE, 1, "clarify"), (None, 1, "clarify")],
)
def test_what_cannot_be_undone_is_not_repeated_without_a_person(
    pouring, workspace, answer, times, outcome
):
    deployment, deeds = pouring
    session = Session(deployment, workspace=workspace)
    plan = session.plan_tree(parse_tree(POUR, file="serve.tree.yaml"), {})

    def poured(event):
        return isinstance(event, FactsChanged) and "poured(glass)" in event.model_dump_json()

    leave(session, plan, poured)
    cut(workspace.find_run("1"), lambda e: "poured(glass)" in str(e.get("changes", "")))
    person = ScriptedPerson([answer] if answer else [])
    resumption, result = carry_on(workspace, person, deployment=deployment)
    assert [str(step.call) for step in resumption.comparison.unknown] == ["pour(glass)"]
    assert "cannot be undone" in person.questions[0]
    assert deeds == ["poured"] * times
    assert result.outcome == outcome


WALK = """
tree: walk
domain: kitchen
root:
  sequence:
    - do: open(fridge)
    - do: close(fridge)
    - do: open(drawer)
    - parallel:
        - do: go_to(table)
    - do: close(drawer)
"""


def test_a_written_tree_goes_on_at_the_step_that_was_running(deployment, workspace):
    """A sequence has memory: what came before is not done again, though it no longer holds."""
    session = Session(deployment, workspace=workspace)
    plan = session.plan_tree(parse_tree(WALK, file="walk.tree.yaml"), {})
    leave(session, plan, begun("close(drawer)"))
    resumption, result = carry_on(workspace)
    assert result.outcome == "success"
    events = list(read_events(resumption.files.journal))
    told = next(index for index, event in enumerate(events) if isinstance(event, Resumed))
    again = [str(event.call) for event in events[told:] if isinstance(event, SkillStarted)]
    assert again == ["close(drawer)"]


def test_a_step_whose_effect_is_there_is_not_done_again(deployment, workspace):
    """It was killed between the effect and the line that says so."""
    session = Session(deployment, workspace=workspace)
    plan = session.plan_tree(parse_tree(WALK, file="walk.tree.yaml"), {})
    leave(session, plan, lambda e: e.event == "skill-ended" and str(e.call) == "open(drawer)")
    files = workspace.find_run("1")
    cut(files, lambda e: e["event"] == "skill-ended" and e["call"] == "open(drawer)")
    resumption, result = carry_on(workspace)
    assert result.outcome == "success"
    events = list(read_events(resumption.files.journal))
    assert [str(e.call) for e in events if isinstance(e, StepSkipped)] == ["open(drawer)"]
    begun = [(e.path, e.attempt) for e in events if isinstance(e, SkillStarted)]
    ended = [(e.path, e.attempt) for e in events if isinstance(e, SkillEnded)]
    assert sorted(begun) == sorted(ended)


def test_a_run_that_ended_is_not_carried_on(deployment, workspace):
    session = Session(deployment, workspace=workspace)
    plan = planned(session, "open the fridge")
    session.announce(plan.goal, plan)
    session.execute(plan, approved_by="test")
    session.close()
    with pytest.raises(InputError, match="no run was left before its end"):
        latest_left(workspace)
    with pytest.raises(InputError, match=r"run '0001' has ended: success"):
        take_up(workspace, workspace.find_run("1"), person=Nobody())


def test_a_run_that_is_still_running_is_not_carried_on(deployment, workspace):
    session = Session(deployment, workspace=workspace)
    plan = planned(session, "open the fridge")
    session.announce(plan.goal, plan)
    files = workspace.find_run("1")
    assert files.is_live()
    with pytest.raises(StorageError, match="in-use"):
        take_up(workspace, files, person=Nobody())
    session.close()
    assert not files.is_live()


def test_a_killed_run_keeps_its_world_stopped_until_it_is_resumed(deployment, workspace, tmp_path):
    place = WorldPlace.beside(tmp_path / "kitchen.world")
    session = Session(deployment, workspace=workspace, place=place)
    plan = planned(session, "put the red mug in the sink")
    leave(session, plan, begun("pick(red_mug)"))
    session = Session(deployment, workspace=workspace, place=place)
    plan = planned(session, "open the fridge")
    session.announce(plan.goal, plan)
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "refused"
    assert "run 0001 did not end" in result.message
    assert result.message.endswith("`treehand rearm 0002` or `treehand resume 0001`")
    resumption = take_up(workspace, workspace.find_run("1"), person=Nobody())
    with resumption.robot:
        assert resume_run(resumption, by="test").outcome == "success"
    (rearmed,) = [e for e in read_events(workspace.find_run("1").journal) if isinstance(e, Rearmed)]
    assert rearmed.by == "treehand resume"
    assert place.latch.stops() == ()


def test_a_killed_run_is_resumed_only_if_nothing_else_stops_its_world(deployment, workspace):
    session = Session(deployment, workspace=workspace)
    plan = planned(session, "open the fridge")
    leave(session, plan, begun("open(fridge)"))
    files = workspace.find_run("1")
    files.place.latch.begin_motion("0002")
    with pytest.raises(StorageError, match="run 0002 did not end"):
        take_up(workspace, files, person=Nobody())


def test_a_stopped_world_has_to_be_rearmed_first(deployment, workspace):
    session = Session(deployment, workspace=workspace)
    plan = planned(session, "open the fridge")
    leave(session, plan, begun("open(fridge)"))
    files = workspace.find_run("1")
    files.place.latch.add(LatchedStop(reason="smoke", by="ann"))
    with pytest.raises(StorageError, match="stopped: this world is stopped by ann: smoke"):
        take_up(workspace, files, person=Nobody())
    files.place.latch.lift(files.place.latch.stops())
    assert carry_on(workspace)[1].outcome == "success"


def test_a_truncated_write_ahead_log_loses_its_end_and_no_more(deployment, workspace, tmp_path):
    session = Session(deployment, seed=1, workspace=workspace)
    plan = planned(session, "put the red mug in the dishwasher")
    session.announce(plan.goal, plan)
    files = workspace.find_run("1")
    log = files.journal.with_name(f"{files.journal.name}-wal")
    session.watch(
        lambda event: begun("put_in(red_mug, dishwasher)")(event) and _copy(files, tmp_path)
    )
    session.execute(plan, approved_by="test")
    session.close()
    whole = (tmp_path / "wal").read_bytes()
    all_events = list(read_events(files.journal))
    for share in (0.4, 0.7, 0.99):
        files.journal.write_bytes((tmp_path / "db").read_bytes())
        log.write_bytes(whole[: int(len(whole) * share)])
        events = list(read_events(files.journal))
        assert events == all_events[: len(events)]
        files.journal.with_name(f"{files.journal.name}-shm").unlink(missing_ok=True)
    files.place.state.write_bytes((tmp_path / "world").read_bytes())
    assert carry_on(workspace)[1].outcome == "success"


def _copy(files, folder):
    (folder / "db").write_bytes(files.journal.read_bytes())
    (folder / "wal").write_bytes(files.journal.with_name(f"{files.journal.name}-wal").read_bytes())
    (folder / "world").write_bytes(files.place.state.read_bytes())


@pytest.mark.slow
def test_a_journal_that_another_process_locks_stops_the_robot(deployment, workspace):
    session = Session(deployment, clock=VirtualClock(), workspace=workspace)
    plan = planned(session, "put the red mug in the dishwasher")
    session.announce(plan.goal, plan)
    other = sqlite3.connect(workspace.find_run("1").journal, isolation_level=None)
    session.watch(lambda event: begun("pick(red_mug)")(event) and other.execute("BEGIN IMMEDIATE"))
    try:
        with pytest.raises(StorageError, match=r"locked[^$]*another process holds the file"):
            session.execute(plan, approved_by="test")
    finally:
        other.close()
    assert session.run.is_over
    assert session.world_model.world.state.motion is None
    assert "the run broke off: StorageError" in session.latched().reason
    session.close()


def test_a_full_disk_stops_the_robot(deployment, workspace):
    class Full(Workspace):
        def journal(self, files, *, outlives, header=None):
            journal = super().journal(files, outlives=outlives, header=header)
            journal._db.execute("PRAGMA max_page_count=18")
            return journal

    session = Session(deployment, workspace=Full(workspace.folder))
    plan = planned(session, "clean the kitchen")
    session.announce(plan.goal, plan)
    with pytest.raises(StorageError, match="full"):
        session.execute(plan, approved_by="test")
    assert session.run.is_over
    with pytest.raises(StorageError, match="full"):
        session.close()
    files = workspace.find_run("1")
    assert not files.is_live()
    (stop,) = files.place.latch.stops()
    assert "full" in stop.reason


def test_intents_and_outcomes_wait_for_the_disk_where_the_world_outlives_us(tmp_path):
    started = SkillStarted(t_s=0.0, path="a", call="a()", attempt=1)
    ended = SkillEnded(t_s=1.0, path="a", call="a()", attempt=1, result="success")
    for outlives, syncs in ((True, 2), (False, 0)):
        journal = Journal(tmp_path / f"{outlives}.sqlite", outlives=outlives, header={})
        for event in (started, OracleRead(t_s=0.5, purpose="x"), ended):
            journal.append(event)
        assert (journal.commits, journal.syncs) == (2, syncs)
        assert len(list(read_events(journal.path))) == 3
        journal.close()
