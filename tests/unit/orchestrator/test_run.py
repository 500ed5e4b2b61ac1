"""Handing a run to other threads, its stop, and the world model of the run after it."""

import threading
from dataclasses import fields

import pytest

from tests.conftest import planned
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.people.approval import Approval
from treehand.orchestrator.running.halting.run_stop import RunStop
from treehand.orchestrator.running.run import Run, RunHandle
from treehand.orchestrator.running.run_config import (
    EarlierProgress,
    RecoveryState,
    RunConfig,
    RunServices,
)
from treehand.skills import MotionFence
from treehand.skills.domain import parse_call


class Listener:
    """Collaborators of a run that note the stops and do nothing else."""

    def __init__(self):
        self.found, self.stopped = [], []

    def stop_found(self, reason, by):
        self.found.append((reason, by))

    def begin(self, *, is_immediate):
        pass

    def robot_stopped(self, reason, by):
        self.stopped.append((reason, by))

    def ask(self, question):
        return None

    def revise(self, goal, why, troubles=(), facts=None):
        return None

    def commit(self):
        pass

    def next_picture(self):
        return None


def services(one):
    return RunServices(
        person=one, journal=one, pictures=one, proposer=one, stops=one, injector=None
    )


def test_a_thread_that_waits_for_a_run_gets_it_when_it_is_made(session):
    plan = planned(session, "open the fridge")
    run = Run(session.world_model, Approval(plan), session.planner, services(Listener()))
    handle, got = RunHandle(), []
    waiting = threading.Thread(target=lambda: got.append(handle.wait(10.0)))
    waiting.start()
    handle.put(run)
    waiting.join()
    assert got == [run]
    assert handle.run is run


def test_a_thread_that_waits_for_a_run_goes_on_when_none_is_made():
    handle = RunHandle()
    handle.close()
    assert handle.wait() is None


def test_a_forgotten_collaborator_of_a_run_is_an_error():
    names = [field.name for field in fields(RunServices)]
    for missing in names:
        given = {name: None for name in names if name != missing}
        with pytest.raises(TypeError, match=missing):
            RunServices(**given)


def test_the_first_reason_of_a_stop_stays_and_closes_the_fence(session):
    fence, listener = MotionFence(), Listener()
    stop = RunStop(session.world_model, fence, listener, listener)
    assert stop.requested is None
    stop.request("first", "a")
    stop.request_from_inside("second", "b")
    assert (stop.requested.reason, stop.requested.by) == ("first", "a")
    assert fence.is_closed
    assert listener.found == [("second", "b")]


def test_a_run_latches_its_stop_once_the_robot_was_stopped(session):
    listener = Listener()
    plan = planned(session, "open the fridge")
    run = Run(session.world_model, Approval(plan), session.planner, services(listener))
    run.request_stop("enough", by="test")
    verdict = run.execute()
    assert verdict.outcome == "interrupted"
    assert listener.stopped == [("enough", "test")]
    assert listener.found == []


def test_a_resumed_run_begins_with_the_counts_of_the_process_before_it(session):
    plan = planned(session, "open the fridge")
    config = RunConfig(
        earlier=EarlierProgress(
            attempts={parse_call("open(fridge)"): 2}, recovery=RecoveryState(was_changed=True)
        )
    )
    begun = []
    session.watch(lambda event: event.event == "skill-started" and begun.append(event))
    listener = Listener()
    run = Run(session.world_model, Approval(plan), session.planner, services(listener), config)
    verdict = run.execute()
    assert "as it was changed" in verdict.message
    assert [e.attempt for e in begun if str(e.call) == "open(fridge)"] == [3]


def test_the_world_model_of_the_next_run_shares_all_but_bindings_and_draws(session):
    before, random = session.world_model, KeyedRandom(7)
    after = before.for_next_run(random)
    assert after.world is before.world
    assert after.facts is before.facts
    assert after.stream is before.stream
    assert after.random is random
    assert after.bindings is not before.bindings
