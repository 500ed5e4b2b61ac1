"""Skills that outlive a stop if they can, and a robot that notes when it is commanded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import (
    CommandRefused,
    HaltStep,
    Skill,
    SkillContext,
    SkillDefinition,
    SkillFactory,
    SkillStep,
    StopStatus,
    skill,
)
from treehand.worlds.kitchen.robot import KitchenRobot

PERIOD_S = 0.005
"""Pause between two commands of a skill."""
BUSY_S = 0.6
"""Time for which a hostile skill goes on by itself."""
LOCKED_S = 0.3
"""Time for which the locking driver is at one command."""
ACTION = np.array([0.1, 0.0, 0.0])


@dataclass
class Record:
    """Times of commands and stops at the robot's driver, in seconds of `time.perf_counter`."""

    commands: list[float] = field(default_factory=list)
    actions: list[float] = field(default_factory=list)
    """First number of each action."""
    stops: list[float] = field(default_factory=list)
    began: threading.Event = field(default_factory=threading.Event)
    """Set once the skill under test is at work."""
    is_over: bool = False
    """True once the measurement is over: what ignores halts gives in."""

    def last_after(self, asked: float) -> float:
        """Return the time from a request to the last command, in s; 0 if none came after it."""
        return max((at - asked for at in self.commands), default=0.0) if self.commands else 0.0

    def first_stop_after(self, asked: float) -> float | None:
        """Return the time from a request to the first stop after it, in s; None if none came."""
        return min((at - asked for at in self.stops if at >= asked), default=None)


class RecordingRobot(KitchenRobot):
    """The kitchen's robot, with a record of its driver."""

    record: Record
    lock: threading.Lock | None = None
    """Held for `LOCKED_S` by each command, and needed by a stop."""

    def apply(self, action):
        """Send an action."""
        self.record.commands.append(time.perf_counter())
        self.record.actions.append(float(action[0]))
        if self.lock is None:
            super().apply(action)
            return
        with self.lock:
            self.record.began.set()
            time.sleep(LOCKED_S)
            super().apply(action)

    def stop(self) -> StopStatus:
        """Stop."""
        self.record.stops.append(time.perf_counter())
        if self.lock is None:
            return super().stop()
        with self.lock:
            return super().stop()


def deployment_with(
    deployment: Deployment, factory: SkillFactory, record: Record, *, locks: bool = False
) -> Deployment:
    """Return the kitchen with a recording robot, in which a factory serves ``open``."""

    def open_world(opening):
        world = deployment.kind.open(opening)
        world.robot = RecordingRobot(world.state, world.tracker, threading.RLock())
        world.robot.record, world.robot.lock = record, threading.Lock() if locks else None
        return world

    return replace(
        deployment,
        kind=replace(deployment.kind, open=open_world),
        catalog=deployment.catalog.rebound(SkillDefinition("open", factory)),
    )


def _stream(context: SkillContext, record: Record, *, is_stubborn: bool) -> None:
    """Command every period for a while; a stubborn one goes on when it is refused."""
    record.began.set()
    until = time.perf_counter() + BUSY_S
    while time.perf_counter() < until:
        try:
            context.embodiment.apply(ACTION)
        except Exception:
            if not is_stubborn:
                raise
        time.sleep(PERIOD_S)


class Streams(Skill):
    """A skill that commands in each of its steps, and comes to rest at once."""

    def __init__(self, context: SkillContext, record: Record) -> None:
        self._context, self._record = context, record

    def start(self) -> None:
        self._context.embodiment.apply(ACTION)

    def step(self) -> SkillStep:
        self._record.began.set()
        self._context.embodiment.apply(ACTION)
        return SkillStep.running(self._context.clock.now_s() + PERIOD_S)

    def halt(self) -> HaltStep:
        return HaltStep.DONE


class SlowStep(Streams):
    """A skill whose step commands in a loop."""

    def step(self) -> SkillStep:
        _stream(self._context, self._record, is_stubborn=False)
        return SkillStep.running(self._context.clock.now_s())


class StubbornStep(Streams):
    """A skill whose step goes on in spite of refusals."""

    def step(self) -> SkillStep:
        _stream(self._context, self._record, is_stubborn=True)
        return SkillStep.running(self._context.clock.now_s())


class OwnThread(Streams):
    """A skill with a thread of its own that nobody ends."""

    def start(self) -> None:
        threading.Thread(
            target=_stream,
            args=(self._context, self._record),
            kwargs={"is_stubborn": True},
            daemon=True,
        ).start()

    def step(self) -> SkillStep:
        return SkillStep.running(self._context.clock.now_s() + 0.02)


class IgnoresHalts(Streams):
    """A skill that never says that it is at rest."""

    def halt(self) -> HaltStep:
        return HaltStep.DONE if self._record.is_over else HaltStep.RUNNING


class RaisesInHalt(Streams):
    """A skill whose halt fails."""

    def halt(self) -> HaltStep:
        if self._record.is_over:
            return HaltStep.DONE
        raise OSError("no route to the controller")


class Retreats(Streams):
    """A skill whose halt commands the robot back."""

    def halt(self) -> HaltStep:
        self._context.embodiment.apply(-ACTION)
        return HaltStep.DONE


def slow_factory(context: SkillContext, record: Record) -> Skill:
    """Take long to make a skill."""
    record.began.set()
    time.sleep(BUSY_S)
    return Streams(context, record)


def deaf_worker(context: SkillContext, record: Record) -> Skill:
    """Make a blocking function whose `stop` does nothing."""

    @skill("open", stop=lambda: None)
    def work(own: SkillContext, place: str) -> None:
        _stream(own, record, is_stubborn=True)

    return work.factory(context)


def swallowing_generator(context: SkillContext, record: Record) -> Skill:
    """Make a generator that goes on when it is closed."""

    @skill("open")
    def work(own: SkillContext, place: str) -> Iterator[float]:
        while not record.is_over:
            record.began.set()
            with suppress(CommandRefused):
                own.embodiment.apply(ACTION)
            with suppress(GeneratorExit):
                yield PERIOD_S

    return work.factory(context)


def part_of_robot(context: SkillContext, record: Record) -> Skill:
    """Make a generator that commands through a part of the robot, taken before the stop."""

    @skill("open")
    def work(own: SkillContext, place: str) -> Iterator[float]:
        set_velocity = own.embodiment.base.set_velocity  # type: ignore[attr-defined]
        while True:
            record.began.set()
            until = time.perf_counter() + BUSY_S
            while time.perf_counter() < until:
                set_velocity((0.1, 0.0))
                record.commands.append(time.perf_counter())
                time.sleep(PERIOD_S)
            yield PERIOD_S

    return work.factory(context)


HOSTILE: dict[str, Callable[[SkillContext, Record], Skill]] = {
    "slow factory": slow_factory,
    "slow step": SlowStep,
    "stubborn step": StubbornStep,
    "own thread": OwnThread,
    "deaf worker": deaf_worker,
    "locking driver": Streams,
    "generator that swallows GeneratorExit": swallowing_generator,
    "part of the robot": part_of_robot,
    "halt that commands": Retreats,
    "halt that is never done": IgnoresHalts,
    "halt that raises": RaisesInHalt,
}
"""Kinds of skills that a stop must end, by name."""
LOCKING = "locking driver"
