"""One control period of a policy: take in an answer, choose, check and send the action."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from treehand.core.error_record import is_from_signal
from treehand.core.errors import CommandRefused
from treehand.skills.contracts.command_gate import CommandGate
from treehand.skills.contracts.embodiment import Controllable, DeadMan, FloatArray
from treehand.skills.contracts.grip_force import (
    FRAGILE_SHARE,
    LIFT_ACCELERATION_M_S2,
    needed_force_n,
)
from treehand.skills.contracts.motion_limits import MotionLimits
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.action_limits import ActionLimits, Beyond
from treehand.skills.vla.contract.policy import (
    ActionChunk,
    PolicyError,
    Properties,
    invalid,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.control.answer_delay import AnswerDelay
from treehand.skills.vla.control.chunks import ChunkBuffer, Combining, DueAction
from treehand.skills.vla.control.guards import GuardWatch
from treehand.skills.vla.control.inference import Connected, Failed, Inference, InferenceRequest
from treehand.skills.vla.conversion.action_conversion import ActionConversion

Starts = Literal["observation", "arrival"]
"""Time of a chunk's first action: ``observation``, so that a late chunk is entered at the action
that follows those that were executed since; or ``arrival``, for policies that answer one action."""
VALID_PERIODS, LEAST_VALID_S = 4, 0.2
"""Validity of a command where the robot has a dead man: control periods, and run seconds."""
MAX_KEPT = 100_000
"""Greatest number of values of each measured quantity; more would be hours of one activation."""


@dataclass(frozen=True)
class ControlSettings:
    """Control settings of a policy."""

    instruction: str
    execute_n: int
    """Least number of periods from one observation to the next."""
    starts: Starts = "observation"
    combining: Combining = "switch"
    ensemble_rate: float = 0.01
    """Of ``ensemble``; ACT uses 0.01."""
    blend_n: int = 4
    """Of ``blend``: periods of the ramp."""
    beyond: Beyond = "fail"
    answer_s: float = 2.0
    """Time limit of an inference in wall seconds, the first one excepted."""
    warm_up_s: float = 60.0
    """Time limit for the connection and the first answer, in seconds; servers compile then."""
    hold_s: float = 0.2
    """Time for which the last action is held when no chunk covers the present, in seconds."""
    ramp_s: float = 0.3
    """Time of the ramp to a standstill after that, in seconds."""


@dataclass
class ControlStatistics:
    """Statistics of the control loop of one activation."""

    periods_n: int = 0
    missed_n: int = 0
    """Periods that were skipped because they had passed."""
    chunks_n: int = 0
    late_n: int = 0
    """Answers that were discarded: of an earlier epoch, or too late for any of their actions."""
    held_n: int = 0
    """Periods without an action that was due."""
    cold_s: float | None = None
    """Latency of the first answer, which a server may spend on compiling, in wall seconds."""
    latencies_s: list[float] = field(default_factory=list)
    """Latency of every later answer, in wall seconds."""
    ages_s: list[float] = field(default_factory=list)
    """Of every sent action: time since its observation, in run seconds."""
    lateness_s: list[float] = field(default_factory=list)
    """Of every period in real time: delay of its beginning, in run seconds."""

    def record(self, values: list[float], value: float) -> None:
        """Append a value unless the list is full."""
        if len(values) < MAX_KEPT:
            values.append(value)

    def __str__(self) -> str:
        parts = [f"{self.periods_n} periods", f"{self.chunks_n} chunks"]
        parts += [f"first answer {self.cold_s * 1e3:.0f} ms"] if self.cold_s is not None else []
        parts += [f"latency {_percentiles_ms(self.latencies_s)}"] if self.latencies_s else []
        parts += [f"action age {_percentiles_ms(self.ages_s)}"] if self.ages_s else []
        counts = {"missed": self.missed_n, "held": self.held_n, "thrown away": self.late_n}
        parts += [f"{count} {what}" for what, count in counts.items() if count]
        return ", ".join(parts)


class Controller:
    """Drives a robot by a policy, one control period per call of `period`.

    The caller owns the time: a thread in real time, the skill's steps in virtual time.

    Args:
        spec: Inputs and outputs of the policy.
        settings: Control settings.
        robot: Robot that is driven; its commands pass the gate.
        gate: Command gate of the activation, shut at the end of the control loop.
        inference: Runs the policy.
        conversion: Converts the policy's actions to those of the robot.
        accept: Called with the policy's declaration; raises `PolicyError` if it does not match.
        note: Adds a line of text to the run's events.
        remember: Keeps the observation of a period, for policies with a history.
        guards: Checked at the beginning of every period.
        limits: Gives the limits on speed and grip force that are in force now.
    """

    def __init__(
        self,
        spec: PolicySpec,
        settings: ControlSettings,
        robot: Controllable,
        gate: CommandGate,
        inference: Inference,
        conversion: ActionConversion,
        *,
        accept: Callable[[Mapping[str, Any]], None] = lambda declared: None,
        note: Callable[[str], None] = lambda text: None,
        guards: GuardWatch | None = None,
        remember: Callable[[float], None] | None = None,
        limits: Callable[[], MotionLimits] = MotionLimits,
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._robot = robot
        self._gate = gate
        self._valid_s = max(VALID_PERIODS * spec.period_s, LEAST_VALID_S)
        self._inference = inference
        self._conversion = conversion
        self._action = conversion.policy
        self._accept = accept
        self._note = note
        self._limits_now = limits
        self._guards = guards
        self._remember = remember
        self._buffer = ChunkBuffer(
            self._action,
            settings.combining,
            rate=settings.ensemble_rate,
            blend_n=settings.blend_n,
        )
        self._limits = ActionLimits(self._action, settings.beyond)
        self._epoch = 1
        self._requests_n = 0
        self._is_connected = False
        self._began_s: float | None = None
        self._asked_s = -math.inf
        self._delay = AnswerDelay(spec.chunk * spec.period_s)
        self._last: FloatArray | None = None
        self._sent: FloatArray | None = None
        """Last action of the robot; `_last` is the policy's."""
        self._stale_since_s: float | None = None
        self._held: FloatArray = np.zeros(self._action.size)
        """Last action before the chunks ran out."""
        self._is_waiting = True
        """True until the present instruction has its first answer."""
        self._prefix: FloatArray | None = None
        self._force_n: tuple[float, float] | None = None
        self.instruction = settings.instruction
        self._next_instruction: str | None = None
        self.error: BaseException | None = None
        """Exception that ended the control loop; the robot was commanded to rest then."""
        self.statistics = ControlStatistics()

    @property
    def is_acting(self) -> bool:
        """True if an action has been sent."""
        return self._last is not None

    def change_instruction(self, instruction: str) -> None:
        """Set another instruction from the next period on; thread-safe.

        The robot comes to a standstill until the policy has answered it.
        """
        self._next_instruction = instruction

    def end(self, error: BaseException | None = None) -> None:
        """Stop the robot, block all commands and release the policy; idempotent."""
        self._epoch += 1
        self.error = self.error or error
        try:
            self._gate.stop()
        finally:
            self._inference.close()

    def period(self, due_s: float) -> None:
        """Run the control period that begins at `due_s`; an exception is stored in `error`."""
        if self.error is not None:
            return
        try:
            self._period(due_s)
        except BaseException as error:  # a driver's or a policy's: nothing more may be sent
            self.end(error)
            if is_from_signal(error):
                raise

    def _period(self, due_s: float) -> None:
        self.statistics.periods_n += 1
        self._change_instruction()
        if self._began_s is None:
            self._began_s = due_s
            self._inference.connect(self._settings.warm_up_s)
        if self._guards is not None:
            self._guards.check(due_s, self._sent)
        if self._remember is not None:
            self._remember(due_s)
        self._take(due_s)
        if self._is_connected and not self._inference.is_busy:
            self._ask(due_s)
            self._take(due_s)  # in lockstep the answer may be there
        due = self._buffer.at(due_s)
        if due is not None:
            self._act(due, due_s)
        elif self.is_acting:
            self._run_out(due_s)
        elif due_s - self._began_s > self._settings.warm_up_s:
            detail = f"no first answer within {self._settings.warm_up_s:g} s"
            raise unreachable(detail)

    def _change_instruction(self) -> None:
        """Take up a new instruction, if there is one; answers to the old one are discarded."""
        wanted, self._next_instruction = self._next_instruction, None
        if wanted is not None:
            self.instruction = wanted
            self._epoch += 1
            self._asked_s = -math.inf
            self._is_waiting = True
            self._buffer.clear()

    def _take(self, now_s: float) -> None:
        outcome = self._inference.take()
        if isinstance(outcome, Connected):
            self._accept(outcome.declared)
            self._is_connected = True
        elif isinstance(outcome, Failed):
            if outcome.epoch in (0, self._epoch):
                raise outcome.error
            self.statistics.late_n += 1
        elif outcome is not None:
            self._add_chunk(outcome, now_s)

    def _add_chunk(self, chunk: ActionChunk, now_s: float) -> None:
        statistics = self.statistics
        self._delay.record(now_s - chunk.observed_s)
        if statistics.cold_s is None:
            statistics.cold_s = chunk.latency_s
        else:
            statistics.record(statistics.latencies_s, chunk.latency_s)
        if chunk.epoch != self._epoch:
            statistics.late_n += 1
            return
        self._limits.require_valid(chunk.actions)
        if len(chunk.actions) != self._spec.chunk:
            detail = f"it answered {len(chunk.actions)} actions, but 'chunk' is {self._spec.chunk}"
            raise invalid(detail)
        if chunk.properties is not None:
            chunk.properties.require_possible()
        is_from_arrival = self._settings.starts == "arrival"
        skipped_n = 0 if is_from_arrival else self._delay.skipped_n(chunk.index(now_s))
        chunk = replace(chunk, begins_s=now_s - skipped_n * chunk.period_s)
        if skipped_n >= len(chunk.actions):
            statistics.late_n += 1
            self._delay.require_in_time()
            return
        statistics.chunks_n += 1
        self._is_waiting = False
        self._buffer.add(self._with_prefix(chunk), now_s)
        if chunk.properties is not None:
            self._set_force_range(chunk.properties)

    def _with_prefix(self, chunk: ActionChunk) -> ActionChunk:
        """Return a chunk whose beginning is replaced by the actions sent during its inference."""
        prefix = self._prefix
        if prefix is None or not len(prefix):
            return chunk
        count = min(len(prefix), len(chunk.actions))
        return replace(chunk, actions=np.vstack([prefix[:count], chunk.actions[count:]]))

    def _ask(self, now_s: float) -> None:
        """Ask for the next chunk if enough of the last one was executed."""
        spec, settings = self._spec, self._settings
        if now_s - self._asked_s < (settings.execute_n - 1e-6) * spec.period_s:
            return
        self._asked_s = now_s
        self._requests_n += 1
        self._delay.begin()
        prefix = None
        if spec.continues:
            latencies = self.statistics.latencies_s[-10:]
            ahead_n = math.ceil(max(latencies, default=0.0) / spec.period_s)
            prefix = self._buffer.upcoming(now_s, ahead_n)
        is_first = self.statistics.chunks_n == 0
        limit_s = settings.warm_up_s if is_first else settings.answer_s
        self._prefix = prefix
        self._inference.begin(
            InferenceRequest(
                self._requests_n, self._epoch, now_s, self.instruction, prefix, limit_s
            )
        )

    def _act(self, due: DueAction, now_s: float) -> None:
        self._stale_since_s = None
        self._send(due.action)
        self._delay.execute()
        self.statistics.record(self.statistics.ages_s, now_s - due.observed_s)

    def _send(self, action: FloatArray) -> None:
        if self._last is None:
            self._last = self._present_motion(action)
        admitted = self._limits.enforce(action, self._last)
        if self._command(admitted):
            self._last = admitted

    def _command(self, action: FloatArray) -> bool:
        """Send an action to the robot; return False if the gate is shut."""
        if not np.isfinite(action).all():
            raise invalid("an action is not finite")
        if not self._gate.is_open:
            return False
        try:
            sent = self._conversion.to_robot(action)
            sent = self._within_limits(self._with_safe_grip(sent))
            if isinstance(self._robot, DeadMan):
                self._robot.apply_for(sent, self._valid_s)
            else:
                self._robot.apply(sent)
            self._sent = sent
        except CommandRefused:  # shut since the line above
            return False
        return True

    def _present_motion(self, action: FloatArray) -> FloatArray:
        """Return the robot's present motion as an action, before anything was sent.

        Under position control without `starts_at` the position is unknown; `action` is assumed.
        """
        spec = self._action
        if spec.starts_at is not None:
            return np.asarray(self._robot.proprioception().values[spec.starts_at], dtype=float)
        if spec.control == "position":
            return action
        return spec.standstill(action)

    def _run_out(self, now_s: float) -> None:
        """Hold, then ramp to a standstill, then raise; a new instruction gets `answer_s`."""
        assert self._last is not None
        settings = self._settings
        if self._stale_since_s is None:
            self._stale_since_s, self._held = now_s, self._last
        for_s = now_s - self._stale_since_s
        limit_s = settings.answer_s if self._is_waiting else settings.hold_s + settings.ramp_s
        if for_s >= limit_s - 1e-9:
            if self._inference.is_busy and settings.starts == "observation":
                self._delay.require_in_time(now_s - self._asked_s)
            detail = f"no answer for {for_s:.2f} s; the robot was brought to rest"
            raise PolicyError(FailureCode.POLICY_STALE, detail)
        self.statistics.held_n += 1
        if self._action.control == "position":
            self._command(self._held)
            return
        slower = self._action.standstill(self._held)
        if self._action.control == "velocity":
            ramped_s = max(for_s - settings.hold_s, 0.0)
            share = max(1.0 - ramped_s / max(settings.ramp_s, 1e-9), 0.0)
            slower += share * (self._held - slower)
        step = self._action.max_steps()
        slower = np.clip(slower, self._last - step, self._last + step)
        if self._command(slower):
            self._last = slower

    def _set_force_range(self, properties: Properties) -> None:
        """Derive the range of the grip force from the properties of the object."""
        need_n = needed_force_n(properties.mass_kg, properties.friction, LIFT_ACCELERATION_M_S2)
        bear_n = self._limits_now().force * FRAGILE_SHARE * properties.break_force_n
        if self._force_n is None:
            self._note(
                f"grip {need_n:.1f} to {bear_n:.1f} N for {properties.mass_kg:.2f} kg "
                f"at friction {properties.friction:.2f}"
            )
        if need_n > bear_n:
            detail = f"it would take {need_n:.1f} N to lift it, and it bears {bear_n:.1f} N"
            raise PolicyError(FailureCode.UNSAFE_FORCE, detail)
        self._force_n = (need_n, bear_n)

    def _within_limits(self, action: FloatArray) -> FloatArray:
        """Return a robot's action within the limits that a person set.

        Velocities and steps are scaled; of position targets, the greatest step is. A grip force is
        at most its share of the greatest one.
        """
        limits, spec = self._limits_now(), self._conversion.robot_action
        if limits.speed < 1.0 and spec.control == "position":
            last, step = self._last_sent(action), limits.speed * spec.max_steps()
            action = np.where(spec.is_gripper, action, np.clip(action, last - step, last + step))
        elif limits.speed < 1.0:
            still = spec.standstill(action)
            action = still + limits.speed * (action - still)
        if limits.force < 1.0 and spec.gripper == "force":
            most_n = np.minimum(action, limits.force * spec.highs())
            action = np.where(spec.is_gripper, most_n, action)
        return action

    def _last_sent(self, action: FloatArray) -> FloatArray:
        """Return the robot's last action; before the first, where it is, or `action`."""
        if self._sent is not None:
            return self._sent
        return self._last if self._conversion.is_identity and self._last is not None else action

    def _with_safe_grip(self, action: FloatArray) -> FloatArray:
        """Return a robot's action whose grip force, where it grips, is within the derived range.

        The force changes by at most `max_step` a period.
        """
        spec = self._conversion.robot_action
        if self._force_n is None or spec.gripper != "force":
            return action
        need_n, bear_n = self._force_n
        last, step = self._last_sent(action), spec.max_steps()
        bounded = np.clip(np.clip(action, need_n, bear_n), last - step, last + step)
        grips = spec.is_gripper & (action > 0.0)
        return np.where(grips, np.clip(bounded, spec.lows(), spec.highs()), action)


def _percentiles_ms(values_s: list[float]) -> str:
    half, most = np.percentile(values_s, [50, 95]) * 1e3
    return f"{half:.0f} ms (p95 {most:.0f} ms)"
