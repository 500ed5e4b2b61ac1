"""Events while a run goes on: its start and end, facts, skills, retries, faults, ticks."""

from __future__ import annotations

from typing import Literal

from treehand.core.error_record import ErrorRecord
from treehand.core.events.event_records import BaseEvent, FactChange, FailureRecord, LimitRecord
from treehand.core.evidence import PartEvidence
from treehand.core.literals import CallField, FactField, ObservationField


class RunStarted(BaseEvent):
    """A run begins."""

    event: Literal["run-started"] = "run-started"
    goal: str
    """Goal in the person's words."""
    world: str
    """Name of the world."""
    scene: str
    """Name of the scene."""
    domain: str
    """Name of the domain."""
    seed: int
    """Seed of every random draw of the run."""
    recovery: bool
    """False if the run has no retries, re-checked conditions or replanning."""
    domain_version: str = ""
    """Hash over the domain's action models, without what was learned; empty in older journals."""
    learned: str = ""
    """Pin of the learned parameters that the run uses; empty without any."""


class WorldSampled(BaseEvent):
    """Domain randomization sampled the simulated world; the same seed gives the same sample."""

    event: Literal["world-sampled"] = "world-sampled"
    sample: str
    """The sampled parameters as JSON."""


class FactsChanged(BaseEvent):
    """One observation of the world changed these beliefs."""

    event: Literal["facts-changed"] = "facts-changed"
    changes: tuple[FactChange, ...]
    """Changed beliefs."""


class PerceptDropped(BaseEvent):
    """The world told something about an object that the scene does not have, or too late.

    It is not believed. Emitted once for each object and each late source, at most 20 times in a
    run.
    """

    event: Literal["percept-dropped"] = "percept-dropped"
    world: str
    """Name of the world."""
    told: str
    """The observation, as the world gave it."""
    problem: str
    """Reason, in words."""


class DetectorScored(BaseEvent):
    """A detector scored a fact: for the first time, with another decision, or by 0.05 otherwise."""

    event: Literal["detector-scored"] = "detector-scored"
    detector: str
    """Name of the detector."""
    fact: FactField
    """The fact."""
    score: float
    """Score, 0 (false) to 1 (true)."""
    value: bool | None
    """Decision; None while the fact stays unknown."""
    threshold: float
    """Score from which on the fact counts as true."""
    truth: bool | None = None
    """True value, where the world knows it; for choosing a threshold, never for acting."""


class SkillStarted(BaseEvent):
    """An activation of a skill started; from now on it may move the robot."""

    event: Literal["skill-started"] = "skill-started"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    attempt: int
    """Number of this activation among those of the same call in this run, from 1."""


class SkillEnded(BaseEvent):
    """An activation of a skill ended; every `skill-started` has exactly one."""

    event: Literal["skill-ended"] = "skill-ended"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    attempt: int
    """Number of the activation of this call in the run, from 1."""
    result: Literal["success", "failure", "halted"]
    """Result of the activation."""
    code: str | None = None
    """The failure code; None for success."""
    detail: str = ""
    """Details of the failure, in words."""
    evidence: tuple[ObservationField, ...] = ()
    """Observations that the skill gave as the reason."""
    blocked_by: tuple[str, ...] = ()
    """Objects that cause the failure by being where they are."""
    cells: tuple[str, ...] = ()
    """Cells of a surface that they occupy."""
    error: ErrorRecord | None = None
    """The exception that the skill raised, if it did."""


class TimedOut(BaseEvent):
    """A node ran longer than its time limit and is halted."""

    event: Literal["timed-out"] = "timed-out"
    path: str
    """Path of the node in the tree."""
    call: CallField | None
    """The skill that was running, if one was."""
    limit_s: float
    """Time limit, in seconds of run time."""


class StepRefused(BaseEvent):
    """A skill was not started because a precondition is false; emitted once for each reason."""

    event: Literal["step-refused"] = "step-refused"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    code: str
    """Failure code."""
    detail: str
    """Details of the failure, in words."""


class FailureUndeclared(BaseEvent):
    """A skill returned a failure code that its action model does not declare.

    Plans, proofs and estimates do not reckon with it. Emitted once for each skill and code.
    """

    event: Literal["failure-undeclared"] = "failure-undeclared"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    code: str
    """The failure code."""
    declared: tuple[str, ...]
    """The codes that the domain declares for the skill."""
    place: str = ""
    """Position of the action model: ``bench.domain.yaml:11``; empty if it has no file."""
    line: str = ""
    """Line of the skill's code: ``my_robot.py:18``; empty if unknown."""


class StepOverrun(BaseEvent):
    """One `step` of a skill took longer than its budget and blocked the tree for that time."""

    event: Literal["step-overrun"] = "step-overrun"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    took_s: float
    """Duration of the step, in seconds of wall time."""
    budget_s: float
    """Longest duration of a step, in seconds of wall time."""


class CallOverdue(BaseEvent):
    """A call of a skill or world that has not returned yet; told again after twice the time."""

    event: Literal["call-overdue"] = "call-overdue"
    subject: str
    """The skill call, as ``pick(mug)``, or the world, as ``world 'bench'``."""
    path: str = ""
    """Path of the skill's node in the tree; empty for a world."""
    method: str
    """Method that has not returned, as ``step()``."""
    for_s: float
    """Duration of the call so far, in seconds of wall time."""
    place: str = ""
    """Line of users' code that it is at, as ``lab.py:14 in step``; empty if there is none."""
    of: str = ""
    """Class of the skill or world, as ``lab.py:10 in Pick``; empty if it is none of the user's."""


class CallReturned(BaseEvent):
    """A call that was told as overdue has returned."""

    event: Literal["call-returned"] = "call-returned"
    subject: str
    """The skill call, as ``pick(mug)``, or the world, as ``world 'bench'``."""
    path: str = ""
    """Path of the skill's node in the tree; empty for a world."""
    method: str
    """Method that has returned, as ``step()``."""
    after_s: float
    """Duration of the call, in seconds of wall time."""


class SkillNoted(BaseEvent):
    """A note of a skill for people, such as the grip force that it chose."""

    event: Literal["skill-noted"] = "skill-noted"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    note: str
    """Text of the skill."""


class Logged(BaseEvent):
    """A `log` node of a tree wrote a line."""

    event: Literal["logged"] = "logged"
    path: str
    """Path of the node in the tree."""
    text: str
    """The line, with the values of that time."""


class StepSkipped(BaseEvent):
    """A retry did not repeat this step, because its effects still hold."""

    event: Literal["step-skipped"] = "step-skipped"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""


class Retried(BaseEvent):
    """A failed node is tried again."""

    event: Literal["retried"] = "retried"
    path: str
    """Path of the node in the tree."""
    attempt: int
    """The attempt that now begins, from 2."""
    attempts: int
    """Attempts that the retry allows."""
    code: str
    """The failure code of the attempt before."""
    first: CallField | None = None
    """The subtree that runs before the attempt, if the retry names one."""


class FaultInjected(BaseEvent):
    """A requested fault took effect."""

    event: Literal["fault-injected"] = "fault-injected"
    fault: str
    """The fault, as the command line writes it."""


class FaultNotTriggered(BaseEvent):
    """A requested fault did not take effect in this run."""

    event: Literal["fault-not-triggered"] = "fault-not-triggered"
    fault: str
    """The fault, as the command line writes it."""


class Ticked(BaseEvent):
    """A tick changed the status of at least one node."""

    event: Literal["ticked"] = "ticked"
    tick: int
    """Number of this tick among those that changed a status, from 1; other ticks emit nothing."""
    changes: dict[str, str]
    """Node path to new status."""


class LimitsChanged(BaseEvent):
    """A person set or lifted limits on speed and grip force; they are in force from now on."""

    event: Literal["limits-changed"] = "limits-changed"
    limits: tuple[LimitRecord, ...]
    """All limits in force now; empty if none is."""
    words: str
    """The person's words."""


class Resumed(BaseEvent):
    """A process resumes a run whose process had ended."""

    event: Literal["resumed"] = "resumed"
    changed: tuple[ObservationField, ...]
    """Observations that contradict what was believed."""
    done: tuple[CallField, ...]
    """Calls that had succeeded."""
    uncertain: tuple[CallField, ...]
    """Calls that had started, with no outcome in the journal."""


class OracleRead(BaseEvent):
    """The simulator's ground truth was read, to judge a run; it never decides an action."""

    event: Literal["oracle-read"] = "oracle-read"
    purpose: str
    """Purpose of the look."""


class RunEnded(BaseEvent):
    """A run ended."""

    event: Literal["run-ended"] = "run-ended"
    outcome: str
    """Outcome of the run."""
    world_true: bool | None
    """True if the goal holds in the simulator's ground truth; None where there is none."""
    message: str
    """Reason, in words."""
    leaves_run: int
    """Number of skill activations."""
    failures: dict[str, int]
    """Failure code to number of failures."""
    retries: int
    """Number of retries."""
    replans: int
    """Number of new plans."""
    overruns: int = 0
    """Heartbeats that a tick missed."""
    failure: FailureRecord | None = None
    """The failure of the tree, if it failed."""
    evidence: tuple[PartEvidence, ...] = ()
    """Verdict on each part of the goal, with the beliefs that it rests on."""
    error: ErrorRecord | None = None
    """The exception that ended the run, if one did."""
