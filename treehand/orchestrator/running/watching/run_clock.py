"""Time of a run: its heartbeat, its waits, its time limit and its other budgets."""

from __future__ import annotations

import math
from collections import Counter

from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.injector import FaultInjector
from treehand.orchestrator.running.result import RunMetrics
from treehand.orchestrator.running.watching.plan_budgets import PlanBudgets
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal, Plan
from treehand.skills.domain import Call
from treehand.trees import WakeupQueue

PERIOD_S = 0.1
"""In real time the tree is ticked at least this often."""


class HeartbeatTimer:
    """Absolute deadlines, a period apart from the first one on: late ticks do not add up.

    Args:
        clock: The run's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_s: float | None = None
        self.missed = 0
        """Number of beats that were past before the run waited for them."""

    def next_s(self) -> float:
        """Return the time of the next beat; beats that are past are counted and dropped."""
        now_s = self._clock.now_s()
        if self._next_s is None:
            self._next_s = now_s + PERIOD_S
        elif now_s >= self._next_s:
            beats = math.floor((now_s - self._next_s) / PERIOD_S) + 1
            self.missed += beats - 1
            self._next_s += beats * PERIOD_S
        return self._next_s


class RunClock:
    """Lets the run's time pass to the next thing that happens.

    Args:
        world_model: Clock and world.
        injector: Faults that are due by the clock; None if there are none.
    """

    def __init__(self, world_model: WorldModel, injector: FaultInjector | None) -> None:
        self._clock = world_model.clock
        self._world = world_model.checked
        self._evidence = world_model.evidence
        self._injector = injector
        self._heartbeat = HeartbeatTimer(world_model.clock)
        self._world_name = world_model.world_name
        self._event_s: float | None = None
        """Next event of the world, as it said at the last wait."""

    def restless(self, at_once_s: float) -> str:
        """Return, in words, that the world names events that are over or due at once; else nothing.

        Args:
            at_once_s: Run time within which an event is due at once.
        """
        event_s, now_s = self._event_s, self._clock.now_s()
        if event_s is None or event_s > now_s + at_once_s:
            return ""
        told = f"next_event_s() of world '{self._world_name}' says {event_s:g} s again and again"
        if event_s > now_s:
            told = f"next_event_s() of world '{self._world_name}' names one event after the other"
        place = self._world.place_of("next_event_s")
        at = f", at {place}" if place else ""
        why = "which is over" if event_s <= now_s else f"within {at_once_s:g} s"
        return f": {told}{at}, {why} (return None, or a later time)"

    @property
    def overruns(self) -> int:
        """Return the number of heartbeats that a tick was late for; 0 in virtual time."""
        return self._heartbeat.missed

    def wait(self, wakeups: WakeupQueue, left_s: float | None) -> bool:
        """Wait for the next wake-up, world event, fault or heartbeat; False if none ever comes.

        Args:
            wakeups: Times that the leaves wait for.
            left_s: Time left for the goal; None if it has no limit.
        """
        clock = self._clock
        evidence_s = self._evidence.next_s() if self._evidence is not None else None
        self._event_s = self._world.next_event_s()
        times = [wakeups.next_s(), self._event_s, evidence_s]
        if self._injector is not None:
            times.append(self._injector.next_s())
        if left_s is not None:
            times.append(clock.now_s() + left_s)
        if not isinstance(clock, VirtualClock):
            times.append(self._heartbeat.next_s())
        due = [time_s for time_s in times if time_s is not None]
        if not due and isinstance(clock, VirtualClock) and not clock.is_held:
            return False
        clock.wait_until(min(due, default=None))
        return True

    def wait_for_people(self) -> None:
        """Wait, with the run's time paused, for a request; 0.1 s of wall time at most.

        So the world is looked at while the robot is held, and its limits hold. A virtual clock
        waits for the request.
        """
        clock = self._clock
        speed = 1.0 / clock.to_wall_s(1.0) if isinstance(clock, MonotonicClock) else 1.0
        beat_s = PERIOD_S * speed
        clock.pause()
        clock.wait_until(clock.now_s() + beat_s)
        clock.resume()


class GoalTimer:
    """Time that is left for a goal with a time limit.

    Args:
        clock: The run's time.
        began_s: When the run's first plan was approved.
    """

    def __init__(self, clock: Clock, began_s: float) -> None:
        self._clock = clock
        self._began_s = began_s

    def left_s(self, goal: Goal) -> float | None:
        """Return the time that is left for a goal; None if it has no limit."""
        if goal.within_s is None:
            return None
        return self._began_s + goal.within_s - self._clock.now_s()

    def is_up(self, goal: Goal) -> bool:
        """Return True if no time is left for a goal."""
        left_s = self.left_s(goal)
        return left_s is not None and left_s <= 0.0


def overrun_message(goal: Goal) -> str:
    """Return the message for a goal whose time is up."""
    return f"not done within {goal.within_s:g} s"


class RunBudgets:
    """Limits on the time and the number of activations of a run.

    Args:
        deployment: Sets the limits.
        clock: The run's time; the run begins now.
        timer: Time limit of the goal.
        metrics: Counts the activations.
    """

    def __init__(
        self, deployment: Deployment, clock: Clock, timer: GoalTimer, metrics: RunMetrics
    ) -> None:
        self._budgets = PlanBudgets(deployment.budgets, deployment.domain)
        self._clock = clock
        self._timer = timer
        self._metrics = metrics
        self._began_s = clock.now_s()
        self._run_s = 0.0
        self._activations = 0
        self._counts: Counter[Call] = Counter()

    def follow(self, plan: Plan) -> None:
        """Take in the plan that runs from now on: the limits never shrink."""
        self._run_s = max(self._run_s, self._budgets.run_s(plan))
        self._activations = max(self._activations, self._budgets.activations(plan))
        self._counts = Counter(plan.steps)

    def per_call(self, call: Call) -> int:
        """Return the limit on how often the present tree begins a call."""
        return self._budgets.per_call(self._counts, call)

    def exceeded(self, goal: Goal) -> str:
        """Return the budget that is used up, in words; empty if none is."""
        if self._clock.now_s() - self._began_s > self._run_s:
            return f"the run took longer than {self._run_s:g} s"
        if self._timer.is_up(goal):
            return overrun_message(goal)
        if self._metrics.leaves_run > self._activations:
            return f"more than {self._activations} skill activations"
        return ""
