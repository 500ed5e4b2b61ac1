"""Stops in real time, of skills that go on if they can: nothing outlives the gate."""

import threading
import time

import pytest

from tests.conftest import planned
from tests.driving import Session
from tests.hostile import HOSTILE, LOCKING, OwnThread, Record, deployment_with
from treehand.core.clock import MonotonicClock
from treehand.core.events import CommandsRefused, SkillEnded, StopOverdue, Stopped
from treehand.core.exit_codes import ExitCode
from treehand.skills import HaltStep, SkillStep
from treehand.trees import parse_tree

ONE_PERIOD_S = 0.02
"""Longest time from the request to the last command."""


class Stopping:
    """A run that is stopped from another thread while its skill is at work."""

    def __init__(self, deployment, name, *, gives_in=False):
        self.gives_in = gives_in
        self.record, self.events = Record(), []
        factory = HOSTILE[name]
        own = deployment_with(
            deployment,
            lambda context: factory(context, self.record),
            self.record,
            locks=name == LOCKING,
        )
        self.session = Session(own, clock=MonotonicClock())
        self.plan = planned(self.session, "open the fridge")
        self.session.watch(lambda event: self.events.append((time.perf_counter(), event)))
        self.asked = 0.0

    def run(self):
        thread = threading.Thread(target=self._stop)
        thread.start()
        result = self.session.execute(self.plan, approved_by="a test")
        thread.join()
        self.session.close()
        self.record.is_over = True
        return result

    def _stop(self):
        assert self.record.began.wait(10)
        time.sleep(0.01)
        self.asked = time.perf_counter()
        self.session.stop("enough", by="a test")
        if self.gives_in:
            time.sleep(0.2)
            self.record.is_over = True

    def of(self, kind):
        return [(at - self.asked, event) for at, event in self.events if isinstance(event, kind)]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_commanded_a_period_after_a_stop(deployment, name):
    stopping = Stopping(deployment, name, gives_in=True)
    result = stopping.run()
    assert stopping.record.last_after(stopping.asked) <= ONE_PERIOD_S
    stopped_s = stopping.record.first_stop_after(stopping.asked)
    assert stopped_s is not None
    assert stopped_s <= 5 * ONE_PERIOD_S
    assert result.stop is not None
    (robot,) = result.stop.robots
    assert robot.state == "stopped"
    assert [str(leaf.call) for leaf in result.stop.leaves][-1] == "open(fridge)"


@pytest.mark.parametrize(
    ("name", "state", "detail"),
    [
        ("halt that is never done", "still moving", "halt() says RUNNING"),
        ("halt that raises", "unknown", "halt() raised OSError: no route to the controller"),
        (
            "generator that swallows GeneratorExit",
            "unknown",
            "halt() raised RuntimeError: generator ignored GeneratorExit",
        ),
    ],
)
def test_a_leaf_that_ignores_halts_is_named_within_a_second(deployment, name, state, detail):
    stopping = Stopping(deployment, name)
    result = stopping.run()
    assert result.exit_code is ExitCode.NOT_AT_REST
    ((after_s, overdue),) = stopping.of(StopOverdue)
    assert after_s < 1.0
    (told,) = (leaf for leaf in overdue.leaves if leaf.state != "stopped")
    assert (str(told.call), told.state) == ("open(fridge)", state)
    assert told.detail.startswith(detail)
    ((_, stopped),) = stopping.of(Stopped)
    assert stopped.acknowledged
    assert [leaf.state for leaf in stopped.leaves if leaf.state != "stopped"] == [state]


def test_a_busy_step_is_named_and_its_late_commands_are_counted(deployment):
    stopping = Stopping(deployment, "stubborn step")
    assert stopping.run().exit_code is ExitCode.INTERRUPTED
    last = stopping.of(CommandsRefused)[-1][1]
    assert (last.command, last.because, str(last.call)) == ("apply", "stopped", "open(fridge)")
    assert last.count > 10
    assert len(stopping.of(CommandsRefused)) <= 2
    ends = [event.result for _, event in stopping.of(SkillEnded)]
    assert ends[-1] == "halted"


PREEMPTED = """
tree: preempted
root:
  fallback:
    - {do: open(fridge), timeout: 100 ms}
    - do: go_to(table)
"""


class RetreatsSlowly(HOSTILE["halt that commands"]):
    """A skill whose halt commands the robot back in three calls."""

    retreats = 0

    def halt(self):
        self.retreats += 1
        super().halt()
        return HaltStep.DONE if self.retreats == 3 else HaltStep.RUNNING


def run_tree(deployment, text, factory):
    """Return the result, the events and the robot of a run in virtual time."""
    record, events = Record(), []
    own = deployment_with(deployment, lambda context: factory(context, record), record)
    session = Session(own)
    session.watch(events.append)
    plan = session.plan_tree(parse_tree(text, file="own.tree.yaml"), {})
    result = session.execute(plan, approved_by="a test")
    session.close()
    return result, events, record.actions


def test_a_halt_that_is_no_stop_retreats_until_it_is_done(deployment):
    result, events, sent = run_tree(deployment, PREEMPTED, RetreatsSlowly)
    assert result.outcome == "success"
    assert [x < 0 for x in sent][-3:] == [True] * 3
    assert sum(x < 0 for x in sent) == 3
    assert not [event for event in events if isinstance(event, CommandsRefused)]


class LeavesAThread(OwnThread):
    """A skill that succeeds and leaves a thread behind, which goes on commanding."""

    def step(self):
        assert self._record.began.wait(10)
        self._context.embodiment.manipulator.move_door("fridge", is_open=True)
        return SkillStep.success()


def test_a_thread_left_behind_by_a_success_commands_nothing_and_is_named(deployment):
    text = """
tree: left_behind
root:
  sequence:
    - do: go_to(fridge)
    - do: open(fridge)
    - ask: {question: Fine?, default: "yes"}
"""

    class Waits:
        """A person who answers after a while."""

        def ask(self, question):
            before = len(record.commands)
            threading.Event().wait(0.1)
            assert len(record.commands) == before
            return "yes"

    record, events = Record(), []
    own = deployment_with(deployment, lambda context: LeavesAThread(context, record), record)
    session = Session(own, person=Waits())
    session.watch(events.append)
    plan = session.plan_tree(parse_tree(text, file="own.tree.yaml"), {})
    session.execute(plan, approved_by="a test")
    session.close()
    refused = [event for event in events if isinstance(event, CommandsRefused)]
    assert (str(refused[0].call), refused[0].because) == ("open(fridge)", "halted")


def test_a_thread_left_behind_by_a_factory_that_fails_commands_nothing(deployment):
    def fails(context, record):
        OwnThread(context, record).start()
        assert record.began.wait(10)
        gates.append(context.gate)
        raise RuntimeError("no policy server")

    gates = []
    text = "tree: fails\nroot:\n  fallback: [do: open(fridge), do: go_to(table)]\n"
    result, _, _ = run_tree(deployment, text, fails)
    assert result.outcome == "success"
    assert not gates[0].is_open
    assert gates[0].log.rest_s is not None
